// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/inspect_dataset.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <new>
#include <set>
#include <thread>

#include "core/data/dicom/segmentation.h"
#include "core/data/image_io.h"
#include "core/data/manifest.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
using data::Manifest;
using data::Sample;

struct MaskFinding {
  bool usable = false;
  bool empty = false;
};

/// What one sample turned out to be.
struct Finding {
  bool tried = false;
  bool readable = false;
  int width = 0;
  int height = 0;
  DepthCount depth;
  std::string format;
  Digest pixels{};
  std::vector<std::string> remarks;
  std::vector<MaskFinding> masks;  ///< as in Sample::masks
  std::vector<ItemIssue> issues;
};

std::int64_t& partOf(SplitCounts& counts, data::Split split) {
  switch (split) {
    case data::Split::Train:
      return counts.train;
    case data::Split::Validation:
      return counts.validation;
    case data::Split::Test:
      return counts.test;
    case data::Split::Unspecified:
      break;
  }
  return counts.unspecified;
}

/// Relative to the dataset or the masks folder: absolute paths have no place in a report.
std::string nameOfMask(const fs::path& mask, const Manifest& manifest, const InspectOptions& options) {
  const fs::path inside = mask.lexically_relative(manifest.root);
  if (!inside.empty() && *inside.begin() != "..") return inside.generic_string();
  if (options.masks) {
    std::error_code ignored;
    const fs::path below = mask.lexically_relative(fs::canonical(*options.masks, ignored));
    if (!below.empty() && *below.begin() != "..") return "masks/" + below.generic_string();
  }
  return mask.filename().string();
}

class Inspector {
 public:
  Inspector(const Manifest& manifest, const InspectOptions& options, const RunContext& context)
      : manifest_(manifest), options_(options), context_(context), findings_(manifest.samples.size()) {}

  /// Decodes on several threads; every finding has its own place, so the order of work does not show.
  const std::vector<Finding>& run() {
    int threads = options_.threads;
    if (threads <= 0) threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    const auto workers = std::min<std::size_t>(static_cast<std::size_t>(threads), findings_.size());
    {
      std::vector<std::jthread> pool;
      for (std::size_t i = 1; i < workers; ++i) pool.emplace_back([this] { work(); });
      work();
    }
    if (failure_) std::rethrow_exception(failure_);
    return findings_;
  }

