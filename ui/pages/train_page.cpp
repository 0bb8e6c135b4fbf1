// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/train_page.h"

#include <QCheckBox>
#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QScrollArea>
#include <QSplitter>
#include <QVBoxLayout>

#include "core/pipelines/list_architectures.h"
#include "ui/pages/training_history_view.h"
#include "ui/pages/training_view.h"
#include "ui/services/text.h"
#include "ui/services/theme.h"
#include "ui/widgets/form.h"

namespace medlocker::ui {

namespace {

QStringList texts(const std::vector<std::string>& names) {
  QStringList list;
  for (const std::string& name : names) list << text(name);
  return list;
}

}  // namespace

TrainPage::TrainPage(AppState& state, QWidget* parent) : QWidget(parent), state_(state) {
  setObjectName(QStringLiteral("TrainPage"));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 14, 16, 12);
  layout->setSpacing(10);
  layout->addWidget(pageHeading(tr("Train"), tr("A diagnosis model on the open dataset: as a surrogate for "
                                                "protection, or hardened against attacks.")));
  auto* split = new QSplitter(Qt::Horizontal);
  layout->addWidget(split, 1);

  auto* left = new QWidget;
  auto* leftLayout = new QVBoxLayout(left);
  leftLayout->setContentsMargins(0, 0, 8, 0);
  leftLayout->addWidget(makeMethodCard());
  leftLayout->addWidget(makeScheduleCard());
  leftLayout->addStretch();
  split->addWidget(scrollable(left, tr("Options of the training")));

  auto* right = new QWidget;
  auto* rightLayout = new QVBoxLayout(right);
  rightLayout->setContentsMargins(0, 0, 0, 0);
  result_ = new QLabel(tr("Charts appear with the first epoch."));
  result_->setWordWrap(true);
  result_->setAccessibleName(tr("State of the training"));
  rightLayout->addWidget(result_);
  view_ = new TrainingView;
  runs_ = new TrainingHistoryView(state_);
  auto* rows = new QSplitter(Qt::Vertical);
  rows->addWidget(view_);
  rows->addWidget(runs_);
  rows->setStretchFactor(0, 1);
  rows->setChildrenCollapsible(false);
  rows->setSizes({460, 180});
  rightLayout->addWidget(rows, 1);
  split->addWidget(right);
  split->setSizes({385, 685});

  connect(method_, &QComboBox::currentIndexChanged, this, &TrainPage::showMethod);
  connect(start_, &QPushButton::clicked, this, &TrainPage::start);
  connect(&state_.tasks(), &TaskRunner::started, this, &TrainPage::showBusy);
  connect(&state_.tasks(), &TaskRunner::idle, this, [this] {
    isLive_ = false;  // also where it failed
    runs_->setLiveFolder({});
    showBusy();
  });
  connect(runs_, &TrainingHistoryView::runSelected, this, &TrainPage::showRun);
  connect(runs_, &TrainingHistoryView::resumeRequested, this, [this](const pipelines::TrainingRun& chosen) {
    if (!chosen.options) return;
    pipelines::TrainOptions options = *chosen.options;
    options.resume = true;
    run(options);
  });
  connect(&state_, &AppState::browserChanged, this, [this] {
    if (state_.browser()) suggestFolder();
    showBusy();
  });
  showMethod();
  showBusy();
}

void TrainPage::suggestFolder() {
  QString folder =
      QDir(state_.settings().outputFolder())
          .filePath(QStringLiteral("models/") + QFileInfo(state_.project().state().dataset).fileName() +
                    QStringLiteral("-model"));
  // One that was interrupted can go on; a finished one stays as it is.
  if (QFileInfo::exists(folder + QStringLiteral("/model.safetensors"))) folder = unusedPath(folder);
  out_->setPath(folder);
}

QWidget* TrainPage::makeMethodCard() {
  auto* what = new Card(tr("Method"));
  method_ = new QComboBox;
  method_->setObjectName(QStringLiteral("method"));
  method_->setAccessibleName(tr("Training method"));
  for (const training::MethodInfo& info : training::trainingMethods())
    method_->addItem(QString::fromStdString(info.name), QString::fromStdString(info.description));
  explanation_ = mutedLabel({});
  // Methods are described by the core, in English, as on the command line.
  explanation_->setProperty("programName", true);
  what->body()->addWidget(method_);
  what->body()->addWidget(explanation_);
  methodForm_ = new QFormLayout;
  what->body()->addLayout(methodForm_);
  what->body()->addWidget(makeTeachers());
  return what;
}

