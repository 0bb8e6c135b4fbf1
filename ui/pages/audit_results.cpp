// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/audit_results.h"

#include <QDesktopServices>
#include <QFile>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QMenu>
#include <QSplitter>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>

#include "core/common/files.h"
#include "ui/charts/audit_charts.h"
#include "ui/charts/chart_panel.h"
#include "ui/models/thumbnail_loader.h"
#include "ui/reports/audit_report.h"
#include "ui/services/theme.h"
#include "ui/widgets/form.h"

namespace medlocker::ui {
namespace {

constexpr int kImagesListed = 400;
constexpr int kAuditPicture = 320;

}  // namespace

AuditResults::AuditResults(AppState& state, QWidget* parent) : QWidget(parent), state_(state) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  auto* top = new QHBoxLayout;
  words_ = new QLabel;
  words_->setWordWrap(true);
  words_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  words_->setAccessibleName(tr("Summary of the audit"));
  top->addWidget(words_, 1);
  auto* exportButton = new QToolButton;
  exportButton->setText(tr("Export"));
  exportButton->setObjectName(QStringLiteral("exportAudit"));
  exportButton->setAccessibleName(tr("Export the report"));
  exportButton->setPopupMode(QToolButton::InstantPopup);
  exportButton->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  auto* menu = new QMenu(exportButton);
  for (const auto& [kind, name] : {std::pair{"pdf-a4", tr("PDF, A4…")},
                                   {"pdf-letter", tr("PDF, Letter…")},
                                   {"html", tr("HTML…")},
                                   {"csv", tr("CSV…")},
                                   {"json", tr("JSON…")}})
    menu->addAction(name, this, [this, kind = QString::fromLatin1(kind)] { exportReport(kind); });
  exportButton->setMenu(menu);
  auto* compare = new QPushButton(tr("Compare with…"));
  compare->setObjectName(QStringLiteral("compareAudit"));
  auto* folder = new QPushButton(tr("Open the folder"));
  folder->setIcon(lineIcon(QStringLiteral("folder")));
  auto* again = new QPushButton(tr("Another audit"));
  again->setObjectName(QStringLiteral("anotherAudit"));
  for (QWidget* widget : {static_cast<QWidget*>(exportButton), static_cast<QWidget*>(compare),
                          static_cast<QWidget*>(folder), static_cast<QWidget*>(again)})
    top->addWidget(widget, 0, Qt::AlignTop);
  layout->addLayout(top);

  overviewTable_ = new QTableView;
  overviewTable_->setModel(&overview_);
  overviewTable_->verticalHeader()->hide();
  overviewTable_->setAlternatingRowColors(true);
  overviewTable_->setSelectionBehavior(QAbstractItemView::SelectRows);
  overviewTable_->setSelectionMode(QAbstractItemView::SingleSelection);
  overviewTable_->setAccessibleName(tr("All models"));
  overviewTable_->setTabKeyNavigation(false);
  overviewTable_->horizontalHeader()->setStretchLastSection(true);
  overviewTable_->setMaximumHeight(150);
  layout->addWidget(overviewTable_);

  auto* choose = new QHBoxLayout;
  chosenModel_ = new QComboBox;
  chosenModel_->setObjectName(QStringLiteral("auditedModel"));
  chosenModel_->setAccessibleName(tr("Model shown"));
  shown_ = new QComboBox;
  shown_->setObjectName(QStringLiteral("auditedView"));
  shown_->setAccessibleName(tr("Attack shown"));
  choose->addWidget(new QLabel(tr("Model")));
  choose->addWidget(chosenModel_);
  choose->addSpacing(12);
  choose->addWidget(new QLabel(tr("Attack")));
  choose->addWidget(shown_);
  choose->addStretch();
  choose->addWidget(
      mutedLabel(tr("▼ marks the weakest class. Click a bar or a cell to see the images behind it.")));
  layout->addLayout(choose);

