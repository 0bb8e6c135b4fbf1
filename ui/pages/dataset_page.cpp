// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/dataset_page.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QPushButton>
#include <QShortcut>
#include <QSplitter>
#include <QTableWidget>
#include <QVBoxLayout>

#include "ui/charts/chart_panel.h"
#include "ui/charts/charts.h"
#include "ui/services/theme.h"
#include "ui/widgets/form.h"
#include "ui/widgets/gallery_view.h"
#include "ui/widgets/image_view.h"

namespace medlocker::ui {
namespace {

constexpr int kViewerSide = 1600;

}  // namespace

DatasetPage::DatasetPage(AppState& state, QWidget* parent)
    : QWidget(parent),
      state_(state),
      stack_(new QStackedWidget),
      gallery_(new GalleryView),
      distribution_(new ChartPanel(tr("Images per class"))),
      search_(new QLineEdit),
      classFilter_(new QComboBox),
      statusFilter_(new QComboBox),
      maskFilter_(new QComboBox),
      count_(new QLabel),
      viewer_(new ImageView),
      caption_(new QLabel),
      details_(new QTableWidget(0, 2)) {
  setObjectName(QStringLiteral("DatasetPage"));
  pool_.setMaxThreadCount(1);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 14, 16, 12);

  // The gallery.
  auto* galleryPage = new QWidget;
  auto* galleryLayout = new QVBoxLayout(galleryPage);
  galleryLayout->setContentsMargins(0, 0, 0, 0);
  auto* bar = new QHBoxLayout;
  search_->setPlaceholderText(
      tr("Find by name (%1)").arg(QKeySequence(QKeySequence::Find).toString(QKeySequence::NativeText)));
  search_->setAccessibleName(tr("Find by name"));
  makeClearable(search_);
  classFilter_->setAccessibleName(tr("Class"));
  statusFilter_->setAccessibleName(tr("Status after protection"));
  maskFilter_->setAccessibleName(tr("Masks"));
  maskFilter_->addItem(tr("With and without masks"));
  maskFilter_->addItem(tr("With masks"));
  maskFilter_->addItem(tr("Without masks"));
  statusFilter_->addItem(tr("Any status"), QString());
  for (const char* status : {"PROTECTED", "PARTIAL", "WEAK", "INFEASIBLE", "SKIPPED", "ERROR"})
    statusFilter_->addItem(QString::fromLatin1(status), QString::fromLatin1(status));
  count_->setForegroundRole(QPalette::PlaceholderText);
  bar->addWidget(search_, 2);
  bar->addWidget(classFilter_);
  bar->addWidget(maskFilter_);
  bar->addWidget(statusFilter_);
  bar->addWidget(count_, 1, Qt::AlignRight | Qt::AlignVCenter);
  galleryLayout->addLayout(bar);
  auto* split = new QSplitter(Qt::Horizontal);
  gallery_->setModel(&state_.samples());
  split->addWidget(gallery_);
  split->addWidget(distribution_);
  split->setStretchFactor(0, 3);
  split->setStretchFactor(1, 1);
  split->setSizes({820, 300});
  galleryLayout->addWidget(split, 1);
  galleryLayout->addWidget(
      mutedLabel(tr("Enter or a double click opens an image; arrows, Page Up and Page Down move.")));
  stack_->addWidget(galleryPage);

  // The viewer.
  auto* viewerPage = new QWidget;
  auto* viewerLayout = new QVBoxLayout(viewerPage);
  viewerLayout->setContentsMargins(0, 0, 0, 0);
  auto* tools = new QHBoxLayout;
  auto* back = new QPushButton(tr("Back to the gallery"));
  auto* previous = new QPushButton(tr("Previous"));
  auto* next = new QPushButton(tr("Next"));
  auto* overlay = new QCheckBox(tr("Lesions"));
  auto* boxes = new QCheckBox(tr("Boxes and frame"));
  auto* fit = new QPushButton(tr("Fit"));
  back->setToolTip(tr("Escape"));
  previous->setToolTip(tr("Left arrow"));
  next->setToolTip(tr("Right arrow"));
  fit->setToolTip(tr("Key 0; + and − zoom, the wheel too"));
  overlay->setChecked(true);
  boxes->setChecked(true);
  tools->addWidget(back);
  tools->addWidget(previous);
  tools->addWidget(next);
  tools->addSpacing(12);
  tools->addWidget(overlay);
  tools->addWidget(boxes);
  tools->addWidget(fit);
  tools->addStretch();
  tools->addWidget(caption_);
  viewerLayout->addLayout(tools);
  auto* viewerSplit = new QSplitter(Qt::Horizontal);
  viewerSplit->addWidget(viewer_);
  details_->horizontalHeader()->hide();
  details_->verticalHeader()->hide();
  details_->horizontalHeader()->setStretchLastSection(true);
  details_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  details_->setAccessibleName(tr("Details"));
  details_->setWordWrap(true);
  viewerSplit->addWidget(details_);
  viewerSplit->setStretchFactor(0, 4);
  viewerSplit->setStretchFactor(1, 1);
  viewerSplit->setSizes({860, 260});
  viewerLayout->addWidget(viewerSplit, 1);
  stack_->addWidget(viewerPage);
  layout->addWidget(stack_);

