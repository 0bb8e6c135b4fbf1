// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/protect_form.h"

#include <QDir>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QPainter>
#include <QStorageInfo>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <cmath>

#include "core/pipelines/generate_keys.h"
#include "core/pipelines/train_model.h"
#include "ui/models/thumbnail_loader.h"
#include "ui/services/theme.h"
#include "ui/widgets/form.h"

namespace medlocker::ui {
namespace {

struct LookPreset {
  const char* name;
  const char* words;
  double low, high, size;
};

/// Points between "hardly seen" and "strong"; every value can be changed afterwards.
constexpr std::array<LookPreset, 3> kLooks{{
    {QT_TRANSLATE_NOOP("medlocker::ui::ProtectForm", "Discreet"),
     QT_TRANSLATE_NOOP("medlocker::ui::ProtectForm", "small and faint; fewer models are misled"), 0.25, 0.60,
     0.18},
    {QT_TRANSLATE_NOOP("medlocker::ui::ProtectForm", "Balanced"),
     QT_TRANSLATE_NOOP("medlocker::ui::ProtectForm", "clearly visible, lesions stay free"), 0.40, 0.90, 0.25},
    {QT_TRANSLATE_NOOP("medlocker::ui::ProtectForm", "Strong"),
     QT_TRANSLATE_NOOP("medlocker::ui::ProtectForm", "large and opaque; the most effect"), 0.60, 1.00, 0.28},
}};

constexpr int kPicture = 190;
constexpr std::size_t kMeasuredImages = 12;
/// What a small model reaches on two cores; a network of full size is slower, so the estimate says "or less"
/// only for what it knows.
constexpr double kPlacesPerSecond = 60;

}  // namespace

ProtectForm::ProtectForm(AppState& state, QWidget* parent) : QWidget(parent), state_(state) {
  pool_.setMaxThreadCount(1);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 6, 0);
  layout->setSpacing(12);
  layout->addWidget(pageHeading(tr("Protect"), tr("A visible logo goes where diagnosis models fail and no "
                                                  "lesion is covered. Your originals are not changed.")));
  auto* columns = new QHBoxLayout;
  columns->setSpacing(12);
  auto* left = new QVBoxLayout;
  left->setSpacing(12);
  left->addWidget(makeLookCard());
  left->addWidget(makeModelsCard());
  left->addStretch();
  auto* right = new QVBoxLayout;
  right->setSpacing(12);
  right->addWidget(makeTrustCard());
  right->addWidget(makeTargetCard());
  right->addStretch();
  columns->addLayout(left, 3);
  columns->addLayout(right, 2);
  layout->addLayout(columns, 1);

  connect(&state_.project(), &Project::changed, this, &ProtectForm::showProject);
  connect(&state_, &AppState::browserChanged, this, [this] {
    suggestFolder();
    measureImages();
    updateLogoPreview();
    check();
  });
  connect(&state_.thumbnails(), &ThumbnailLoader::loaded, this, [this](int index) {
    if (index == 0) updateLogoPreview();
  });
  connect(&state_.tasks(), &TaskRunner::started, this, &ProtectForm::check);
  connect(&state_.tasks(), &TaskRunner::idle, this, &ProtectForm::check);
  showProject();
}

ProtectForm::~ProtectForm() {
  pool_.waitForDone();
}

