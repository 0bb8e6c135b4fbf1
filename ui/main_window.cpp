// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window.h"

#include <QApplication>
#include <QCloseEvent>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QMenuBar>
#include <QScreen>
#include <QTimer>
#include <QVBoxLayout>

#include "core/common/resources.h"
#include "ui/pages/audit_page.h"
#include "ui/pages/dataset_page.h"
#include "ui/pages/home_page.h"
#include "ui/pages/lesions_page.h"
#include "ui/pages/protect_page.h"
#include "ui/pages/settings_page.h"
#include "ui/pages/train_page.h"
#include "ui/pages/verify_page.h"
#include "ui/services/language.h"
#include "ui/services/theme.h"
#include "ui/widgets/form.h"

namespace medlocker::ui {

MainWindow::MainWindow(Settings& settings, Dialogs& dialogs, const QString& recoveryFile)
    : settings_(settings),
      dialogs_(dialogs),
      state_(settings, dialogs, recoveryFile),
      navigation_(new QListWidget),
      pages_(new QStackedWidget) {
  setObjectName(QStringLiteral("MainWindow"));
  auto* center = new QWidget;
  auto* row = new QHBoxLayout(center);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(0);
  navigation_->setObjectName(QStringLiteral("navigation"));
  navigation_->setAccessibleName(tr("Pages"));
  navigation_->setFixedWidth(170);
  navigation_->setFrameShape(QFrame::NoFrame);
  navigation_->setIconSize({22, 22});
  navigation_->setSpacing(2);
  row->addWidget(navigation_);
  auto* column = new QVBoxLayout;
  column->setSpacing(0);
  column->addWidget(pages_, 1);
  strip_ = makeTaskStrip();
  column->addWidget(strip_);
  row->addLayout(column, 1);
  setCentralWidget(center);

  addPage(tr("Home"), QStringLiteral("home"), new HomePage(state_));
  addPage(tr("Dataset"), QStringLiteral("grid"), new DatasetPage(state_));
  addPage(tr("Lesions"), QStringLiteral("box"), new LesionsPage(state_));
  addPage(tr("Protect"), QStringLiteral("shield"), new ProtectPage(state_));
  addPage(tr("Verify"), QStringLiteral("key"), new VerifyPage(state_));
  addPage(tr("Train"), QStringLiteral("train"), new TrainPage(state_));
  addPage(tr("Audit"), QStringLiteral("chart"), new AuditPage(state_));
  addPage(tr("Settings"), QStringLiteral("gear"), new SettingsPage(state_));
  makeMenus();

  connect(navigation_, &QListWidget::currentRowChanged, this, [this](int index) {
    pages_->setCurrentIndex(index);
    settings_.setPage(index);
  });
  connect(&state_, &AppState::pageRequested, this, &MainWindow::showPage);
  // Queued: a dialog must not open inside the signal that reports the failure.
  connect(
      &state_, &AppState::errorShown, this,
      [this](const QString& title, const QString& message) { dialogs_.showError(this, title, message); },
      Qt::QueuedConnection);
  connect(&state_.tasks(), &TaskRunner::started, this, &MainWindow::showTask);
  connect(&state_.tasks(), &TaskRunner::progressChanged, this, &MainWindow::showTask);
  connect(&state_.tasks(), &TaskRunner::pausedChanged, this, &MainWindow::showTask);
  connect(&state_.tasks(), &TaskRunner::idle, this, &MainWindow::showTask);
  connect(&state_.project(), &Project::fileChanged, this, &MainWindow::updateTitle);
  connect(&state_.project().undoStack(), &QUndoStack::cleanChanged, this, &MainWindow::updateTitle);
  connect(&settings_, &Settings::themeChanged, this, [this] { applyTheme(settings_.theme()); });

  // A first run needs a logo; the shipped one will do.
  if (state_.project().state().logo.isEmpty()) {
    try {
      const QString logo = toText(findLogo(std::string(kDefaultLogo)));
      const QString key = settings_.ownerKey();
      state_.project().change(tr("Defaults"), [&](ProjectState& s) {
        s.logo = logo;
        s.key = key;
      });
      state_.project().undoStack().clear();
    } catch (...) {
      // Without resources the person chooses a logo by hand.
    }
  }
  resize(1280, 800);
  if (!settings_.windowGeometry().isEmpty()) restoreGeometry(settings_.windowGeometry());
  navigation_->setCurrentRow(0);
  showTask();
  updateTitle();
  QTimer::singleShot(0, this, &MainWindow::offerRecovery);
}

void MainWindow::addPage(const QString& name, const QString& icon, QWidget* page) {
  auto* item = new QListWidgetItem(name);
  item->setData(Qt::UserRole, icon);
  item->setSizeHint({150, 40});
  item->setToolTip(tr("%1 (Alt+%2)").arg(name).arg(navigation_->count() + 1));
  navigation_->addItem(item);
  pages_->addWidget(page);
  refreshIcons();
}

void MainWindow::refreshIcons() {
  for (int i = 0; i < navigation_->count(); ++i)
    navigation_->item(i)->setIcon(lineIcon(navigation_->item(i)->data(Qt::UserRole).toString()));
}

void MainWindow::showPage(Page page) {
  navigation_->setCurrentRow(static_cast<int>(page));
}

void MainWindow::makeMenus() {
  QMenu* file = menuBar()->addMenu(tr("&File"));
  file->addAction(tr("&Open a dataset…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O), this, [this] {
    const QString folder = dialogs_.chooseFolder(this, tr("Open a dataset folder"), {});
    if (!folder.isEmpty()) state_.open(folder);
  });
  file->addAction(tr("Open a &project…"), this, [this] {
    const QString chosen =
        dialogs_.chooseFile(this, tr("Open a project"), {}, tr("MedLocker projects (*.medlocker)"));
    if (!chosen.isEmpty()) state_.open(chosen);
  });
  file->addAction(tr("&Save the project"), QKeySequence::Save, this, [this] { saveProject(false); });
  file->addAction(tr("Save the project &as…"), QKeySequence::SaveAs, this, [this] { saveProject(true); });
  file->addSeparator();
  file->addAction(tr("&Quit"), QKeySequence::Quit, this, &QWidget::close);

  QMenu* edit = menuBar()->addMenu(tr("&Edit"));
  QAction* undo = state_.project().undoStack().createUndoAction(this, tr("&Undo"));
  undo->setShortcut(QKeySequence::Undo);
  QAction* redo = state_.project().undoStack().createRedoAction(this, tr("&Redo"));
  redo->setShortcut(QKeySequence::Redo);
  edit->addAction(undo);
  edit->addAction(redo);

  QMenu* go = menuBar()->addMenu(tr("&Go"));
  for (int i = 0; i < navigation_->count(); ++i)
    go->addAction(navigation_->item(i)->text(), QKeySequence(Qt::ALT | static_cast<Qt::Key>(Qt::Key_1 + i)),
                  this, [this, i] { navigation_->setCurrentRow(i); });

  QMenu* task = menuBar()->addMenu(tr("&Task"));
  task->addAction(tr("&Pause or go on"), QKeySequence(Qt::Key_Pause), this,
                  [this] { state_.tasks().setPaused(!state_.tasks().isPaused()); });
  task->addAction(tr("Stop &after this image"), this, [this] { state_.tasks().stopAfterItem(); });
  task->addAction(tr("&Cancel"), QKeySequence(Qt::CTRL | Qt::Key_Period), this,
                  [this] { state_.tasks().cancel(); });
}

QWidget* MainWindow::makeTaskStrip() {
  auto* strip = new QFrame;
  strip->setFrameShape(QFrame::StyledPanel);
  strip->setAutoFillBackground(true);
  strip->setBackgroundRole(QPalette::Base);
  auto* row = new QHBoxLayout(strip);
  row->setContentsMargins(12, 6, 12, 6);
  taskText_ = new QLabel;
  taskText_->setAccessibleName(tr("Running task"));
  taskText_->setMinimumWidth(120);
  taskText_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  taskBar_ = new QProgressBar;
  taskBar_->setAccessibleName(tr("Progress"));
  taskBar_->setFixedWidth(220);
  pause_ = new QPushButton(tr("Pause"));
  stopAfter_ = new QPushButton(tr("Stop after this image"));
  cancel_ = new QPushButton(tr("Cancel"));
  pause_->setObjectName(QStringLiteral("pauseTask"));
  stopAfter_->setObjectName(QStringLiteral("stopAfterItem"));
  cancel_->setObjectName(QStringLiteral("cancelTask"));
  row->addWidget(taskText_, 1);
  row->addWidget(taskBar_);
  row->addWidget(pause_);
  row->addWidget(stopAfter_);
  row->addWidget(cancel_);
  connect(pause_, &QPushButton::clicked, this,
          [this] { state_.tasks().setPaused(!state_.tasks().isPaused()); });
  connect(stopAfter_, &QPushButton::clicked, this, [this] { state_.tasks().stopAfterItem(); });
  connect(cancel_, &QPushButton::clicked, this, [this] { state_.tasks().cancel(); });
  return strip;
}

void MainWindow::showTask() {
  const TaskRunner& tasks = state_.tasks();
  strip_->setVisible(tasks.isRunning());
  if (!tasks.isRunning()) return;
  const Progress& progress = tasks.progress();
  QString text = tasks.title();
  const QString stage = stageText(progress.stage);
  if (!stage.isEmpty() && stage != text) text += QStringLiteral(" · ") + stage;
  if (progress.total > 0) text += tr(" · %1 of %2").arg(progress.done).arg(progress.total);
  const QString left = durationText(tasks.remainingSeconds());
  if (tasks.stopRequested())
    text += tr(" · stopping");
  else if (tasks.isPaused())
    text += tr(" · paused");
  else if (!left.isEmpty())
    text += tr(" · %1 left").arg(left);
  if (!progress.note.empty()) text += QStringLiteral(" · ") + QString::fromStdString(progress.note);
  taskText_->setText(text);
  taskText_->setToolTip(text);
  taskBar_->setRange(0, static_cast<int>(progress.total));
  taskBar_->setValue(static_cast<int>(progress.done));
  pause_->setText(tasks.isPaused() ? tr("Go on") : tr("Pause"));
  cancel_->setEnabled(!tasks.stopRequested());
  stopAfter_->setEnabled(!tasks.stopRequested());
}

void MainWindow::updateTitle() {
  const QString dataset = QFileInfo(state_.project().state().dataset).fileName();
  const QString name =
      state_.project().file().isEmpty() ? dataset : QFileInfo(state_.project().file()).completeBaseName();
  setWindowTitle((name.isEmpty() ? QString() : name + QStringLiteral("[*] – ")) +
                 QStringLiteral("MedLocker Studio") + (name.isEmpty() ? QStringLiteral("[*]") : QString()));
  setWindowModified(state_.project().isModified());
}

bool MainWindow::saveProject(bool ask) {
  QString target = state_.project().file();
  if (ask || target.isEmpty())
    target =
        dialogs_.chooseSaveFile(this, tr("Save the project"), target, tr("MedLocker projects (*.medlocker)"));
  if (target.isEmpty()) return false;
  if (!target.endsWith(QLatin1String(".medlocker"))) target += QStringLiteral(".medlocker");
  try {
    state_.project().save(target);
    settings_.addRecentProject(target);
    return true;
  } catch (...) {
    dialogs_.showError(this, tr("Save the project"), describeCurrentException());
    return false;
  }
}

void MainWindow::offerRecovery() {
  if (!state_.project().hasRecovery()) return;
  if (dialogs_.confirm(
          this, tr("Recover unsaved work"),
          tr("MedLocker did not end properly last time. Your unsaved project of then can be brought back."),
          tr("Bring it back"))) {
    try {
      state_.project().recover();
      return;
    } catch (...) {
      dialogs_.showError(this, tr("Recover unsaved work"), describeCurrentException());
    }
  }
  state_.project().discardRecovery();
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (state_.tasks().isRunning() &&
      !dialogs_.confirm(
          this, tr("A task is running"),
          tr("“%1” is running. It will be stopped; what is finished is kept and can be continued.")
              .arg(state_.tasks().title()),
          tr("Stop and close"))) {
    event->ignore();
    return;
  }
  state_.tasks().cancel();
  settings_.setWindowGeometry(saveGeometry());
  // Ended properly: an unsaved project of a few fields is not worth a question at every closing, edits of
  // boxes are.
  if (state_.project().isModified() && !state_.project().state().boxes.empty() &&
      state_.project().file().isEmpty() &&
      dialogs_.confirm(this, tr("Save the project"), tr("Your edits of lesion boxes are not saved."),
                       tr("Save…")) &&
      !saveProject(false)) {
    event->ignore();
    return;
  }
  state_.project().discardRecovery();
  event->accept();
}

void MainWindow::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) refreshIcons();
  QMainWindow::changeEvent(event);
}

}  // namespace medlocker::ui