 private:
  void work() {
    try {
      for (std::size_t i = next_++; i < findings_.size() && !context_.stopRequested(); i = next_++) {
        inspect(manifest_.samples[i], findings_[i]);
        const std::lock_guard lock(mutex_);
        context_.report(
            {"inspect", ++done_, static_cast<std::int64_t>(findings_.size()), manifest_.samples[i].id});
      }
    } catch (...) {
      next_ = findings_.size();
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
  }

  void inspect(const Sample& sample, Finding& finding) {
    finding.tried = true;
    try {
      const data::DecodedImage decoded = data::readSample(sample);
      finding.width = decoded.image.width();
      finding.height = decoded.image.height();
      finding.depth = {decoded.image.channels(), decoded.image.bits(), !decoded.image.alpha.empty(), 0};
      finding.format = data::toString(decoded.format);
      finding.pixels = data::pixelHash(decoded.image);
      finding.remarks = decoded.notices;
      finding.readable = true;
    } catch (const Error& error) {
      finding.issues.push_back({sample.id, error.message(), true});
    } catch (const std::bad_alloc&) {
      finding.issues.push_back({sample.id, "there is not enough memory to decode it", true});
    }
    for (const data::MaskRef& ref : sample.masks) inspectMask(ref, finding);
  }

  void inspectMask(const data::MaskRef& ref, Finding& finding) {
    MaskFinding mask;
    const std::string name = nameOfMask(ref.path, manifest_, options_);
    try {
      const data::MaskImage image = data::dicom::readMaskOf(ref);
      mask.empty = std::find(image.values.begin(), image.values.end(), 1) == image.values.end();
      mask.usable = !finding.readable || (image.width == finding.width && image.height == finding.height);
      if (!mask.usable)
        finding.issues.push_back({name,
                                  "the mask has " + std::to_string(image.width) + "×" +
                                      std::to_string(image.height) + " pixels, its image " +
                                      std::to_string(finding.width) + "×" + std::to_string(finding.height),
                                  true});
      for (const std::string& notice : image.notices) finding.issues.push_back({name, notice, false});
    } catch (const Error& error) {
      finding.issues.push_back({name, error.message(), true});
    } catch (const std::bad_alloc&) {
      finding.issues.push_back({name, "there is not enough memory to decode it", true});
    }
    finding.masks.push_back(mask);
  }

  const Manifest& manifest_;
  const InspectOptions& options_;
  const RunContext& context_;
  std::vector<Finding> findings_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::int64_t done_ = 0;
  std::exception_ptr failure_;
};

void countNames(const Manifest& manifest, InspectSummary& summary) {
  summary.layout = manifest.layout;
  summary.samples = static_cast<std::int64_t>(manifest.samples.size());
  for (const std::string& name : manifest.classes) summary.classes.push_back({name, {}});
  std::set<std::string> groups;
  for (const Sample& sample : manifest.samples) {
    ++partOf(summary.splits, sample.split);
    if (sample.label)
      ++partOf(summary.classes.at(static_cast<std::size_t>(*sample.label)).counts, sample.split);
    else
      ++partOf(sample.gradable ? summary.unlabelled : summary.ungradable, sample.split);
    if (sample.group.empty())
      ++summary.ungrouped;
    else
      groups.insert(sample.group);
    summary.imagesWithMasks += sample.masks.empty() ? 0 : 1;
  }
  summary.patients = static_cast<std::int64_t>(groups.size());
  summary.groupsAcrossSplits = data::groupsAcrossSplits(manifest);
  const data::Accounting& a = manifest.accounting;
  summary.imagesFound = a.images;
  summary.masksFound = a.masks;
  summary.imagesRefused = a.refusedImages;
  summary.labelRows = a.labelRows;
  summary.labelRowsUsed = a.usedRows;
  summary.labelRowsRepeated = a.repeatedRows;
  summary.labelRowsRefused = a.refusedRows;
  summary.otherFiles = a.otherFiles;
  summary.issues = manifest.issues;
  summary.notices = manifest.notices;
  if (!summary.groupsAcrossSplits.empty())
    summary.notices.push_back(std::to_string(summary.groupsAcrossSplits.size()) +
                              " patients have images in more than one split");
}

void countMaskFiles(const Manifest& manifest, const std::vector<Finding>& findings, InspectSummary& summary) {
  for (const data::LesionKind kind : data::kLesionKinds) {
    MaskCounts counts{std::string(data::toString(kind)), 0, 0, 0};
    for (std::size_t i = 0; i < manifest.samples.size(); ++i)
      for (std::size_t m = 0; m < manifest.samples[i].masks.size(); ++m) {
        if (manifest.samples[i].masks[m].kind != kind) continue;
        ++counts.files;
        if (i >= findings.size() || m >= findings[i].masks.size()) continue;
        counts.unusable += findings[i].masks[m].usable ? 0 : 1;
        counts.empty += findings[i].masks[m].usable && findings[i].masks[m].empty ? 1 : 0;
      }
    if (counts.files > 0) summary.masks.push_back(counts);
  }
}

void countDuplicates(const Manifest& manifest, const std::vector<Finding>& findings,
                     InspectSummary& summary) {
  std::map<Digest, std::vector<std::size_t>> byPixels;
  for (std::size_t i = 0; i < findings.size(); ++i)
    if (findings[i].readable) byPixels[findings[i].pixels].push_back(i);
  std::size_t labels = 0;
  std::size_t splits = 0;
  for (const auto& [pixels, members] : byPixels) {
    if (members.size() < 2) continue;
    DuplicateGroup group;
    const Sample& first = manifest.samples[members.front()];
    for (const std::size_t i : members) {
      const Sample& sample = manifest.samples[i];
      group.ids.push_back(sample.id);
      group.labelsDiffer |= sample.label != first.label;
      group.splitsDiffer |= sample.split != first.split;
    }
    labels += group.labelsDiffer ? 1 : 0;
    splits += group.splitsDiffer ? 1 : 0;
    summary.duplicates.push_back(std::move(group));
  }
  std::sort(summary.duplicates.begin(), summary.duplicates.end(),
            [](const DuplicateGroup& a, const DuplicateGroup& b) { return a.ids < b.ids; });
  if (labels > 0)
    summary.notices.push_back(std::to_string(labels) + " sets of identical images have contradictory labels");
  if (splits > 0)
    summary.notices.push_back(std::to_string(splits) +
                              " sets of identical images lie in more than one split");
}

void countPixels(const Manifest& manifest, const std::vector<Finding>& findings, InspectSummary& summary) {
  std::map<std::pair<int, int>, std::int64_t> sizes;
  std::map<std::tuple<int, int, bool>, std::int64_t> depths;
  std::map<std::string, std::int64_t> remarks;
  for (const Finding& finding : findings) {
    if (!finding.tried) continue;
    ++summary.inspected;
    summary.issues.insert(summary.issues.end(), finding.issues.begin(), finding.issues.end());
    if (!finding.readable) {
      ++summary.unreadable;
      continue;
    }
    ++sizes[{finding.width, finding.height}];
    ++depths[{finding.depth.channels, finding.depth.bits, finding.depth.alpha}];
    ++summary.formats[finding.format];
    for (const std::string& remark : finding.remarks) ++remarks[remark];
  }
  for (const auto& [size, count] : sizes) summary.sizes.push_back({size.first, size.second, count});
  for (const auto& [depth, count] : depths)
    summary.depths.push_back({std::get<0>(depth), std::get<1>(depth), std::get<2>(depth), count});
  const auto moreImages = [](const auto& a, const auto& b) { return a.images > b.images; };
  std::stable_sort(summary.sizes.begin(), summary.sizes.end(), moreImages);
  std::stable_sort(summary.depths.begin(), summary.depths.end(), moreImages);
  for (const auto& [remark, count] : remarks)
    summary.notices.push_back(remark + " (" + std::to_string(count) + (count == 1 ? " image)" : " images)"));
  countDuplicates(manifest, findings, summary);
}

}  // namespace