QWidget* ProtectForm::makeLookCard() {
  auto* look = new Card(tr("Logo"));
  auto* row = new QHBoxLayout;
  row->setSpacing(14);
  logoPicture_ = new QLabel;
  logoPicture_->setFixedSize(kPicture, kPicture);
  logoPicture_->setAlignment(Qt::AlignCenter);
  logoPicture_->setAccessibleName(tr("Preview of the logo"));
  logoPicture_->setToolTip(
      tr("How large and how opaque the logo may become. Where it goes is found for every image."));
  row->addWidget(logoPicture_, 0, Qt::AlignTop);
  auto* form = new QFormLayout;
  logo_ = new PathField(PathField::Kind::OpenFile, state_.dialogs(), tr("Logo file"),
                        tr("PNG with transparency (*.png)"));
  form->addRow(tr("File"), logo_);
  preset_ = new QComboBox;
  preset_->setObjectName(QStringLiteral("preset"));
  preset_->setAccessibleName(tr("Preset"));
  for (const LookPreset& preset : kLooks)
    preset_->addItem(tr(preset.name) + QStringLiteral(" – ") + tr(preset.words));
  preset_->addItem(tr("Own values"));
  form->addRow(tr("Preset"), preset_);
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
  form->addRow(tr("Opacity"), opacity);
  auto* sizeRow = new QHBoxLayout;
  size_ = new QSlider(Qt::Horizontal);
  size_->setRange(13, 66);
  size_->setAccessibleName(tr("Logo size"));
  sizeText_ = new QLabel;
  sizeText_->setMinimumWidth(120);
  sizeRow->addWidget(size_, 1);
  sizeRow->addWidget(sizeText_);
  form->addRow(tr("Size"), sizeRow);
  budget_ = new QComboBox;
  budget_->setObjectName(QStringLiteral("budget"));
  budget_->setAccessibleName(tr("Search effort"));
  budget_->addItem(tr("Quick – 200 places per image"), QStringLiteral("quick"));
  budget_->addItem(tr("Balanced – 800 places per image"), QStringLiteral("balanced"));
  budget_->addItem(tr("Thorough – 3000 places per image"), QStringLiteral("thorough"));
  form->addRow(tr("Search"), budget_);
  row->addLayout(form, 1);
  look->body()->addLayout(row);

  connect(logo_, &PathField::edited, this, [this](const QString& path) {
    state_.project().change(tr("Choose a logo"), [&](ProjectState& s) { s.logo = path; });
  });
  connect(preset_, &QComboBox::activated, this, &ProtectForm::applyPreset);
  connect(opacityLow_, &QDoubleSpinBox::valueChanged, this, [this](double value) {
    state_.project().change(
        tr("Change the opacity"), [&](ProjectState& s) { s.opacityLow = value / 100; }, 1001);
  });
  connect(opacityHigh_, &QDoubleSpinBox::valueChanged, this, [this](double value) {
    state_.project().change(
        tr("Change the opacity"), [&](ProjectState& s) { s.opacityHigh = value / 100; }, 1002);
  });
  connect(size_, &QSlider::valueChanged, this, [this](int value) {
    state_.project().change(
        tr("Change the size"), [&](ProjectState& s) { s.logoSize = value / 100.0; }, 1003);
  });
  connect(budget_, &QComboBox::activated, this, [this] {
    state_.project().change(tr("Change the search effort"),
                            [this](ProjectState& s) { s.budget = budget_->currentData().toString(); });
  });
  return look;
}

QWidget* ProtectForm::makeModelsCard() {
  auto* against = new Card(tr("Models to mislead"));
  models_ = new PathList(true, state_.dialogs(), tr("Model folders"));
  models_->setObjectName(QStringLiteral("models"));
  against->body()->addWidget(models_);
  auto* quick = new QPushButton(tr("Train two small models on this dataset"));
  quick->setObjectName(QStringLiteral("trainQuick"));
  quick->setToolTip(
      tr("A minute or two; better models make better protection. The page Train has all options."));
  against->body()->addWidget(quick, 0, Qt::AlignLeft);
  against->body()->addWidget(
      mutedLabel(tr("Folders with model.safetensors and model.json. Without a model the logo is placed at "
                    "random, with no adversarial effect.")));
  connect(quick, &QPushButton::clicked, this, &ProtectForm::trainQuickModels);
  connect(models_, &PathList::edited, this, [this](const QStringList& paths) {
    state_.project().change(tr("Choose models"), [&](ProjectState& s) { s.models = paths; });
  });
  return against;
}

QWidget* ProtectForm::makeTrustCard() {
  auto* trust = new Card(tr("Certificate and key"));
  auto* form = new QFormLayout;
  key_ = new PathField(PathField::Kind::OpenFile, state_.dialogs(), tr("Owner key"),
                       tr("Keys (*.key);;All files (*)"));
  auto* keyColumn = new QVBoxLayout;
  keyColumn->addWidget(key_);
  auto* newKey = new QPushButton(tr("Make a new key…"));
  newKey->setObjectName(QStringLiteral("makeKey"));
  keyColumn->addWidget(newKey, 0, Qt::AlignLeft);
  form->addRow(tr("Owner key"), keyColumn);
  owner_ = new QLineEdit;
  owner_->setPlaceholderText(tr("named in the certificate"));
  owner_->setAccessibleName(tr("Owner"));
  form->addRow(tr("Owner"), owner_);
  trust->body()->addLayout(form);
  trust->body()->addWidget(mutedLabel(tr("Back up the key: without it nothing can be unlocked or proved.")));
  connect(newKey, &QPushButton::clicked, this, &ProtectForm::makeKey);
  connect(key_, &PathField::edited, this, [this](const QString& path) {
    state_.project().change(tr("Choose a key"), [&](ProjectState& s) { s.key = path; });
  });
  connect(owner_, &QLineEdit::editingFinished, this, [this] {
    state_.project().change(tr("Name the owner"), [this](ProjectState& s) { s.owner = owner_->text(); });
  });
  return trust;
}

