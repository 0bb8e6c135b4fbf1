// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/protect_page.h"

#include <QDesktopServices>
#include <QDir>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QPainter>
#include <QScrollArea>
#include <QSortFilterProxyModel>
#include <QSplitter>
#include <QStorageInfo>
#include <QUrl>
#include <QVBoxLayout>
#include <array>
#include <cmath>

#include "core/common/resources.h"
#include "core/pipelines/generate_keys.h"
#include "core/pipelines/train_model.h"
#include "ui/charts/chart_panel.h"
#include "ui/services/theme.h"
#include "ui/widgets/before_after_view.h"
#include "ui/widgets/form.h"

namespace medlocker::ui {
namespace {

struct Preset {
  const char* name;
  const char* words;
  double low, high, size;
};

/// Points between "hardly seen" and "strong"; every value can be changed afterwards.
constexpr std::array<Preset, 3> kPresets{{
    {QT_TRANSLATE_NOOP("ProtectPage", "Discreet"),
     QT_TRANSLATE_NOOP("ProtectPage", "small and faint; fewer models are misled"), 0.25, 0.60, 0.18},
    {QT_TRANSLATE_NOOP("ProtectPage", "Balanced"),
     QT_TRANSLATE_NOOP("ProtectPage", "clearly visible, lesions stay free"), 0.40, 0.90, 0.25},
    {QT_TRANSLATE_NOOP("ProtectPage", "Strong"),
     QT_TRANSLATE_NOOP("ProtectPage", "large and opaque; the most effect"), 0.60, 1.00, 0.28},
}};

constexpr int kPreviewSide = 900;

}  // namespace

ProtectPage::ProtectPage(AppState& state, QWidget* parent)
    : QWidget(parent), state_(state), stack_(new QStackedWidget), sorted_(new QSortFilterProxyModel(this)) {
  setObjectName(QStringLiteral("ProtectPage"));
  pool_.setMaxThreadCount(1);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 14, 16, 12);
  layout->addWidget(stack_);
  stack_->addWidget(makeForm());
  stack_->addWidget(makeRunView());
  stack_->addWidget(makeResults());

  connect(&state_.project(), &Project::changed, this, &ProtectPage::showProject);
  connect(&state_, &AppState::browserChanged, this, [this] {
    stack_->setCurrentIndex(0);
    checkForm();
  });
  connect(&state_.tasks(), &TaskRunner::started, this, &ProtectPage::checkForm);
  connect(&state_.tasks(), &TaskRunner::idle, this, [this] {
    if (mine_ && stack_->currentIndex() == 1) stack_->setCurrentIndex(state_.lastRun() ? 2 : 0);
    mine_ = false;
    checkForm();
  });
  connect(&state_.tasks(), &TaskRunner::progressChanged, this, &ProtectPage::showFinishedImage);
  showProject();
}

ProtectPage::~ProtectPage() {
  pool_.waitForDone();
}

