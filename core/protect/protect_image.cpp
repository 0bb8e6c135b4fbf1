// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/protect_image.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/common/error.h"
#include "core/data/working_frame.h"
#include "core/protect/payload.h"

namespace medlocker::protect {
namespace {

constexpr double kMostForcedOpacity = 0.30;

std::int64_t milli(double margin) {
  return std::llround(std::clamp(margin, -1e9, 1e9) * 1000);
}

/// The grade each model is to be led away from, and who said so.
struct Labels {
  std::vector<int> perModel;
  std::string origin = "none";
};

class ImageProtection {
 public:
  ImageProtection(const ProtectImageInput& input, const Logo& logo,
                  const std::vector<models::ClassifierPtr>& sources, const std::vector<double>& marginScales,
                  const ProtectImageOptions& options, const RandomStream& secret, const RunContext& context,
                  const SearchObserver& observer)
      : input_(input),
        image_(*input.image),
        logo_(logo),
        options_(options),
        objective_(options.objective),
        secret_(secret),
        context_(context),
        observer_(observer) {
    objective_.kappa = options.search.kappa;
    for (std::size_t k = 0; k < sources.size(); ++k)
      sources_.push_back({sources[k], 0, marginScales.empty() ? 1.0 : marginScales[k]});
  }

  ProtectedImage run() {
    if (!image_.metadata.protectedNote.empty()) {
      result_.status = ProtectionStatus::Skipped;
      result_.reason = "the file already carries the flag of a protected image";
      return std::move(result_);
    }
    frame_ = data::makeWorkingFrame(*input_.view, *input_.fieldOfView,
                                    std::max(options_.workingShortSide, kLeastShortSide));
    findLabels();
    for (const SizeFactor& size : options_.sizes) {
      trySize(size);
      if (result_.outcome == Outcome::Cancelled || (best_ && satisfied(*best_))) break;
    }
    if (result_.outcome == Outcome::Cancelled) return std::move(result_);
    if (!best_) {
      result_.status = ProtectionStatus::Infeasible;
      result_.reason = tooSmall_ ? "TOO_SMALL: the image has no room for a logo of 24 pixels"
                                 : "no place for the logo leaves every protected region uncovered";
      return std::move(result_);
    }
    finish();
    return std::move(result_);
  }

 private:
  static constexpr int kLeastShortSide = 224;

  struct Attempt {
    std::shared_ptr<const FeasibilityPlan> plan;
    std::shared_ptr<const TargetTile> tile;
    SearchResult search;
    NativeSearchResult native;
    Bytes encoded;
    data::Image decoded;
  };

  /// No further size can be better.
  bool satisfied(const Attempt& attempt) const {
    return sources_.empty() || attempt.native.verdict.fooledAll();
  }

  // ---- labels ----

  void findLabels() {
    if (sources_.empty()) return;
    std::vector<int> own;
    at::Tensor mean;
    for (SourceModel& source : sources_) {
      const models::ModelInfo& info = source.classifier->info();
      const at::Tensor picture =
          models::toTensor(data::preprocess(*input_.view, *input_.fieldOfView, info.profile, info.inputSize));
      const at::Tensor logits = batchedLogits(*source.classifier, picture, true);
      if (!torch::isfinite(logits).all().item<bool>())
        throw Error(ErrorCode::InputRejected, "the model answers with NaN or infinity", info.name);
      own.push_back(static_cast<int>(models::predictedClasses(logits, info).item<std::int64_t>()));
      const at::Tensor probabilities = models::classProbabilities(logits, info);
      if (!mean.defined())
        mean = probabilities;
      else if (mean.sizes() == probabilities.sizes())
        mean = mean + probabilities;
      cleanLogits_.push_back(logits);
    }
    result_.predictedBefore = own;
    const bool given =
        !input_.labels.empty() && std::all_of(input_.labels.begin(), input_.labels.end(),
                                              [](const auto& label) { return label.has_value(); });
    // Models that disagree on an unlabelled image are each led away from their own grade.
    const bool agree = std::all_of(own.begin(), own.end(), [&](int grade) { return grade == own[0]; });
    const int pseudo = static_cast<int>(mean.argmax(1).item<std::int64_t>());
    result_.labelOrigin = given ? "given" : "pseudo";
    for (std::size_t k = 0; k < sources_.size(); ++k) {
      const models::ModelInfo& info = sources_[k].classifier->info();
      const int label = given ? *input_.labels[k] : agree ? pseudo : own[k];
      if (label < 0 || label >= static_cast<int>(info.classes.size()))
        throw Error(ErrorCode::InvalidArgument,
                    "grade " + std::to_string(label) + " is not a class of the model", info.name);
      sources_[k].label = label;
      result_.labels.push_back(label);
      result_.marginBeforeMilli.push_back(
          milli(hardMargins(cleanLogits_[k], MarginRule::of(info, label, options_.goal)).item<double>()));
    }
  }

