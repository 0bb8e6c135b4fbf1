// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/search_panel.h"

#include <QHeaderView>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

namespace medlocker::ui {
namespace {

constexpr int kSide = 900;  // of a picture

}  // namespace

SearchPanel::SearchPanel(AppState& state, QWidget* parent)
    : QWidget(parent), state_(state), text_(new QLabel), view_(new SearchView), table_(new QTableView) {
  pool_.setMaxThreadCount(1);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  text_->setWordWrap(true);
  text_->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  text_->setMinimumHeight(2 * text_->fontMetrics().lineSpacing());
  text_->setAccessibleName(tr("The search in the current image"));
  layout->addWidget(text_);
  layout->addWidget(view_, 1);
  table_->setObjectName(QStringLiteral("searches"));
  table_->setAccessibleName(tr("Images that are searched now; choose one to see it"));
  table_->setModel(&searches_);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table_->setTabKeyNavigation(false);
  table_->setWordWrap(false);
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setDefaultSectionSize(table_->fontMetrics().height() + 8);
  // Wide enough for what will come: columns that follow ten updates a second would only be restless.
  table_->horizontalHeader()->setSectionResizeMode(QHeaderView::Interactive);
  const std::map<int, QString> widest{
      {SearchModel::Step, SearchModel::tr("Coarse lattice")},
      {SearchModel::Evaluations, SearchModel::tr("%1 of %2").arg(888).arg(888)},
      {SearchModel::Score, QStringLiteral("-88.88")},
      {SearchModel::Misled, SearchModel::tr("%1 of %2").arg(8).arg(8)},
      {SearchModel::Opacity, QStringLiteral("100.0 %")},
      {SearchModel::Position, QStringLiteral("8888, 8888 · 888 × 888")}};
  for (const auto& [column, sample] : widest) {
    const QString header = searches_.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    QFont bold = table_->font();
    bold.setBold(true);
    table_->setColumnWidth(column, std::max(table_->fontMetrics().horizontalAdvance(sample),
                                            QFontMetrics(bold).horizontalAdvance(header)) +
                                       14);
  }
  table_->horizontalHeader()->setSectionResizeMode(SearchModel::Image, QHeaderView::Stretch);
  table_->setTextElideMode(Qt::ElideLeft);  // the end tells images apart
  table_->setFixedHeight(5 * (table_->fontMetrics().height() + 8));
  layout->addWidget(table_);
  timer_.setInterval(kPollMilliseconds);
  connect(&timer_, &QTimer::timeout, this, &SearchPanel::poll);
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& now) {
            if (isFilling_ || !now.isValid()) return;
            chosen_ = searches_.searches()[static_cast<std::size_t>(now.row())].item;
            showRow(now.row());
          });
}

SearchPanel::~SearchPanel() {
  pool_.waitForDone();
}

void SearchPanel::begin(std::shared_ptr<const pipelines::SearchMonitor> monitor) {
  monitor_ = std::move(monitor);
  version_ = 0;
  updates_ = 0;
  shown_.clear();
  chosen_.clear();
  pictures_.clear();
  isFilling_ = true;
  searches_.setSearches({});
  isFilling_ = false;
  text_->setText(tr("The search begins when models and images are open."));
  view_->clear(tr("Opening models and images"));
  timer_.start();
}

void SearchPanel::end() {
  timer_.stop();
  monitor_.reset();
  pictures_.clear();
}

void SearchPanel::poll() {
  if (!monitor_ || monitor_->version() == version_) return;
  version_ = monitor_->version();
  ++updates_;
  isFilling_ = true;
  searches_.setSearches(monitor_->searches());
  std::erase_if(pictures_, [this](const auto& entry) { return searches_.rowOf(entry.first) < 0; });
  // Also those that are not shown yet: a search may be over soon after it begins.
  for (const pipelines::ImageSearch& search : searches_.searches())
    if (!pictures_.contains(search.item)) readPicture(search.item);
  if (const int row = rowToShow(); row >= 0) {
    table_->setCurrentIndex(searches_.index(row, 0));
    showRow(row);
  }
  isFilling_ = false;
}

int SearchPanel::rowToShow() const {
  for (const std::string& item : {chosen_, shown_})
    if (const int row = searches_.rowOf(item); row >= 0) return row;
  return searches_.rowCount() > 0 ? 0 : -1;  // none in flight: the last one stays in view
}

void SearchPanel::showRow(int row) {
  const pipelines::ImageSearch& search = searches_.searches()[static_cast<std::size_t>(row)];
  shown_ = search.item;
  view_->setSearch(pictures_[search.item], search);
  const QString sentence = describeSearch(search);
  if (text_->text() == sentence) return;
  text_->setText(sentence);
  view_->setAccessibleDescription(sentence);
}

void SearchPanel::readPicture(const std::string& item) {
  pictures_[item] = {};
  const auto browser = state_.browser();
  if (!browser) return;
  pool_.start([this, browser, item, monitor = monitor_] {
    if (!monitor->isInFlight(item)) return;
    QImage picture;
    try {
      if (const auto index = browser->dataset().indexOf(item))
        picture = toQImage(browser->preview(*index, kSide));
    } catch (...) {
      return;  // the run itself tells what is wrong with the file
    }
    QMetaObject::invokeMethod(
        this,
        [this, item, picture] {
          const auto found = pictures_.find(item);
          if (found == pictures_.end()) return;
          found->second = picture;
          if (shown_ == item) view_->setSearch(picture, view_->search());
        },
        Qt::QueuedConnection);
  });
}

}  // namespace medlocker::ui