QWidget* ProtectPage::makeForm() {
  auto* scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  auto* content = new QWidget;
  auto* layout = new QVBoxLayout(content);
  layout->setContentsMargins(0, 0, 6, 0);
  layout->setSpacing(12);
  layout->addWidget(pageHeading(tr("Protect"), tr("A visible logo goes where diagnosis models fail and no "
                                                  "lesion is covered. Your originals are not changed.")));

  auto* columns = new QHBoxLayout;
  columns->setSpacing(12);
  auto* left = new QVBoxLayout;
  left->setSpacing(12);
  columns->addLayout(left, 3);
  auto* right = new QVBoxLayout;
  right->setSpacing(12);
  columns->addLayout(right, 2);
  layout->addLayout(columns, 1);

  // How it looks.
  auto* look = new Card(tr("Logo"));
  auto* lookRow = new QHBoxLayout;
  logoPicture_ = new QLabel;
  logoPicture_->setFixedSize(120, 120);
  logoPicture_->setAlignment(Qt::AlignCenter);
  logoPicture_->setAccessibleName(tr("Preview of the logo"));
  lookRow->addWidget(logoPicture_);
  auto* lookForm = new QFormLayout;
  logo_ = new PathField(PathField::Kind::OpenFile, state_.dialogs(), tr("Logo file"),
                        tr("PNG with transparency (*.png)"));
  lookForm->addRow(tr("File"), logo_);
  preset_ = new QComboBox;
  preset_->setObjectName(QStringLiteral("preset"));
  preset_->setAccessibleName(tr("Preset"));
  for (const Preset& preset : kPresets)
    preset_->addItem(tr(preset.name) + QStringLiteral(" – ") + tr(preset.words));
  preset_->addItem(tr("Own values"));
  lookForm->addRow(tr("Preset"), preset_);
  auto* opacity = new QHBoxLayout;
  opacityLow_ = new QDoubleSpinBox;
  opacityHigh_ = new QDoubleSpinBox;
  for (QDoubleSpinBox* box : {opacityLow_, opacityHigh_}) {
    box->setRange(5, 100);
    box->setDecimals(0);
    box->setSingleStep(5);
    box->setSuffix(QStringLiteral(" %"));
  }
  opacityLow_->setAccessibleName(tr("Lowest opacity"));
  opacityHigh_->setAccessibleName(tr("Highest opacity"));
  opacity->addWidget(opacityLow_);
  opacity->addWidget(new QLabel(tr("to")));
  opacity->addWidget(opacityHigh_);
  opacity->addStretch();
  lookForm->addRow(tr("Opacity"), opacity);
  auto* sizeRow = new QHBoxLayout;
  size_ = new QSlider(Qt::Horizontal);
  size_->setRange(13, 66);
  size_->setAccessibleName(tr("Logo size"));
  sizeText_ = new QLabel;
  sizeText_->setMinimumWidth(130);
  sizeRow->addWidget(size_, 1);
  sizeRow->addWidget(sizeText_);
  lookForm->addRow(tr("Size"), sizeRow);
  budget_ = new QComboBox;
  budget_->setObjectName(QStringLiteral("budget"));
  budget_->setAccessibleName(tr("Search effort"));
  budget_->addItem(tr("Quick – 200 places per image"), QStringLiteral("quick"));
  budget_->addItem(tr("Balanced – 800 places per image"), QStringLiteral("balanced"));
  budget_->addItem(tr("Thorough – 3000 places per image"), QStringLiteral("thorough"));
  lookForm->addRow(tr("Search"), budget_);
  lookRow->addLayout(lookForm, 1);
  look->body()->addLayout(lookRow);
  left->addWidget(look);

  auto* against = new Card(tr("Models to mislead"));
  models_ = new PathList(true, state_.dialogs(), tr("Model folders"));
  models_->setObjectName(QStringLiteral("models"));
  against->body()->addWidget(models_);
  auto* quick = new QPushButton(tr("Train two small models on this dataset"));
  quick->setObjectName(QStringLiteral("trainQuick"));
  quick->setToolTip(
      tr("A minute or two; better models make better protection. The page Train has all options."));
  connect(quick, &QPushButton::clicked, this, &ProtectPage::trainQuickModels);
  against->body()->addWidget(quick);
  against->body()->addWidget(
      mutedLabel(tr("Folders with model.safetensors and model.json. Without a model the logo is placed at "
                    "random, with no adversarial effect.")));
  left->addWidget(against);
  left->addStretch();

  auto* trust = new Card(tr("Certificate and key"));
  auto* trustForm = new QFormLayout;
  key_ = new PathField(PathField::Kind::OpenFile, state_.dialogs(), tr("Owner key"),
                       tr("Keys (*.key);;All files (*)"));
  auto* keyRow = new QVBoxLayout;
  keyRow->addWidget(key_);
  auto* newKey = new QPushButton(tr("Make a new key…"));
  newKey->setObjectName(QStringLiteral("makeKey"));
  connect(newKey, &QPushButton::clicked, this, &ProtectPage::makeKey);
  keyRow->addWidget(newKey, 0, Qt::AlignLeft);
  trustForm->addRow(tr("Owner key"), keyRow);
  owner_ = new QLineEdit;
  owner_->setPlaceholderText(tr("named in the certificate"));
  owner_->setAccessibleName(tr("Owner"));
  trustForm->addRow(tr("Owner"), owner_);
  trust->body()->addLayout(trustForm);
  trust->body()->addWidget(mutedLabel(tr("Back up the key: without it nothing can be unlocked or proved.")));
  right->addWidget(trust);

  auto* target = new Card(tr("Where the protected copy goes"));
  out_ = new PathField(PathField::Kind::Folder, state_.dialogs(), tr("Output folder"));
  out_->setObjectName(QStringLiteral("out"));
  target->body()->addWidget(out_);
  estimate_ = new QLabel;
  estimate_->setWordWrap(true);
  target->body()->addWidget(estimate_);
  problems_ = new QLabel;
  problems_->setWordWrap(true);
  problems_->setAccessibleName(tr("What is missing"));
  target->body()->addWidget(problems_);
  auto* buttons = new QHBoxLayout;
  start_ = primaryButton(tr("Start protecting"));
  start_->setObjectName(QStringLiteral("start"));
  start_->setIcon(lineIcon(QStringLiteral("play")));
  start_->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Return));
  start_->setToolTip(start_->shortcut().toString(QKeySequence::NativeText));
  resume_ = new QPushButton(tr("Go on with the interrupted run"));
  resume_->setObjectName(QStringLiteral("resume"));
  buttons->addWidget(start_);
  buttons->addWidget(resume_);
  buttons->addStretch();
  target->body()->addLayout(buttons);
  right->addWidget(target);
  right->addStretch();
  scroll->setWidget(content);

  const auto change = [this](const QString& name, const std::function<void(ProjectState&)>& edit,
                             int merge = -1) { state_.project().change(name, edit, merge); };
  connect(logo_, &PathField::edited, this, [change](const QString& path) {
    change(tr("Choose a logo"), [&](ProjectState& s) { s.logo = path; });
  });
  connect(preset_, &QComboBox::activated, this, &ProtectPage::applyPreset);
  connect(opacityLow_, &QDoubleSpinBox::valueChanged, this, [change](double value) {
    change(
        tr("Change the opacity"), [&](ProjectState& s) { s.opacityLow = value / 100; }, 1001);
  });
  connect(opacityHigh_, &QDoubleSpinBox::valueChanged, this, [change](double value) {
    change(
        tr("Change the opacity"), [&](ProjectState& s) { s.opacityHigh = value / 100; }, 1002);
  });
  connect(size_, &QSlider::valueChanged, this, [change](int value) {
    change(
        tr("Change the size"), [&](ProjectState& s) { s.logoSize = value / 100.0; }, 1003);
  });
  connect(budget_, &QComboBox::activated, this, [this, change] {
    change(tr("Change the search effort"),
           [&](ProjectState& s) { s.budget = budget_->currentData().toString(); });
  });
  connect(models_, &PathList::edited, this, [change](const QStringList& paths) {
    change(tr("Choose models"), [&](ProjectState& s) { s.models = paths; });
  });
  connect(key_, &PathField::edited, this, [change](const QString& path) {
    change(tr("Choose a key"), [&](ProjectState& s) { s.key = path; });
  });
  connect(out_, &PathField::edited, this, [change](const QString& path) {
    change(tr("Choose an output folder"), [&](ProjectState& s) { s.out = path; });
  });
  connect(owner_, &QLineEdit::editingFinished, this, [this, change] {
    change(tr("Name the owner"), [&](ProjectState& s) { s.owner = owner_->text(); });
  });
  connect(start_, &QPushButton::clicked, this, &ProtectPage::start);
  connect(resume_, &QPushButton::clicked, this, &ProtectPage::start);
  return scroll;
}

