// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/evaluation_versions.h"

#include <array>

#include "core/data/dicom/frame_sample.h"
#include "core/data/orientation.h"
#include "core/data/working_frame.h"
#include "core/pipelines/protected_files.h"
#include "core/protect/compositor.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

std::array<std::uint8_t, 9> seedBytes(std::uint64_t seed, std::size_t draw) {
  std::array<std::uint8_t, 9> key{};
  for (std::size_t b = 0; b < 8; ++b) key[b] = static_cast<std::uint8_t>(seed >> (8 * b));
  key[8] = static_cast<std::uint8_t>(draw);
  return key;
}

/// What the run's options say about one image; the search's own fields where they are recorded.
protect::ProtectImageOptions imageOptionsOf(const Json& options) {
  protect::ProtectImageOptions image;
  image.search.mode = protect::parseSearchMode(options.value("mode", std::string("grid")));
  image.search.budget = options.value("budget", 800);
  image.search.opacityLow = options.value("opacity_low", 0.4);
  image.search.opacityHigh = options.value("opacity_high", 0.9);
  image.goal.kind =
      options.value("referral", false) ? protect::GoalKind::Referral : protect::GoalKind::Untargeted;
  image.law = protect::parseOpacityLaw(options.value("law", std::string("matte")));
  image.sizes = {protect::SizeFactor::fromDouble(options.value("logo_size", 0.25))};
  image.transformDraws = options.value("transforms", 4);
  image.cropSafe = options.value("crop_safe", false);
  if (options.value("allow_large_coverage", false)) image.coverageLimit.reset();
  return image;
}

}  // namespace

VersionMaker::VersionMaker(const EvaluateDatasetOptions& options, const ProtectedRun& run,
                           const std::vector<models::ClassifierPtr>& models,
                           const std::vector<LabelMap>& labelMaps, std::vector<std::string>& notices)
    : options_(options),
      run_(run),
      models_(models),
      labelMaps_(labelMaps),
      image_(imageOptionsOf(run.options)) {
  const fs::path logo = options.logo ? *options.logo : fs::path(run.options.value("logo", std::string()));
  if (!logo.empty() && fs::exists(logo)) {
    logo_ = protect::loadLogo(logo);
    list_.randoms = static_cast<std::size_t>(options.randomDraws);
  } else {
    notices.emplace_back(
        "the logo of the run was not found, so there is no random baseline (--logo names one)");
  }
  if (!options.singleSources) {
    notices.emplace_back(
        "transfer matrix without rows of single models: they take a search per image and model (--transfer)");
  } else if (logo_) {
    for (std::size_t m = 0; m < models.size(); ++m)
      if (run.sourceModels.count(models[m]->info().sha256)) list_.singles.push_back(m);
    if (options.transferBudget > 0) image_.search.budget = options.transferBudget;
    if (run.options.value("layout", std::string("single")) != "single")
      notices.emplace_back(
          "rows of single models and the random baseline place one plain logo, not the run's layout");
  }
}

VersionMaker::Made VersionMaker::make(const data::Sample& sample, const PreparedImage& prepared,
                                      const OutputTarget& target, const RunContext& context,
                                      std::vector<ItemIssue>& issues) const {
  Made made;
  made.images.resize(list_.count());
  made.images[VersionList::kClean] = prepared.image;
  made.images[VersionList::kProtected] =
      data::inDisplayOrientation(data::readSample(copyOf(sample, target, run_.folder / kImagesFolder)).image);
  if (options_.restored) {
    data::Sample restored = copyOf(sample, target, *options_.restored);
    // A file that was restored byte for byte has the original's type again.
    if (!sample.array && !fs::exists(restored.path)) restored.path.replace_extension(sample.path.extension());
    if (fs::exists(restored.path)) {
      data::Image samples = data::readSample(restored).image;
      made.restoredIdentical = data::pixelHash(samples, data::frameOf(sample)) == prepared.pixelHash;
      made.images[VersionList::kRestored] = data::inDisplayOrientation(std::move(samples));
    } else {
      issues.push_back({sample.id, "has no restored copy", true});
    }
  }
  if (list_.randoms > 0) placeRandomly(sample, prepared, made.images, issues);
  if (!list_.singles.empty()) protectAlone(sample, prepared, context, made.images, issues);
  return made;
}

void VersionMaker::placeRandomly(const data::Sample& sample, const PreparedImage& prepared,
                                 std::vector<std::optional<data::Image>>& versions,
                                 std::vector<ItemIssue>& issues) const {
  protect::FeasibilityOptions feasibility;
  feasibility.size = image_.sizes.front();
  feasibility.cropSafe = image_.cropSafe;
  const data::WorkingFrame frame = data::makeWorkingFrame(prepared.view, prepared.fieldOfView);
  const protect::FeasibilityResult plan =
      protect::planFeasibility(*logo_, prepared.fieldOfView, frame, prepared.regions, feasibility);
  if (!plan.plan || plan.plan->working.count() == 0) {
    issues.push_back({sample.id, "no free place for the random baseline", false});
    return;
  }
  const protect::TargetTile tile = protect::makeTargetTile(plan.plan->tile, prepared.image, prepared.window);
  for (std::size_t draw = 0; draw < list_.randoms; ++draw) {
    RandomStream stream = RandomStream::derive(
        {seedBytes(options_.seed, draw), prepared.pixelHash, asBytes("evaluate/random-placement")});
    const protect::Position at = plan.plan->working.draw(stream);
    const auto native = plan.plan->native.repair(frame.nativeX(at.x), frame.nativeY(at.y));
    if (native)
      versions[VersionList::kFirstRandom + draw] = protect::compose(
          prepared.image, {{&tile, native->x, native->y, protect::opacityCode(image_.search.opacityHigh)}},
          image_.law);
  }
}

void VersionMaker::protectAlone(const data::Sample& sample, const PreparedImage& prepared,
                                const RunContext& context, std::vector<std::optional<data::Image>>& versions,
                                std::vector<ItemIssue>& issues) const {
  for (std::size_t i = 0; i < list_.singles.size(); ++i) {
    const std::size_t m = list_.singles[i];
    protect::ProtectImageInput input;
    input.image = &prepared.image;
    input.window = prepared.window;
    input.view = &prepared.view;
    input.fieldOfView = &prepared.fieldOfView;
    input.regions = &prepared.regions;
    input.labels = {labelMaps_[m](sample)};
    const RandomStream stream =
        RandomStream::derive({seedBytes(options_.seed, 0), prepared.pixelHash,
                              asBytes("evaluate/single-source"), asBytes(models_[m]->info().sha256)});
    try {
      const protect::ProtectedImage result =
          protect::protectImage(input, *logo_, {models_[m]}, {}, image_, stream, context);
      if (result.outcome == Outcome::Completed && !result.encoded.empty())
        versions[list_.single(i)] = result.image;
      else
        issues.push_back({sample.id, "no place against " + models_[m]->info().name + " alone", false});
    } catch (const Error& e) {
      if (e.code() == ErrorCode::Internal) throw;
      issues.push_back({sample.id, e.what(), false});
    }
  }
}

}  // namespace medlocker::pipelines
