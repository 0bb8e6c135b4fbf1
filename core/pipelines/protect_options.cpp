// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "core/pipelines/protect_dataset.h"
#include "core/protect/compositor.h"
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
  if (!(logoSize >= 0.125 && logoSize <= 2.0 / 3 + 1e-9))
    issues.push_back({"logo-size", "must be 1/8 to 2/3"});
  if (transformDraws < 0 || transformDraws > 16) issues.push_back({"transforms", "must be 0 to 16"});
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
          {"key", fs::absolute(ownerKey).string()},
          {"mode", mode},
          {"budget", budget},
          {"opacity_low", opacityLow},
          {"opacity_high", opacityHigh},
          {"law", law},
          {"logo_size", logoSize},
          {"transforms", transformDraws},
          {"referral", referral},
          {"crop_safe", cropSafe},
          {"write_weak", writeWeak},
          {"allow_lesion_overlap", allowLesionOverlap},
          {"allow_large_coverage", allowLargeCoverage},
          {"owner", owner},
          {"title", title},
          {"licence", licence},
          {"seed", seed ? Json(*seed) : Json(nullptr)},
          {"threads", threads},
          {"resume", resume},
          {"dry_run", dryRun}};
}

}  // namespace medlocker::pipelines