QWidget* ProtectPage::makeRunView() {
  auto* page = new QWidget;
  auto* layout = new QVBoxLayout(page);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(
      pageHeading(tr("Protecting"), tr("Each file is written as soon as it is ready. You may stop or close "
                                       "the window at any time and go on later.")));
  liveText_ = new QLabel;
  liveText_->setWordWrap(true);
  liveText_->setAccessibleName(tr("State of the run"));
  live_ = new BeforeAfterView;
  live_->clear(tr("The first image is being searched"));
  layout->addWidget(liveText_);
  layout->addWidget(live_, 1);
  return page;
}

QWidget* ProtectPage::makeResults() {
  auto* page = new QWidget;
  auto* layout = new QVBoxLayout(page);
  layout->setContentsMargins(0, 0, 0, 0);
  auto* top = new QHBoxLayout;
  resultText_ = new QLabel;
  resultText_->setWordWrap(true);
  resultText_->setAccessibleName(tr("Result of the run"));
  QFont large = resultText_->font();
  large.setPointSizeF(large.pointSizeF() * 1.15);
  resultText_->setFont(large);
  top->addWidget(resultText_, 1);
  statusFilter_ = new QComboBox;
  statusFilter_->setAccessibleName(tr("Status"));
  statusFilter_->addItem(tr("All statuses"), QString());
  for (const char* status : {"PROTECTED", "PARTIAL", "WEAK", "INFEASIBLE", "SKIPPED", "ERROR"})
    statusFilter_->addItem(QString::fromLatin1(status), QString::fromLatin1(status));
  auto* folder = new QPushButton(tr("Open the folder"));
  auto* verify = new QPushButton(tr("Verify…"));
  auto* again = new QPushButton(tr("Another run"));
  folder->setIcon(lineIcon(QStringLiteral("folder")));
  verify->setObjectName(QStringLiteral("toVerify"));
  for (QWidget* widget : {static_cast<QWidget*>(statusFilter_), static_cast<QWidget*>(folder),
                          static_cast<QWidget*>(verify), static_cast<QWidget*>(again)})
    top->addWidget(widget);
  layout->addLayout(top);

  auto* split = new QSplitter(Qt::Vertical);
  auto* upper = new QSplitter(Qt::Horizontal);
  pair_ = new BeforeAfterView;
  pair_->clear(tr("Choose an image below"));
  accuracy_ = new ChartPanel(tr("Accuracy of the models"));
  upper->addWidget(pair_);
  upper->addWidget(accuracy_);
  upper->setSizes({560, 420});
  table_ = new QTableView;
  sorted_->setSourceModel(&results_);
  sorted_->setSortRole(ResultModel::SortRole);
  sorted_->setFilterKeyColumn(ResultModel::Status);
  table_->setModel(sorted_);
  table_->setSortingEnabled(true);
  table_->sortByColumn(0, Qt::AscendingOrder);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_->setAlternatingRowColors(true);
  table_->verticalHeader()->hide();
  table_->horizontalHeader()->setStretchLastSection(true);
  table_->setAccessibleName(tr("Results per image"));
  table_->setTabKeyNavigation(false);
  split->addWidget(upper);
  split->addWidget(table_);
  split->setSizes({360, 300});
  layout->addWidget(split, 1);

  connect(statusFilter_, &QComboBox::activated, this,
          [this] { sorted_->setFilterFixedString(statusFilter_->currentData().toString()); });
  connect(folder, &QPushButton::clicked, this, [this] {
    if (state_.lastRun()) QDesktopServices::openUrl(QUrl::fromLocalFile(toText(state_.lastRun()->out)));
  });
  connect(verify, &QPushButton::clicked, this, [this] { state_.goTo(Page::Verify); });
  connect(again, &QPushButton::clicked, this, [this] { stack_->setCurrentIndex(0); });
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& index) {
            if (!index.isValid()) return;
            const pipelines::ProtectedItem& item = results_.itemAt(sorted_->mapToSource(index).row());
            showPair(QString::fromStdString(item.id), QString::fromStdString(item.output));
          });
  return page;
}

