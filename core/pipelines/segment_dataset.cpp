// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/segment_dataset.h"

#include <chrono>
#include <set>

#include "core/common/files.h"
#include "core/common/outcome_name.h"
#include "core/common/run_record.h"
#include "core/data/dicom/frame_sample.h"
#include "core/data/dicom/segmentation.h"
#include "core/data/manifest.h"
#include "core/data/orientation.h"
#include "core/segmentation/box_file.h"
#include "core/segmentation/protected_regions.h"
#include "core/segmentation/segmenter.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* kBoxes = "boxes.json";
constexpr const char* kAlgorithm = "medlocker-unet";

std::string withoutExtension(const std::string& id) {
  return fs::path(id).replace_extension().generic_string();
}

/// Relative to the run folder.
std::string maskName(const std::string& id, data::LesionKind kind) {
  return "masks/" + withoutExtension(id) + "_" + std::string(data::toString(kind)) + ".png";
}

std::string segmentationName(const std::string& id) {
  return "segmentations/" + withoutExtension(id) + ".dcm";
}

/// From display orientation, in which photographs are segmented, to that of the stored picture.
data::MaskImage stored(const data::MaskImage& mask, int orientation) {
  if (orientation == 1) return mask;
  data::MaskImage turned = mask;
  turned.values = data::oriented(mask.values, mask.width, mask.height, data::inverseOrientation(orientation));
  if (orientation >= 5) std::swap(turned.width, turned.height);
  return turned;
}

data::Image maskImage(const data::MaskImage& mask) {
  data::Image image(mask.width, mask.height, 1);
  auto samples = image.samples8();
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = mask.values[i] != 0 ? 255 : 0;
  return image;
}

class SegmentRun {
 public:
  SegmentRun(const SegmentDatasetOptions& options, const RunContext& context)
      : options_(options), context_(context), begin_(Clock::now()) {}

  SegmentDatasetSummary run() {
    if (options_.threads > 0) setComputeThreads(options_.threads);
    const DeviceInfo device = resolveDevice(options_.device);
    segmenter_ = segmentation::loadSegmenter(options_.model, device.kind);
    summary_.modelSha256 = segmenter_->info().sha256;
    summary_.threshold = options_.threshold.value_or(segmenter_->info().threshold);
    if (options_.boxes) edits_ = segmentation::readBoxFile(*options_.boxes);
    prepareFolder();
    data::OpenOptions open;
    open.layout = options_.layout;
    const data::Manifest manifest = data::openDataset(options_.dataset, open);
    summary_.samples = static_cast<std::int64_t>(manifest.samples.size());
    checkNames(manifest);
    std::int64_t done = 0;
    for (const data::Sample& sample : manifest.samples) {
      if (context_.stopRequested()) {
        summary_.outcome = Outcome::Cancelled;
        break;
      }
      context_.report({"segmenting", done++, summary_.samples, sample.id});
      try {
        if (const auto known = boxes_.find(sample.id); known == boxes_.end()) segment(sample);
        count(sample);
      } catch (const Error& e) {
        ++summary_.failed;
        summary_.issues.push_back({sample.id, e.what(), true});
      }
    }
    saveBoxes();
    summary_.seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
    Json options = options_.toJson();
    writeRunJson(options_.out, {{"command", "segment"},
                                {"options", options},
                                {"inputs",
                                 {{{"path", options_.dataset.string()}},
                                  {{"path", options_.model.string()}, {"sha256", summary_.modelSha256}}}},
                                {"device", device.name},
                                {"result", summary_.toJson()},
                                {"outcome", outcomeName(summary_.outcome)}});
    return std::move(summary_);
  }

 private:
  /// What decides the masks; a resumed run must share it.
  Json identity() const {
    Json json = options_.toJson();
    json["model_sha256"] = summary_.modelSha256;
    json["threshold"] = summary_.threshold;
    return json;
  }

