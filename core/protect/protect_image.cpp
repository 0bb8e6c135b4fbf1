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
constexpr double kFaintOpacity = 0.35;  // of a lattice against inpainting
constexpr double kMoveShare = 0.10;     // of the budget, for several or reinforced logos
constexpr double kFadeShare = 0.15;

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
                  const ImageSearchObserver& observer)
      : input_(input),
        image_(*input.image),
        logo_(logo),
        options_(options),
        objective_(options.objective),
        secret_(secret),
        context_(context),
        imageObserver_(observer),
        search_(options.search),
        goal_(options.goal),
        layout_(options.layout),
        logos_(options.logos),
        seeds_(drawHardening(options.hardening, secret)) {
    objective_.kappa = options.search.kappa;
    if (options.antiInpainting && layout_ == Layout::Single) {
      layout_ = Layout::Multi;
      logos_ = 2;
    }
    if (options.antiInpainting && layout_ == Layout::Tiled) {
      search_.opacityHigh = std::min(search_.opacityHigh, kFaintOpacity);
      search_.opacityLow = std::min(search_.opacityLow, search_.opacityHigh);
    }
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
    TileRecipe recipe;
    LogoTile tile;
    std::shared_ptr<const TargetTile> target;
    LayoutResult placed;
    NativeSearchResult native;
    double similarity = 1;
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
      const at::Tensor logits = batchedLogits(*source.classifier, picture, true, input_.batches);
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
    }
    // Towards a grade that the image has, a search would help the models.
    if (goal_.kind == GoalKind::Target &&
        std::find(result_.labels.begin(), result_.labels.end(), goal_.target) != result_.labels.end()) {
      goal_ = {};
      result_.notes.emplace_back("TARGET_IS_LABEL: led away from its grade instead");
    }
    for (std::size_t k = 0; k < sources_.size(); ++k)
      result_.marginBeforeMilli.push_back(
          milli(hardMargins(cleanLogits_[k],
                            MarginRule::of(sources_[k].classifier->info(), sources_[k].label, goal_))
                    .item<double>()));
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

  /// Pixels of logo that the coverage limit allows.
  double coverageRoom() const {
    return *options_.coverageLimit * static_cast<double>(input_.fieldOfView->area);
  }

  /// Logos that must find room at least, for the coverage limit.
  int logosWanted() const { return layout_ == Layout::Multi ? logos_ : 1; }

  bool exceedsCoverage(const LogoTile& tile) const {
    return options_.coverageLimit && static_cast<double>(logosWanted() * tile.supportArea()) > coverageRoom();
  }

  std::int64_t mostTiles(const LogoTile& tile) const {
    constexpr std::int64_t kMost = 400;  // of one image: every further one only costs time
    if (!options_.coverageLimit) return kMost;
    return std::clamp<std::int64_t>(
        static_cast<std::int64_t>(coverageRoom() /
                                  static_cast<double>(std::max<std::int64_t>(1, tile.supportArea()))),
        1, kMost);
  }

  std::shared_ptr<const FeasibilityPlan> planWithinCoverage(SizeFactor size) {
    for (;;) {
      FeasibilityOptions options = feasibilityOptions(size);
      options.makeTile = [this](int width, int height) {
        return makeTile(logo_, {{width, height}, seeds_, {}});
      };
      const FeasibilityResult result =
          planFeasibility(logo_, *input_.fieldOfView, frame_, *input_.regions, options);
      tooSmall_ = tooSmall_ || result.outcome == FeasibilityOutcome::TooSmall;
      if (result.outcome != FeasibilityOutcome::Ok) return nullptr;
      if (!exceedsCoverage(result.plan->tile)) return result.plan;
      size = result.plan->size.shrunk();
      const PixelSize next = logoSize(logo_, frame_.frame, size);
      if (std::min(next.width, next.height) < kMinLogoSide) return nullptr;
      coverageLowered_ = true;
    }
  }

  /// Small tiles of a lattice may fall below the least legible size; they grow to it.
  SizeFactor usableSize(SizeFactor size) const {
    constexpr double kGrowth = 1.05;
    while (layout_ == Layout::Tiled && size.value() < 0.5) {
      const PixelSize pixels = logoSize(logo_, frame_.frame, size);
      if (std::min(pixels.width, pixels.height) >= kMinLogoSide) break;
      size = SizeFactor::fromDouble(size.value() * kGrowth);
    }
    return size;
  }

  void trySize(const SizeFactor& size) {
    Attempt attempt;
    attempt.plan = planWithinCoverage(usableSize(size));
    if (!attempt.plan) return;
    attempt.recipe = {logoSize(logo_, frame_.frame, attempt.plan->size), seeds_, {}};
    attempt.tile = attempt.plan->tile;
    if (imageObserver_)
      observer_ = [this,
                   logo = PixelSize{attempt.tile.width, attempt.tile.height}](const SearchUpdate& update) {
        imageObserver_(update, {frame_, logo});
      };
    if (sources_.empty() ? !placeWithoutModels(attempt) : !searchWithModels(attempt)) return;
    if (!best_ || (!sources_.empty() && attempt.native.verdict.betterThan(best_->native.verdict)))
      best_ = std::move(attempt);
  }

  int forcedOpacity() const { return opacityCode(std::min(kMostForcedOpacity, search_.opacityHigh)); }

  /// The one place of least overlap, in native pixels.
  LayoutResult placeForced(const FeasibilityPlan& plan) const {
    LayoutResult placed;
    placed.search.placement = {plan.forced->x, plan.forced->y, forcedOpacity()};
    placed.search.feasible = plan.working.count();
    const auto site = plan.native.repair(frame_.nativeX(plan.forced->x), frame_.nativeY(plan.forced->y));
    if (site) placed.logos.push_back({site->x, site->y, forcedOpacity()});
    return placed;
  }

  LayoutTask taskFor(const Attempt& attempt, ModelScorer* scorer) const {
    return {layout_,  logos_,   mostTiles(attempt.tile), search_, *attempt.plan, frame_, scorer, secret_,
            context_, observer_};
  }

  void finishTile(Attempt& attempt) const {
    attempt.target = std::make_shared<TargetTile>(makeTargetTile(attempt.tile, image_, input_.window));
  }

  /// False when no place is left in native pixels.
  bool placeWithoutModels(Attempt& attempt) {
    attempt.placed =
        attempt.plan->forced ? placeForced(*attempt.plan) : placeAtRandom(taskFor(attempt, nullptr));
    if (attempt.placed.logos.empty()) return false;
    finishTile(attempt);
    attempt.native.placements = attempt.placed.logos;
    makeFile(attempt);
    return true;
  }

  /// Colours and places in turn, then the least visible opacity. The logo's colours are outside of the
  /// budget: they cost what their own options say.
  void reinforceAndMove(Attempt& attempt, ModelScorer& scorer, const LayoutTask& task) {
    std::vector<FilePlacement>& logos = attempt.placed.logos;
    int& evaluations = attempt.placed.search.evaluations;
    const auto reinforce = [&](const ReinforceOptions& options, const Reinforcement* from) {
      ReinforceResult found =
          reinforceLogo(scorer, asSet(logos), attempt.plan->tile, options, secret_, context_, from);
      attempt.recipe.reinforcement = std::move(found.reinforcement);
      attempt.tile = std::move(found.tile);
      attempt.similarity = found.similarity;
      evaluations += found.evaluations;
    };
    const bool reinforcing = options_.reinforce.epsilon > 0;
    if (reinforcing) reinforce(options_.reinforce, nullptr);
    if (layout_ != Layout::Tiled) {
      const std::vector<FilePlacement> before = logos;
      evaluations += moveLogos(task, logos, std::max(8, static_cast<int>(kMoveShare * search_.budget)));
      if (reinforcing && logos != before) {
        ReinforceOptions again = options_.reinforce;
        again.steps = std::max(10, again.steps / 2);
        again.restarts = 1;
        const Reinforcement from = *attempt.recipe.reinforcement;
        reinforce(again, &from);
      }
    }
    evaluations += fadeLogos(task, logos, std::max(10, static_cast<int>(kFadeShare * search_.budget)));
  }

  /// False when no place is left in native pixels, or the search was cancelled.
  bool searchWithModels(Attempt& attempt) {
    const FeasibilityPlan& plan = *attempt.plan;
    RandomStream searchDraws = secret_.child("search transforms");
    ModelScorer scorer(
        *input_.view, *input_.fieldOfView, frame_, plan.tile, options_.law, image_.channels() == 1, sources_,
        drawTransformSet(searchDraws, options_.transformDraws), goal_, objective_, input_.batches);
    const LayoutTask task = taskFor(attempt, &scorer);
    const bool random = search_.mode == SearchMode::Random;
    const bool whole = layout_ == Layout::Single && options_.reinforce.epsilon <= 0;
    attempt.placed = plan.forced ? placeForced(plan) : random ? placeAtRandom(task) : placeLogos(task, whole);
    if (random) attempt.placed.search.evaluations = 1;
    const bool searching = !plan.forced && !random;
    if (searching && !whole && !attempt.placed.logos.empty() && !context_.stopRequested())
      reinforceAndMove(attempt, scorer, task);
    evaluations_ += attempt.placed.search.evaluations;
    if (attempt.placed.search.outcome == Outcome::Cancelled ||
        (searching && !whole && context_.stopRequested())) {
      result_.outcome = Outcome::Cancelled;
      return false;
    }
    if (attempt.placed.logos.empty()) return false;
    finishTile(attempt);

    RandomStream freshDraws = secret_.child("verification transforms");
    const NativeVerifier verifier(sources_, drawTransformSet(freshDraws, kFreshTransforms), goal_, objective_,
                                  input_.batches);
    const auto judgeImage = [&](const data::Image& image, const std::vector<FilePlacement>& logos) {
      double opacity = 0;
      for (const FilePlacement& logo : logos) opacity += scorer.meanOpacity(logo.alphaCode);
      const auto count = static_cast<double>(logos.size());
      return verifier.evaluate(image, opacity / count, count * scorer.coverage());
    };
    const NativeJudge judge = [&](const std::vector<FilePlacement>& logos) {
      return judgeImage(composeAt(attempt, logos), logos);
    };
    // A random baseline and a forced place stay where they are.
    if (!searching)
      attempt.native = {attempt.placed.logos, judge(attempt.placed.logos), 1};
    else
      attempt.native = searchNatively(attempt.placed.logos, plan.native, scorer, judge,
                                      {{attempt.tile.width, attempt.tile.height},
                                       opacityCode(search_.opacityLow),
                                       opacityCode(search_.opacityHigh),
                                       layout_ != Layout::Tiled});
    evaluations_ += attempt.native.evaluations;
    // What counts is the file. Where decoding gives back the very same picture, the verdict stands.
    if (!makeFile(attempt)) attempt.native.verdict = judgeImage(attempt.decoded, attempt.native.placements);
    return true;
  }

  std::vector<PlacedTile> tilesOf(const Attempt& attempt, const std::vector<FilePlacement>& logos) const {
    std::vector<PlacedTile> tiles;
    for (const FilePlacement& logo : logos)
      tiles.push_back({attempt.target.get(), logo.x, logo.y, logo.alphaCode});
    return tiles;
  }

  /// Composes, encodes and decodes; true when the decoded picture is the composed one in every respect that a
  /// model sees.
  bool makeFile(Attempt& attempt) const {
    const data::Image composed = composeAt(attempt, attempt.native.placements);
    attempt.encoded = encode(composed);
    attempt.decoded = decode(attempt.encoded, composed);
    return attempt.decoded.sameSamples(composed) &&
           attempt.decoded.metadata.windowLo == composed.metadata.windowLo &&
           attempt.decoded.metadata.windowHi == composed.metadata.windowHi &&
           attempt.decoded.metadata.inverted == composed.metadata.inverted;
  }

  data::Image composeAt(const Attempt& attempt, const std::vector<FilePlacement>& logos) const {
    return compose(image_, tilesOf(attempt, logos), options_.law);
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
    result_.payload = encodeRoiPayload(image_, result_.changedBox, input_.frame);
    // Over several logos most of the box is unchanged, and a difference to the protected samples is mostly 0.
    if (attempt.native.placements.size() > 1)
      if (Bytes relative = encodeRoiPayload(image_, result_.changedBox, input_.frame, &attempt.decoded);
          relative.size() < result_.payload.size())
        result_.payload = std::move(relative);
    result_.payloadKind = toString(PayloadKind::Roi);
    if (options_.residualPayload) {
      auto residual = encodeResidualPayload(
          image_, attempt.decoded, tilesOf(attempt, attempt.native.placements), options_.law, input_.frame);
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
    const std::vector<PlacedTile> tiles = tilesOf(best, best.native.placements);
    setStatus(best);
    result_.changedBox = changedBox(image_, best.decoded);
    makePayload(best);
    result_.layout = layout_;
    result_.placements = best.native.placements;
    result_.tileSize = {best.tile.width, best.tile.height};
    result_.recipe = best.recipe;
    result_.similarity = best.similarity;
    result_.law = options_.law;
    result_.size = best.plan->size;
    result_.tileSha256 = tileHash(best.tile);
    result_.feasibilityStep = best.plan->step;
    result_.feasible = best.placed.search.feasible;
    result_.choiceBits = best.placed.search.choiceBits;
    result_.mode = sources_.empty() ? SearchMode::Random : search_.mode;
    result_.evaluations = evaluations_;
    result_.trace = best.placed.search.trace;
    result_.predictedAfter = best.native.verdict.predictions;
    for (const double margin : best.native.verdict.rawMargins)
      result_.marginAfterMilli.push_back(milli(margin));

    std::vector<std::uint8_t> support(static_cast<std::size_t>(image_.width()) * image_.height(), 0);
    double opacity = 0;
    for (const PlacedTile& placed : tiles) {
      markSupport(support, image_.width(), placed, options_.law);
      opacity += meanOpacity(*placed.tile, placed.alphaCode, options_.law);
    }
    result_.visibility =
        measureVisibility(image_, best.decoded, input_.window, *input_.fieldOfView, support, *input_.regions);
    result_.visibility.meanOpacity = opacity / static_cast<double>(tiles.size());
    if (best.plan->step == FeasibilityStep::LesionOverlap)
      result_.notes.emplace_back("LESION_COVERED");
    else if (result_.visibility.lesionOverlapPixels != 0)
      throw Error(ErrorCode::Internal, "the logo would cover lesion pixels");
    if (coverageLowered_)
      result_.notes.emplace_back("the logo was made smaller to keep within the coverage limit");
    if (layout_ == Layout::Multi && static_cast<int>(tiles.size()) < logos_)
      result_.notes.push_back("only " + std::to_string(tiles.size()) + " of " + std::to_string(logos_) +
                              " logos found room");
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
  const ImageSearchObserver& imageObserver_;
  SearchObserver observer_;  // tells it where the size in hand is searched
  SearchOptions search_;
  Goal goal_;
  Layout layout_;
  int logos_;
  HardeningSeeds seeds_;
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
  for (const models::ClassifierPtr& model : sources) requireReachable(model->info(), options.goal);
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
  const bool tiled = layout == Layout::Tiled;
  for (const SizeFactor& size : sizes)
    if (size.den <= 0 || size.num <= 0 || size.value() < (tiled ? 1.0 / 24 : 0.125) - 1e-9 ||
        size.value() > (tiled ? 0.25 : 2.0 / 3) + 1e-9)
      issues.push_back({"sizes", tiled ? "a logo size must lie in 1/24..1/4 for a tiled layout"
                                       : "a logo size must lie in 1/8..2/3"});
  if (layout == Layout::Multi ? logos < 2 || logos > 4 : logos != 1)
    issues.push_back({"logos", "must be 1, or 2..4 with layout multi"});
  if (!(reinforce.epsilon >= 0 && reinforce.epsilon <= 0.4))
    issues.push_back({"reinforce.epsilon", "must lie in 0..0.4"});
  if (reinforce.steps < 10 || reinforce.steps > 10000)
    issues.push_back({"reinforce.steps", "must lie in 10..10000"});
  if (reinforce.restarts < 1 || reinforce.restarts > 100)
    issues.push_back({"reinforce.restarts", "must lie in 1..100"});
  if (!(reinforce.legibility >= 0 && reinforce.legibility <= 1))
    issues.push_back({"reinforce.legibility", "must lie in 0..1"});
  if (workingShortSide < 224 || workingShortSide > 1024)
    issues.push_back({"workingShortSide", "must lie in 224..1024"});
  if (transformDraws < 0 || transformDraws > 16) issues.push_back({"transformDraws", "must lie in 0..16"});
  if (!(minFieldOfView >= 0 && minFieldOfView <= 1)) issues.push_back({"minFieldOfView", "must lie in 0..1"});
  if (coverageLimit && !(*coverageLimit > 0 && *coverageLimit <= 1))
    issues.push_back({"coverageLimit", "must lie in (0, 1]"});
  return issues;
}

data::Box SearchSite::boxOf(const Placement& placement) const {
  const int x = frame.nativeX(placement.x);
  const int y = frame.nativeY(placement.y);
  return {x, y, x + logo.width, y + logo.height};
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
                            const ImageSearchObserver& observer) {
  checkInput(input, sources, marginScales, options);
  return ImageProtection(input, logo, sources, marginScales, options, secret, context, observer).run();
}

}  // namespace medlocker::protect
