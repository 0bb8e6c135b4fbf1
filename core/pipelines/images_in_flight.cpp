// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/images_in_flight.h"

#include "core/pipelines/protect_dataset.h"

namespace medlocker::pipelines {

SearchRoom::SearchRoom(int images)
    : most_(images > 0 ? images : kUsualImagesInFlight), boundsPixels_(images <= 0) {
}

SearchRoom::Place::Place(SearchRoom& room, std::size_t turn) : room_(room) {
  std::unique_lock lock(room_.mutex_);
  room_.changed_.wait(lock, [&] { return room_.next_ == turn; });
}

void SearchRoom::Place::enter(std::int64_t pixels) {
  {
    std::unique_lock lock(room_.mutex_);
    room_.changed_.wait(lock, [&] {
      return room_.inside_ == 0 ||
             (room_.inside_ < room_.most_ && (!room_.boundsPixels_ || room_.pixels_ + pixels <= kMostPixels));
    });
    ++room_.next_;
    ++room_.inside_;
    room_.pixels_ += pixels;
    pixels_ = pixels;
    entered_ = true;
  }
  room_.changed_.notify_all();
}

SearchRoom::Place::~Place() {
  {
    const std::lock_guard lock(room_.mutex_);
    if (entered_) {
      --room_.inside_;
      room_.pixels_ -= pixels_;
    } else {
      ++room_.next_;
    }
  }
  room_.changed_.notify_all();
}

}  // namespace medlocker::pipelines
