// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/lesions_page.h"

#include <QCheckBox>
#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QShortcut>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>

#include "core/pipelines/segment_dataset.h"
#include "ui/charts/charts.h"
#include "ui/services/theme.h"
#include "ui/widgets/form.h"
#include "ui/widgets/image_view.h"

namespace medlocker::ui {
namespace {

constexpr int kReviewSide = 1400;
constexpr int kMergeMove = 1;  // key by key movements of one box are one step
constexpr int kMergeResize = 2;

bool inside(const pipelines::RegionBox& inner, const pipelines::RegionBox& outer) {
  return inner.x0 >= outer.x0 && inner.y0 >= outer.y0 && inner.x1 <= outer.x1 && inner.y1 <= outer.y1;
}

}  // namespace

LesionsPage::LesionsPage(AppState& state, QWidget* parent)
    : QWidget(parent),
      state_(state),
      images_(state.project()),
      list_(new QListView),
      view_(new ImageView),
      draw_(new QPushButton(tr("Draw a box"))),
      delete_(new QPushButton(tr("Delete"))),
      find_(new QPushButton(tr("Find lesions…"))),
      kind_(new QComboBox),
      summary_(new QLabel) {
  setObjectName(QStringLiteral("LesionsPage"));
  pool_.setMaxThreadCount(1);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 14, 16, 12);
  auto* tools = new QHBoxLayout;
  draw_->setCheckable(true);
  draw_->setObjectName(QStringLiteral("drawBox"));
  draw_->setToolTip(tr("B: then drag a rectangle over the picture"));
  delete_->setToolTip(tr("Delete: removes the selected box"));
  delete_->setObjectName(QStringLiteral("deleteBox"));
  delete_->setEnabled(false);
  kind_->setAccessibleName(tr("Kind of the selected box"));
  for (const auto& [code, name] : {std::pair{"OTHER", tr("Other")},
                                   {"MA", tr("Microaneurysm")},
                                   {"HE", tr("Haemorrhage")},
                                   {"EX", tr("Hard exudate")},
                                   {"SE", tr("Soft exudate")},
                                   {"OD", tr("Optic disc")},
                                   {"FOVEA", tr("Fovea")}})
    kind_->addItem(name, QString::fromLatin1(code));
  kind_->setEnabled(false);
  auto* overlay = new QCheckBox(tr("Lesion pixels"));
  overlay->setChecked(true);
  auto* fit = new QPushButton(tr("Fit"));
  find_->setObjectName(QStringLiteral("findLesions"));
  find_->setToolTip(
      tr("Runs a segmenter over all images; its masks become the project's. Boxes of your own stay."));
  auto* importButton = new QPushButton(tr("Import boxes…"));
  auto* exportButton = new QPushButton(tr("Export boxes…"));
  exportButton->setObjectName(QStringLiteral("exportBoxes"));
  tools->addWidget(draw_);
  tools->addWidget(delete_);
  tools->addWidget(kind_);
  tools->addSpacing(8);
  tools->addWidget(overlay);
  tools->addWidget(fit);
  tools->addStretch();
  tools->addWidget(find_);
  tools->addWidget(importButton);
  tools->addWidget(exportButton);
  layout->addLayout(tools);

