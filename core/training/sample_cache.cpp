// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/sample_cache.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>

#include "core/common/files.h"
#include "core/common/json.h"

namespace medlocker::training {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFormat = "medlocker/sample-cache/1";

[[noreturn]] void ioFailure(const char* action, const fs::path& path) {
  throw Error(ErrorCode::Io, std::string(action) + " failed: " + std::strerror(errno), path.string());
}

/// Maps `path` with `size` bytes. Writable mappings create the file with its blocks allocated, so a full disk
/// is an error here and not a SIGBUS later. Null where a file for reading is absent or of another size.
void* mapFile(const fs::path& path, std::size_t size, bool writable) {
  if (writable) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) throw Error(ErrorCode::Io, "the folder cannot be created: " + error.message(), path.string());
  }
  const int fd =
      ::open(path.c_str(), writable ? O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC : O_RDONLY | O_CLOEXEC, 0666);
  if (fd < 0) {
    if (!writable) return nullptr;
    ioFailure("creating", path);
  }
  struct Closer {
    int fd;
    ~Closer() { ::close(fd); }
  } closer{fd};
  if (writable) {
    const int failed = ::posix_fallocate(fd, 0, static_cast<off_t>(size));
    if (failed != 0) {
      errno = failed;
      ::unlink(path.c_str());
      ioFailure("allocating", path);
    }
  } else {
    struct stat status {};
    if (::fstat(fd, &status) != 0 || static_cast<std::size_t>(status.st_size) != size) return nullptr;
  }
  void* mapping = ::mmap(nullptr, size, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
  if (mapping == MAP_FAILED) ioFailure("mapping", path);
  return mapping;
}

std::string cacheFingerprint(const std::vector<data::Sample>& samples, const CacheOptions& options) {
  Sha256 hash;
  hash.update(kFormat).update("\n").update(options.datasetFingerprint).update("\n");
  hash.update(std::string(data::toString(options.profile)) + "|" + std::to_string(options.side) + "\n");
  for (const data::Sample& sample : samples) hash.update(sample.id).update("\n");
  return toHex(hash.finish());
}

fs::path sidecarOf(fs::path spillFile) {
  spillFile += ".json";
  return spillFile;
}

struct Sidecar {
  std::vector<std::uint8_t> usable;
  std::vector<ItemIssue> issues;
};

/// The record of a complete spill file with this fingerprint; empty where there is none.
std::optional<Sidecar> readSidecar(const fs::path& path, const std::string& fingerprint, std::size_t count) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::nullopt;
  try {
    const Json json = parseJsonStrictly(readTextFile(path));
    if (json.at("schema") != kFormat || json.at("fingerprint") != fingerprint) return std::nullopt;
    Sidecar sidecar;
    sidecar.usable.assign(count, 1);
    for (const Json& entry : json.at("unusable")) sidecar.usable.at(entry.get<std::size_t>()) = 0;
    for (const Json& entry : json.at("issues"))
      sidecar.issues.push_back({entry.at("item"), entry.at("reason"), entry.at("fatal")});
    return sidecar;
  } catch (const std::exception&) {
    return std::nullopt;  // damaged: decode again
  }
}

void writeSidecar(const fs::path& path, const std::string& fingerprint,
                  const std::vector<std::uint8_t>& usable, const std::vector<ItemIssue>& issues) {
  Json unusable = Json::array();
  for (std::size_t i = 0; i < usable.size(); ++i)
    if (!usable[i]) unusable.push_back(i);
  Json list = Json::array();
  for (const ItemIssue& issue : issues)
    list.push_back({{"item", issue.item}, {"reason", issue.reason}, {"fatal", issue.fatalForItem}});
  const Json json = {
      {"schema", kFormat}, {"fingerprint", fingerprint}, {"unusable", unusable}, {"issues", list}};
  writeFileAtomically(path, json.dump() + "\n");
}

}  // namespace

SampleCache::~SampleCache() {
  if (mapping_) ::munmap(mapping_, bytes());
}

std::uint64_t SampleCache::bytes() const {
  return static_cast<std::uint64_t>(count_) * static_cast<std::uint64_t>(side_) *
         static_cast<std::uint64_t>(side_) * 3;
}

std::span<const std::uint8_t> SampleCache::pixels(std::int64_t item) const {
  const std::size_t each = static_cast<std::size_t>(side_) * side_ * 3;
  const auto* base = mapping_ ? static_cast<const std::uint8_t*>(mapping_) : memory_.data();
  return {base + static_cast<std::size_t>(item) * each, each};
}

std::shared_ptr<const SampleCache> SampleCache::fromPixels(std::vector<std::uint8_t> pixels, int side) {
  const std::size_t each = static_cast<std::size_t>(side) * side * 3;
  if (side < 1 || pixels.size() % each != 0)
    throw Error(ErrorCode::InvalidArgument, "the pixels are not a whole number of images");
  std::shared_ptr<SampleCache> cache(new SampleCache);
  cache->side_ = side;
  cache->count_ = static_cast<std::int64_t>(pixels.size() / each);
  cache->usable_.assign(static_cast<std::size_t>(cache->count_), 1);
  cache->fingerprint_ = toHex(sha256(pixels));
  cache->memory_ = std::move(pixels);
  return cache;
}