std::vector<OptionIssue> InspectOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (dataset.empty()) issues.push_back({"dataset", "no dataset was given"});
  if (threads < 0 || threads > 1024) issues.push_back({"threads", "must lie between 0 and 1024"});
  const auto known = data::layoutNames();
  if (!layout.empty() && std::find(known.begin(), known.end(), layout) == known.end()) {
    std::string list;
    for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
    issues.push_back({"layout", "is unknown; known are " + list});
  }
  return issues;
}

InspectSummary inspectDataset(const InspectOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  const auto start = std::chrono::steady_clock::now();
  InspectSummary summary;
  summary.options = options;
  context.report({"list", 0, 0, ""});
  data::OpenOptions open;
  open.masksFolder = options.masks;
  open.layout = options.layout;
  const Manifest manifest = data::openDataset(options.dataset, open);
  countNames(manifest, summary);

  std::vector<Finding> findings;
  if (options.readPixels) {
    Inspector inspector(manifest, options, context);
    findings = inspector.run();
  }
  countPixels(manifest, findings, summary);
  countMaskFiles(manifest, findings, summary);
  if (context.stopRequested()) {
    summary.outcome = Outcome::Cancelled;
  } else {
    context.report({"fingerprint", 0, 0, ""});
    summary.fingerprint = data::datasetFingerprint(manifest, options.threads);
  }
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return summary;
}

}  // namespace medlocker::pipelines