  auto* split = new QSplitter(Qt::Horizontal);
  auto* left = new QWidget;
  auto* leftLayout = new QVBoxLayout(left);
  leftLayout->setContentsMargins(0, 0, 0, 0);
  auto* heading = new QLabel(tr("Review list"));
  QFont bold = heading->font();
  bold.setBold(true);
  heading->setFont(bold);
  leftLayout->addWidget(heading);
  leftLayout->addWidget(
      mutedLabel(tr("Images without boxes come first: a missed lesion could be covered there.")));
  list_->setAccessibleName(tr("Images to review"));
  list_->setModel(&images_);
  list_->setUniformItemSizes(true);
  list_->setTextElideMode(Qt::ElideMiddle);
  list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  leftLayout->addWidget(list_, 1);
  split->addWidget(left);
  auto* right = new QWidget;
  auto* rightLayout = new QVBoxLayout(right);
  rightLayout->setContentsMargins(0, 0, 0, 0);
  view_->setEditable(true);
  rightLayout->addWidget(view_, 1);
  summary_->setWordWrap(true);
  rightLayout->addWidget(summary_);
  split->addWidget(right);
  split->setStretchFactor(0, 1);
  split->setStretchFactor(1, 4);
  split->setSizes({260, 860});
  layout->addWidget(split, 1);
  layout->addWidget(
      mutedLabel(tr("With a box selected: arrows move it, Shift by ten pixels, Ctrl resizes; Tab goes to the "
                    "next. Solid green boxes are "
                    "yours, dashed ones come from masks, dotted grey ones you removed.")));

  connect(draw_, &QPushButton::toggled, view_, &ImageView::setDrawing);
  connect(view_, &ImageView::drawingChanged, draw_, &QPushButton::setChecked);
  connect(delete_, &QPushButton::clicked, this, [this] { remove(view_->selectedBox()); });
  connect(overlay, &QCheckBox::toggled, view_, &ImageView::setOverlayVisible);
  connect(fit, &QPushButton::clicked, view_, &ImageView::fit);
  connect(find_, &QPushButton::clicked, this, &LesionsPage::findLesions);
  const auto enableFinding = [this] {
    find_->setEnabled(state_.browser() != nullptr && !state_.tasks().isRunning());
  };
  connect(&state_, &AppState::browserChanged, this, enableFinding);
  connect(&state_.tasks(), &TaskRunner::started, this, enableFinding);
  connect(&state_.tasks(), &TaskRunner::idle, this, enableFinding);
  enableFinding();
  connect(importButton, &QPushButton::clicked, this, &LesionsPage::importBoxes);
  connect(exportButton, &QPushButton::clicked, this, &LesionsPage::exportBoxes);
  auto* drawKey = new QShortcut(QKeySequence(Qt::Key_B), this);
  drawKey->setContext(Qt::WidgetWithChildrenShortcut);
  connect(drawKey, &QShortcut::activated, draw_, &QPushButton::toggle);

  connect(view_, &ImageView::boxDrawn, this, [this](const pipelines::RegionBox& box) {
    edit(tr("Draw a box"), [&box](pipelines::BoxEdits& edits) { edits.added.push_back(box); });
    view_->setSelectedBox(static_cast<int>(view_->boxes().size()) - 1);
  });
  connect(view_, &ImageView::boxChanged, this,
          [this](int index, const pipelines::RegionBox& box, bool resized) {
            const int mine = index - automatic_;
            if (mine < 0) return;
            edit(
                resized ? tr("Resize a box") : tr("Move a box"),
                [mine, &box](pipelines::BoxEdits& edits) {
                  edits.added.at(static_cast<std::size_t>(mine)) = box;
                },
                (resized ? kMergeResize : kMergeMove) + 10 * (index + 1));
          });
  connect(view_, &ImageView::boxRemoved, this, &LesionsPage::remove);
  connect(view_, &ImageView::selectionChanged, this, [this](int index) {
    delete_->setEnabled(index >= 0);
    const bool mine = index >= automatic_;
    kind_->setEnabled(index >= 0 && mine);
    if (index < 0) return;
    const pipelines::RegionBox& box = view_->boxes()[static_cast<std::size_t>(index)];
    kind_->setCurrentIndex(std::max(0, kind_->findData(QString::fromStdString(box.kind))));
    delete_->setText(box.source == "removed" ? tr("Bring back") : tr("Delete"));
  });
  connect(kind_, &QComboBox::activated, this, [this] {
    const int mine = view_->selectedBox() - automatic_;
    if (mine < 0 || view_->selectedBox() < 0) return;
    const std::string kind = kind_->currentData().toString().toStdString();
    edit(tr("Change the kind of a box"), [mine, &kind](pipelines::BoxEdits& edits) {
      edits.added.at(static_cast<std::size_t>(mine)).kind = kind;
    });
  });
  connect(list_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& index) {
            if (index.isValid()) load(index.data(ReviewModel::kSampleRole).toInt());
          });
  connect(&state_, &AppState::browserChanged, this, &LesionsPage::rebuildList);
  connect(&state_.project(), &Project::changed, this, [this] {
    showBoxes();
    images_.refresh();
  });
  rebuildList();
}

