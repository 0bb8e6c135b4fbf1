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
#include "ui/charts/chart_panel.h"
#include "ui/services/theme.h"
#include "ui/widgets/form.h"

namespace medlocker::ui {

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
  leftLayout->addWidget(what);

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
  leftLayout->addWidget(how);
  leftLayout->addStretch();
  split->addWidget(scrollable(left, tr("Options of the training")));

  auto* right = new QWidget;
  auto* rightLayout = new QVBoxLayout(right);
  rightLayout->setContentsMargins(0, 0, 0, 0);
  result_ = new QLabel(tr("Charts appear with the first epoch."));
  result_->setWordWrap(true);
  result_->setAccessibleName(tr("State of the training"));
  rightLayout->addWidget(result_);
  loss_ = new ChartPanel(tr("Loss"));
  accuracy_ = new ChartPanel(tr("Validation accuracy"));
  classes_ = new ChartPanel(tr("Validation accuracy per class"));
  auto* charts = new QSplitter(Qt::Vertical);
  charts->addWidget(loss_);
  charts->addWidget(accuracy_);
  charts->addWidget(classes_);
  rightLayout->addWidget(charts, 1);
  split->addWidget(right);
  split->setSizes({420, 640});
  for (ChartPanel* panel : {loss_, accuracy_, classes_}) panel->clear(tr("Nothing yet"));

  connect(method_, &QComboBox::currentIndexChanged, this, &TrainPage::showMethod);
  connect(start_, &QPushButton::clicked, this, &TrainPage::start);
  connect(&state_.tasks(), &TaskRunner::started, this, &TrainPage::showBusy);
  connect(&state_.tasks(), &TaskRunner::idle, this, &TrainPage::showBusy);
  connect(&state_, &AppState::browserChanged, this, [this] {
    if (state_.browser())
      out_->setPath(QDir(state_.settings().outputFolder())
                        .filePath(QStringLiteral("models/") +
                                  QFileInfo(state_.project().state().dataset).fileName() +
                                  QStringLiteral("-model")));
    showBusy();
  });
  showMethod();
  showBusy();
}

void TrainPage::showMethod() {
  explanation_->setText(method_->currentData().toString());
  while (methodForm_->rowCount() > 0) methodForm_->removeRow(0);
  fields_.clear();
  // The form comes from the options' own fields, so it cannot fall behind them.
  Json json;
  training::to_json(json, training::defaultMethodOptions(method_->currentText().toStdString()));
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
  options.inputSize = inputSize_->value();
  options.trainer.epochs = epochs_->value();
  options.trainer.batchSize = batch_->value();
  options.trainer.optimiser.learningRate = rate_->value();
  options.threads = state_.settings().threads();
  options.device = parseDeviceChoice(state_.settings().device().toStdString());
  options.resume = QFileInfo::exists(out_->path() + QStringLiteral("/checkpoint")) &&
                   !QFileInfo::exists(out_->path() + QStringLiteral("/model.safetensors"));
  QStringList issues;
  for (const OptionIssue& issue : options.validate())
    issues << QString::fromStdString(issue.field) + QLatin1Char(' ') + QString::fromStdString(issue.message);
  problem_->setText(issues.join(QLatin1Char('\n')));
  if (!issues.isEmpty()) return;
  history_.clear();
  classNames_.clear();
  if (const auto browser = state_.browser())
    for (const std::string& name : browser->dataset().classes) classNames_ << QString::fromStdString(name);
  result_->setText(tr("The first epoch is running"));
  state_.tasks().start(tr("Training"), [this, options](const RunContext& context) -> TaskRunner::Completion {
    const pipelines::TrainSummary summary =
        pipelines::trainModel(options, context, [this](const training::EpochRecord& record) {
          QMetaObject::invokeMethod(
              this, [this, record] { addEpoch(record); }, Qt::QueuedConnection);
        });
    return [this, summary] {
      classNames_.clear();
      for (const std::string& name : summary.classes) classNames_ << QString::fromStdString(name);
      history_ = summary.history;
      showCharts();
      result_->setText(summary.outcome == Outcome::Cancelled
                           ? tr("Stopped after epoch %1. Start again with the same folder to go on.")
                                 .arg(summary.history.size())
                           : tr("Done: epoch %1 was selected. The model lies in %2.")
                                 .arg(summary.selectedEpoch)
                                 .arg(toText(summary.options.out)));
      if (summary.outcome == Outcome::Completed)
        state_.project().change(tr("Add a trained model"), [&summary](ProjectState& s) {
          const QString folder = toText(summary.options.out);
          if (!s.models.contains(folder)) s.models << folder;
        });
    };
  });
}

void TrainPage::addEpoch(const training::EpochRecord& record) {
  history_.push_back(record);
  result_->setText(tr("Epoch %1: training loss %2").arg(record.epoch).arg(record.trainLoss, 0, 'f', 4));
  showCharts();
}

void TrainPage::showCharts() {
  LineChart loss;
  loss.xTitle = tr("Epoch");
  loss.wholeX = true;
  LineSeries train{tr("Training"), {}, {}};
  LineSeries validation{tr("Validation"), {}, {}};
  LineChart accuracy;
  accuracy.xTitle = tr("Epoch");
  accuracy.percent = true;
  accuracy.wholeX = true;
  LineSeries plain{tr("Accuracy"), {}, {}};
  LineSeries balanced{tr("Balanced accuracy"), {}, {}};
  std::map<std::string, LineSeries> further;  // a method's own figures that are rates
  for (const training::EpochRecord& record : history_) {
    train.x.push_back(record.epoch);
    train.y.push_back(record.trainLoss);
    if (!record.validated) continue;
    validation.x.push_back(record.epoch);
    validation.y.push_back(record.validation.loss);
    plain.x.push_back(record.epoch);
    plain.y.push_back(record.validation.accuracy);
    balanced.x.push_back(record.epoch);
    balanced.y.push_back(record.validation.balancedAccuracy);
    for (const auto& [name, value] : record.extra) {
      if (name.find("accuracy") == std::string::npos || name.find("class") != std::string::npos) continue;
      LineSeries& series = further[name];
      series.name = QString::fromStdString(name).replace(QLatin1Char('_'), QLatin1Char(' '));
      series.x.push_back(record.epoch);
      series.y.push_back(value);
    }
  }
  loss.series = {train, validation};
  accuracy.series = {plain, balanced};
  for (auto& [name, series] : further) accuracy.series.push_back(series);
  if (!train.x.empty()) loss_->setChart(loss);
  if (!plain.x.empty()) accuracy_->setChart(accuracy);
  if (history_.empty() || !history_.back().validated) return;
  CategoryChart perClass;
  perClass.percent = true;
  perClass.valueTitle = tr("Accuracy");
  CategorySeries series{
      tr("Epoch %1").arg(history_.back().epoch), history_.back().validation.perClassAccuracy(), {}, {}};
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    perClass.categories << (static_cast<int>(i) < classNames_.size() ? classNames_[static_cast<int>(i)]
                                                                     : QString::number(i));
    if (std::isfinite(series.values[i]) &&
        (perClass.marked < 0 || series.values[i] < series.values[static_cast<std::size_t>(perClass.marked)]))
      perClass.marked = static_cast<int>(i);
  }
  perClass.series = {series};
  if (!perClass.categories.isEmpty()) classes_->setChart(perClass);
}

}  // namespace medlocker::ui