QWidget* ProtectForm::makeTargetCard() {
  auto* target = new Card(tr("Where the protected copy goes"));
  out_ = new PathField(PathField::Kind::Folder, state_.dialogs(), tr("Output folder"));
  out_->setObjectName(QStringLiteral("out"));
  target->body()->addWidget(out_);
  estimate_ = new QLabel;
  estimate_->setWordWrap(true);
  estimate_->setAccessibleName(tr("Estimated time and disk space"));
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
  connect(out_, &PathField::edited, this, [this](const QString& path) {
    state_.project().change(tr("Choose an output folder"), [&](ProjectState& s) { s.out = path; });
  });
  for (QPushButton* button : {start_, resume_})
    connect(button, &QPushButton::clicked, this, &ProtectForm::startRequested);
  return target;
}

void ProtectForm::suggestFolder() {
  if (!state_.browser() || !state_.project().state().out.isEmpty()) return;
  const QString base =
      QDir(state_.settings().outputFolder())
          .filePath(QStringLiteral("protected/") + QFileInfo(state_.project().state().dataset).fileName());
  const QString folder = unusedPath(base);
  state_.project().change(tr("Suggest an output folder"), [&](ProjectState& s) { s.out = folder; });
}

void ProtectForm::showProject() {
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
  int preset = static_cast<int>(kLooks.size());
  for (std::size_t i = 0; i < kLooks.size(); ++i)
    if (std::abs(kLooks[i].low - s.opacityLow) < 1e-6 && std::abs(kLooks[i].high - s.opacityHigh) < 1e-6 &&
        std::abs(kLooks[i].size - s.logoSize) < 1e-6)
      preset = static_cast<int>(i);
  preset_->setCurrentIndex(preset);
  updateLogoPreview();
  check();
}

void ProtectForm::applyPreset(int index) {
  if (index < 0 || index >= static_cast<int>(kLooks.size())) return;
  const LookPreset& preset = kLooks[static_cast<std::size_t>(index)];
  state_.project().change(tr("Choose the preset %1").arg(tr(preset.name)), [&preset](ProjectState& s) {
    s.opacityLow = preset.low;
    s.opacityHigh = preset.high;
    s.logoSize = preset.size;
  });
}

void ProtectForm::updateLogoPreview() {
  // Opening a dataset changes the project several times within one event; one picture is enough.
  if (isPreviewScheduled_) return;
  isPreviewScheduled_ = true;
  QTimer::singleShot(0, this, [this] {
    isPreviewScheduled_ = false;
    drawLogoPreview();
  });
}

const QImage& ProtectForm::logoImage(const QString& file) {
  const QDateTime modified = QFileInfo(file).lastModified();
  if (file != logoFile_ || modified != logoModified_) {
    logoImage_ = file.isEmpty() ? QImage() : QImage(file);
    logoFile_ = file;
    logoModified_ = modified;
  }
  return logoImage_;
}

void ProtectForm::drawLogoPreview() {
  const ProjectState& s = state_.project().state();
  const QImage& logo = logoImage(s.logo);
  QPixmap canvas(logoPicture_->size() * 2);
  canvas.setDevicePixelRatio(2);
  // The dataset's first image behind it; without one a fundus' own colour.
  canvas.fill(QColor(0x8A, 0x3B, 0x1C));
  QPainter painter(&canvas);
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  const QRect whole(QPoint(0, 0), logoPicture_->size());
  if (state_.browser() && state_.browser()->size() > 0) {
    const QImage picture = state_.thumbnails().request(0);
    if (!picture.isNull()) {
      painter.fillRect(whole, Qt::black);
      const QSize size = picture.size().scaled(whole.size(), Qt::KeepAspectRatio);
      painter.drawImage(
          QRect(QPoint((whole.width() - size.width()) / 2, (whole.height() - size.height()) / 2), size),
          picture);
    }
  }
  if (logo.isNull()) {
    painter.setPen(Qt::white);
    painter.drawText(whole, Qt::AlignCenter | Qt::TextWordWrap, tr("no logo"));
  } else {
    const QSize size = logo.size().scaled(QSize(kPicture, kPicture) * s.logoSize, Qt::KeepAspectRatio);
    painter.setOpacity(s.opacityHigh);
    painter.drawImage(
        QRect(QPoint(kPicture * 2 / 3 - size.width() / 2, kPicture * 2 / 3 - size.height() / 2), size), logo);
  }
  painter.end();
  logoPicture_->setPixmap(canvas);
}

pipelines::ProtectDatasetOptions ProtectForm::options() const {
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
  options.resume = QFileInfo::exists(s.out + QStringLiteral("/journal")) &&
                   !QFileInfo::exists(s.out + QStringLiteral("/certificate.json"));
  return options;
}

