// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/common/error.h"
#include "core/common/run_context.h"
#include "core/data/manifest.h"
#include "core/data/preprocess.h"

namespace medlocker::training {

struct CacheOptions {
  int side = 224;  ///< S: stored images are S×S×3 bytes
  data::PreprocessProfile profile = data::PreprocessProfile::Squash;
  std::uint64_t maxMemoryBytes = 1ULL << 30;  ///< above it the pixels go to `spillFile`
  std::filesystem::path spillFile;            ///< empty: no spilling; too large a set is then an error
  std::string datasetFingerprint;             ///< becomes part of the cache's own fingerprint
  int threads = 0;                            ///< decoding threads; 0 = number of cores
};

/// Every image of a list decoded once, cropped to its field of view, preprocessed to S×S and kept as bytes:
/// in memory, or above the memory bound in a file that is mapped (the system pages it in and out). Images
/// that cannot be used are listed in issues() and have no pixels; positions stay those of the list. Immutable
/// after building; safe to share between threads.
class SampleCache {
 public:
  using Reader = std::function<data::DecodedImage(const data::Sample&)>;

  /// Decodes on `threads` threads; memory while building is bounded by one decoded image per thread. The
  /// result does not depend on the number of threads. Returns null when a stop was requested. A complete
  /// spill file of the same fingerprint is used again instead of decoding. `stage` names the progress stage.
  /// Throws Error(Io) when the spill file cannot be written, Error(InvalidArgument) when the set is too large
  /// and there is no spill file.
  static std::shared_ptr<const SampleCache> build(const std::vector<data::Sample>& samples,
                                                  const CacheOptions& options, const RunContext& context,
                                                  const std::string& stage, const Reader& reader = {});

  /// From pixels that exist already, count×side×side×3.
  static std::shared_ptr<const SampleCache> fromPixels(std::vector<std::uint8_t> pixels, int side);

  ~SampleCache();
  SampleCache(const SampleCache&) = delete;
  SampleCache& operator=(const SampleCache&) = delete;

  std::int64_t size() const { return count_; }
  int side() const { return side_; }
  bool usable(std::int64_t item) const { return usable_[static_cast<std::size_t>(item)] != 0; }
  /// side×side×3 bytes, row-major, RGB interleaved; only for usable items.
  std::span<const std::uint8_t> pixels(std::int64_t item) const;
  const std::vector<ItemIssue>& issues() const { return issues_; }
  bool spilled() const { return mapping_ != nullptr; }
  bool reused() const { return reused_; }
  std::uint64_t bytes() const;
  /// SHA-256 (hex) over what determines the content: dataset fingerprint, ids, profile, side, format version.
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  SampleCache() = default;

  int side_ = 0;
  std::int64_t count_ = 0;
  std::vector<std::uint8_t> memory_;
  void* mapping_ = nullptr;
  std::vector<std::uint8_t> usable_;
  std::vector<ItemIssue> issues_;
  bool reused_ = false;
  std::string fingerprint_;
};

/// Mean and population standard deviation per channel (values 0..1) over the given items. Integer sums, so
/// the order does not matter. A deviation below 1e-3 is raised to it. No items: mean 0, deviation 1.
struct ChannelStatistics {
  std::array<float, 3> mean{0.F, 0.F, 0.F};
  std::array<float, 3> stddev{1.F, 1.F, 1.F};
};
ChannelStatistics channelStatistics(const SampleCache& cache, const std::vector<std::int64_t>& items);

/// round(255·v) of a preprocessed image.
void quantise(const data::FloatImage& image, std::span<std::uint8_t> out);

}  // namespace medlocker::training