LesionsPage::~LesionsPage() {
  pool_.waitForDone();
}

void LesionsPage::rebuildList() {
  ++wanted_;
  sample_ = -1;
  id_.clear();
  images_.setBrowser(state_.browser());
  const auto browser = state_.browser();
  if (!browser) {
    view_->clear(tr("Open a dataset on the page Home"));
    summary_->clear();
    return;
  }
  view_->clear(tr("Choose an image on the left"));
}

void LesionsPage::review(int row) {
  list_->setCurrentIndex(images_.index(row));
}

void LesionsPage::load(int sample) {
  const auto browser = state_.browser();
  if (!browser) return;
  sample_ = sample;
  id_ = browser->dataset().samples[static_cast<std::size_t>(sample)].id;
  const quint64 request = ++wanted_;
  view_->setSelectedBox(-1);
  pool_.clear();
  pool_.start([this, browser, sample, request] {
    struct Loaded {
      QImage picture;
      QSize size;
      pipelines::ImageRegions regions;
      QString failure;
    };
    auto loaded = std::make_shared<Loaded>();
    try {
      const pipelines::PreviewImage preview = browser->preview(static_cast<std::size_t>(sample), kReviewSide);
      loaded->picture = toQImage(preview);
      loaded->size = {preview.sourceWidth, preview.sourceHeight};
      loaded->regions = browser->regions(static_cast<std::size_t>(sample));
    } catch (...) {
      loaded->failure = describeCurrentException();
    }
    QMetaObject::invokeMethod(
        this,
        [this, loaded, request] {
          if (request != wanted_) return;
          regions_ = loaded->regions;
          if (loaded->picture.isNull()) {
            view_->clear(loaded->failure);
            summary_->setText(loaded->failure);
            return;
          }
          view_->setPicture(loaded->picture, loaded->size);
          view_->setOverlay(maskImage(regions_));
          const pipelines::RegionBox& frame = regions_.frame;
          view_->setFrame(frame.x1 > frame.x0 ? std::optional(QRect(frame.x0, frame.y0, frame.x1 - frame.x0,
                                                                    frame.y1 - frame.y0))
                                              : std::nullopt);
          showBoxes();
          if (!loaded->failure.isEmpty()) summary_->setText(loaded->failure);
        },
        Qt::QueuedConnection);
  });
}

void LesionsPage::showBoxes() {
  if (id_.empty()) return;
  const auto& all = state_.project().state().boxes;
  const auto found = all.find(id_);
  const pipelines::BoxEdits edits = found == all.end() ? pipelines::BoxEdits{} : found->second;
  std::vector<pipelines::RegionBox> boxes;
  int removed = 0;
  for (pipelines::RegionBox box : regions_.boxes) {
    const bool gone = std::any_of(edits.removed.begin(), edits.removed.end(),
                                  [&box](const auto& r) { return inside(box, r); });
    if (gone) {
      box.source = "removed";
      ++removed;
    }
    boxes.push_back(box);
  }
  automatic_ = static_cast<int>(boxes.size());
  boxes.insert(boxes.end(), edits.added.begin(), edits.added.end());
  view_->setBoxes(boxes);
  QString text = tr("%1 boxes from masks, %2 drawn, %3 removed")
                     .arg(automatic_ - removed)
                     .arg(edits.added.size())
                     .arg(removed);
  if (regions_.lesionPixels > 0) text += tr(" · %1 lesion pixels").arg(regions_.lesionPixels);
  if (boxes.empty())
    text = tr(
        "No box: the whole field of view is free for the logo. If you see a lesion, draw a box around it.");
  summary_->setText(text);
}

