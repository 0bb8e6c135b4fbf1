// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/tour_steps.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QListWidget>
#include <QPixmap>
#include <QSpinBox>
#include <QTabWidget>

#include "tests/ui/scripted_window.h"
#include "ui/pages/audit_page.h"
#include "ui/pages/audit_results.h"
#include "ui/pages/lesions_page.h"
#include "ui/pages/protect_page.h"
#include "ui/pages/protect_results.h"
#include "ui/pages/train_page.h"
#include "ui/pages/training_view.h"
#include "ui/services/language.h"
#include "ui/services/theme.h"
#include "ui/widgets/gallery_view.h"
#include "ui/widgets/image_view.h"

namespace medlocker::ui {
namespace {

class Tour {
 public:
  Tour(const TourOptions& options, std::function<void(const QString&)> say)
      : options_(options), say_(std::move(say)), script_(options.out + QStringLiteral("/work")) {
    QDir().mkpath(options_.out + QStringLiteral("/pictures"));
  }

  int run() {
    picture("home-empty");
    open();
    picture("home");
    if (wants("dataset")) dataset();
    if (wants("lesions")) lesions();
    if (wants("train")) trainPage();
    if (wants("protect")) protect();
    if (wants("verify")) verify();
    if (wants("audit")) audit();
    if (wants("settings")) {
      script_.goTo(Page::Settings);
      picture("settings");
    }
    return count_;
  }

 private:
  bool wants(const QString& page) const { return options_.pages.isEmpty() || options_.pages.contains(page); }

  void picture(const QString& name) {
    ++step_;
    for (const ThemeChoice theme : {ThemeChoice::Light, ThemeChoice::Dark}) {
      script_.settings().setTheme(theme);
      for (const QSize& size : {QSize(1280, 800), QSize(2560, 1600)}) {
        script_.window().resize(size);
        QTest::qWait(size.width() > 2000 ? 250 : 120);  // pictures arrive from threads
        const QString file =
            QStringLiteral("%1/pictures/%2-%3-%4-%5x%6.png")
                .arg(options_.out)
                .arg(step_, 2, 10, QLatin1Char('0'))
                .arg(name, theme == ThemeChoice::Dark ? QStringLiteral("dark") : QStringLiteral("light"))
                .arg(size.width())
                .arg(size.height());
        if (!script_.window().grab().save(file))
          throw std::runtime_error("cannot write " + file.toStdString());
        ++count_;
      }
    }
    script_.settings().setTheme(ThemeChoice::Light);
    script_.window().resize(1280, 800);
    say_(QStringLiteral("%1 %2").arg(step_).arg(name));
  }

  void open() {
    if (options_.dataset.isEmpty())
      script_.click("sampleData");
    else
      script_.state().open(options_.dataset);
    script_.waitUntilIdle();
    if (!options_.masks.isEmpty()) {
      script_.state().project().change("masks", [this](ProjectState& s) { s.masks = options_.masks; });
      script_.waitUntilIdle();
    }
    script_.waitFor([this] { return script_.state().browser() != nullptr; }, "the dataset");
    script_.throwIfFailed();
  }

  void dataset() {
    script_.goTo(Page::Dataset);
    QTest::qWait(1500);
    picture("dataset");
    auto* gallery = script_.window().findChild<GalleryView*>();
    gallery->setCurrentIndex(gallery->model()->index(3, 0));
    Q_EMIT gallery->activated(gallery->model()->index(3, 0));
    QTest::qWait(1500);
    picture("viewer");
  }

  void lesions() {
    script_.goTo(Page::Lesions);
    auto* page = qobject_cast<LesionsPage*>(script_.window().pageWidget(Page::Lesions));
    page->review(page->imagesToReview() - 1);
    QTest::qWait(1500);
    if (!page->view().boxes().empty()) page->view().setSelectedBox(0);
    picture("lesions");
  }

  void trainPage() {
    script_.goTo(Page::Train);
    picture("train-form");
    if (script_.state().browser()->dataset().classes.size() < 2) return;
    script_.find<QSpinBox>("epochs").setValue(12);
    script_.find<QComboBox>("architecture").setCurrentText(QStringLiteral("resnet8"));
    script_.click("startTraining");
    script_.waitUntilIdle();
    script_.throwIfFailed();
    QTest::qWait(200);
    picture("train");
    // A method whose temperatures move, with a robust teacher that is trained on the way.
    script_.find<QComboBox>("method").setCurrentText(QStringLiteral("absld"));
    script_.find<QSpinBox>("inputSize").setValue(32);
    script_.find<QSpinBox>("epochs").setValue(6);
    script_.click("startTraining");
    auto* page = qobject_cast<TrainPage*>(script_.window().pageWidget(Page::Train));
    page->view().tabs().setCurrentIndex(2);
    script_.waitUntilIdle();
    script_.throwIfFailed();
    QTest::qWait(500);
    picture("train-temperatures");
    page->view().tabs().setCurrentIndex(1);
    picture("train-classes");
    script_.state().project().undoStack().undo();  // protection takes the first model alone
  }

