// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCache>
#include <QImage>
#include <QObject>
#include <QSet>
#include <QThreadPool>
#include <memory>
#include <vector>

#include "core/pipelines/dataset_browser.h"

namespace medlocker::ui {

/// Deep copy of a preview.
QImage toQImage(const pipelines::PreviewImage& preview);

/// Decodes thumbnails on threads, latest request first, and keeps the most recently used within a memory
/// limit. What has scrolled away before its turn is dropped, so fast scrolling never builds a backlog. GUI
/// thread only.
class ThumbnailLoader : public QObject {
  Q_OBJECT
 public:
  static constexpr int kSide = 176;  ///< longer side in pixels
  static constexpr int kCacheKibibytes = 96 * 1024;
  static constexpr std::size_t kMaxWaiting = 256;

  explicit ThumbnailLoader(QObject* parent = nullptr);
  ~ThumbnailLoader() override;

  /// Forgets everything about the former dataset.
  void setBrowser(std::shared_ptr<const pipelines::DatasetBrowser> browser);
  /// The picture, or a null image: then it is on its way and `loaded` follows. A picture that cannot be read
  /// is not asked for again; isBroken() tells.
  QImage request(int index);
  bool isBroken(int index) const { return broken_.contains(index); }

 Q_SIGNALS:
  void loaded(int index);

 private:
  void dispatch();

  std::shared_ptr<const pipelines::DatasetBrowser> browser_;
  quint64 generation_ = 0;
  QCache<int, QImage> cache_{kCacheKibibytes};
  std::vector<int> waiting_;  ///< oldest first
  QSet<int> running_;
  QSet<int> broken_;
  QThreadPool pool_;
};

}  // namespace medlocker::ui