void ProtectPage::showProject() {
  const ProjectState& s = state_.project().state();
  logo_->setPath(s.logo);
  models_->setPaths(s.models);
  key_->setPath(s.key);
  out_->setPath(s.out);
  if (owner_->text() != s.owner) owner_->setText(s.owner);
  const QSignalBlocker a(opacityLow_);
  const QSignalBlocker b(opacityHigh_);
  const QSignalBlocker c(size_);
  opacityLow_->setValue(s.opacityLow * 100);
  opacityHigh_->setValue(s.opacityHigh * 100);
  size_->setValue(static_cast<int>(std::lround(s.logoSize * 100)));
  sizeText_->setText(tr("%1 % of the frame").arg(std::lround(s.logoSize * 100)));
  budget_->setCurrentIndex(std::max(0, budget_->findData(s.budget)));
  int preset = static_cast<int>(kPresets.size());
  for (std::size_t i = 0; i < kPresets.size(); ++i)
    if (std::abs(kPresets[i].low - s.opacityLow) < 1e-6 &&
        std::abs(kPresets[i].high - s.opacityHigh) < 1e-6 && std::abs(kPresets[i].size - s.logoSize) < 1e-6)
      preset = static_cast<int>(i);
  preset_->setCurrentIndex(preset);
  updateLogoPreview();
  checkForm();
}

void ProtectPage::applyPreset(int index) {
  if (index < 0 || index >= static_cast<int>(kPresets.size())) return;
  const Preset& preset = kPresets[static_cast<std::size_t>(index)];
  state_.project().change(tr("Choose the preset %1").arg(tr(preset.name)), [&preset](ProjectState& s) {
    s.opacityLow = preset.low;
    s.opacityHigh = preset.high;
    s.logoSize = preset.size;
  });
}