  // ---- one logo size ----

  FeasibilityOptions feasibilityOptions(const SizeFactor& size) const {
    FeasibilityOptions options;
    options.size = size;
    options.minFieldOfView = options_.minFieldOfView;
    options.cropSafe = options_.cropSafe;
    options.releaseAnatomy = options_.releaseAnatomy;
    options.allowLesionOverlap = options_.allowLesionOverlap;
    return options;
  }

  bool exceedsCoverage(const LogoTile& tile) const {
    return options_.coverageLimit &&
           static_cast<double>(tile.supportArea()) >
               *options_.coverageLimit * static_cast<double>(input_.fieldOfView->area);
  }

  std::shared_ptr<const FeasibilityPlan> planWithinCoverage(SizeFactor size) {
    for (;;) {
      const FeasibilityResult result =
          planFeasibility(logo_, *input_.fieldOfView, frame_, *input_.regions, feasibilityOptions(size));
      tooSmall_ = tooSmall_ || result.outcome == FeasibilityOutcome::TooSmall;
      if (result.outcome != FeasibilityOutcome::Ok) return nullptr;
      if (!exceedsCoverage(result.plan->tile)) return result.plan;
      size = result.plan->size.shrunk();
      const PixelSize next = logoSize(logo_, frame_.frame, size);
      if (std::min(next.width, next.height) < kMinLogoSide) return nullptr;
      coverageLowered_ = true;
    }
  }

  void trySize(const SizeFactor& size) {
    Attempt attempt;
    attempt.plan = planWithinCoverage(size);
    if (!attempt.plan) return;
    attempt.tile = std::make_shared<TargetTile>(makeTargetTile(attempt.plan->tile, image_, input_.window));
    if (sources_.empty() ? !placeWithoutModels(attempt) : !searchWithModels(attempt)) return;
    if (!best_ || (!sources_.empty() && attempt.native.verdict.betterThan(best_->native.verdict)))
      best_ = std::move(attempt);
  }

  std::optional<FilePlacement> nativeStart(const Attempt& attempt) const {
    const Placement& found = attempt.search.placement;
    const auto site = attempt.plan->native.repair(frame_.nativeX(found.x), frame_.nativeY(found.y));
    if (!site) return std::nullopt;
    return FilePlacement{site->x, site->y, found.alphaCode};
  }

  int forcedOpacity() const { return opacityCode(std::min(kMostForcedOpacity, options_.search.opacityHigh)); }

  /// False when no place is left in native pixels.
  bool placeWithoutModels(Attempt& attempt) {
    const FeasibilityPlan& plan = *attempt.plan;
    RandomStream draw = secret_.child("random placement");
    const Position position = plan.forced ? *plan.forced : plan.working.draw(draw);
    attempt.search.placement = {position.x, position.y,
                                plan.forced ? forcedOpacity() : opacityCode(options_.search.opacityHigh)};
    attempt.search.feasible = plan.working.count();
    const auto start = nativeStart(attempt);
    if (!start) return false;
    attempt.native.placement = *start;
    makeFile(attempt);
    return true;
  }

