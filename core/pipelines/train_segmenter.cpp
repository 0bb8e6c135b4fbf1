// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/train_segmenter.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <sstream>

#include "core/common/device.h"
#include "core/common/files.h"
#include "core/common/outcome_name.h"
#include "core/common/run_record.h"
#include "core/data/dicom/segmentation.h"
#include "core/data/manifest.h"
#include "core/pipelines/training_folder.h"
#include "core/segmentation/operating_point.h"
#include "core/segmentation/protected_regions.h"
#include "core/segmentation/segmentation_metrics.h"
#include "core/segmentation/segmenter.h"
#include "core/segmentation/unet.h"
#include "core/training/segmenter_trainer.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using segmentation::kSegmentedKinds;

constexpr std::size_t kKinds = kSegmentedKinds.size();
constexpr double kDefaultThreshold = 0.35;
// What the boxes are to hold of the validation part's lesion pixels, at the lower bound: somewhat more than
// the 0.95 wanted of unseen images, because the same images chose the epoch.
constexpr double kWantedRecall = 0.97;
using KindMasks = std::array<std::vector<std::uint8_t>, kKinds>;

training::SegmenterTrainOptions networkOptions(const TrainSegmenterOptions& options) {
  training::SegmenterTrainOptions network;
  network.width = options.width;
  network.shortSide = options.shortSide;
  network.tileSide = options.tileSide;
  network.tilesPerImage = options.tilesPerImage;
  network.batchSize = options.batchSize;
  network.epochs = options.epochs;
  network.optimiser.learningRate = options.learningRate;
  network.seed = options.seed;
  network.finish = options.finish;
  return network;
}

/// Masks of one sample by kind; empty where there is none.
KindMasks readMasks(const data::Sample& sample, int width, int height) {
  KindMasks masks;
  for (const data::MaskRef& ref : sample.masks) {
    const auto kind = std::find(kSegmentedKinds.begin(), kSegmentedKinds.end(), ref.kind);
    if (kind == kSegmentedKinds.end()) continue;
    const data::MaskImage mask = data::dicom::readMaskOf(ref);
    if (mask.width != width || mask.height != height)
      throw Error(ErrorCode::InputRejected, "the mask has not the size of its image",
                  ref.path.filename().string());
    auto& target = masks[static_cast<std::size_t>(kind - kSegmentedKinds.begin())];
    if (target.empty()) target.assign(mask.values.size(), 0);
    for (std::size_t i = 0; i < target.size(); ++i) target[i] |= mask.values[i];
  }
  return masks;
}

