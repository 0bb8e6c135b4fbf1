// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/evaluation_versions.h"

#include <algorithm>
#include <array>

#include "core/common/little_endian.h"
#include "core/data/dicom/frame_sample.h"
#include "core/data/orientation.h"
#include "core/pipelines/protect_dataset.h"
#include "core/pipelines/protect_item.h"
#include "core/pipelines/protected_files.h"
#include "core/pipelines/search_input.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

std::array<std::uint8_t, 9> seedBytes(std::uint64_t seed, std::size_t draw) {
  std::array<std::uint8_t, 9> key{};
  const auto bytes = littleEndian(seed);
  std::copy(bytes.begin(), bytes.end(), key.begin());
  key[8] = static_cast<std::uint8_t>(draw);
  return key;
}

protect::ProtectImageInput inputOf(const PreparedImage& prepared) {
  protect::ProtectImageInput input = searchInput(prepared);
  input.codec = sampleCodec(prepared.image);  // the baselines are never written
  return input;
}

}  // namespace

VersionMaker::VersionMaker(const EvaluateDatasetOptions& options, const ProtectedRun& run,
                           const std::vector<models::ClassifierPtr>& models,
                           const std::vector<LabelMap>& labelMaps, std::vector<std::string>& notices)
    : options_(options),
      run_(run),
      models_(models),
      labelMaps_(labelMaps),
      image_(protectImageOptions(ProtectDatasetOptions::searchFromJson(run.options), true)) {
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
  // The run's logos in the run's layout at the run's highest opacity, only the places are drawn. Colours that
  // were led by models have no counterpart.
  protect::ProtectImageOptions random = image_;
  random.search.mode = protect::SearchMode::Random;
  random.reinforce.epsilon = 0;
  random.residualPayload = false;
  for (std::size_t draw = 0; draw < list_.randoms; ++draw) {
    const RandomStream stream = RandomStream::derive(
        {seedBytes(options_.seed, draw), prepared.pixelHash, asBytes("evaluate/random-placement")});
    protect::ProtectedImage placed =
        protect::protectImage(inputOf(prepared), *logo_, {}, {}, random, stream, {});
    if (placed.encoded.empty()) {
      issues.push_back({sample.id, "no free place for the random baseline", false});
      return;
    }
    versions[VersionList::kFirstRandom + draw] = std::move(placed.image);
  }
}

void VersionMaker::protectAlone(const data::Sample& sample, const PreparedImage& prepared,
                                const RunContext& context, std::vector<std::optional<data::Image>>& versions,
                                std::vector<ItemIssue>& issues) const {
  for (std::size_t i = 0; i < list_.singles.size(); ++i) {
    const std::size_t m = list_.singles[i];
    protect::ProtectImageInput input = inputOf(prepared);
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