  /// False when no place is left in native pixels, or the search was cancelled.
  bool searchWithModels(Attempt& attempt) {
    const FeasibilityPlan& plan = *attempt.plan;
    RandomStream searchDraws = secret_.child("search transforms");
    ModelScorer scorer(*input_.view, *input_.fieldOfView, frame_, plan.tile, options_.law,
                       image_.channels() == 1, sources_,
                       drawTransformSet(searchDraws, options_.transformDraws), options_.goal, objective_);
    if (plan.forced) {
      attempt.search.placement = {plan.forced->x, plan.forced->y, forcedOpacity()};
      attempt.search.feasible = plan.working.count();
    } else {
      attempt.search = searchPlacement(options_.search, plan.working, scorer, secret_, context_, observer_);
    }
    evaluations_ += attempt.search.evaluations;
    if (attempt.search.outcome == Outcome::Cancelled) {
      result_.outcome = Outcome::Cancelled;
      return false;
    }
    const auto start = nativeStart(attempt);
    if (!start) return false;

    RandomStream freshDraws = secret_.child("verification transforms");
    const NativeVerifier verifier(sources_, drawTransformSet(freshDraws, kFreshTransforms), options_.goal,
                                  objective_);
    const auto judgeImage = [&](const data::Image& image, int alphaCode) {
      return verifier.evaluate(image, scorer.meanOpacity(alphaCode), scorer.coverage());
    };
    const NativeJudge judge = [&](const FilePlacement& placement) {
      return judgeImage(composeAt(attempt, placement), placement.alphaCode);
    };
    // A random baseline and a forced place stay where they are.
    if (plan.forced || options_.search.mode == SearchMode::Random)
      attempt.native = {*start, judge(*start), 1};
    else
      attempt.native =
          searchNatively(*start, plan.native, scorer, judge, opacityCode(options_.search.opacityLow),
                         opacityCode(options_.search.opacityHigh));
    evaluations_ += attempt.native.evaluations;
    // What counts is the file. Where decoding gives back the very same picture, the verdict stands.
    if (!makeFile(attempt))
      attempt.native.verdict = judgeImage(attempt.decoded, attempt.native.placement.alphaCode);
    return true;
  }

  /// Composes, encodes and decodes; true when the decoded picture is the composed one in every respect that a
  /// model sees.
  bool makeFile(Attempt& attempt) const {
    const data::Image composed = composeAt(attempt, attempt.native.placement);
    attempt.encoded = encode(composed);
    attempt.decoded = decode(attempt.encoded, composed);
    return attempt.decoded.sameSamples(composed) &&
           attempt.decoded.metadata.windowLo == composed.metadata.windowLo &&
           attempt.decoded.metadata.windowHi == composed.metadata.windowHi &&
           attempt.decoded.metadata.inverted == composed.metadata.inverted;
  }

  data::Image composeAt(const Attempt& attempt, const FilePlacement& at) const {
    return compose(image_, {{attempt.tile.get(), at.x, at.y, at.alphaCode}}, options_.law);
  }

  // ---- the file ----

  Bytes encode(const data::Image& image) const {
    if (input_.codec) return input_.codec->encode(image);
    data::EncodeOptions encoding;
    encoding.protectedNote = input_.protectedNote;
    return data::encodeImage(image, input_.format, encoding);
  }

  data::Image decode(ByteView bytes, const data::Image& composed) const {
    data::Image decoded =
        input_.codec ? input_.codec->decode(bytes) : data::decodeImage(bytes, "protected image").image;
    const bool lossless = !input_.codec || input_.codec->lossless;
    if (lossless && pixelHash(decoded, input_.frame) != pixelHash(composed, input_.frame))
      throw Error(ErrorCode::Internal, "the encoder did not keep the samples");
    return decoded;
  }