  void protect() {
    script_.goTo(Page::Protect);
    if (!wants("train")) {
      script_.click("trainQuick");
      script_.waitUntilIdle();
      script_.throwIfFailed();
    }
    picture("protect-form-new");
    script_.click("makeKey");
    script_.throwIfFailed();
    script_.state().project().change("out", [](ProjectState& s) {
      s.owner = QStringLiteral("Eye clinic");
      s.budget = QStringLiteral("quick");
    });
    picture("protect-form");
    script_.click("start");
    script_.waitFor(
        [this] {
          const Progress& progress = script_.state().tasks().progress();
          return !script_.state().tasks().isRunning() ||
                 (progress.stage == "Protecting" && progress.done >= 2);
        },
        "the second image");
    script_.state().tasks().setPaused(true);
    QTest::qWait(500);
    picture("protect-running");
    script_.state().tasks().setPaused(false);
    script_.waitUntilIdle();
    script_.throwIfFailed();
    QTest::qWait(800);
    picture("protect-results");
    if (!script_.state().project().state().models.isEmpty()) {
      script_.click("measureEffect");
      script_.waitUntilIdle();
      script_.throwIfFailed();
      picture("protect-transfer");
      script_.click("stressTest");
      script_.waitUntilIdle();
      script_.throwIfFailed();
      picture("protect-removal");
    }
    auto* page = qobject_cast<ProtectPage*>(script_.window().pageWidget(Page::Protect));
    script_.dialogs().files << options_.out + QStringLiteral("/protection-a4.pdf");
    page->results().exportReport(QStringLiteral("pdf-a4"));
    QTest::qWait(1);
    script_.throwIfFailed();
  }

  void verify() {
    script_.goTo(Page::Verify);
    script_.click("verify");
    script_.waitUntilIdle();
    script_.click("restore");
    script_.waitUntilIdle();
    script_.throwIfFailed();
    picture("verify");
  }

  void audit() {
    script_.goTo(Page::Audit);
    script_.find<QComboBox>("auditAttacks").setCurrentIndex(0);
    script_.find<QSpinBox>("auditPerClass").setValue(6);
    script_.find<QCheckBox>("auditCurve").setChecked(true);
    picture("audit-form");
    if (script_.state().browser()->dataset().classes.size() < 2) return;
    script_.click("startAudit");
    script_.waitFor(
        [this] {
          return !script_.state().tasks().isRunning() || script_.state().tasks().progress().done >= 3;
        },
        "the first attack");
    script_.state().tasks().setPaused(true);
    QTest::qWait(300);
    picture("audit-running");
    script_.state().tasks().setPaused(false);
    script_.waitUntilIdle();
    script_.throwIfFailed();
    QTest::qWait(500);
    auto& tabs = script_.find<QTabWidget>("auditCharts");
    const QStringList names{"audit-classes", "audit-map", "audit-confusion", "audit-curve"};
    for (int i = 0; i < names.size(); ++i) {
      tabs.setCurrentIndex(i);
      picture(names[i]);
    }
    auto* page = qobject_cast<AuditPage*>(script_.window().pageWidget(Page::Audit));
    for (const auto& [kind, file] :
         {std::pair{"pdf-a4", "audit-a4.pdf"}, std::pair{"pdf-letter", "audit-letter.pdf"}}) {
      script_.dialogs().files << options_.out + QLatin1Char('/') + QString::fromLatin1(file);
      page->results().exportReport(QString::fromLatin1(kind));
      QTest::qWait(1);
      script_.throwIfFailed();
    }
  }

  TourOptions options_;
  std::function<void(const QString&)> say_;
  ScriptedWindow script_;
  int step_ = 0;
  int count_ = 0;
};

}  // namespace

int runTour(const TourOptions& options, const std::function<void(const QString&)>& say) {
  applyLanguage(options.language);
  return Tour(options, say).run();
}

}  // namespace medlocker::ui
