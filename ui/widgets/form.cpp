// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/form.h"

#include <QApplication>
#include <QCoreApplication>
#include <QDragEnterEvent>
#include <QEvent>
#include <QHBoxLayout>
#include <QLocale>
#include <QMimeData>
#include <QScrollArea>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>
#include <cmath>

#include "ui/services/dialogs.h"
#include "ui/services/theme.h"

namespace medlocker::ui {
namespace {

/// FormTexts of the free functions of this file, for the translators.
class FormTexts {
  Q_DECLARE_TR_FUNCTIONS(Form)
};

QStringList localFiles(const QMimeData* data) {
  QStringList files;
  for (const QUrl& url : data->urls())
    if (url.isLocalFile()) files.append(url.toLocalFile());
  return files;
}

}  // namespace

Card::Card(const QString& title, QWidget* parent) : QFrame(parent), body_(new QVBoxLayout(this)) {
  setFrameShape(QFrame::StyledPanel);
  setAutoFillBackground(true);
  setBackgroundRole(QPalette::Light);
  body_->setContentsMargins(14, 12, 14, 14);
  body_->setSpacing(8);
  if (title.isEmpty()) return;
  auto* label = new QLabel(title);
  QFont font = label->font();
  font.setBold(true);
  label->setFont(font);
  body_->addWidget(label);
}

QScrollArea* scrollable(QWidget* form, const QString& name) {
  auto* area = new QScrollArea;
  area->setWidgetResizable(true);
  area->setFrameShape(QFrame::NoFrame);
  area->setAccessibleName(name);
  area->setWidget(form);
  return area;
}

void makeClearable(QLineEdit* edit) {
  edit->setClearButtonEnabled(true);
  // Qt gives its button a picture but no name.
  for (QToolButton* button : edit->findChildren<QToolButton*>())
    button->setAccessibleName(FormTexts::tr("Clear: %1").arg(edit->accessibleName()));
}

QWidget* pageHeading(const QString& title, const QString& sentence) {
  auto* box = new QWidget;
  auto* layout = new QVBoxLayout(box);
  layout->setContentsMargins(0, 0, 0, 4);
  layout->setSpacing(2);
  auto* heading = new QLabel(title);
  QFont font = heading->font();
  font.setPointSizeF(font.pointSizeF() * 1.6);
  font.setBold(true);
  heading->setFont(font);
  layout->addWidget(heading);
  QLabel* text = mutedLabel(sentence);
  layout->addWidget(text);
  return box;
}

QLabel* mutedLabel(const QString& text, QWidget* parent) {
  auto* label = new QLabel(text, parent);
  label->setWordWrap(true);
  label->setForegroundRole(QPalette::PlaceholderText);
  return label;
}

namespace {

/// Filled with the accent colour, in both themes.
class PrimaryButton : public QPushButton {
 public:
  explicit PrimaryButton(const QString& text) : QPushButton(text) { paint(); }

 protected:
  void changeEvent(QEvent* event) override {
    QPushButton::changeEvent(event);
    if (event->type() == QEvent::EnabledChange || event->type() == QEvent::ApplicationPaletteChange) paint();
  }