  auto* split = new QSplitter(Qt::Horizontal);
  tabs_ = new QTabWidget;
  tabs_->setObjectName(QStringLiteral("auditCharts"));
  tabs_->setAccessibleName(tr("Charts of the audit"));
  tabs_->setDocumentMode(true);
  classes_ = new ChartPanel(tr("Accuracy per class"));
  map_ = new ChartPanel(tr("Accuracy per attack and class"));
  confusion_ = new ChartPanel(tr("Answers per true class"));
  curve_ = new ChartPanel(tr("Accuracy by size of the change"));
  side_ = new ChartPanel(tr("Models side by side"));
  tabs_->addTab(classes_, tr("Per class"));
  tabs_->addTab(map_, tr("Heat map"));
  tabs_->addTab(confusion_, tr("Confusion"));
  tabs_->addTab(curve_, tr("Security curve"));
  tabs_->addTab(side_, tr("Models"));
  split->addWidget(tabs_);
  auto* right = new QWidget;
  auto* rightLayout = new QVBoxLayout(right);
  rightLayout->setContentsMargins(0, 0, 0, 0);
  imagesTitle_ = new QLabel;
  imagesTitle_->setWordWrap(true);
  images_ = new QListWidget;
  images_->setObjectName(QStringLiteral("auditImages"));
  images_->setAccessibleName(tr("Images behind the chosen figure"));
  images_->setViewMode(QListView::IconMode);
  images_->setIconSize({104, 104});
  images_->setGridSize({128, 152});
  images_->setResizeMode(QListView::Adjust);
  images_->setMovement(QListView::Static);
  images_->setWordWrap(true);
  images_->setUniformItemSizes(true);
  rightLayout->addWidget(imagesTitle_);
  rightLayout->addWidget(images_, 1);
  split->addWidget(right);
  split->setStretchFactor(0, 5);
  split->setStretchFactor(1, 2);
  split->setSizes({760, 300});
  layout->addWidget(split, 1);

  connect(chosenModel_, &QComboBox::currentIndexChanged, this, [this](int row) {
    if (row >= 0) overviewTable_->selectRow(row);
    showModel();
  });
  connect(overviewTable_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& index) {
            if (index.isValid() && index.row() < chosenModel_->count())
              chosenModel_->setCurrentIndex(index.row());
          });
  connect(shown_, &QComboBox::currentIndexChanged, this, [this] {
    if (const audit::AuditedModel* shown = model()) {
      const int view = shown_->currentData().toInt();
      barViews_ = {kCleanView};
      if (view != kCleanView) barViews_.push_back(view);
      if (view != kWorstView && view != kCleanView) barViews_.push_back(kWorstView);
      classes_->setChart(classChart(*shown, barViews_));
      confusion_->setChart(confusionMap(*shown, view));
    }
  });
  connect(classes_, &ChartPanel::barActivated, this, [this](int series, int label) {
    if (series < static_cast<int>(barViews_.size()))
      showImages(barViews_[static_cast<std::size_t>(series)], label);
  });
  connect(map_, &ChartPanel::cellActivated, this, [this](int row, int label) {
    if (const audit::AuditedModel* shown = model())
      showImages(viewsOf(*shown).at(static_cast<std::size_t>(row)), label);
  });
  connect(confusion_, &ChartPanel::cellActivated, this,
          [this](int label, int answer) { showImages(shown_->currentData().toInt(), label, answer); });
  connect(&state_.thumbnails(), &ThumbnailLoader::loaded, this, [this](int index) {
    if (QListWidgetItem* item = waiting_.take(index)) fetchPicture(item);
  });
  connect(folder, &QPushButton::clicked, this,
          [this] { QDesktopServices::openUrl(QUrl::fromLocalFile(folder_)); });
  connect(again, &QPushButton::clicked, this, &AuditResults::anotherRequested);
  connect(compare, &QPushButton::clicked, this, &AuditResults::compareRequested);
}

const audit::AuditedModel* AuditResults::model() const {
  const int index = chosenModel_->currentIndex();
  return index < 0 || index >= static_cast<int>(result_.models.size())
             ? nullptr
             : &result_.models[static_cast<std::size_t>(index)];
}

void AuditResults::setAudit(audit::AuditResult result, const QString& folder) {
  result_ = std::move(result);
  folder_ = folder;
  QStringList lines = auditInWords(result_);
  for (const audit::AuditFlag& flag : result_.flags)
    lines << tr("Warning: %1")
                 .arg((flag.model.empty() ? QString()
                                          : QString::fromStdString(flag.model) + QStringLiteral(": ")) +
                      QString::fromStdString(flag.message));
  // Long texts would push the charts away; the rest is in the report.
  if (lines.size() > 4) lines = lines.mid(0, 4) << tr("… more in the report");
  words_->setText(lines.join(QLatin1Char('\n')));
  overview_.setTable(overviewTable(result_));
  overviewTable_->resizeColumnsToContents();
  overviewTable_->setFixedHeight(overviewTable_->horizontalHeader()->height() + 4 +
                                 std::min(4, overview_.rowCount()) *
                                     overviewTable_->verticalHeader()->defaultSectionSize());
  const LineChart curve = securityCurve(result_);
  if (curve.series.empty())
    curve_->clear(tr("The audit was run without a security curve"));
  else
    curve_->setChart(curve);
  const CategoryChart side = modelsChart(result_);
  if (result_.models.size() < 2)
    side_->clear(tr("One model only. “Compare with…” puts audits side by side."));
  else if (side.series.empty())
    side_->setChart(overviewChart(result_));
  else
    side_->setChart(side);
  {
    const QSignalBlocker quiet(chosenModel_);
    chosenModel_->clear();
    for (const audit::AuditedModel& one : result_.models)
      chosenModel_->addItem(QString::fromStdString(one.name));
    chosenModel_->setCurrentIndex(result_.models.empty() ? -1 : 0);
  }
  showModel();
}