void ProtectPage::updateLogoPreview() {
  const ProjectState& s = state_.project().state();
  QImage logo(s.logo);
  QPixmap canvas(logoPicture_->size() * 2);
  canvas.setDevicePixelRatio(2);
  // The fundus' own colour behind it, at the size and opacity it will have.
  canvas.fill(QColor(0x8A, 0x3B, 0x1C));
  QPainter painter(&canvas);
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  if (logo.isNull()) {
    painter.setPen(Qt::white);
    painter.drawText(QRect(QPoint(0, 0), logoPicture_->size()), Qt::AlignCenter | Qt::TextWordWrap,
                     tr("no logo"));
  } else {
    const QSize box = logoPicture_->size() * s.logoSize * 2.2;
    const QSize size = logo.size().scaled(box.boundedTo(logoPicture_->size()), Qt::KeepAspectRatio);
    painter.setOpacity(s.opacityHigh);
    painter.drawImage(QRect(QPoint((logoPicture_->width() - size.width()) / 2,
                                   (logoPicture_->height() - size.height()) / 2),
                            size),
                      logo);
  }
  painter.end();
  logoPicture_->setPixmap(canvas);
}

pipelines::ProtectDatasetOptions ProtectPage::options() const {
  const ProjectState& s = state_.project().state();
  pipelines::ProtectDatasetOptions options;
  options.dataset = toPath(s.dataset);
  options.out = toPath(s.out);
  options.logo = toPath(s.logo);
  for (const QString& model : s.models) options.models.push_back(toPath(model));
  if (!s.masks.isEmpty()) options.masks = toPath(s.masks);
  options.ownerKey = toPath(s.key);
  options.mode = s.models.isEmpty() ? "random" : s.mode.toStdString();
  options.budget = s.budget == QLatin1String("quick")      ? 200
                   : s.budget == QLatin1String("thorough") ? 3000
                                                           : 800;
  options.opacityLow = s.opacityLow;
  options.opacityHigh = s.opacityHigh;
  options.logoSize = s.logoSize;
  options.owner = s.owner.toStdString();
  options.title = s.title.toStdString();
  options.licence = s.licence.toStdString();
  options.device = parseDeviceChoice(state_.settings().device().toStdString());
  options.threads = state_.settings().threads();
  return options;
}

void ProtectPage::checkForm() {
  const ProjectState& s = state_.project().state();
  const auto browser = state_.browser();
  QStringList missing;
  if (!browser) missing << tr("Open a dataset on the page Home.");
  if (s.logo.isEmpty() || !QFileInfo::exists(s.logo)) missing << tr("Choose a logo file.");
  if (s.key.isEmpty() || !QFileInfo::exists(s.key))
    missing << tr("Choose your owner key, or make a new one.");
  if (s.out.isEmpty()) missing << tr("Choose an output folder.");
  if (s.opacityLow > s.opacityHigh) missing << tr("The lowest opacity must not be above the highest.");
  const bool interrupted = !s.out.isEmpty() && QFileInfo::exists(s.out + QStringLiteral("/journal")) &&
                           !QFileInfo::exists(s.out + QStringLiteral("/certificate.json"));
  const bool occupied = !s.out.isEmpty() && !interrupted && QDir(s.out).exists() && !QDir(s.out).isEmpty();
  if (occupied) missing << tr("The output folder is not empty. Choose another one.");
  problems_->setText(missing.join(QLatin1Char('\n')));
  problems_->setVisible(!missing.isEmpty());
  const bool busy = state_.tasks().isRunning();
  start_->setEnabled(missing.isEmpty() && !busy && !interrupted);
  resume_->setVisible(interrupted);
  resume_->setEnabled(missing.isEmpty() && !busy);
  if (!browser) {
    estimate_->clear();
    return;
  }
  // One place of one image costs a forward pass per model; 60 a second is what a small model reaches on two
  // cores.
  const double perImage =
      s.models.isEmpty() ? 0.3 : options().budget * static_cast<double>(s.models.size()) / 60.0;
  const QStorageInfo storage(QFileInfo(s.out).dir());
  QString text = tr("%n image(s)", nullptr, static_cast<int>(browser->size())) +
                 tr(" · %1 or less").arg(durationText(perImage * static_cast<double>(browser->size())));
  if (!s.out.isEmpty() && storage.isValid())
    text += tr(" · %1 free on that disk").arg(byteText(static_cast<double>(storage.bytesAvailable())));
  if (s.models.isEmpty()) text += tr("\nNo model chosen: placement only, no adversarial effect.");
  estimate_->setText(text);
}