  void makePayload(const Attempt& attempt) {
    const std::vector<PlacedTile> tiles{{attempt.tile.get(), attempt.native.placement.x,
                                         attempt.native.placement.y, attempt.native.placement.alphaCode}};
    result_.payload = encodeRoiPayload(image_, result_.changedBox, input_.frame);
    result_.payloadKind = toString(PayloadKind::Roi);
    if (options_.residualPayload) {
      auto residual = encodeResidualPayload(image_, attempt.decoded, tiles, options_.law, input_.frame);
      if (residual && residual->size() < result_.payload.size()) {
        result_.payload = std::move(*residual);
        result_.payloadKind = toString(PayloadKind::Residual);
      }
    }
    // Nothing is released that could not be taken back.
    if (pixelHash(restoreImage(attempt.decoded, decodePayload(result_.payload))) != pixelHash(image_))
      throw Error(ErrorCode::Internal, "the payload does not restore the original");
  }

  void setStatus(const Attempt& attempt) {
    if (sources_.empty()) {
      result_.status = ProtectionStatus::Weak;
      result_.reason = "placement only: no source model was given, so no effect on models is sought";
      result_.notes.emplace_back("PLACEMENT_ONLY");
      return;
    }
    const NativeVerdict& verdict = attempt.native.verdict;
    if (verdict.fooledAll()) {
      result_.status = ProtectionStatus::Protected;
    } else if (verdict.fooled() > 0) {
      result_.status = ProtectionStatus::Partial;
      result_.reason = std::to_string(verdict.fooled()) + " of " + std::to_string(sources_.size()) +
                       " source models are led to a wrong grade";
    } else {
      result_.status = ProtectionStatus::Weak;
      result_.reason = "no source model is led to a wrong grade";
    }
  }

  void finish() {
    const Attempt& best = *best_;
    const FilePlacement& at = best.native.placement;
    setStatus(best);
    result_.changedBox = changedBox(image_, best.decoded);
    makePayload(best);
    result_.placements = {at};
    result_.tileSize = {best.plan->tile.width, best.plan->tile.height};
    result_.law = options_.law;
    result_.size = best.plan->size;
    result_.tileSha256 = tileHash(best.plan->tile);
    result_.feasibilityStep = best.plan->step;
    result_.feasible = best.search.feasible;
    result_.choiceBits = best.search.choiceBits;
    result_.mode = sources_.empty() ? SearchMode::Random : options_.search.mode;
    result_.evaluations = evaluations_;
    result_.trace = best.search.trace;
    result_.predictedAfter = best.native.verdict.predictions;
    for (const double margin : best.native.verdict.rawMargins)
      result_.marginAfterMilli.push_back(milli(margin));

    std::vector<std::uint8_t> support(static_cast<std::size_t>(image_.width()) * image_.height(), 0);
    markSupport(support, image_.width(), {best.tile.get(), at.x, at.y, at.alphaCode}, options_.law);
    result_.visibility =
        measureVisibility(image_, best.decoded, input_.window, *input_.fieldOfView, support, *input_.regions);
    result_.visibility.meanOpacity = meanOpacity(*best.tile, at.alphaCode, options_.law);
    if (best.plan->step == FeasibilityStep::LesionOverlap)
      result_.notes.emplace_back("LESION_COVERED");
    else if (result_.visibility.lesionOverlapPixels != 0)
      throw Error(ErrorCode::Internal, "the logo would cover lesion pixels");
    if (coverageLowered_)
      result_.notes.emplace_back("the logo was made smaller to keep within the coverage limit");
    if (input_.fieldOfView->fallback) result_.notes.emplace_back("FOV_FALLBACK");
    if (result_.visibility.legibility < 1) result_.notes.emplace_back("logo hardly readable");
    result_.encoded = std::move(best_->encoded);
    result_.image = std::move(best_->decoded);
  }

  static constexpr int kMinLogoSide = 24;
  static constexpr int kFreshTransforms = 4;