QWidget* TrainPage::makeTeachers() {
  teachers_ = new QWidget;
  auto* form = new QFormLayout(teachers_);
  form->setContentsMargins(0, 0, 0, 0);
  teacher_ = new PathField(PathField::Kind::Folder, state_.dialogs(), tr("Robust teacher"));
  cleanTeacher_ = new PathField(PathField::Kind::Folder, state_.dialogs(), tr("Natural teacher"));
  trainTeachers_ = new QCheckBox(tr("Train teachers that are missing"));
  trainTeachers_->setObjectName(QStringLiteral("trainTeachers"));
  trainTeachers_->setChecked(true);
  form->addRow(tr("Robust teacher"), teacher_);
  form->addRow(tr("Natural teacher"), cleanTeacher_);
  form->addRow(trainTeachers_);
  return teachers_;
}

QWidget* TrainPage::makeScheduleCard() {
  auto* how = new Card(tr("Network and schedule"));
  auto* form = new QFormLayout;
  arch_ = new QComboBox;
  arch_->setObjectName(QStringLiteral("architecture"));
  arch_->setAccessibleName(tr("Architecture"));
  for (const pipelines::ArchitectureSummary& arch : pipelines::listArchitectures()) {
    arch_->addItem(QString::fromStdString(arch.name));
    arch_->setItemData(arch_->count() - 1, QString::fromStdString(arch.description), Qt::ToolTipRole);
  }
  arch_->setCurrentText(QStringLiteral("resnet18"));
  epochs_ = new QSpinBox;
  epochs_->setObjectName(QStringLiteral("epochs"));
  epochs_->setRange(1, 1000);
  epochs_->setValue(20);
  inputSize_ = new QSpinBox;
  inputSize_->setObjectName(QStringLiteral("inputSize"));
  inputSize_->setRange(0, 1024);
  inputSize_->setSingleStep(32);
  inputSize_->setValue(64);
  inputSize_->setSpecialValueText(tr("the network's own"));
  inputSize_->setSuffix(tr(" px"));
  batch_ = new QSpinBox;
  batch_->setRange(2, 1024);
  batch_->setValue(32);
  rate_ = new QDoubleSpinBox;
  rate_->setDecimals(5);
  rate_->setRange(0.00001, 1);
  rate_->setSingleStep(0.0005);
  rate_->setValue(0.001);
  labels_ = new QComboBox;
  labels_->addItem(tr("All classes"), QStringLiteral("all"));
  labels_->addItem(tr("Referable or not (grade 2 and above)"), QStringLiteral("referable"));
  labels_->addItem(tr("Any retinopathy or none"), QStringLiteral("any-dr"));
  for (const auto& [widget, name] : std::vector<std::pair<QWidget*, QString>>{{epochs_, tr("Epochs")},
                                                                              {inputSize_, tr("Input size")},
                                                                              {batch_, tr("Batch size")},
                                                                              {rate_, tr("Learning rate")},
                                                                              {labels_, tr("Labels")}})
    widget->setAccessibleName(name);
  form->addRow(tr("Architecture"), arch_);
  form->addRow(tr("Epochs"), epochs_);
  form->addRow(tr("Input size"), inputSize_);
  form->addRow(tr("Batch size"), batch_);
  form->addRow(tr("Learning rate"), rate_);
  form->addRow(tr("Labels"), labels_);
  out_ = new PathField(PathField::Kind::Folder, state_.dialogs(), tr("Folder for the model"));
  form->addRow(tr("Model folder"), out_);
  how->body()->addLayout(form);
  problem_ = new QLabel;
  problem_->setWordWrap(true);
  problem_->setAccessibleName(tr("What is wrong"));
  how->body()->addWidget(problem_);
  start_ = primaryButton(tr("Start training"));
  start_->setObjectName(QStringLiteral("startTraining"));
  start_->setIcon(lineIcon(QStringLiteral("play")));
  how->body()->addWidget(start_, 0, Qt::AlignLeft);
  return how;
}