 private:
  void paint() {
    QPalette palette = QApplication::palette();
    if (isEnabled()) {
      palette.setColor(QPalette::Button, palette.color(QPalette::Highlight));
      palette.setColor(QPalette::ButtonText, palette.color(QPalette::HighlightedText));
    }
    setPalette(palette);
  }
};

}  // namespace

QPushButton* primaryButton(const QString& text) {
  auto* button = new PrimaryButton(text);
  button->setDefault(true);
  button->setAutoDefault(true);
  QFont font = button->font();
  font.setBold(true);
  button->setFont(font);
  button->setMinimumHeight(34);
  return button;
}

QString durationText(double seconds) {
  if (seconds < 0 || !std::isfinite(seconds)) return {};
  if (seconds < 10) return FormTexts::tr("a few seconds");
  if (seconds < 90) return FormTexts::tr("about %1 s").arg(static_cast<int>(std::round(seconds / 5) * 5));
  if (seconds < 5400) return FormTexts::tr("about %1 min").arg(static_cast<int>(std::round(seconds / 60)));
  return FormTexts::tr("about %1 h").arg(QLocale().toString(seconds / 3600, 'f', 1));
}

QString percentText(double fraction) {
  if (!std::isfinite(fraction)) return QStringLiteral("–");
  return QLocale().toString(fraction * 100, 'f', 1) + QStringLiteral(" %");
}

QString byteText(double bytes) {
  return QLocale().formattedDataSize(static_cast<qint64>(bytes), 1);
}

PathField::PathField(Kind kind, Dialogs& dialogs, const QString& name, const QString& filter, QWidget* parent)
    : QWidget(parent),
      kind_(kind),
      dialogs_(dialogs),
      name_(name),
      filter_(filter),
      edit_(new QLineEdit),
      button_(new QPushButton(tr("Choose…"))),
      error_(new QLabel) {
  setAcceptDrops(true);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(2);
  auto* row = new QHBoxLayout;
  row->addWidget(edit_, 1);
  row->addWidget(button_);
  column->addLayout(row);
  column->addWidget(error_);
  error_->setWordWrap(true);
  error_->hide();
  edit_->setAccessibleName(name);
  makeClearable(edit_);
  edit_->setPlaceholderText(kind == Kind::Folder ? tr("Folder") : tr("File"));
  button_->setAccessibleName(tr("Choose: %1").arg(name));
  setFocusProxy(edit_);
  connect(edit_, &QLineEdit::editingFinished, this, [this] { Q_EMIT edited(edit_->text()); });
  connect(button_, &QPushButton::clicked, this, [this] {
    QString chosen;
    if (kind_ == Kind::Folder)
      chosen = dialogs_.chooseFolder(this, name_, edit_->text());
    else if (kind_ == Kind::OpenFile)
      chosen = dialogs_.chooseFile(this, name_, edit_->text(), filter_);
    else
      chosen = dialogs_.chooseSaveFile(this, name_, edit_->text(), filter_);
    if (chosen.isEmpty()) return;
    edit_->setText(chosen);
    Q_EMIT edited(chosen);
  });
}

void PathField::setPath(const QString& path) {
  if (edit_->text() != path) edit_->setText(path);
}

void PathField::setError(const QString& message) {
  error_->setText(message);
  error_->setVisible(!message.isEmpty());
  QPalette palette = error_->palette();
  palette.setColor(QPalette::WindowText, seriesColour(5));
  error_->setPalette(palette);
}

void PathField::dragEnterEvent(QDragEnterEvent* event) {
  if (localFiles(event->mimeData()).size() == 1) event->acceptProposedAction();
}

void PathField::dropEvent(QDropEvent* event) {
  const QStringList files = localFiles(event->mimeData());
  if (files.isEmpty()) return;
  edit_->setText(files.first());
  Q_EMIT edited(files.first());
}

PathList::PathList(bool folders, Dialogs& dialogs, const QString& name, const QString& filter,
                   QWidget* parent)
    : QWidget(parent), dialogs_(dialogs), list_(new QListWidget) {
  setAcceptDrops(true);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->addWidget(list_, 1);
  auto* buttons = new QVBoxLayout;
  auto* addButton = new QPushButton(tr("Add…"));
  auto* removeButton = new QPushButton(tr("Remove"));
  addButton->setAccessibleName(tr("Add: %1").arg(name));
  removeButton->setAccessibleName(tr("Remove: %1").arg(name));
  removeButton->setEnabled(false);
  buttons->addWidget(addButton);
  buttons->addWidget(removeButton);
  buttons->addStretch();
  row->addLayout(buttons);
  list_->setAccessibleName(name);
  list_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  list_->setMaximumHeight(110);
  list_->setMinimumHeight(64);
  list_->setTextElideMode(Qt::ElideLeft);
  connect(list_, &QListWidget::itemSelectionChanged, this,
          [this, removeButton] { removeButton->setEnabled(!list_->selectedItems().isEmpty()); });
  connect(addButton, &QPushButton::clicked, this, [this, folders, name, filter] {
    if (folders) {
      const QString folder = dialogs_.chooseFolder(this, name, {});
      if (!folder.isEmpty()) add({folder});
    } else {
      add(dialogs_.chooseFiles(this, name, {}, filter));
    }
  });
  connect(removeButton, &QPushButton::clicked, this, [this] {
    qDeleteAll(list_->selectedItems());
    Q_EMIT edited(paths());
  });
}

QStringList PathList::paths() const {
  QStringList result;
  for (int i = 0; i < list_->count(); ++i) result.append(list_->item(i)->text());
  return result;
}

void PathList::setPaths(const QStringList& wanted) {
  if (wanted == paths()) return;
  list_->clear();
  list_->addItems(wanted);
}

void PathList::add(const QStringList& more) {
  QStringList all = paths();
  for (const QString& path : more)
    if (!all.contains(path)) all.append(path);
  if (all == paths()) return;
  setPaths(all);
  Q_EMIT edited(all);
}

void PathList::dragEnterEvent(QDragEnterEvent* event) {
  if (!localFiles(event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void PathList::dropEvent(QDropEvent* event) {
  add(localFiles(event->mimeData()));
}

}  // namespace medlocker::ui
