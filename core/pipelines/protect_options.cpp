// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "core/common/files.h"
#include "core/pipelines/output_plan.h"
#include "core/pipelines/protect_dataset.h"
#include "core/protect/compositor.h"
#include "core/protect/logo_layout.h"
#include "core/protect/search.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

bool isPrintable(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

}  // namespace

std::vector<OptionIssue> ProtectDatasetOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (dataset.empty()) issues.push_back({"dataset", "is required"});
  if (out.empty()) issues.push_back({"out", "is required"});
  if (logo.empty()) issues.push_back({"logo", "is required"});
  if (ownerKey.empty()) issues.push_back({"key", "is required"});
  try {
    const protect::SearchMode parsed = protect::parseSearchMode(mode);
    if (models.empty() && parsed != protect::SearchMode::Random)
      issues.push_back({"model", "a search needs at least one model (only mode random works without)"});
  } catch (const Error& e) {
    issues.push_back({"mode", e.message()});
  }
  try {
    protect::parseOpacityLaw(law);
  } catch (const Error& e) {
    issues.push_back({"law", e.message()});
  }
  if (budget < 16 || budget > 1'000'000) issues.push_back({"budget", "must be 16 to 1000000"});
  if (!(opacityLow >= 0.05 && opacityLow <= 1) || !(opacityHigh >= opacityLow && opacityHigh <= 1))
    issues.push_back({"opacity", "must satisfy 0.05 <= LO <= HI <= 1"});
  std::vector<double> sizes{logoSize};
  sizes.insert(sizes.end(), furtherSizes.begin(), furtherSizes.end());
  for (const double size : sizes)
    if (!(size >= 0.125 && size <= 2.0 / 3 + 1e-9)) {
      issues.push_back({"logo-size", "must be 1/8 to 2/3"});
      break;
    }
  try {
    const bool multi = protect::parseLayout(layout) == protect::Layout::Multi;
    if (multi ? logos < 2 || logos > 4 : logos != 1)
      issues.push_back({"logos", "must be 2 to 4 with layout multi, else 1"});
  } catch (const Error& e) {
    issues.push_back({"layout", e.message()});
  }
  if (!(reinforce >= 0 && reinforce <= 0.4)) issues.push_back({"reinforce", "must be 0 to 0.4"});
  if (reinforce > 0 && models.empty()) issues.push_back({"reinforce", "needs at least one model"});
  if (targetGrade && (*targetGrade < 0 || *targetGrade > 1000))
    issues.push_back({"target-grade", "must be a class index"});
  if (targetGrade && referral) issues.push_back({"target-grade", "cannot be combined with referral"});
  if (profile != "medlocker" && profile != "literature")
    issues.push_back({"profile", "must be medlocker or literature"});
  if (profile == "literature" && models.size() != 1)
    issues.push_back({"model", "the literature profile takes exactly one source model"});
  if (std::find(std::begin(kJpegOutputs), std::end(kJpegOutputs), jpeg) == std::end(kJpegOutputs))
    issues.push_back({"jpeg", "must be png, tiff, keep or blocks"});
  if (saliencyThreshold < 110 || saliencyThreshold > 190)
    issues.push_back({"saliency-threshold", "must be 110 to 190"});
  if (transformDraws < 0 || transformDraws > 16) issues.push_back({"transforms", "must be 0 to 16"});
  if (imagesInFlight < 0 || imagesInFlight > 16)
    issues.push_back({"images-in-flight", "must be 1 to 16, or 0 for a number that fits"});
  if (payload != "roi" && payload != "residual" && payload != "patch" && payload != "file")
    issues.push_back({"payload", "must be roi, residual, patch or file"});
  if (embedPayload && payload == "patch")
    issues.push_back(
        {"embed-payload", "a patch fits the file without it; choose the payload roi, residual or file"});
  if (shardCount < 1 || shardCount > 100000 || shardIndex < 1 || shardIndex > shardCount)
    issues.push_back({"shard", "must be i/n with 1 <= i <= n"});
  else if (shardCount > 1 && runKey.empty())
    issues.push_back({"run-key", "shards of one run need a run key in common"});
  for (const auto& [field, text] : {std::pair{"owner", &owner}, {"title", &title}, {"licence", &licence}})
    if (!isPrintable(*text) || text->size() > 1000)
      issues.push_back({field, "must be one line of at most 1000 characters"});
  return issues;
}