  connect(gallery_, &QAbstractItemView::activated, this,
          [this](const QModelIndex& index) { showImage(index.row()); });
  connect(gallery_, &QAbstractItemView::doubleClicked, this,
          [this](const QModelIndex& index) { showImage(index.row()); });
  const auto toGallery = [this] {
    stack_->setCurrentIndex(0);
    gallery_->setFocus();
  };
  connect(back, &QPushButton::clicked, this, toGallery);
  connect(previous, &QPushButton::clicked, this, [this] { showImage(row_ - 1); });
  connect(next, &QPushButton::clicked, this, [this] { showImage(row_ + 1); });
  connect(overlay, &QCheckBox::toggled, viewer_, &ImageView::setOverlayVisible);
  connect(boxes, &QCheckBox::toggled, viewer_, &ImageView::setBoxesVisible);
  connect(fit, &QPushButton::clicked, viewer_, &ImageView::fit);
  const auto shortcut = [viewerPage, this](int key, auto action) {
    auto* made = new QShortcut(QKeySequence(key), viewerPage);
    made->setContext(Qt::WidgetWithChildrenShortcut);
    connect(made, &QShortcut::activated, this, action);
  };
  shortcut(Qt::Key_Left, [this] { showImage(row_ - 1); });
  shortcut(Qt::Key_Right, [this] { showImage(row_ + 1); });
  shortcut(Qt::Key_Escape, toGallery);
  auto* find = new QShortcut(QKeySequence::Find, this);
  connect(find, &QShortcut::activated, this, [this] {
    stack_->setCurrentIndex(0);
    search_->setFocus();
    search_->selectAll();
  });

  // Filtering 100,000 names at every key would be felt; a short pause is not.
  searchDelay_.setSingleShot(true);
  searchDelay_.setInterval(150);
  connect(&searchDelay_, &QTimer::timeout, this, &DatasetPage::applyFilter);
  connect(search_, &QLineEdit::textChanged, &searchDelay_, qOverload<>(&QTimer::start));
  for (QComboBox* box : {classFilter_, statusFilter_, maskFilter_})
    connect(box, &QComboBox::activated, this, &DatasetPage::applyFilter);
  connect(&state_, &AppState::browserChanged, this, &DatasetPage::rebuild);
  connect(&state_.samples(), &QAbstractItemModel::modelReset, this, &DatasetPage::updateCount);
  rebuild();
}

DatasetPage::~DatasetPage() {
  pool_.waitForDone();
}

void DatasetPage::rebuild() {
  ++wanted_;
  stack_->setCurrentIndex(0);
  search_->clear();
  classFilter_->clear();
  classFilter_->addItem(tr("All classes"), -1);
  if (const auto browser = state_.browser()) {
    for (std::size_t i = 0; i < browser->dataset().classes.size(); ++i)
      classFilter_->addItem(QString::fromStdString(browser->dataset().classes[i]), static_cast<int>(i));
    classFilter_->addItem(tr("Without label"), -2);
  }
  statusFilter_->setCurrentIndex(0);
  maskFilter_->setCurrentIndex(0);
  showDistribution();
  updateCount();
}

void DatasetPage::showDistribution() {
  const auto browser = state_.browser();
  if (!browser || browser->dataset().classes.empty()) {
    distribution_->clear(browser ? tr("The dataset has no labels") : tr("No dataset is open"));
    return;
  }
  CategoryChart chart;
  chart.valueTitle = tr("Images");
  chart.integers = true;
  const auto counts = browser->dataset().countsPerClass();
  CategorySeries series{tr("Images"), {}, {}, {}};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    chart.categories.append(QString::fromStdString(browser->dataset().classes[i]));
    series.values.push_back(static_cast<double>(counts[i]));
  }
  chart.series.push_back(series);
  distribution_->setChart(chart);
}

