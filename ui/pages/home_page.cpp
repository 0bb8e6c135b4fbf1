// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/home_page.h"

#include <QDir>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QMimeData>
#include <QUrl>
#include <QVBoxLayout>

#include "ui/services/theme.h"
#include "ui/widgets/form.h"

namespace medlocker::ui {

HomePage::HomePage(AppState& state, QWidget* parent)
    : QWidget(parent),
      state_(state),
      recent_(new QListWidget),
      summaryTitle_(new QLabel),
      summaryText_(new QLabel),
      problems_(new QListWidget),
      next_(primaryButton(tr("Look at the images"))) {
  setObjectName(QStringLiteral("HomePage"));
  setAcceptDrops(true);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(24, 20, 24, 20);
  layout->setSpacing(14);
  layout->addWidget(
      pageHeading(tr("Protect a retinal image dataset"),
                  tr("MedLocker places a visible logo where diagnosis models fail and no lesion is covered, "
                     "certifies the copy, and gives an authorised reader every original sample back.")));

  auto* columns = new QHBoxLayout;
  columns->setSpacing(14);
  layout->addLayout(columns, 1);

  auto* left = new QVBoxLayout;
  left->setSpacing(14);
  columns->addLayout(left, 1);

  auto* start = new Card(tr("Start"));
  auto* openFolder = primaryButton(tr("Open a folder…"));
  openFolder->setObjectName(QStringLiteral("openFolder"));
  openFolder->setIcon(lineIcon(QStringLiteral("folder")));
  openFolder->setShortcut(QKeySequence::Open);
  openFolder->setToolTip(tr("Open a dataset folder (%1)").arg(QKeySequence(QKeySequence::Open).toString()));
  auto* openFile = new QPushButton(tr("Open a file or project…"));
  openFile->setObjectName(QStringLiteral("openFile"));
  openFile->setMinimumHeight(32);
  auto* sample = new QPushButton(tr("Try it with sample data"));
  sample->setObjectName(QStringLiteral("sampleData"));
  sample->setIcon(lineIcon(QStringLiteral("sparkle")));
  sample->setMinimumHeight(32);
  sample->setToolTip(tr("Draws 20 synthetic fundus photographs with lesion masks, on the spot"));
  start->body()->addWidget(openFolder);
  start->body()->addWidget(openFile);
  start->body()->addWidget(sample);
  start->body()->addWidget(
      mutedLabel(tr("Or drop a folder here. Understood: class folders, APTOS, EyePACS, IDRiD, DDR, "
                    "Messidor-2, MedMNIST-style npz, and "
                    "plain folders. Originals are only ever opened for reading.")));
  left->addWidget(start);

  auto* recentCard = new Card(tr("Recent"));
  recent_->setObjectName(QStringLiteral("recent"));
  recent_->setAccessibleName(tr("Recent projects"));
  recent_->setTextElideMode(Qt::ElideMiddle);
  recent_->setFrameShape(QFrame::NoFrame);
  recentCard->body()->addWidget(recent_);
  left->addWidget(recentCard, 1);

  auto* card = new Card(tr("What was found"));
  summaryCard_ = card;
  QFont bold = summaryTitle_->font();
  bold.setPointSizeF(bold.pointSizeF() * 1.2);
  bold.setBold(true);
  summaryTitle_->setFont(bold);
  summaryTitle_->setWordWrap(true);
  summaryText_->setWordWrap(true);
  summaryText_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  summaryText_->setAccessibleName(tr("Summary of the dataset"));
  problems_->setObjectName(QStringLiteral("problems"));
  problems_->setAccessibleName(tr("Problems found"));
  problems_->setWordWrap(true);
  problems_->setFrameShape(QFrame::NoFrame);
  problems_->setAlternatingRowColors(true);
  next_->setObjectName(QStringLiteral("toDataset"));
  card->body()->addWidget(summaryTitle_);
  card->body()->addWidget(summaryText_);
  card->body()->addWidget(problems_, 1);
  auto* buttons = new QHBoxLayout;
  auto* protectNow = new QPushButton(tr("Protect…"));
  protectNow->setObjectName(QStringLiteral("toProtect"));
  protectNow->setMinimumHeight(34);
  buttons->addWidget(next_);
  buttons->addWidget(protectNow);
  buttons->addStretch();
  card->body()->addLayout(buttons);
  columns->addWidget(card, 1);

  connect(openFolder, &QPushButton::clicked, this, &HomePage::chooseFolder);
  connect(openFile, &QPushButton::clicked, this, &HomePage::chooseFile);
  connect(sample, &QPushButton::clicked, this, [this] {
    state_.openSampleData(QDir(state_.settings().outputFolder()).filePath(QStringLiteral("sample-data")));
  });
  connect(recent_, &QListWidget::itemActivated, this, [this](QListWidgetItem* item) {
    const QString path = item->data(Qt::UserRole).toString();
    if (!QFileInfo::exists(path)) {
      state_.settings().removeRecentProject(path);
      state_.showError(tr("Open a recent project"),
                       tr("%1 is no longer there. It was taken off the list.").arg(path));
      return;
    }
    state_.open(path);
  });
  connect(next_, &QPushButton::clicked, this, [this] { state_.goTo(Page::Dataset); });
  connect(protectNow, &QPushButton::clicked, this, [this] { state_.goTo(Page::Protect); });
  connect(&state_.settings(), &Settings::recentProjectsChanged, this, &HomePage::showRecent);
  connect(&state_, &AppState::browserChanged, this, &HomePage::showSummary);
  showRecent();
  showSummary();
}

void HomePage::chooseFolder() {
  const QString folder = state_.dialogs().chooseFolder(this, tr("Open a dataset folder"), {});
  if (!folder.isEmpty()) state_.open(folder);
}

void HomePage::chooseFile() {
  const QString file =
      state_.dialogs().chooseFile(this, tr("Open a file or project"), {},
                                  tr("Datasets and projects (*.npz *.csv *.txt *.medlocker *.png *.jpg "
                                     "*.jpeg *.tif *.tiff *.dcm);;All files (*)"));
  if (!file.isEmpty()) state_.open(file);
}

void HomePage::showRecent() {
  recent_->clear();
  for (const QString& path : state_.settings().recentProjects()) {
    auto* item = new QListWidgetItem(lineIcon(QStringLiteral("folder")),
                                     QFileInfo(path).fileName() + QStringLiteral("   ") + path);
    item->setData(Qt::UserRole, path);
    item->setToolTip(path);
    recent_->addItem(item);
  }
  if (recent_->count() == 0) {
    auto* none = new QListWidgetItem(tr("Nothing yet"));
    none->setFlags(Qt::NoItemFlags);
    recent_->addItem(none);
  }
}

void HomePage::showSummary() {
  problems_->clear();
  const auto browser = state_.browser();
  for (QPushButton* button : summaryCard_->findChildren<QPushButton*>())
    button->setEnabled(browser != nullptr);
  if (!browser) {
    summaryTitle_->setText(tr("No dataset is open"));
    summaryText_->setText(
        tr("Open one on the left; its layout, classes, masks and problems are listed here before anything "
           "runs."));
    return;
  }
  const pipelines::BrowsedDataset& dataset = browser->dataset();
  summaryTitle_->setText(QFileInfo(toText(dataset.path)).fileName());
  QStringList lines;
  lines << tr("%n image(s), layout “%1”", nullptr, static_cast<int>(dataset.samples.size()))
               .arg(QString::fromStdString(dataset.layout));
  const auto counts = dataset.countsPerClass();
  QStringList classes;
  for (std::size_t i = 0; i < counts.size(); ++i)
    classes << tr("%1: %2").arg(QString::fromStdString(dataset.classes[i])).arg(counts[i]);
  lines << (classes.isEmpty() ? tr("No labels: predictions of the models stand in for them")
                              : tr("Classes: %1").arg(classes.join(QStringLiteral(", "))));
  const auto masked = dataset.withMasks();
  lines << (masked > 0 ? tr("%n image(s) with lesion masks", nullptr, static_cast<int>(masked))
                       : tr("No lesion masks: draw boxes on the page Lesions, or run the segmenter"));
  if (dataset.issues.empty()) lines << tr("No problems found by name and label");
  summaryText_->setText(lines.join(QLatin1Char('\n')));
  for (const ItemIssue& issue : dataset.issues)
    problems_->addItem(QString::fromStdString(issue.item) + QStringLiteral(": ") +
                       QString::fromStdString(issue.reason));
  for (const std::string& notice : dataset.notices) problems_->addItem(QString::fromStdString(notice));
  next_->setFocus();
}

void HomePage::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

void HomePage::dropEvent(QDropEvent* event) {
  for (const QUrl& url : event->mimeData()->urls())
    if (url.isLocalFile()) {
      state_.open(url.toLocalFile());
      return;
    }
}

}  // namespace medlocker::ui