  const ProtectImageInput& input_;
  const data::Image& image_;
  const Logo& logo_;
  const ProtectImageOptions& options_;
  ObjectiveOptions objective_;
  const RandomStream& secret_;
  const RunContext& context_;
  const SearchObserver& observer_;
  std::vector<SourceModel> sources_;
  std::vector<at::Tensor> cleanLogits_;
  data::WorkingFrame frame_;
  std::optional<Attempt> best_;
  int evaluations_ = 0;
  bool tooSmall_ = false;
  bool coverageLowered_ = false;
  ProtectedImage result_;
};

void checkInput(const ProtectImageInput& input, const std::vector<models::ClassifierPtr>& sources,
                const std::vector<double>& marginScales, const ProtectImageOptions& options) {
  throwIfInvalid(options.validate());
  const auto refuse = [](const char* what) { throw Error(ErrorCode::InvalidArgument, what); };
  if (!input.image || !input.fieldOfView || !input.view || !input.regions)
    refuse("protection needs an image with its view, field of view and protected regions");
  if (!marginScales.empty() && marginScales.size() != sources.size())
    refuse("one margin scale is needed for each source model");
  if (!input.labels.empty() && input.labels.size() != sources.size())
    refuse("one label is needed for each source model");
  if (sources.empty() && options.search.mode != SearchMode::Random)
    refuse("without a source model only random placement is possible");
}

}  // namespace

std::string_view toString(ProtectionStatus status) {
  switch (status) {
    case ProtectionStatus::Protected:
      return "PROTECTED";
    case ProtectionStatus::Partial:
      return "PARTIAL";
    case ProtectionStatus::Weak:
      return "WEAK";
    case ProtectionStatus::Infeasible:
      return "INFEASIBLE";
    case ProtectionStatus::Skipped:
      return "SKIPPED";
  }
  return "SKIPPED";
}

std::vector<OptionIssue> ProtectImageOptions::validate() const {
  std::vector<OptionIssue> issues = search.validate();
  if (sizes.empty()) issues.push_back({"sizes", "at least one logo size is needed"});
  for (const SizeFactor& size : sizes)
    if (size.den <= 0 || size.num <= 0 || size.value() < 0.125 - 1e-9 || size.value() > 2.0 / 3 + 1e-9)
      issues.push_back({"sizes", "a logo size must lie in 1/8..2/3"});
  if (workingShortSide < 224 || workingShortSide > 1024)
    issues.push_back({"workingShortSide", "must lie in 224..1024"});
  if (transformDraws < 0 || transformDraws > 16) issues.push_back({"transformDraws", "must lie in 0..16"});
  if (!(minFieldOfView >= 0 && minFieldOfView <= 1)) issues.push_back({"minFieldOfView", "must lie in 0..1"});
  if (coverageLimit && !(*coverageLimit > 0 && *coverageLimit <= 1))
    issues.push_back({"coverageLimit", "must lie in (0, 1]"});
  return issues;
}

RandomStream imageStream(ByteView runSeed, const Digest& originalPixelHash, std::uint32_t frame,
                         std::uint32_t occurrence, std::string_view purpose) {
  const auto bytes = [](std::uint32_t value) {
    return std::array<std::uint8_t, 4>{
        static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8),
        static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 24)};
  };
  return RandomStream::derive(
      {runSeed, originalPixelHash, bytes(frame), bytes(occurrence), asBytes(purpose)});
}

ProtectedImage protectImage(const ProtectImageInput& input, const Logo& logo,
                            const std::vector<models::ClassifierPtr>& sources,
                            const std::vector<double>& marginScales, const ProtectImageOptions& options,
                            const RandomStream& secret, const RunContext& context,
                            const SearchObserver& observer) {
  checkInput(input, sources, marginScales, options);
  return ImageProtection(input, logo, sources, marginScales, options, secret, context, observer).run();
}

}  // namespace medlocker::protect