void DatasetPage::applyFilter() {
  SampleFilter filter;
  filter.label = classFilter_->currentData().isValid() ? classFilter_->currentData().toInt() : -1;
  filter.text = search_->text().trimmed();
  filter.status = statusFilter_->currentData().toString();
  filter.onlyMasked = maskFilter_->currentIndex() == 1;
  filter.onlyUnmasked = maskFilter_->currentIndex() == 2;
  state_.samples().setFilter(filter);
}

void DatasetPage::updateCount() {
  const int shown = state_.samples().rowCount();
  const int all = state_.samples().total();
  count_->setText(shown == all ? tr("%n image(s)", nullptr, all) : tr("%1 of %2 images").arg(shown).arg(all));
}

void DatasetPage::showImage(int row) {
  if (row < 0 || row >= state_.samples().rowCount()) return;
  row_ = row;
  stack_->setCurrentIndex(1);
  const QModelIndex index = state_.samples().index(row);
  gallery_->setCurrentIndex(index);
  caption_->setText(
      tr("%1 of %2 · %3 · %4")
          .arg(row + 1)
          .arg(state_.samples().rowCount())
          .arg(index.data(Qt::DisplayRole).toString(), index.data(SampleModel::LabelRole).toString()));
  viewer_->setFocus();
  loadImage(state_.samples().sampleAt(row));
}

void DatasetPage::loadImage(int sample) {
  const auto browser = state_.browser();
  if (!browser) return;
  const quint64 request = ++wanted_;
  pool_.clear();
  pool_.start([this, browser, sample, request] {
    struct Loaded {
      QImage picture;
      QSize size;
      QImage overlay;
      pipelines::ImageRegions regions;
      std::vector<std::pair<QString, QString>> rows;
      QString failure;
    };
    auto loaded = std::make_shared<Loaded>();
    const auto index = static_cast<std::size_t>(sample);
    try {
      const pipelines::PreviewImage preview = browser->preview(index, kViewerSide);
      loaded->picture = toQImage(preview);
      loaded->size = {preview.sourceWidth, preview.sourceHeight};
      for (const auto& [name, value] : browser->details(index))
        loaded->rows.emplace_back(QString::fromStdString(name), QString::fromStdString(value));
      loaded->regions = browser->regions(index);
      loaded->overlay = maskImage(loaded->regions);
    } catch (...) {
      loaded->failure = describeCurrentException();
    }
    QMetaObject::invokeMethod(
        this,
        [this, loaded, request, sample] {
          if (request != wanted_ || !state_.browser()) return;
          if (loaded->picture.isNull())
            viewer_->clear(loaded->failure);
          else
            viewer_->setPicture(loaded->picture, loaded->size);
          viewer_->setOverlay(loaded->overlay);
          const pipelines::RegionBox& frame = loaded->regions.frame;
          viewer_->setFrame(frame.x1 > frame.x0 ? std::optional(QRect(frame.x0, frame.y0, frame.x1 - frame.x0,
                                                                      frame.y1 - frame.y0))
                                                : std::nullopt);
          viewer_->setBoxes(loaded->regions.boxes);
          const pipelines::BrowsedSample& browsed =
              state_.browser()->dataset().samples[static_cast<std::size_t>(sample)];
          std::vector<std::pair<QString, QString>> rows{{tr("name"), QString::fromStdString(browsed.id)},
                                                        {tr("group"), QString::fromStdString(browsed.group)},
                                                        {tr("part"), QString::fromStdString(browsed.split)}};
          rows.insert(rows.end(), loaded->rows.begin(), loaded->rows.end());
          if (loaded->regions.lesionPixels > 0)
            rows.emplace_back(tr("lesion pixels"), QString::number(loaded->regions.lesionPixels));
          for (const std::string& note : loaded->regions.notes)
            rows.emplace_back(tr("note"), QString::fromStdString(note));
          if (!loaded->failure.isEmpty()) rows.emplace_back(tr("problem"), loaded->failure);
          details_->setRowCount(static_cast<int>(rows.size()));
          for (int row = 0; row < static_cast<int>(rows.size()); ++row) {
            details_->setItem(row, 0, new QTableWidgetItem(rows[static_cast<std::size_t>(row)].first));
            auto* value = new QTableWidgetItem(rows[static_cast<std::size_t>(row)].second);
            value->setToolTip(value->text());
            details_->setItem(row, 1, value);
          }
          details_->resizeColumnToContents(0);
          details_->resizeRowsToContents();
        },
        Qt::QueuedConnection);
  });
}

}  // namespace medlocker::ui