void TrainPage::showMethod() {
  explanation_->setText(method_->currentData().toString());
  while (methodForm_->rowCount() > 0) methodForm_->removeRow(0);
  const training::MethodOptions method = training::defaultMethodOptions(method_->currentText().toStdString());
  const training::MethodTeachers needed = training::teachersOf(method);
  teachers_->setVisible(needed.robust || needed.clean);
  auto* form = static_cast<QFormLayout*>(teachers_->layout());
  for (const auto& [field, isNeeded] : {std::pair{teacher_, needed.robust}, {cleanTeacher_, needed.clean}}) {
    field->setVisible(isNeeded);
    form->labelForField(field)->setVisible(isNeeded);
  }
  fields_.clear();
  // The form comes from the options' own fields, so it cannot fall behind them.
  Json json;
  training::to_json(json, method);
  for (const auto& [name, value] : json.items()) {
    if (name == "name" || value.is_structured() || value.is_null()) continue;
    QWidget* field = nullptr;
    if (value.is_boolean()) {
      auto* box = new QCheckBox;
      box->setChecked(value.get<bool>());
      field = box;
    } else if (value.is_number_integer()) {
      auto* box = new QSpinBox;
      box->setRange(-1'000'000, 1'000'000);
      box->setValue(value.get<int>());
      field = box;
    } else if (value.is_number()) {
      auto* box = new QDoubleSpinBox;
      box->setDecimals(5);
      box->setRange(-1e6, 1e6);
      box->setSingleStep(0.01);
      box->setValue(value.get<double>());
      field = box;
    } else {
      auto* edit = new QLineEdit(QString::fromStdString(value.get<std::string>()));
      field = edit;
    }
    QString label = QString::fromStdString(name).replace(QLatin1Char('_'), QLatin1Char(' '));
    field->setAccessibleName(label);
    field->setProperty("programName", true);
    methodForm_->addRow(label, field);
    methodForm_->labelForField(field)->setProperty("programName", true);
    fields_[name] = field;
  }
}

Json TrainPage::methodJson() const {
  Json json = {{"name", method_->currentText().toStdString()}};
  for (const auto& [name, widget] : fields_) {
    if (auto* box = qobject_cast<QCheckBox*>(widget))
      json[name] = box->isChecked();
    else if (auto* whole = qobject_cast<QSpinBox*>(widget))
      json[name] = whole->value();
    else if (auto* real = qobject_cast<QDoubleSpinBox*>(widget))
      json[name] = real->value();
    else if (auto* edit = qobject_cast<QLineEdit*>(widget))
      json[name] = edit->text().toStdString();
  }
  return json;
}

void TrainPage::showBusy() {
  const bool ready = state_.browser() != nullptr && !state_.tasks().isRunning();
  start_->setEnabled(ready);
  if (!state_.browser())
    problem_->setText(tr("Open a dataset on the page Home."));
  else if (problem_->text() == tr("Open a dataset on the page Home."))
    problem_->clear();
}

void TrainPage::start() {
  pipelines::TrainOptions options;
  try {
    Json json = options.toJson();
    json["method"] = methodJson();
    json["labels"] = labels_->currentData().toString().toStdString();
    options = pipelines::TrainOptions::fromJson(json);
  } catch (...) {
    problem_->setText(describeCurrentException());
    return;
  }
  options.dataset = toPath(state_.project().state().dataset);
  options.out = toPath(out_->path());
  options.arch = arch_->currentText().toStdString();
  const training::MethodTeachers needed = training::teachersOf(options.trainer.method);
  if (needed.robust) options.teacher = toPath(teacher_->path());
  if (needed.clean) options.cleanTeacher = toPath(cleanTeacher_->path());
  options.trainTeachers = (needed.robust || needed.clean) && trainTeachers_->isChecked();
  options.inputSize = inputSize_->value();
  options.trainer.epochs = epochs_->value();
  options.trainer.batchSize = batch_->value();
  options.trainer.optimiser.learningRate = rate_->value();
  options.threads = state_.settings().threads();
  options.device = parseDeviceChoice(state_.settings().device().toStdString());
  options.resume = QFileInfo::exists(out_->path() + QStringLiteral("/checkpoint")) &&
                   !QFileInfo::exists(out_->path() + QStringLiteral("/model.safetensors"));
  run(options);
}

