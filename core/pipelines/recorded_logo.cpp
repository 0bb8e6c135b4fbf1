// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/recorded_logo.h"

#include "core/common/error.h"

namespace medlocker::pipelines {
namespace {

constexpr int kExtrasVersion = 1;

[[noreturn]] void refuse(const char* reason) {
  throw Error(ErrorCode::InputRejected, reason);
}

}  // namespace

void recordLogos(const protect::ProtectedImage& result, certificate::PrivateRecord& record) {
  record.warpSeed = result.recipe.seeds.warp;
  record.texSeed = result.recipe.seeds.texture;
  record.jitterSeed = result.recipe.seeds.jitter;
  if (record.extras.is_null()) record.extras = Json::object();
  record.extras["version"] = kExtrasVersion;
  record.extras["layout"] = std::string(protect::toString(result.layout));
  Json logos = Json::array();
  for (const protect::FilePlacement& at : result.placements) logos.push_back({at.x, at.y, at.alphaCode});
  record.extras["logos"] = std::move(logos);
  record.extras["tile"] = result.recipe.toJson();
}

RecordedLogos rebuildLogos(const certificate::PrivateRecord& record, const protect::Logo& logo) {
  if (logo.sha256 != record.logoSha256) refuse("the logo is not the one of the record");
  RecordedLogos out;
  out.law = protect::parseOpacityLaw(record.law);
  protect::TileRecipe recipe;
  recipe.size = {static_cast<int>(record.w), static_cast<int>(record.h)};
  out.placements = {
      {static_cast<int>(record.x), static_cast<int>(record.y), static_cast<int>(record.alphaCode)}};
  if (record.extras.is_object() && record.extras.contains("tile")) {
    recipe = protect::TileRecipe::fromJson(record.extras["tile"]);
    const Json logos = record.extras.value("logos", Json::array());
    if (!logos.is_array() || logos.empty()) refuse("the record names no place of the logo");
    out.placements.clear();
    for (const Json& at : logos) {
      if (!at.is_array() || at.size() != 3) refuse("the record's places are not valid");
      for (const Json& value : at)
        if (!value.is_number_integer() || value.get<std::int64_t>() < 0 ||
            value.get<std::int64_t>() > (1 << 20))
          refuse("the record's places are not valid");
      out.placements.push_back({at[0].get<int>(), at[1].get<int>(), at[2].get<int>()});
    }
  }
  recipe.seeds.warp = record.warpSeed;
  recipe.seeds.texture = record.texSeed;
  recipe.seeds.jitter = record.jitterSeed;
  out.tile = protect::makeTile(logo, recipe);
  if (protect::tileHash(out.tile) != record.tileSha256)
    refuse("the record does not make its logo tile again");
  return out;
}

}  // namespace medlocker::pipelines
