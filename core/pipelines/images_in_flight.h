// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace medlocker::pipelines {

/// Bounds how many images are read and searched at the same time, and with them the memory. Images begin in
/// the order of their turns 0, 1, 2 …, each of which must have exactly one Place; one image is read while
/// others are searched. Thread-safe.
class SearchRoom {
 public:
  /// `images`: 1..16; 0: kUsualImagesInFlight, while they have no more than kMostPixels together.
  explicit SearchRoom(int images);
  SearchRoom(const SearchRoom&) = delete;
  SearchRoom& operator=(const SearchRoom&) = delete;

  /// A search of a photograph of this size takes about 1 GiB.
  static constexpr std::int64_t kMostPixels = 12'000'000;

  std::size_t most() const { return static_cast<std::size_t>(most_); }

  /// One image's place.
  class Place {
   public:
    /// Blocks until it is this image's turn to be read: those before it are searched already, or over.
    Place(SearchRoom& room, std::size_t turn);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    /// Blocks until there is room for its search, which lasts until the end of this object's life; the next
    /// image may be read. An image alone always has room.
    void enter(std::int64_t pixels);

   private:
    SearchRoom& room_;
    std::int64_t pixels_ = 0;
    bool entered_ = false;
  };

 private:
  const int most_;
  const bool boundsPixels_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t next_ = 0;
  int inside_ = 0;
  std::int64_t pixels_ = 0;
};

}  // namespace medlocker::pipelines