  void prepareFolder() {
    std::error_code error;
    if (fs::is_directory(options_.dataset, error) && isInside(options_.out, options_.dataset))
      throw Error(ErrorCode::InvalidArgument, "the output folder must not lie inside the dataset",
                  options_.out.string());
    const fs::path record = options_.out / "segment.json";
    if (fs::exists(options_.out, error) &&
        (!fs::is_directory(options_.out, error) || !fs::is_empty(options_.out, error))) {
      if (!options_.resume)
        throw Error(ErrorCode::InputRejected,
                    "the folder is not empty (use resume to continue the run in it)", options_.out.string());
      if (!fs::exists(record, error) || parseJsonStrictly(readTextFile(record)) != identity())
        throw Error(ErrorCode::InputRejected, "the folder holds no run of the same options to resume",
                    options_.out.string());
      if (fs::exists(options_.out / kBoxes, error)) boxes_ = segmentation::readBoxFile(options_.out / kBoxes);
      return;
    }
    writeFileAtomically(record, identity().dump(2) + "\n");
  }

  /// "a.png" and "a.jpg" in one folder would get the same mask names.
  static void checkNames(const data::Manifest& manifest) {
    std::set<std::string> names;
    for (const data::Sample& sample : manifest.samples)
      if (!names.insert(maskName(sample.id, data::LesionKind::Other)).second)
        throw Error(ErrorCode::InputRejected,
                    "two images differ in their extension alone, so masks cannot be told apart", sample.id);
  }

  void segment(const data::Sample& sample) {
    data::DecodedImage decoded = data::readSample(sample);
    const data::FileFormat format = decoded.format;
    const Digest pixels = data::pixelHash(decoded.image, data::frameOf(sample));
    const int orientation = decoded.image.metadata.orientation;
    const data::FloatImage view = data::floatView(data::inDisplayOrientation(std::move(decoded.image)));
    const data::FieldOfView field = data::detectFieldOfView(view);
    segmentation::SegmentOptions options;
    options.shortSide = options_.shortSide;
    std::vector<segmentation::LesionMask> masks = segmentation::masksFrom(
        segmenter_->probabilities(view, field, options), summary_.threshold, view.width, view.height);
    segmentation::RegionOptions region;
    region.source = segmentation::BoxSource::Segmentation;
    segmentation::ProtectedRegions regions = segmentation::regionsFromMasks(masks, field, region);
    if (const auto edits = edits_.find(sample.id); edits != edits_.end())
      segmentation::applyEdits(regions, edits->second);
    for (segmentation::LesionMask& mask : masks) mask.mask = stored(mask.mask, orientation);
    for (const segmentation::LesionMask& mask : masks)
      writeFileAtomically(safeJoin(options_.out, maskName(sample.id, mask.kind)),
                          data::encodeImage(maskImage(mask.mask), data::FileFormat::Png));
    writeDicom(sample, format, pixels, masks);
    // The masks first: an image that is in boxes.json is finished.
    boxes_[sample.id] = segmentation::imageBoxesOf(regions);
    if (Clock::now() - lastSave_ > std::chrono::seconds(10)) saveBoxes();
  }

  void writeDicom(const data::Sample& sample, data::FileFormat format, const Digest& pixels,
                  const std::vector<segmentation::LesionMask>& masks) const {
    if (masks.empty() || data::isFrame(sample)) return;
    std::vector<data::dicom::Segment> segments;
    for (const segmentation::LesionMask& mask : masks) {
      data::dicom::Segment& segment = segments.emplace_back();
      segment.number = static_cast<int>(segments.size());
      segment.kind = mask.kind;
      segment.algorithmName = kAlgorithm;
      segment.algorithmVersion = summary_.modelSha256.substr(0, 16);
      segment.mask = mask.mask.values;
    }
    Bytes source;
    if (!sample.array && format == data::FileFormat::Dicom)
      source = readFile(sample.path, data::DecodeLimits{}.maxFileBytes);
    const data::MaskImage& first = masks.front().mask;
    // Another picture of the same name, or another way of segmenting, is another object.
    const Json scope = {"segment", toHex(pixels), summary_.modelSha256, summary_.threshold,
                        options_.shortSide};
    writeFileAtomically(
        safeJoin(options_.out, segmentationName(sample.id)),
        data::dicom::writeSegmentation(source, sample.id, first.width, first.height, segments,
                                       {.uidScope = scope.dump(), .softwareVersion = kVersion}));
  }