std::shared_ptr<const SampleCache> SampleCache::build(const std::vector<data::Sample>& samples,
                                                      const CacheOptions& options, const RunContext& context,
                                                      const std::string& stage, const Reader& reader) {
  if (options.side < 1 || options.side > 8192)
    throw Error(ErrorCode::InvalidArgument, "the side of cached images must lie in 1..8192");
  std::shared_ptr<SampleCache> cache(new SampleCache);
  cache->side_ = options.side;
  cache->count_ = static_cast<std::int64_t>(samples.size());
  cache->fingerprint_ = cacheFingerprint(samples, options);
  const std::size_t each = static_cast<std::size_t>(options.side) * options.side * 3;
  const std::uint64_t total = cache->bytes();
  const bool spill = total > options.maxMemoryBytes;
  if (spill && options.spillFile.empty())
    throw Error(ErrorCode::InvalidArgument, "the images need " + std::to_string(total >> 20) +
                                                " MiB, more than the allowed cache memory");
  std::uint8_t* base = nullptr;
  if (spill) {
    if (auto sidecar = readSidecar(sidecarOf(options.spillFile), cache->fingerprint_, samples.size())) {
      cache->mapping_ = mapFile(options.spillFile, total, false);
      if (cache->mapping_) {
        cache->usable_ = std::move(sidecar->usable);
        cache->issues_ = std::move(sidecar->issues);
        cache->reused_ = true;
        return cache;
      }
    }
    std::error_code ignored;
    fs::remove(sidecarOf(options.spillFile), ignored);
    cache->mapping_ = mapFile(options.spillFile, total, true);
    base = static_cast<std::uint8_t*>(cache->mapping_);
  } else {
    cache->memory_.resize(total);
    base = cache->memory_.data();
  }
  cache->usable_.assign(samples.size(), 0);

  struct ItemNotes {
    std::string failure;
    std::vector<std::string> notices;
  };
  std::vector<ItemNotes> notes(samples.size());
  std::atomic<std::size_t> next{0};
  std::atomic<std::int64_t> done{0};
  std::exception_ptr failure;
  std::mutex failureMutex;
  const Reader read = reader ? reader : [](const data::Sample& sample) { return data::readSample(sample); };
  const auto work = [&] {
    try {
      while (!context.stopRequested()) {
        const std::size_t i = next++;
        if (i >= samples.size()) return;
        try {
          const data::DecodedImage decoded = read(samples[i]);
          quantise(data::preprocess(decoded.image, options.profile, options.side), {base + i * each, each});
          cache->usable_[i] = 1;
          notes[i].notices = decoded.notices;
        } catch (const Error& error) {
          // A defect or a full disk concerns the run, the rest the item alone.
          if (error.code() == ErrorCode::Internal) throw;
          notes[i].failure = error.message();
        }
        context.report({stage, ++done, static_cast<std::int64_t>(samples.size()), samples[i].id});
      }
    } catch (...) {
      const std::lock_guard lock(failureMutex);
      if (!failure) failure = std::current_exception();
      next = samples.size();
    }
  };
  {
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t count =
        std::clamp<std::size_t>(options.threads > 0 ? static_cast<std::size_t>(options.threads) : cores, 1,
                                std::max<std::size_t>(1, samples.size()));
    std::vector<std::jthread> workers;
    for (std::size_t t = 0; t < count; ++t) workers.emplace_back(work);
  }
  if (failure) std::rethrow_exception(failure);
  if (context.stopRequested()) return nullptr;

  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (!notes[i].failure.empty()) cache->issues_.push_back({samples[i].id, notes[i].failure, true});
    for (std::string& notice : notes[i].notices)
      cache->issues_.push_back({samples[i].id, std::move(notice), false});
  }
  if (spill) {
    if (::msync(cache->mapping_, total, MS_SYNC) != 0) ioFailure("syncing", options.spillFile);
    writeSidecar(sidecarOf(options.spillFile), cache->fingerprint_, cache->usable_, cache->issues_);
  }
  return cache;
}

ChannelStatistics channelStatistics(const SampleCache& cache, const std::vector<std::int64_t>& items) {
  std::array<std::uint64_t, 3> sum{}, squares{};
  std::uint64_t count = 0;
  for (const std::int64_t item : items) {
    const auto pixels = cache.pixels(item);
    for (std::size_t i = 0; i < pixels.size(); i += 3)
      for (std::size_t c = 0; c < 3; ++c) {
        const std::uint64_t value = pixels[i + c];
        sum[c] += value;
        squares[c] += value * value;
      }
    count += pixels.size() / 3;
  }
  ChannelStatistics statistics;
  if (count == 0) return statistics;
  for (std::size_t c = 0; c < 3; ++c) {
    const double mean = static_cast<double>(sum[c]) / static_cast<double>(count);
    const double variance = static_cast<double>(squares[c]) / static_cast<double>(count) - mean * mean;
    statistics.mean[c] = static_cast<float>(mean / 255);
    statistics.stddev[c] = static_cast<float>(std::max(1e-3, std::sqrt(std::max(0.0, variance)) / 255));
  }
  return statistics;
}

void quantise(const data::FloatImage& image, std::span<std::uint8_t> out) {
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::uint8_t>(std::lround(std::clamp(image.values[i], 0.0F, 1.0F) * 255.0F));
}

}  // namespace medlocker::training