void ProtectForm::check() {
  const ProjectState& s = state_.project().state();
  QStringList missing;
  if (!state_.browser()) missing << tr("Open a dataset on the page Home.");
  if (s.logo.isEmpty() || !QFileInfo::exists(s.logo)) missing << tr("Choose a logo file.");
  if (s.key.isEmpty() || !QFileInfo::exists(s.key))
    missing << tr("Choose your owner key, or make a new one.");
  if (s.out.isEmpty()) missing << tr("Choose an output folder.");
  if (s.opacityLow > s.opacityHigh) missing << tr("The lowest opacity must not be above the highest.");
  const bool interrupted = !s.out.isEmpty() && options().resume;
  const bool occupied = !s.out.isEmpty() && !interrupted && QDir(s.out).exists() && !QDir(s.out).isEmpty();
  if (occupied) missing << tr("The output folder is not empty. Choose another one.");
  problems_->setText(missing.join(QLatin1Char('\n')));
  problems_->setVisible(!missing.isEmpty());
  ready_ = missing.isEmpty() && !state_.tasks().isRunning();
  start_->setVisible(!interrupted);
  start_->setEnabled(ready_);
  resume_->setVisible(interrupted);
  resume_->setEnabled(ready_);
  showEstimate();
}

void ProtectForm::measureImages() {
  bytesPerImage_ = -1;
  const auto browser = state_.browser();
  if (!browser || browser->size() == 0) return;
  // Photographs in JPEG become PNG, which keeps every sample: about half of the raw samples; other formats
  // stay what they are. Measured on the first images, away from the GUI thread.
  pool_.start([this, browser] {
    double sum = 0;
    double counted = 0;
    for (std::size_t i = 0; i < std::min(kMeasuredImages, browser->size()); ++i) {
      try {
        const pipelines::PreviewImage preview = browser->preview(i, 16);
        sum += 3.0 * preview.sourceWidth * preview.sourceHeight * 0.5;
        ++counted;
      } catch (...) {
        // An unreadable image has no copy.
      }
    }
    if (counted == 0) return;
    QMetaObject::invokeMethod(
        this,
        [this, browser, mean = sum / counted] {
          if (browser != state_.browser()) return;
          bytesPerImage_ = mean;
          showEstimate();
        },
        Qt::QueuedConnection);
  });
}

void ProtectForm::showEstimate() {
  const ProjectState& s = state_.project().state();
  const auto browser = state_.browser();
  if (!browser) {
    estimate_->clear();
    return;
  }
  const auto images = static_cast<double>(browser->size());
  const double perImage =
      s.models.isEmpty() ? 0.3 : options().budget * static_cast<double>(s.models.size()) / kPlacesPerSecond;
  QString text = tr("%n image(s)", nullptr, static_cast<int>(browser->size())) +
                 tr(" · %1 or less with small models").arg(durationText(perImage * images));
  if (bytesPerImage_ > 0) text += tr("\nAbout %1 on disk").arg(byteText(bytesPerImage_ * images));
  // The folder may not exist yet: the nearest one above it tells the disk.
  QDir folder(s.out);
  while (!s.out.isEmpty() && !folder.exists() && folder.path() != QLatin1String("/"))
    folder.setPath(QFileInfo(folder.path()).path());
  const QStorageInfo storage(folder);
  if (!s.out.isEmpty() && storage.isValid()) {
    const auto available = static_cast<double>(storage.bytesAvailable());
    text += tr(" · %1 free there").arg(byteText(available));
    if (bytesPerImage_ * images > available) text += tr("\nThat disk may be too small.");
  }
  if (s.models.isEmpty()) text += tr("\nNo model chosen: placement only, no adversarial effect.");
  estimate_->setText(text);
}

void ProtectForm::makeKey() {
  // The usual folder needs no question; where keys lie already the person chooses another one.
  QString folder = QDir(state_.settings().outputFolder()).filePath(QStringLiteral("keys"));
  if (QFileInfo::exists(folder + QStringLiteral("/owner.key")))
    folder =
        state_.dialogs().chooseFolder(this, tr("Folder for the new keys"), state_.settings().outputFolder());
  if (folder.isEmpty()) return;
  const std::optional<QString> passphrase = state_.dialogs().askPassphrase(
      this,
      tr("The key is written to %1. Choose a passphrase for it, or leave it empty for a key without one.")
          .arg(folder));
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

void ProtectForm::trainQuickModels() {
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
          const QString folder = unusedPath(base + QLatin1Char('-') + QString::fromLatin1(arch));
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

}  // namespace medlocker::ui
