// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/audit_form.h"

#include <QDir>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QVBoxLayout>
#include <array>

#include "ui/services/theme.h"
#include "ui/widgets/form.h"

namespace medlocker::ui {
namespace {

struct AttackPreset {
  const char* id;
  const char* name;
  const char* words;
};

constexpr std::array<AttackPreset, 4> kAttackPresets{{
    {"quick", QT_TRANSLATE_NOOP("medlocker::ui::AuditForm", "Quick"),
     QT_TRANSLATE_NOOP("medlocker::ui::AuditForm", "FGSM and PGD-20: minutes; a first impression.")},
    {"standard", QT_TRANSLATE_NOOP("medlocker::ui::AuditForm", "Standard"),
     QT_TRANSLATE_NOOP("medlocker::ui::AuditForm",
                       "adds CW and AutoAttack: what papers report. Hours for many images on a processor.")},
    {"thorough", QT_TRANSLATE_NOOP("medlocker::ui::AuditForm", "Thorough"),
     QT_TRANSLATE_NOOP("medlocker::ui::AuditForm",
                       "adds PGD-100 and AutoAttack with restarts: for a final statement.")},
    {"", QT_TRANSLATE_NOOP("medlocker::ui::AuditForm", "Own list"),
     QT_TRANSLATE_NOOP("medlocker::ui::AuditForm",
                       "Names separated by commas, for example fgsm,pgd-20,square.")},
}};

}  // namespace

AuditForm::AuditForm(AppState& state, QWidget* parent) : QWidget(parent), state_(state) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 6, 0);
  layout->setSpacing(12);
  layout->addWidget(pageHeading(
      tr("Audit"),
      tr("How often do models still answer correctly when every image is changed on purpose, by less "
         "than a person would notice, and which class suffers most?")));
  auto* columns = new QHBoxLayout;
  columns->setSpacing(12);
  layout->addLayout(columns);
  layout->addStretch();

  auto* what = new Card(tr("What is audited"));
  what->body()->addWidget(mutedLabel(tr("Models: folders with model.safetensors and model.json")));
  models_ = new PathList(true, state_.dialogs(), tr("Models to audit"));
  models_->setObjectName(QStringLiteral("auditModels"));
  what->body()->addWidget(models_);
  auto* images = new QFormLayout;
  perClass_ = new QSpinBox;
  perClass_->setObjectName(QStringLiteral("auditPerClass"));
  perClass_->setRange(0, 100'000);
  perClass_->setSpecialValueText(tr("all"));
  perClass_->setAccessibleName(tr("Images per class"));
  split_ = new QComboBox;
  split_->setAccessibleName(tr("Part of the dataset"));
  split_->addItem(tr("All images"), QString());
  split_->addItem(tr("Training part"), QStringLiteral("train"));
  split_->addItem(tr("Validation part"), QStringLiteral("val"));
  split_->addItem(tr("Test part"), QStringLiteral("test"));
  images->addRow(tr("Images"), split_);
  images->addRow(tr("At most per class"), perClass_);
  what->body()->addLayout(images);
  columns->addWidget(what, 1);

  auto* how = new Card(tr("How hard"));
  auto* form = new QFormLayout;
  attacks_ = new QComboBox;
  attacks_->setObjectName(QStringLiteral("auditAttacks"));
  attacks_->setAccessibleName(tr("Attacks"));
  for (const AttackPreset& preset : kAttackPresets)
    attacks_->addItem(tr(preset.name), QString::fromLatin1(preset.id));
  attackText_ = mutedLabel({});
  names_ = new QLineEdit(QStringLiteral("fgsm,pgd-20"));
  names_->setObjectName(QStringLiteral("auditAttackNames"));
  names_->setAccessibleName(tr("Names of the attacks"));
  epsilon_ = new QComboBox;
  epsilon_->setObjectName(QStringLiteral("auditEpsilon"));
  epsilon_->setEditable(true);
  epsilon_->setAccessibleName(tr("Largest change (ε)"));
  epsilon_->lineEdit()->setAccessibleName(tr("Largest change (ε)"));
  epsilon_->lineEdit()->setPlaceholderText(tr("usual one for the image size"));
  epsilon_->addItems({QString(), QStringLiteral("1/255"), QStringLiteral("2/255"), QStringLiteral("4/255"),
                      QStringLiteral("8/255")});
  norm_ = new QComboBox;
  norm_->setAccessibleName(tr("Norm"));
  norm_->addItem(tr("Every sample by at most ε (L∞)"), QStringLiteral("linf"));
  norm_->addItem(tr("All samples together by at most ε (L2)"), QStringLiteral("l2"));
  curve_ = new QCheckBox(tr("Security curve: also 1/255, 2/255, 4/255 and 8/255 with PGD-20"));
  curve_->setObjectName(QStringLiteral("auditCurve"));
  require_ = new QLineEdit;
  require_->setAccessibleName(tr("Conditions"));
  require_->setPlaceholderText(tr("for example worst_class>=0.3, clean_accuracy>=0.8"));
  seed_ = new QSpinBox;
  seed_->setAccessibleName(tr("Seed"));
  seed_->setRange(0, 1'000'000'000);
  form->addRow(tr("Attacks"), attacks_);
  form->addRow(QString(), attackText_);
  form->addRow(tr("Names"), names_);
  form->addRow(tr("Largest change (ε)"), epsilon_);
  form->addRow(tr("Norm"), norm_);
  form->addRow(QString(), curve_);
  form->addRow(tr("Conditions"), require_);
  form->addRow(tr("Seed"), seed_);
  out_ = new PathField(PathField::Kind::Folder, state_.dialogs(), tr("Folder for the report"));
  out_->setObjectName(QStringLiteral("auditOut"));
  form->addRow(tr("Report to"), out_);
  how->body()->addLayout(form);
  problems_ = new QLabel;
  problems_->setWordWrap(true);
  problems_->setAccessibleName(tr("What is missing"));
  how->body()->addWidget(problems_);
  auto* buttons = new QHBoxLayout;
  start_ = primaryButton(tr("Start the audit"));
  start_->setObjectName(QStringLiteral("startAudit"));
  start_->setIcon(lineIcon(QStringLiteral("play")));
  auto* open = new QPushButton(tr("Open an earlier audit…"));
  open->setObjectName(QStringLiteral("openAudit"));
  buttons->addWidget(start_);
  buttons->addWidget(open);
  buttons->addStretch();
  how->body()->addLayout(buttons);
  columns->addWidget(how, 1);

  const auto showAttacks = [this, form] {
    const int index = attacks_->currentIndex();
    attackText_->setText(tr(kAttackPresets.at(static_cast<std::size_t>(index)).words));
    const bool own = attacks_->currentData().toString().isEmpty();
    names_->setVisible(own);
    form->labelForField(names_)->setVisible(own);
    check();
  };
  connect(attacks_, &QComboBox::currentIndexChanged, this, showAttacks);
  connect(models_, &PathList::edited, this, &AuditForm::check);
  connect(names_, &QLineEdit::textChanged, this, &AuditForm::check);
  connect(epsilon_, &QComboBox::currentTextChanged, this, &AuditForm::check);
  connect(norm_, &QComboBox::currentIndexChanged, this, &AuditForm::check);
  connect(curve_, &QCheckBox::toggled, this, &AuditForm::check);
  connect(require_, &QLineEdit::textChanged, this, &AuditForm::check);
  connect(out_, &PathField::edited, this, &AuditForm::check);
  connect(start_, &QPushButton::clicked, this, &AuditForm::startRequested);
  connect(open, &QPushButton::clicked, this, [this] {
    const QString folder =
        state_.dialogs().chooseFolder(this, tr("Folder of an audit"), state_.settings().outputFolder());
    if (!folder.isEmpty()) Q_EMIT openRequested(folder);
  });
  connect(&state_, &AppState::auditRequested, this, [this](const QString& model) {
    QStringList models = models_->paths();
    if (!models.contains(model)) models_->setPaths(models << model);
    check();
  });
  connect(&state_, &AppState::browserChanged, this, &AuditForm::suggest);
  connect(&state_.project(), &Project::changed, this, &AuditForm::suggest);
  connect(&state_.tasks(), &TaskRunner::started, this, &AuditForm::check);
  connect(&state_.tasks(), &TaskRunner::idle, this, [this] {
    suggest();
    check();
  });
  attacks_->setCurrentIndex(0);
  showAttacks();
  suggest();
}

void AuditForm::suggest() {
  // The project's models are the likely ones; a person's own list stays.
  if (models_->paths().isEmpty()) models_->setPaths(state_.project().state().models);
  const QString name = QFileInfo(state_.project().state().dataset).fileName();
  if (!name.isEmpty() &&
      (out_->path().isEmpty() || QFileInfo::exists(out_->path() + QStringLiteral("/audit.json")))) {
    const QString base = QDir(state_.settings().outputFolder()).filePath(QStringLiteral("audits/") + name);
    QString folder = base;
    for (int number = 2; QFileInfo::exists(folder + QStringLiteral("/audit.json")); ++number)
      folder = base + QStringLiteral("-%1").arg(number);
    out_->setPath(folder);
  }
  check();
}

pipelines::AuditOptions AuditForm::options() const {
  pipelines::AuditOptions options;
  options.dataset = toPath(state_.project().state().dataset);
  for (const QString& model : models_->paths()) options.models.push_back(toPath(model));
  const QString preset = attacks_->currentData().toString();
  options.attacks = (preset.isEmpty() ? names_->text().simplified() : preset).toStdString();
  options.epsilon = epsilon_->currentText().trimmed().toStdString();
  options.norm = norm_->currentData().toString().toStdString();
  for (const QString& condition : require_->text().split(QLatin1Char(','), Qt::SkipEmptyParts))
    options.require.push_back(condition.trimmed().toStdString());
  if (curve_->isChecked()) options.curve = "1/255,2/255,4/255,8/255";
  options.split = split_->currentData().toString().toStdString();
  options.perClass = perClass_->value();
  options.out = toPath(out_->path());
  options.resume = QFileInfo::exists(out_->path() + QStringLiteral("/journal")) &&
                   !QFileInfo::exists(out_->path() + QStringLiteral("/audit.json"));
  options.seed = static_cast<std::uint64_t>(seed_->value());
  options.device = parseDeviceChoice(state_.settings().device().toStdString());
  return options;
}

void AuditForm::check() {
  QStringList missing;
  if (!state_.browser()) {
    missing << tr("Open a dataset on the page Home.");
  } else {
    const pipelines::AuditOptions now = options();
    if (now.models.empty()) missing << tr("Add at least one model.");
    if (now.out.empty()) missing << tr("Choose a folder for the report.");
    if (QFileInfo::exists(out_->path() + QStringLiteral("/audit.json")))
      missing << tr("That folder holds a finished audit. Choose another one.");
    if (missing.isEmpty())
      for (const OptionIssue& issue : now.validate())
        missing << QString::fromStdString(issue.field) + QStringLiteral(": ") +
                       QString::fromStdString(issue.message);
    start_->setText(now.resume ? tr("Go on with the audit") : tr("Start the audit"));
  }
  problems_->setText(missing.join(QLatin1Char('\n')));
  problems_->setVisible(!missing.isEmpty());
  start_->setEnabled(missing.isEmpty() && !state_.tasks().isRunning());
}

}  // namespace medlocker::ui