void LesionsPage::edit(const QString& name, const std::function<void(pipelines::BoxEdits&)>& change,
                       int mergeId) {
  if (id_.empty()) return;
  state_.project().change(
      name,
      [&](ProjectState& project) {
        pipelines::BoxEdits& edits = project.boxes[id_];
        edits.width = regions_.width;
        edits.height = regions_.height;
        change(edits);
        if (edits.empty()) project.boxes.erase(id_);
      },
      mergeId);
}

void LesionsPage::remove(int index) {
  if (index < 0 || index >= static_cast<int>(view_->boxes().size())) return;
  const pipelines::RegionBox box = view_->boxes()[static_cast<std::size_t>(index)];
  view_->setSelectedBox(-1);
  if (index >= automatic_) {
    const int mine = index - automatic_;
    edit(tr("Delete a box"),
         [mine](pipelines::BoxEdits& edits) { edits.added.erase(edits.added.begin() + mine); });
  } else if (box.source == "removed") {
    edit(tr("Bring a box back"), [&box](pipelines::BoxEdits& edits) {
      std::erase_if(edits.removed, [&box](const pipelines::RegionBox& r) { return inside(box, r); });
    });
  } else {
    edit(tr("Remove a box of a mask"), [&box](pipelines::BoxEdits& edits) { edits.removed.push_back(box); });
  }
}

void LesionsPage::exportBoxes() {
  const auto browser = state_.browser();
  if (!browser) return;
  const QString file = state_.dialogs().chooseSaveFile(this, tr("Export boxes"), QStringLiteral("boxes.json"),
                                                       tr("Boxes (*.json)"));
  if (file.isEmpty()) return;
  try {
    pipelines::writeBoxEdits(toPath(file), state_.project().state().boxes, *browser);
  } catch (...) {
    state_.showError(tr("Export boxes"), describeCurrentException());
  }
}

void LesionsPage::importBoxes() {
  const auto browser = state_.browser();
  if (!browser) return;
  const QString file = state_.dialogs().chooseFile(this, tr("Import boxes"), {}, tr("Boxes (*.json)"));
  if (file.isEmpty()) return;
  try {
    const auto boxes = pipelines::readBoxEdits(toPath(file), *browser);
    state_.project().change(tr("Import boxes"), [&boxes](ProjectState& project) { project.boxes = boxes; });
  } catch (...) {
    state_.showError(tr("Import boxes"), describeCurrentException());
  }
}

void LesionsPage::findLesions() {
  if (!state_.browser() || state_.tasks().isRunning()) return;
  const QString model = state_.dialogs().chooseFolder(
      this, tr("Choose a segmenter: a run folder of train-segmenter"), state_.settings().outputFolder());
  if (model.isEmpty()) return;
  const QString dataset = state_.project().state().dataset;
  const QString base = QDir(state_.settings().outputFolder())
                           .filePath(QStringLiteral("lesions/") + QFileInfo(dataset).fileName());
  pipelines::SegmentDatasetOptions options;
  options.dataset = toPath(dataset);
  options.model = toPath(model);
  options.out = toPath(unusedPath(base));
  options.device = parseDeviceChoice(state_.settings().device().toStdString());
  options.threads = state_.settings().threads();
  state_.tasks().start(tr("Finding lesions"),
                       [this, options](const RunContext& context) -> TaskRunner::Completion {
                         const auto summary = pipelines::segmentDataset(options, context);
                         if (summary.outcome == Outcome::Cancelled) return {};
                         return [this, masks = toText(options.out / "masks")] {
                           // The dataset is opened again with them; the runner is busy until this has
                           // returned.
                           QMetaObject::invokeMethod(
                               this,
                               [this, masks] {
                                 state_.project().change(tr("Take the segmenter's masks"),
                                                         [&masks](ProjectState& s) { s.masks = masks; });
                               },
                               Qt::QueuedConnection);
                         };
                       });
}

}  // namespace medlocker::ui