void ProtectPage::makeKey() {
  const QString folder =
      state_.dialogs().chooseFolder(this, tr("Folder for the new keys"), state_.settings().outputFolder());
  if (folder.isEmpty()) return;
  const std::optional<QString> passphrase = state_.dialogs().askPassphrase(
      this, tr("A passphrase for the new key. Leave it empty for a key without one."));
  if (!passphrase) return;
  try {
    pipelines::GenerateKeysOptions options;
    options.out = toPath(folder);
    options.passphrase = passphrase->toStdString();
    options.noPassphrase = passphrase->isEmpty();
    pipelines::generateKeys(options);
    state_.project().change(tr("Make a key"),
                            [&folder](ProjectState& s) { s.key = folder + QStringLiteral("/owner.key"); });
    state_.settings().setOwnerKey(folder + QStringLiteral("/owner.key"));
  } catch (...) {
    state_.showError(tr("Make a key"), describeCurrentException());
  }
}

void ProtectPage::trainQuickModels() {
  const auto browser = state_.browser();
  if (!browser || state_.tasks().isRunning()) return;
  if (browser->dataset().classes.size() < 2) {
    state_.showError(tr("Train models"),
                     tr("This dataset has no labels to train on. Add models that were trained elsewhere."));
    return;
  }
  const QString base =
      QDir(state_.settings().outputFolder())
          .filePath(QStringLiteral("models/") + QFileInfo(state_.project().state().dataset).fileName());
  state_.tasks().start(
      tr("Training two small models"),
      [this, base, dataset = toPath(state_.project().state().dataset)](
          const RunContext& context) -> TaskRunner::Completion {
        QStringList made;
        for (const char* arch : {"resnet8", "mobilenet_v3_large"}) {
          QString folder = base + QLatin1Char('-') + QString::fromLatin1(arch);
          for (int number = 2; QFileInfo::exists(folder); ++number)
            folder = base + QStringLiteral("-%1-%2").arg(QString::fromLatin1(arch)).arg(number);
          pipelines::TrainOptions options;
          options.dataset = dataset;
          options.out = toPath(folder);
          options.arch = arch;
          options.inputSize = 64;
          options.trainer.epochs = 12;
          const pipelines::TrainSummary summary = pipelines::trainModel(options, context);
          if (summary.outcome == Outcome::Cancelled) return {};
          made << folder;
        }
        return [this, made] {
          state_.project().change(tr("Add trained models"), [&made](ProjectState& s) { s.models += made; });
        };
      });
}

void ProtectPage::start() {
  checkForm();
  if (!start_->isEnabled() && !(resume_->isVisibleTo(this) && resume_->isEnabled())) return;
  pipelines::ProtectDatasetOptions run = options();
  run.resume = resume_->isVisibleTo(this);
  try {
    if (pipelines::keyNeedsPassphrase(run.ownerKey)) {
      const auto passphrase = state_.dialogs().askPassphrase(this, tr("Passphrase of the owner key"));
      if (!passphrase) return;
      run.passphrase = passphrase->toStdString();
    }
  } catch (...) {
    state_.showError(tr("Read the key"), describeCurrentException());
    return;
  }
  lastItem_.clear();
  shownItem_.clear();
  live_->clear(tr("The first image is being searched"));
  const auto boxes = state_.project().state().boxes;
  const auto browser = state_.browser();
  mine_ = state_.tasks().start(
      tr("Protecting"),
      [this, run, boxes, browser](const RunContext& context) mutable -> TaskRunner::Completion {
        if (!boxes.empty()) {
          // Beside the run folder, which must be empty at the beginning.
          std::filesystem::path file = run.out;
          file += ".boxes.json";
          pipelines::writeBoxEdits(file, boxes, *browser);
          run.boxes = file;
        }
        const pipelines::ProtectDatasetSummary summary = pipelines::protectDataset(run, context);
        return [this, summary] { finished(summary); };
      });
  if (mine_) stack_->setCurrentIndex(1);
}