void TrainPage::run(pipelines::TrainOptions options) {
  QStringList issues;
  for (const OptionIssue& issue : options.validate())
    issues << text(issue.field) + QLatin1Char(' ') + text(issue.message);
  problem_->setText(issues.join(QLatin1Char('\n')));
  if (!issues.isEmpty()) return;
  std::error_code ignored;
  liveFolder_ = std::filesystem::weakly_canonical(options.out, ignored);
  liveHistory_.clear();
  liveClasses_.clear();
  if (const auto browser = state_.browser()) liveClasses_ = texts(browser->dataset().classes);
  const bool started = state_.tasks().start(
      tr("Training"), [this, options](const RunContext& context) -> TaskRunner::Completion {
        // A run that goes on has epochs behind it.
        if (options.resume)
          if (const auto earlier = pipelines::readTrainingRun(options.out))
            QMetaObject::invokeMethod(
                this,
                [this, history = earlier->history] {
                  liveHistory_ = history;
                  if (showsLive_) showLive();
                },
                Qt::QueuedConnection);
        const pipelines::TrainSummary summary =
            pipelines::trainModel(options, context, [this](const training::EpochRecord& record) {
              QMetaObject::invokeMethod(
                  this, [this, record] { addEpoch(record); }, Qt::QueuedConnection);
            });
        return [this, summary] { finish(summary); };
      });
  if (!started) return;
  isLive_ = true;
  showsLive_ = true;
  state_.project().change(tr("Start a training"), [this](ProjectState& s) {
    if (const QString folder = toText(liveFolder_); !s.trainings.contains(folder)) s.trainings << folder;
  });
  runs_->clearSelection();
  runs_->setLiveFolder(liveFolder_);
  view_->clear();
  result_->setText(tr("The first epoch is running"));
}

void TrainPage::finish(const pipelines::TrainSummary& summary) {
  liveClasses_ = texts(summary.classes);
  liveHistory_ = summary.history;
  if (showsLive_) {
    showLive();
    result_->setText(summary.outcome == Outcome::Cancelled
                         ? tr("Stopped after epoch %1. Start again with the same folder to go on.")
                               .arg(summary.history.size())
                         : tr("Done: epoch %1 was selected. The model lies in %2.")
                               .arg(summary.selectedEpoch)
                               .arg(toText(summary.options.out)));
    runs_->selectWhenRead(liveFolder_);
  }
  if (summary.outcome == Outcome::Completed)
    state_.project().change(tr("Add a trained model"), [&summary](ProjectState& s) {
      const QString folder = toText(summary.options.out);
      if (!s.models.contains(folder)) s.models << folder;
    });
  if (summary.outcome == Outcome::Completed && toPath(out_->path()) == summary.options.out) suggestFolder();
}

void TrainPage::addEpoch(const training::EpochRecord& record) {
  // Epochs behind the last checkpoint come again.
  while (!liveHistory_.empty() && liveHistory_.back().epoch >= record.epoch) liveHistory_.pop_back();
  liveHistory_.push_back(record);
  runs_->refresh();
  if (showsLive_) showLive();
}

void TrainPage::showLive() {
  view_->setHistory(liveHistory_, liveClasses_);
  if (!liveHistory_.empty())
    result_->setText(tr("Epoch %1: training loss %2")
                         .arg(liveHistory_.back().epoch)
                         .arg(liveHistory_.back().trainLoss, 0, 'f', 4));
}

void TrainPage::showRun(const pipelines::TrainingRun& chosen) {
  showsLive_ = isLive_ && chosen.folder == liveFolder_;
  if (showsLive_) {
    showLive();
    return;
  }
  view_->setHistory(chosen.history, texts(chosen.classes));
  QString line =
      tr("%1: %2, %3")
          .arg(text(chosen.folder.filename().string()), text(chosen.method), runs_->runs().stateText(chosen));
  if (chosen.selectedEpoch > 0) line += tr(" · epoch %1 selected").arg(chosen.selectedEpoch);
  if (chosen.canResume()) line += tr(" · can be resumed");
  for (const std::string& more : {chosen.failure, chosen.problem})
    if (!more.empty()) line += QStringLiteral(" · ") + text(more);
  result_->setText(line);
}

}  // namespace medlocker::ui
