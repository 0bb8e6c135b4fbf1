// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/thumbnail_loader.h"

#include <QThread>
#include <algorithm>
#include <exception>
#include <utility>

namespace medlocker::ui {

QImage toQImage(const pipelines::PreviewImage& preview) {
  const QImage view(preview.rgb.data(), preview.width, preview.height, preview.width * 3,
                    QImage::Format_RGB888);
  return view.copy();
}

ThumbnailLoader::ThumbnailLoader(QObject* parent) : QObject(parent) {
  pool_.setMaxThreadCount(std::clamp(QThread::idealThreadCount(), 1, 4));
  // Looking at pictures must not slow a running search.
  pool_.setThreadPriority(QThread::LowPriority);
}

ThumbnailLoader::~ThumbnailLoader() {
  pool_.clear();
  pool_.waitForDone();
}

void ThumbnailLoader::setBrowser(std::shared_ptr<const pipelines::DatasetBrowser> browser) {
  browser_ = std::move(browser);
  ++generation_;
  cache_.clear();
  waiting_.clear();
  running_.clear();
  broken_.clear();
}

QImage ThumbnailLoader::request(int index) {
  if (const QImage* found = cache_.object(index)) return *found;
  if (!browser_ || broken_.contains(index) || running_.contains(index)) return {};
  std::erase(waiting_, index);
  waiting_.push_back(index);
  if (waiting_.size() > kMaxWaiting) waiting_.erase(waiting_.begin());
  dispatch();
  return {};
}

void ThumbnailLoader::dispatch() {
  while (!waiting_.empty() && running_.size() < pool_.maxThreadCount()) {
    const int index = waiting_.back();
    waiting_.pop_back();
    running_.insert(index);
    pool_.start([this, index, generation = generation_, browser = browser_] {
      QImage image;
      try {
        image = toQImage(browser->preview(static_cast<std::size_t>(index), kSide));
      } catch (const std::exception&) {
        // Shown as a broken picture; the details panel gives the reason.
      }
      QMetaObject::invokeMethod(
          this,
          [this, index, generation, image] {
            if (generation != generation_) return;
            running_.remove(index);
            if (image.isNull())
              broken_.insert(index);
            else
              cache_.insert(index, new QImage(image), std::max<qsizetype>(1, image.sizeInBytes() / 1024));
            Q_EMIT loaded(index);
            dispatch();
          },
          Qt::QueuedConnection);
    });
  }
}

}  // namespace medlocker::ui