std::string number(double value) {
  if (!std::isfinite(value)) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

Json orNull(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

class SegmenterRun {
 public:
  SegmenterRun(const TrainSegmenterOptions& options, const RunContext& context)
      : options_(options), context_(context), begin_(Clock::now()) {
    summary_.options = options;
    summary_.lesionBoxRecall = summary_.boxedShare = summary_.validationBoxRecall =
        summary_.validationRecallBound = std::numeric_limits<double>::quiet_NaN();
  }

  TrainSegmenterSummary run() {
    prepareTrainingFolder(options_.out, options_.dataset, "train-segmenter", options_.resume);
    if (options_.threads > 0) setComputeThreads(options_.threads);
    openDataset();
    loadParts();
    if (summary_.outcome == Outcome::Cancelled) return finish();
    auto result = training::trainSegmenterNetwork(
        networkOptions(options_), train_, validation_, options_.out, options_.resume, context_,
        [this](const training::SegmenterEpoch& epoch) { summary_.trainSeconds += epoch.seconds; });
    summary_.outcome = result.outcome;
    summary_.epochs = static_cast<int>(result.history.size());
    summary_.selectedEpoch = result.selectedEpoch;
    writeHistory(result.history);
    if (result.outcome == Outcome::Cancelled) return finish();
    train_.clear();
    validation_.clear();
    result.info.name = options_.name.empty() ? options_.out.filename().string() : options_.name;
    settleThreshold(*result.network, result.info);
    const segmentation::Segmenter segmenter(*result.network, result.info);
    tuneDice(segmenter);
    evaluate(segmenter);
    if (context_.stopRequested()) {
      // The epochs are kept; half a judgement is worth nothing.
      summary_.outcome = Outcome::Cancelled;
      summary_.test.clear();
      return finish();
    }
    result.info.threshold = summary_.threshold;
    result.info.training = {
        {"options", networkOptions(options_).toJson()},
        {"dataset_fingerprint", fingerprint_},
        {"images", {{"train", summary_.trainImages}, {"validation", summary_.validationImages}}},
        {"epochs_done", summary_.epochs},
        {"selected_epoch", summary_.selectedEpoch},
        {"threshold_origin", summary_.thresholdOrigin},
        {"learnt_threshold", summary_.learntThreshold},
        {"test", summary_.toJson().at("test")}};
    const segmentation::SegmenterInfo saved =
        segmentation::saveSegmenter(options_.out, *result.network, result.info);
    summary_.modelFile = (options_.out / "model.safetensors").string();
    summary_.modelSha256 = saved.sha256;
    return finish();
  }

 private:
  void openDataset() {
    data::OpenOptions open;
    open.layout = options_.layout;
    if (!options_.masks.empty()) open.masksFolder = options_.masks;
    manifest_ = data::openDataset(options_.dataset, open);
    for (const ItemIssue& issue : manifest_.issues)
      if (issue.fatalForItem) summary_.issues.push_back(issue);
    fingerprint_ = data::datasetFingerprint(manifest_, options_.threads);
    // A kind counts as annotated where any image of the dataset has a mask of it; others then have none of
    // it.
    for (const data::Sample& sample : manifest_.samples)
      for (const data::MaskRef& mask : sample.masks)
        for (std::size_t k = 0; k < kKinds; ++k)
          if (mask.kind == kSegmentedKinds[k]) known_ |= static_cast<std::uint8_t>(1U << k);
    // Validation images are taken from the training part alone; an existing test part stays whole.
    std::vector<data::Sample> test;
    std::vector<data::Sample> rest;
    for (data::Sample& sample : manifest_.samples)
      (sample.split == data::Split::Test ? test : rest).push_back(std::move(sample));
    bool hasValidation = false;
    for (data::Sample& sample : rest) {
      hasValidation = hasValidation || sample.split == data::Split::Validation;
      if (sample.split == data::Split::Train) sample.split = data::Split::Unspecified;
    }
    manifest_.samples = std::move(rest);
    data::assignSplits(manifest_, hasValidation ? 0.0 : options_.validationFraction, 0.0, options_.seed);
    test_ = std::move(test);
    // A resumed run keeps its record until it ends: resuming may yet be refused, and must then change
    // nothing.
    if (!options_.resume || !fs::exists(options_.out / "run.json")) writeRecord("running");
  }

  void loadParts() {
    std::int64_t done = 0;
    for (const data::Sample& sample : manifest_.samples) {
      if (context_.stopRequested()) {
        summary_.outcome = Outcome::Cancelled;
        return;
      }
      context_.report({"reading", ++done, static_cast<std::int64_t>(manifest_.samples.size()), sample.id});
      if (sample.masks.empty()) {
        ++summary_.unusedImages;
        continue;
      }
      try {
        const data::FloatImage view = data::floatView(data::readSample(sample).image);
        training::SegmenterImage image = training::prepareSegmenterImage(
            view, readMasks(sample, view.width, view.height), options_.shortSide);
        image.known = known_;
        (sample.split == data::Split::Validation ? validation_ : train_).push_back(std::move(image));
      } catch (const Error& e) {
        summary_.issues.push_back({sample.id, e.what(), true});
        ++summary_.unusedImages;
      }
    }
    summary_.trainImages = static_cast<std::int64_t>(train_.size());
    summary_.validationImages = static_cast<std::int64_t>(validation_.size());
    if (train_.empty())
      throw Error(ErrorCode::InputRejected, "there is no readable training image with masks",
                  options_.dataset.string());
  }

  /// One photograph as the segmenter sees it, beside its masks.
  struct Seen {
    data::FloatImage view;
    KindMasks truth;
    data::FieldOfView field;
    segmentation::LesionProbabilities found;

    segmentation::ProtectedRegions regionsAt(double threshold) const {
      segmentation::RegionOptions region;
      region.source = segmentation::BoxSource::Segmentation;
      return segmentation::regionsFromMasks(
          segmentation::masksFrom(found, threshold, view.width, view.height), field, region);
    }
  };

  Seen look(const data::Sample& sample, const segmentation::Segmenter& segmenter) const {
    Seen seen;
    seen.view = data::floatView(data::readSample(sample).image);
    seen.truth = readMasks(sample, seen.view.width, seen.view.height);
    seen.field = data::detectFieldOfView(seen.view);
    seen.found = segmenter.probabilities(seen.view, seen.field);
    return seen;
  }

  /// Calls `use(Seen)` for each validation image with masks; those that cannot be read were listed before.
  template <typename Use>
  void forValidation(const segmentation::Segmenter& segmenter, const char* task, const Use& use) const {
    std::int64_t done = 0;
    for (const data::Sample& sample : manifest_.samples) {
      if (context_.stopRequested()) return;
      if (sample.split != data::Split::Validation || sample.masks.empty()) continue;
      context_.report({task, ++done, summary_.validationImages, sample.id});
      std::optional<Seen> seen;
      try {
        seen = look(sample, segmenter);
      } catch (const Error&) {
        continue;
      }
      use(*seen);
    }
  }

  /// Lesion pixels of an image inside the boxes at a threshold.
  static segmentation::BoxRecall lesionRecall(const Seen& seen, double threshold) {
    segmentation::BoxRecall recall;
    std::vector<data::Box> boxes;
    try {
      boxes = segmentation::boxesOf(seen.regionsAt(threshold).boxes);
    } catch (const Error&) {
      // More regions than an image may have: such a threshold is of no use.
    }
    for (std::size_t k = 0; k < kKinds; ++k)
      if (kSegmentedKinds[k] != data::LesionKind::OpticDisc)
        recall += segmentation::boxRecall(seen.truth[k], seen.view.width, boxes);
    return recall;
  }

  /// The masks at the scale at which the image was segmented.
  static training::SegmenterImage scaledTruth(const Seen& seen) {
    return training::prepareSegmenterImage(seen.view, seen.truth,
                                           std::min(seen.found.width, seen.found.height));
  }

  /// Looks at the validation part for the threshold at which boxes hold enough, and shifts the lesions'
  /// logits so that it reads 0.35, the default everywhere (ADR 62). A given threshold leaves the network as
  /// it is.
  void settleThreshold(segmentation::UNet& network, const segmentation::SegmenterInfo& info) {
    summary_.threshold = summary_.learntThreshold = options_.threshold.value_or(kDefaultThreshold);
    summary_.thresholdOrigin = options_.threshold ? "given" : "default";
    const std::vector<double> candidates =
        options_.threshold ? std::vector{*options_.threshold} : segmentation::thresholdCandidates();
    std::vector<std::vector<segmentation::BoxRecall>> recalls(candidates.size());
    forValidation(segmentation::Segmenter(network, info), "choosing the threshold", [&](const Seen& seen) {
      for (std::size_t t = 0; t < candidates.size(); ++t)
        recalls[t].push_back(lesionRecall(seen, candidates[t]));
    });
    const std::optional<std::size_t> chosen =
        segmentation::chooseThreshold(recalls, kWantedRecall, options_.seed);
    if (!chosen) return;
    const segmentation::RecallEstimate estimate =
        segmentation::estimateRecall(recalls[*chosen], options_.seed);
    summary_.validationBoxRecall = estimate.recall;
    summary_.validationRecallBound = estimate.lowerBound;
    if (options_.threshold) return;
    summary_.thresholdOrigin = "validation";
    summary_.learntThreshold = candidates[*chosen];
    for (std::size_t k = 0; k < kKinds; ++k)
      if (kSegmentedKinds[k] != data::LesionKind::OpticDisc)
        network.shiftOutput(static_cast<int>(k),
                            segmentation::logitShift(summary_.learntThreshold, kDefaultThreshold));
  }

  /// Boxes want a low threshold, an outline a higher one; the usual figures are told at both.
  void tuneDice(const segmentation::Segmenter& segmenter) {
    if (test_.empty()) return;  // nobody is told
    std::array<segmentation::SegmentationTally, kKinds> tallies;
    forValidation(segmenter, "choosing the outlines' thresholds", [&](const Seen& seen) {
      const training::SegmenterImage scaled = scaledTruth(seen);
      for (std::size_t k = 0; k < kKinds; ++k)
        tallies[k].add(seen.found.maps[k], training::truthOf(scaled, k));
    });
    for (std::size_t k = 0; k < kKinds; ++k) outlineThresholds_[k] = tallies[k].bestDiceThreshold();
  }

  void evaluate(const segmentation::Segmenter& segmenter) {
    std::array<segmentation::SegmentationTally, kKinds> tallies;
    std::array<segmentation::BoxRecall, kKinds> covered{};
    segmentation::BoxRecall boxed;
    std::int64_t done = 0;
    for (const data::Sample& sample : test_) {
      if (context_.stopRequested()) return;
      context_.report({"testing", ++done, static_cast<std::int64_t>(test_.size()), sample.id});
      if (sample.masks.empty()) {
        ++summary_.unusedImages;
        continue;
      }
      try {
        const Seen seen = look(sample, segmenter);
        const training::SegmenterImage scaled = scaledTruth(seen);
        const segmentation::ProtectedRegions regions = seen.regionsAt(summary_.threshold);
        const std::vector<data::Box> boxes = segmentation::boxesOf(regions.boxes);
        const std::vector<data::Box> anatomy = segmentation::boxesOf(regions.anatomy);
        for (std::size_t k = 0; k < kKinds; ++k) {
          if ((known_ >> k & 1) == 0) continue;
          tallies[k].add(seen.found.maps[k], training::truthOf(scaled, k));
          std::vector<data::Box> counted = boxes;
          if (kSegmentedKinds[k] == data::LesionKind::OpticDisc)
            counted.insert(counted.end(), anatomy.begin(), anatomy.end());
          covered[k] += segmentation::boxRecall(seen.truth[k], seen.view.width, counted);
        }
        boxed += segmentation::boxRecall(seen.field.mask, seen.view.width, boxes);
        ++summary_.testImages;
      } catch (const Error& e) {
        summary_.issues.push_back({sample.id, e.what(), true});
        ++summary_.unusedImages;
      }
    }
    if (summary_.testImages == 0) return;
    segmentation::BoxRecall lesions;
    for (std::size_t k = 0; k < kKinds; ++k) {
      if ((known_ >> k & 1) == 0) continue;
      const segmentation::SegmentationFigures f = tallies[k].figures(summary_.threshold);
      const double nan = std::numeric_limits<double>::quiet_NaN();
      StructureFigures figures{std::string(data::toString(kSegmentedKinds[k])),
                               f.truePixels,
                               f.dice,
                               f.iou,
                               f.precision,
                               f.recall,
                               f.aupr,
                               covered[k].share(),
                               nan,
                               nan,
                               nan};
      if (outlineThresholds_[k]) {
        const segmentation::SegmentationFigures outline = tallies[k].figures(*outlineThresholds_[k]);
        figures.outlineThreshold = *outlineThresholds_[k];
        figures.outlineDice = outline.dice;
        figures.outlineIou = outline.iou;
      }
      summary_.test.push_back(std::move(figures));
      if (kSegmentedKinds[k] != data::LesionKind::OpticDisc) lesions += covered[k];
    }
    summary_.lesionBoxRecall = lesions.share();
    summary_.boxedShare = boxed.share();
  }

  void writeHistory(const std::vector<training::SegmenterEpoch>& history) const {
    std::ostringstream csv;
    csv.precision(9);
    csv << "epoch,learning_rate,loss,mean_aupr,best";
    for (const data::LesionKind kind : kSegmentedKinds)
      for (const char* figure : {"dice", "iou", "aupr"}) csv << ',' << data::toString(kind) << '_' << figure;
    csv << ",seconds\n";
    const auto cell = [&csv](double value) {
      csv << ',';
      if (std::isfinite(value)) csv << value;
    };
    for (const training::SegmenterEpoch& epoch : history) {
      csv << epoch.epoch;
      cell(epoch.learningRate);
      cell(epoch.loss);
      cell(epoch.meanAupr);
      csv << ',' << (epoch.best ? 1 : 0);
      for (const segmentation::SegmentationFigures& f : epoch.validation) {
        const bool any = f.truePixels > 0;
        for (const double value : {f.dice, f.iou, f.aupr})
          cell(any ? value : std::numeric_limits<double>::quiet_NaN());
      }
      cell(epoch.seconds);
      csv << '\n';
    }
    writeFileAtomically(options_.out / "history.csv", csv.str());
  }

  void writeRecord(const std::string& outcome) {
    Json result = summary_.toJson();
    writeRunJson(options_.out,
                 {{"command", "train-segmenter"},
                  {"options", options_.toJson()},
                  {"seed", options_.seed},
                  {"inputs", {{{"path", options_.dataset.string()}, {"fingerprint", fingerprint_}}}},
                  {"result", result},
                  {"outcome", outcome}});
  }

  TrainSegmenterSummary finish() {
    summary_.totalSeconds = std::chrono::duration<double>(Clock::now() - begin_).count();
    writeRecord(outcomeName(summary_.outcome));
    return std::move(summary_);
  }

  const TrainSegmenterOptions& options_;
  const RunContext& context_;
  Clock::time_point begin_;
  data::Manifest manifest_;
  std::vector<data::Sample> test_;
  std::string fingerprint_;
  std::uint8_t known_ = 0;
  std::vector<training::SegmenterImage> train_;
  std::vector<training::SegmenterImage> validation_;
  std::array<std::optional<double>, kKinds> outlineThresholds_;
  TrainSegmenterSummary summary_;
};

}  // namespace

std::vector<OptionIssue> TrainSegmenterOptions::validate() const {
  std::vector<OptionIssue> issues = networkOptions(*this).validate();
  if (dataset.empty()) issues.push_back({"dataset", "no dataset was given"});
  if (out.empty()) issues.push_back({"out", "no output folder was given"});
  if (finish && !resume) issues.push_back({"finish", "goes with resume"});
  if (!(validationFraction >= 0 && validationFraction <= 0.9))
    issues.push_back({"validation_fraction", "must lie in 0..0.9"});
  if (threshold && !(*threshold >= 0.1 && *threshold <= 0.9))
    issues.push_back({"threshold", "must lie between 0.1 and 0.9"});
  return issues;
}

Json TrainSegmenterOptions::toJson() const {
  return {{"layout", layout},
          {"name", name},
          {"width", width},
          {"short_side", shortSide},
          {"tile_side", tileSide},
          {"tiles_per_image", tilesPerImage},
          {"batch_size", batchSize},
          {"epochs", epochs},
          {"learning_rate", learningRate},
          {"validation_fraction", validationFraction},
          {"threshold", threshold ? Json(*threshold) : Json()},
          {"seed", seed}};
}

std::string TrainSegmenterSummary::briefReport() const {
  std::string text = outcome == Outcome::Completed ? "Segmenter trained: " : "Stopped; --resume goes on: ";
  text += std::to_string(epochs) + " epochs on " + std::to_string(trainImages) + " images, " +
          std::to_string(validationImages) + " for validation";
  if (!test.empty()) {
    text += "\nTest part, " + std::to_string(testImages) + " images, threshold " + number(threshold) + " (" +
            thresholdOrigin + ")" + "\n  kind   Dice    IoU     AUPR    in boxes   outline: Dice    IoU";
    for (const StructureFigures& f : test) {
      std::string kind = "\n  " + f.kind;
      kind.resize(10, ' ');
      text += kind + number(f.dice) + "   " + number(f.iou) + "   " + number(f.aupr) + "   " +
              number(f.boxRecall) + "               " + number(f.outlineDice) + "   " + number(f.outlineIou);
    }
    text += "\nLesion pixels inside protected boxes: " + number(lesionBoxRecall) + "; boxes take " +
            number(boxedShare) + " of the field of view";
  }
  if (!modelFile.empty()) text += "\nModel: " + modelFile;
  if (!issues.empty())
    text += "\n" + std::to_string(issues.size()) + " items could not be used; see run.json";
  return text;
}

Json TrainSegmenterSummary::toJson() const {
  Json figures = Json::array();
  for (const StructureFigures& f : test)
    figures.push_back({{"kind", f.kind},
                       {"true_pixels", f.truePixels},
                       {"dice", orNull(f.dice)},
                       {"iou", orNull(f.iou)},
                       {"precision", orNull(f.precision)},
                       {"recall", orNull(f.recall)},
                       {"aupr", orNull(f.aupr)},
                       {"box_recall", orNull(f.boxRecall)},
                       {"outline",
                        {{"threshold", orNull(f.outlineThreshold)},
                         {"dice", orNull(f.outlineDice)},
                         {"iou", orNull(f.outlineIou)}}}});
  Json problems = Json::array();
  for (const ItemIssue& issue : issues) problems.push_back({{"item", issue.item}, {"reason", issue.reason}});
  return {{"outcome", outcomeName(outcome)},
          {"model", modelFile},
          {"sha256", modelSha256},
          {"images",
           {{"train", trainImages},
            {"validation", validationImages},
            {"test", testImages},
            {"unused", unusedImages}}},
          {"epochs", epochs},
          {"selected_epoch", selectedEpoch},
          {"threshold", threshold},
          {"threshold_origin", thresholdOrigin},
          {"learnt_threshold", learntThreshold},
          {"validation_box_recall", orNull(validationBoxRecall)},
          {"validation_box_recall_bound", orNull(validationRecallBound)},
          {"test", figures},
          {"lesion_box_recall", orNull(lesionBoxRecall)},
          {"boxed_share", orNull(boxedShare)},
          {"issues", problems},
          {"train_seconds", trainSeconds},
          {"total_seconds", totalSeconds}};
}

TrainSegmenterSummary trainSegmenter(const TrainSegmenterOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  return SegmenterRun(options, context).run();
}

}  // namespace medlocker::pipelines