void AuditResults::showModel() {
  const audit::AuditedModel* shown = model();
  if (shown == nullptr) return;
  {
    const QSignalBlocker quiet(shown_);
    shown_->clear();
    for (const int view : viewsOf(*shown)) shown_->addItem(viewName(*shown, view), view);
  }
  map_->setChart(attackMap(*shown));
  shown_->setCurrentIndex(-1);
  shown_->setCurrentIndex(shown_->count() - 1);
  showImages(kWorstView, shown->worstMetrics.worstClass.value_or(0));
}

void AuditResults::showImages(int view, int label, int answer) {
  const audit::AuditedModel* shown = model();
  images_->clear();
  waiting_.clear();
  if (shown == nullptr) return;
  const std::vector<int>& answers = answersOf(*shown, view);
  const auto className = [shown](int index) {
    return QString::fromStdString(shown->classes.at(static_cast<std::size_t>(index)));
  };
  QHash<QString, int> samples;
  if (const auto browser = state_.browser())
    for (std::size_t i = 0; i < browser->size(); ++i)
      samples.insert(QString::fromStdString(browser->dataset().samples[i].id), static_cast<int>(i));
  int count = 0;
  for (std::size_t i = 0; i < shown->truth.size(); ++i) {
    if (shown->truth[i] != label || (answer >= 0 ? answers[i] != answer : answers[i] == label)) continue;
    ++count;
    if (images_->count() >= kImagesListed) continue;
    const QString id = QString::fromStdString(shown->sampleIds[i]);
    auto* item = new QListWidgetItem(id.section(QLatin1Char('/'), -1) + QStringLiteral("\n→ ") +
                                     className(answers[i]));
    item->setToolTip(
        tr("%1: unchanged “%2”, now “%3”").arg(id, className(shown->clean[i]), className(answers[i])));
    item->setData(Qt::UserRole, samples.value(id, -1));
    images_->addItem(item);
    fetchPicture(item);
  }
  imagesTitle_->setText(answer >= 0 ? tr("%1: %n image(s) of “%2” answered “%3”", nullptr, count)
                                          .arg(viewName(*shown, view), className(label), className(answer))
                                    : tr("%1: %n image(s) of “%2” answered wrongly", nullptr, count)
                                          .arg(viewName(*shown, view), className(label)));
}

void AuditResults::fetchPicture(QListWidgetItem* item) {
  const int sample = item->data(Qt::UserRole).toInt();
  if (sample < 0) return;
  const QImage picture = state_.thumbnails().request(sample);
  if (!picture.isNull())
    item->setIcon(QIcon(QPixmap::fromImage(picture)));
  else if (!state_.thumbnails().isBroken(sample))
    waiting_.insert(sample, item);
}

void AuditResults::exportReport(const QString& kind) {
  const bool pdf = kind.startsWith(QLatin1String("pdf"));
  const QString suffix = pdf ? QStringLiteral("pdf") : kind;
  QString file = state_.dialogs().chooseSaveFile(
      this, tr("Export the report"), folder_ + QStringLiteral("/report.") + suffix,
      suffix.toUpper() + QStringLiteral(" (*.") + suffix + QLatin1Char(')'));
  if (file.isEmpty()) return;
  if (!file.endsWith(QLatin1Char('.') + suffix)) file += QLatin1Char('.') + suffix;
  try {
    if (pdf) {
      const auto browser = state_.browser();
      const PictureOf pictures = [&browser](const std::string& id) -> QImage {
        if (!browser) return {};
        const auto& samples = browser->dataset().samples;
        for (std::size_t i = 0; i < samples.size(); ++i)
          if (samples[i].id == id) return toQImage(browser->preview(i, kAuditPicture));
        return {};
      };
      writeAuditPdf(result_, pictures, kind == QLatin1String("pdf-letter") ? Paper::Letter : Paper::A4, file);
    } else {
      const QString source = folder_ + (kind == QLatin1String("html")  ? QStringLiteral("/report.html")
                                        : kind == QLatin1String("csv") ? QStringLiteral("/audit.csv")
                                                                       : QStringLiteral("/audit.json"));
      writeFileAtomically(toPath(file), readTextFile(toPath(source)));
    }
  } catch (...) {
    state_.showError(tr("Export the report"), describeCurrentException());
  }
}

}  // namespace medlocker::ui