Json ProtectDatasetOptions::toJson() const {
  Json modelList = Json::array();
  for (const fs::path& model : models) modelList.push_back(fs::absolute(model).string());
  return {{"dataset", fs::absolute(dataset).string()},
          {"out", fs::absolute(out).string()},
          {"logo", fs::absolute(logo).string()},
          {"models", modelList},
          {"masks", masks ? Json(fs::absolute(*masks).string()) : Json("")},
          {"boxes", boxes ? Json(fs::absolute(*boxes).string()) : Json("")},
          {"segmenter", segmenter ? Json(fs::absolute(*segmenter).string()) : Json("")},
          {"saliency", saliency},
          {"saliency_threshold", saliencyThreshold},
          {"key", fs::absolute(ownerKey).string()},
          {"mode", mode},
          {"budget", budget},
          {"opacity_low", opacityLow},
          {"opacity_high", opacityHigh},
          {"law", law},
          {"logo_size", logoSize},
          {"further_sizes", furtherSizes},
          {"layout", layout},
          {"logos", logos},
          {"reinforce", reinforce},
          {"harden", harden},
          {"opaque_core", opaqueCore},
          {"anti_inpainting", antiInpainting},
          {"target_grade", targetGrade ? Json(*targetGrade) : Json(nullptr)},
          {"profile", profile},
          {"transforms", transformDraws},
          {"referral", referral},
          {"crop_safe", cropSafe},
          {"write_weak", writeWeak},
          {"allow_lesion_overlap", allowLesionOverlap},
          {"allow_large_coverage", allowLargeCoverage},
          {"jpeg", jpeg},
          {"payload", payload},
          {"embed_payload", embedPayload},
          {"shard", std::to_string(shardIndex) + "/" + std::to_string(shardCount)},
          {"run_key", runKey.empty() ? Json("") : Json(fs::absolute(runKey).string())},
          {"owner", owner},
          {"title", title},
          {"licence", licence},
          {"seed", seed ? Json(*seed) : Json(nullptr)},
          {"threads", threads},
          {"images_in_flight", imagesInFlight},
          {"resume", resume},
          {"dry_run", dryRun}};
}

ProtectDatasetOptions ProtectDatasetOptions::searchFromJson(const Json& json) {
  ProtectDatasetOptions options;
  const auto read = [&json](const char* field, auto& value) {
    if (const auto found = json.find(field); found != json.end()) found->get_to(value);
  };
  try {
    read("mode", options.mode);
    read("budget", options.budget);
    read("opacity_low", options.opacityLow);
    read("opacity_high", options.opacityHigh);
    read("law", options.law);
    read("logo_size", options.logoSize);
    read("further_sizes", options.furtherSizes);
    read("layout", options.layout);
    read("logos", options.logos);
    read("reinforce", options.reinforce);
    read("harden", options.harden);
    read("opaque_core", options.opaqueCore);
    read("anti_inpainting", options.antiInpainting);
    read("profile", options.profile);
    read("transforms", options.transformDraws);
    read("referral", options.referral);
    read("crop_safe", options.cropSafe);
    read("allow_lesion_overlap", options.allowLesionOverlap);
    read("allow_large_coverage", options.allowLargeCoverage);
    read("payload", options.payload);
    if (const auto grade = json.find("target_grade"); grade != json.end() && !grade->is_null())
      options.targetGrade = grade->get<int>();
  } catch (const Json::exception& e) {
    throw Error(ErrorCode::InputRejected, std::string("the run's options cannot be read: ") + e.what());
  }
  return options;
}

void applyLiteratureProfile(ProtectDatasetOptions& options) {
  options.profile = "literature";
  options.mode = "evolve";
  options.law = "cap";
  options.opacityLow = 100.0 / 255;
  options.opacityHigh = 1;
  options.logoSize = 0.25;
  options.furtherSizes = {0.5, 2.0 / 3};
  options.transformDraws = 0;
  options.harden = false;
  options.allowLargeCoverage = true;
  // Population, generations and hops of the publication, with the cost bound of spec 7.4 and room to confirm.
  const protect::EvolveOptions evolve;
  options.budget =
      static_cast<int>(1.3 * (evolve.population * (1 + evolve.generations * (7 * evolve.hops + 1))));
}

void applyPreset(ProtectDatasetOptions& options, const std::string& preset, const fs::path& tradeOffFile) {
  if (preset != "discreet" && preset != "balanced" && preset != "strong")
    throw Error(ErrorCode::InvalidArgument, "a preset is discreet, balanced or strong; not '" + preset + "'");
  const auto refuse = [&](const std::string& reason) {
    throw Error(ErrorCode::InputRejected, reason, tradeOffFile.string());
  };
  const Bytes bytes = readFile(tradeOffFile, 16ULL << 20);
  const Json json = Json::parse(bytes.begin(), bytes.end(), nullptr, false);
  if (!json.is_object() || json.value("schema", Json()) != "medlocker/trade-off/1")
    refuse("is not a trade-off file of this program");
  const auto presets = json.find("presets");
  if (presets == json.end() || !presets->is_object() || !presets->contains(preset))
    refuse("holds no preset '" + preset + "'");
  try {
    const Json& point = presets->at(preset);
    options.layout = point.at("layout").get<std::string>();
    options.logos = point.at("logos").get<int>();
    options.logoSize = point.at("logo_size").get<double>();
    options.furtherSizes.clear();
    options.reinforce = point.at("reinforce").get<double>();
    options.opacityHigh = point.at("opacity_high").get<double>();
    options.opacityLow = std::min(options.opacityLow, options.opacityHigh);
    options.allowLargeCoverage = point.at("allow_large_coverage").get<bool>();
  } catch (const Json::exception&) {
    refuse("the preset '" + preset + "' is not complete");
  }
}

}  // namespace medlocker::pipelines
