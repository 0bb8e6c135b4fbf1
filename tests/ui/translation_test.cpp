// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QFile>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QRegularExpression>
#include <QSet>
#include <QTabBar>
#include <QTabWidget>
#include <QTranslator>
#include <QXmlStreamReader>
#include <set>

#include "tests/support/temp_folder.h"
#include "tests/ui/scripted_window.h"

namespace medlocker::ui {
namespace {

/// Marks whatever passes through it, so that a text without the mark never passed.
class PseudoTranslator : public QTranslator {
 public:
  bool isEmpty() const override { return false; }
  QString translate(const char* context, const char* text, const char*, int) const override {
    // Qt's own texts (dialog buttons, shortcuts) are Qt's to translate.
    if (QByteArray(context).startsWith("Q") && QByteArray(context) != "QObject") return {};
    asked.emplace(context, text);
    return QStringLiteral("⟦") + QString::fromUtf8(text) + QStringLiteral("⟧");
  }
  mutable std::set<std::pair<std::string, std::string>> asked;
};

/// Names of the program, of methods, networks, file formats and keys are the same in every language.
bool needsNoTranslation(const QString& text) {
  static const QRegularExpression kWords(QStringLiteral("\\p{L}{2}"));
  if (!text.contains(kWords)) return true;  // numbers, signs
  // The sample set and its classes carry the names of folders.
  static const QRegularExpression kFolders(QStringLiteral("sample-data|^\\d_[a-z_]+$"));
  if (text.contains(kFolders)) return true;
  static const QRegularExpression kShortcut(QStringLiteral("^((Ctrl|Shift|Alt)\\+)+\\w+$"));
  if (text.contains(kShortcut)) return true;  // shown by tool tips as the keys are labelled
  if (text.contains(QLatin1Char('/')) || text.contains(QLatin1Char('\\'))) return true;  // paths
  static const QSet<QString> kNames{"MedLocker Studio",
                                    "MedLocker Studio[*]",
                                    "English",
                                    "简体中文",
                                    "PROTECTED",
                                    "PARTIAL",
                                    "WEAK",
                                    "INFEASIBLE",
                                    "SKIPPED",
                                    "ERROR",
                                    "fgsm,pgd-20"};
  return kNames.contains(text);
}

class Collector {
 public:
  void see(const QString& text, const QString& where) {
    if (text.contains(QStringLiteral("⟦")) || needsNoTranslation(text)) return;
    untranslated << QStringLiteral("“%1” (%2)").arg(text, where);
  }
  void see(QWidget* widget) {
    // The buttons that scroll a tab bar are Qt's own; qtbase brings their translations.
    if (qobject_cast<QTabBar*>(widget->parentWidget())) return;
    const QString where =
        QString::fromLatin1(widget->metaObject()->className()) + QLatin1Char(' ') + widget->objectName();
    see(widget->toolTip(), where);
    see(widget->accessibleName(), where);
    see(widget->windowTitle(), where);
    if (auto* label = qobject_cast<QLabel*>(widget)) see(label->text(), where);
    if (auto* button = qobject_cast<QAbstractButton*>(widget)) see(button->text(), where);
    if (auto* edit = qobject_cast<QLineEdit*>(widget)) see(edit->placeholderText(), where);
    if (auto* tabs = qobject_cast<QTabWidget*>(widget))
      for (int i = 0; i < tabs->count(); ++i) see(tabs->tabText(i), where);
    if (auto* box = qobject_cast<QComboBox*>(widget))
      // Methods and networks go by the names of the command line.
      if (box->objectName() != "method" && box->objectName() != "architecture")
        for (int i = 0; i < box->count(); ++i) see(box->itemText(i), where);
    if (auto* view = qobject_cast<QAbstractItemView*>(widget); view && view->model())
      for (int i = 0; i < view->model()->columnCount(); ++i)
        see(view->model()->headerData(i, Qt::Horizontal).toString(), where);
    for (QAction* action : widget->actions()) see(action->text(), where);
  }
  QStringList untranslated;
};

TEST(Translation, EveryVisibleTextCanBeTranslated) {
  PseudoTranslator pseudo;
  QCoreApplication::installTranslator(&pseudo);
  {
    const test::TempFolder folder;
    ScriptedWindow script(QString::fromStdString((folder / "home").string()));
    script.click("sampleData");
    script.waitUntilIdle();
    Collector collector;
    for (const Page page : {Page::Home, Page::Dataset, Page::Lesions, Page::Protect, Page::Verify,
                            Page::Train, Page::Audit, Page::Settings}) {
      script.goTo(page);
      // The method's own options are named after the fields of the options struct, as on the command line.
      for (QWidget* widget : script.window().findChildren<QWidget*>())
        if (!widget->property("programName").toBool()) collector.see(widget);
    }
    for (QMenu* menu : script.window().findChildren<QMenu*>()) collector.see(menu->title(), "menu");
    collector.untranslated.removeDuplicates();
    EXPECT_TRUE(collector.untranslated.isEmpty()) << collector.untranslated.join("\n").toStdString();
  }
  QCoreApplication::removeTranslator(&pseudo);

  // What the window asked for is in the Chinese file.
  std::set<std::pair<std::string, std::string>> known;
  QFile file(QStringLiteral(MEDLOCKER_SOURCE_DIR "/resources/translations/medlocker_zh_CN.ts"));
  ASSERT_TRUE(file.open(QIODevice::ReadOnly));
  QXmlStreamReader xml(&file);
  std::string context;
  while (!xml.atEnd()) {
    xml.readNext();
    if (!xml.isStartElement()) continue;
    if (xml.name() == QLatin1String("name")) context = xml.readElementText().toStdString();
    if (xml.name() == QLatin1String("source")) known.emplace(context, xml.readElementText().toStdString());
  }
  QStringList missing;
  for (const auto& [where, text] : pseudo.asked)
    if (!known.contains({where, text})) missing << QString::fromStdString(where + ": " + text);
  EXPECT_TRUE(missing.isEmpty()) << missing.join("\n").toStdString();
}

TEST(Translation, TheFilesAreComplete) {
  for (const char* language : {"zh_CN", "en"}) {
    QFile file(QStringLiteral(MEDLOCKER_SOURCE_DIR "/resources/translations/medlocker_%1.ts")
                   .arg(QLatin1String(language)));
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    QXmlStreamReader xml(&file);
    QString source;
    int count = 0;
    while (!xml.atEnd()) {
      xml.readNext();
      if (!xml.isStartElement()) continue;
      if (xml.name() == QLatin1String("source")) source = xml.readElementText();
      if (xml.name() != QLatin1String("translation")) continue;
      ++count;
      EXPECT_FALSE(xml.attributes().hasAttribute("type")) << language << ": " << source.toStdString();
      const QString target = xml.readElementText(QXmlStreamReader::IncludeChildElements);
      EXPECT_FALSE(target.isEmpty()) << language << ": " << source.toStdString();
      // A place for a value that gets lost would hide it.
      for (const QString place : {"%1", "%2", "%3", "%4", "%5", "%n"})
        EXPECT_EQ(target.contains(place), source.contains(place)) << language << ": " << source.toStdString();
    }
    EXPECT_FALSE(xml.hasError());
    EXPECT_GT(count, 0);
  }
}

}  // namespace
}  // namespace medlocker::ui