void ProtectPage::showFinishedImage() {
  if (!mine_) return;
  const Progress& progress = state_.tasks().progress();
  const QString item = QString::fromStdString(progress.note);
  QString text = QString::fromStdString(progress.stage);
  if (progress.total > 0) text += tr(": %1 of %2").arg(progress.done).arg(progress.total);
  if (!item.isEmpty()) text += QStringLiteral(" · ") + item;
  liveText_->setText(text);
  if (item == lastItem_) return;
  const QString done = std::exchange(lastItem_, item);
  const auto browser = state_.browser();
  if (done.isEmpty() || !browser || shownItem_ == done) return;
  shownItem_ = done;
  // What was written may have another extension than its source.
  const QFileInfo wanted(state_.project().state().out + QStringLiteral("/images/") + done);
  const QStringList candidates =
      wanted.dir().entryList({wanted.completeBaseName() + QStringLiteral(".*")}, QDir::Files);
  if (!candidates.isEmpty())
    showPair(done,
             QStringLiteral("images/") + QDir(state_.project().state().out + QStringLiteral("/images"))
                                             .relativeFilePath(wanted.dir().filePath(candidates.first())));
}

void ProtectPage::showPair(const QString& id, const QString& output) {
  const auto browser = state_.browser();
  if (!browser) return;
  const bool running = stack_->currentIndex() == 1;
  const QString root =
      running || !state_.lastRun() ? state_.project().state().out : toText(state_.lastRun()->out);
  const QString file =
      output.isEmpty()
          ? QString()
          : root + QLatin1Char('/') +
                (output.startsWith(QLatin1String("images/")) ? output : QStringLiteral("images/") + output);
  pool_.clear();
  pool_.start([this, browser, id, file, running] {
    QImage before;
    QImage after;
    QString failure;
    try {
      const auto& samples = browser->dataset().samples;
      for (std::size_t i = 0; i < samples.size(); ++i)
        if (samples[i].id == id.toStdString()) before = toQImage(browser->preview(i, kPreviewSide));
      if (!file.isEmpty() && QFileInfo::exists(file))
        after = toQImage(pipelines::previewOfFile(toPath(file), kPreviewSide));
    } catch (...) {
      failure = describeCurrentException();
    }
    QMetaObject::invokeMethod(
        this,
        [this, before, after, failure, running] {
          BeforeAfterView* view = running ? live_ : pair_;
          if (before.isNull() && after.isNull())
            view->clear(failure.isEmpty() ? tr("No picture") : failure);
          else
            view->setPictures(before, after.isNull() ? before : after);
        },
        Qt::QueuedConnection);
  });
}

void ProtectPage::finished(const pipelines::ProtectDatasetSummary& summary) {
  state_.setLastRun(summary);
  QStringList classes;
  if (const auto browser = state_.browser())
    for (const std::string& name : browser->dataset().classes) classes << QString::fromStdString(name);
  results_.setItems(summary.items, classes);
  table_->resizeColumnsToContents();
  table_->setColumnWidth(ResultModel::Name, std::min(260, table_->columnWidth(ResultModel::Name)));
  QStringList counts;
  for (const auto& [status, count] : summary.statusCounts)
    if (count > 0) counts << tr("%1 %2").arg(count).arg(QString::fromStdString(status));
  resultText_->setText(summary.outcome == Outcome::Cancelled
                           ? tr("Stopped: %1. What is finished is kept; “Another run” lets you go on.")
                                 .arg(counts.join(QStringLiteral(", ")))
                           : tr("Done: %1.").arg(counts.join(QStringLiteral(", "))));
  CategoryChart chart;
  chart.percent = true;
  chart.valueTitle = tr("Accuracy");
  CategorySeries before{tr("Original"), {}, {}, {}};
  CategorySeries after{tr("Protected"), {}, {}, {}};
  for (std::size_t i = 0; i < summary.sourceModels.size(); ++i) {
    chart.categories << QString::fromStdString(summary.sourceModels[i]);
    before.values.push_back(i < summary.accuracyBefore.size() ? summary.accuracyBefore[i] : std::nan(""));
    after.values.push_back(i < summary.accuracyAfter.size() ? summary.accuracyAfter[i] : std::nan(""));
  }
  chart.series = {before, after};
  if (chart.categories.isEmpty())
    accuracy_->clear(tr("No model was used"));
  else
    accuracy_->setChart(chart);
  stack_->setCurrentIndex(2);
  if (sorted_->rowCount() > 0) table_->selectRow(0);
}

}  // namespace medlocker::ui
