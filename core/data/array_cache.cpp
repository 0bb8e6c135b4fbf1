// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <future>
#include <list>
#include <map>
#include <mutex>

#include "core/common/error.h"
#include "core/data/npz.h"

namespace medlocker::data {
namespace {

namespace fs = std::filesystem;
using ArrayPtr = std::shared_ptr<const ArchivedArray>;

struct Key {
  std::string path;
  std::string name;
  std::uint64_t fileBytes = 0;
  fs::file_time_type time;
  auto operator<=>(const Key&) const = default;
};

class ArrayCache {
 public:
  ArrayPtr get(const fs::path& path, const std::string& name, const NpzLimits& limits) {
    std::error_code error;
    Key key{fs::absolute(path).lexically_normal().string(), name, 0, {}};
    key.fileBytes = fs::file_size(path, error);
    if (error) throw Error(ErrorCode::NotFound, "cannot be read: " + error.message(), path.string());
    key.time = fs::last_write_time(path, error);

    std::promise<ArrayPtr> promise;
    std::shared_future<ArrayPtr> shared;
    bool mine = false;
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = entries_.find(key); found != entries_.end()) {
        order_.splice(order_.begin(), order_, found->second.place);
        shared = found->second.array;
      } else {
        mine = true;
        shared = promise.get_future().share();
        order_.push_front(key);
        entries_.emplace(key, Entry{shared, 0, order_.begin()});
        ++misses_;
      }
    }
    if (mine) load(key, path, limits, promise);
    return shared.get();
  }

  void setBudget(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    budget_ = bytes;
    shrinkTo(budget_);
  }
  std::uint64_t budget() const {
    const std::lock_guard lock(mutex_);
    return budget_;
  }
  std::uint64_t misses() const {
    const std::lock_guard lock(mutex_);
    return misses_;
  }

 private:
  struct Entry {
    std::shared_future<ArrayPtr> array;
    std::uint64_t bytes = 0;  ///< 0 while it is being read
    std::list<Key>::iterator place;
  };

  void load(const Key& key, const fs::path& path, const NpzLimits& limits, std::promise<ArrayPtr>& promise) {
    try {
      const NpzReader reader(path, limits);
      const std::uint64_t bytes = reader.header(key.name).dataBytes();
      {
        // Room is made before the array is allocated, not after.
        const std::lock_guard lock(mutex_);
        shrinkTo(bytes < budget_ ? budget_ - bytes : 0);
      }
      auto array =
          std::make_shared<const ArchivedArray>(ArchivedArray{reader.read(key.name), reader.comment()});
      const std::lock_guard lock(mutex_);
      if (bytes > budget_) {
        forget(key);
      } else if (const auto found = entries_.find(key); found != entries_.end()) {
        found->second.bytes = bytes;
        used_ += bytes;
        shrinkTo(budget_);
      }
      promise.set_value(std::move(array));
    } catch (...) {
      {
        const std::lock_guard lock(mutex_);
        forget(key);
      }
      promise.set_exception(std::current_exception());
    }
  }

  void forget(const Key& key) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return;
    used_ -= found->second.bytes;
    order_.erase(found->second.place);
    entries_.erase(found);
  }

  /// Drops finished arrays, least recently used first, until at most `bytes` are held.
  void shrinkTo(std::uint64_t bytes) {
    for (auto at = order_.end(); used_ > bytes && at != order_.begin();) {
      --at;
      const auto found = entries_.find(*at);
      if (found->second.bytes == 0) continue;
      used_ -= found->second.bytes;
      entries_.erase(found);
      at = order_.erase(at);
    }
  }

  mutable std::mutex mutex_;
  std::map<Key, Entry> entries_;
  std::list<Key> order_;  ///< most recently used first
  std::uint64_t used_ = 0;
  std::uint64_t budget_ = 4ULL << 30;
  std::uint64_t misses_ = 0;
};

ArrayCache& cache() {
  static ArrayCache instance;
  return instance;
}

}  // namespace

std::shared_ptr<const ArchivedArray> cachedArray(const fs::path& path, const std::string& name,
                                                 const NpzLimits& limits) {
  return cache().get(path, name, limits);
}
void setArrayCacheBudget(std::uint64_t bytes) {
  cache().setBudget(bytes);
}
std::uint64_t arrayCacheBudget() {
  return cache().budget();
}
std::uint64_t arrayCacheMisses() {
  return cache().misses();
}

}  // namespace medlocker::data