  /// Now and then and at the end: writing the growing file after every image would take ever longer.
  void saveBoxes() {
    segmentation::writeBoxFile(options_.out / kBoxes, boxes_);
    lastSave_ = Clock::now();
  }

  void count(const data::Sample& sample) {
    ++summary_.segmented;
    bool lesions = false;
    for (const data::LesionKind kind : segmentation::kSegmentedKinds) {
      if (!fs::exists(options_.out / maskName(sample.id, kind))) continue;
      ++summary_.maskFiles;
      ++summary_.imagesPerKind[std::string(data::toString(kind))];
      lesions = lesions || kind != data::LesionKind::OpticDisc;
    }
    if (!lesions) ++summary_.withoutLesions;
    if (fs::exists(options_.out / segmentationName(sample.id))) ++summary_.segmentationFiles;
    summary_.boxes += static_cast<std::int64_t>(boxes_.at(sample.id).boxes.size());
  }

  const SegmentDatasetOptions& options_;
  const RunContext& context_;
  Clock::time_point begin_;
  Clock::time_point lastSave_ = Clock::now();
  std::shared_ptr<segmentation::Segmenter> segmenter_;
  segmentation::BoxFile edits_;
  segmentation::BoxFile boxes_;
  SegmentDatasetSummary summary_;
};

}  // namespace

std::vector<OptionIssue> SegmentDatasetOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (dataset.empty()) issues.push_back({"dataset", "no dataset was given"});
  if (model.empty()) issues.push_back({"model", "no segmenter was given"});
  if (out.empty()) issues.push_back({"out", "no output folder was given"});
  segmentation::SegmentOptions segment;
  if (threshold) segment.threshold = *threshold;
  segment.shortSide = shortSide;
  for (const OptionIssue& issue : segment.validate()) issues.push_back(issue);
  return issues;
}

Json SegmentDatasetOptions::toJson() const {
  return {{"dataset", dataset.string()},
          {"layout", layout},
          {"boxes", boxes ? Json(boxes->string()) : Json()},
          {"threshold", threshold ? Json(*threshold) : Json()},
          {"short_side", shortSide}};
}

std::string SegmentDatasetSummary::briefReport() const {
  std::string text =
      (outcome == Outcome::Completed ? "Segmented " : "Stopped; --resume goes on. Segmented ") +
      std::to_string(segmented) + " of " + std::to_string(samples) + " images: " + std::to_string(maskFiles) +
      " masks, " + std::to_string(boxes) + " boxes";
  if (withoutLesions > 0) text += "\nNothing was found in " + std::to_string(withoutLesions) + " images";
  if (failed > 0) text += "\n" + std::to_string(failed) + " images could not be read";
  for (std::size_t i = 0; i < issues.size() && i < 5; ++i)
    text += "\n  " + issues[i].item + ": " + issues[i].reason;
  return text;
}

Json SegmentDatasetSummary::toJson() const {
  Json problems = Json::array();
  for (const ItemIssue& issue : issues) problems.push_back({{"item", issue.item}, {"reason", issue.reason}});
  return {{"outcome", outcomeName(outcome)},
          {"samples", samples},
          {"segmented", segmented},
          {"without_lesions", withoutLesions},
          {"failed", failed},
          {"threshold", threshold},
          {"masks", maskFiles},
          {"dicom_segmentations", segmentationFiles},
          {"boxes", boxes},
          {"images_per_kind", imagesPerKind},
          {"model_sha256", modelSha256},
          {"issues", problems},
          {"seconds", seconds}};
}

SegmentDatasetSummary segmentDataset(const SegmentDatasetOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  return SegmentRun(options, context).run();
}

}  // namespace medlocker::pipelines
