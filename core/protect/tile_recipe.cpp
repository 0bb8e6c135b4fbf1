// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/tile_recipe.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/common/error.h"
#include "core/common/hash.h"
#include "core/protect/visibility.h"

namespace medlocker::protect {
namespace {

constexpr std::size_t kHexPerString = 4096;  // longest string of a record
constexpr int kMaxSide = 1 << 20;

[[noreturn]] void refuse(const char* what) {
  throw Error(ErrorCode::InputRejected, std::string("the recorded logo tile is not valid: ") + what);
}

std::string hexOf(std::uint64_t value) {
  std::string text(16, '0');
  for (std::size_t i = 0; i < 16; ++i) text[15 - i] = "0123456789abcdef"[(value >> (4 * i)) & 15];
  return text;
}

std::uint64_t fromHex(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.size() != 16 || error != std::errc() || end != text.data() + 16)
    refuse("a seed is no hexadecimal number");
  return value;
}

int integerIn(const Json& json, const char* key, int low, int high) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number_integer()) refuse(key);
  const auto value = found->get<std::int64_t>();
  if (value < low || value > high) refuse(key);
  return static_cast<int>(value);
}

std::vector<double> onGrey(const LogoTile& tile) {
  std::vector<double> out(tile.matte.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double m = tile.matte[i] / 65535.0;
    out[i] = 0.5 * (1 - m) + m * luma(tile.rgb[3 * i], tile.rgb[3 * i + 1], tile.rgb[3 * i + 2]);
  }
  return out;
}

}  // namespace

GridWeights gridWeights(int i, int n, int cells) {
  const double at = std::clamp((i + 0.5) * cells / n - 0.5, 0.0, cells - 1.0);
  const int low = static_cast<int>(at);
  return {low, std::min(low + 1, cells - 1), at - low};
}

Json TileRecipe::toJson() const {
  Json out = {{"logo_size", {size.width, size.height}}};
  if (seeds.core != 0) out["core_seed"] = hexOf(seeds.core);
  if (reinforcement) {
    Json parts = Json::array();
    const std::string hex = toHex(ByteView(reinterpret_cast<const std::uint8_t*>(reinforcement->codes.data()),
                                           reinforcement->codes.size()));
    for (std::size_t at = 0; at < hex.size(); at += kHexPerString)
      parts.push_back(hex.substr(at, kHexPerString));
    out["reinforcement"] = {{"epsilon_milli", reinforcement->epsilonMilli},
                            {"width", reinforcement->width},
                            {"height", reinforcement->height},
                            {"codes", parts}};
  }
  return out;
}

TileRecipe TileRecipe::fromJson(const Json& json) {
  if (!json.is_object()) refuse("no object");
  TileRecipe recipe;
  const auto size = json.find("logo_size");
  if (size == json.end() || !size->is_array() || size->size() != 2) refuse("logo_size");
  for (const Json& side : *size)
    if (!side.is_number_integer() || side.get<std::int64_t>() < 1 || side.get<std::int64_t>() > kMaxSide)
      refuse("logo_size");
  recipe.size = {(*size)[0].get<int>(), (*size)[1].get<int>()};
  if (const auto core = json.find("core_seed"); core != json.end()) {
    if (!core->is_string()) refuse("core_seed");
    recipe.seeds.core = fromHex(core->get<std::string>());
  }
  if (const auto found = json.find("reinforcement"); found != json.end()) {
    if (!found->is_object()) refuse("reinforcement");
    Reinforcement r;
    r.epsilonMilli = integerIn(*found, "epsilon_milli", 0, 400);
    r.width = integerIn(*found, "width", 1, kMostReinforcementCells);
    r.height = integerIn(*found, "height", 1, kMostReinforcementCells);
    const auto codes = found->find("codes");
    if (codes == found->end() || !codes->is_array()) refuse("codes");
    std::string hex;
    for (const Json& part : *codes) {
      if (!part.is_string()) refuse("codes");
      hex += part.get<std::string>();
    }
    if (hex.size() != 6ULL * static_cast<std::size_t>(r.width) * static_cast<std::size_t>(r.height))
      refuse("codes");
    for (std::size_t i = 0; i < hex.size(); i += 2) {
      unsigned value = 0;
      const auto [end, error] = std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
      if (error != std::errc() || end != hex.data() + i + 2) refuse("codes");
      r.codes.push_back(static_cast<std::int8_t>(static_cast<std::uint8_t>(value)));
    }
    recipe.reinforcement = std::move(r);
  }
  return recipe;
}

LogoTile reinforceTile(const LogoTile& tile, const Reinforcement& r) {
  if (r.codes.size() != 3ULL * static_cast<std::size_t>(r.width) * static_cast<std::size_t>(r.height))
    throw Error(ErrorCode::InvalidArgument, "the reinforcement's codes do not fit its grid");
  LogoTile out = tile;
  const double scale = r.epsilonMilli / 1000.0 / 127.0;
  for (int y = 0; y < tile.height; ++y) {
    const GridWeights wy = gridWeights(y, tile.height, r.height);
    for (int x = 0; x < tile.width; ++x) {
      const std::size_t pixel = static_cast<std::size_t>(y) * tile.width + x;
      if (tile.matte[pixel] == 0) continue;
      const GridWeights wx = gridWeights(x, tile.width, r.width);
      for (std::size_t c = 0; c < 3; ++c) {
        const auto code = [&](int cx, int cy) -> double {
          return r.codes[3 * (static_cast<std::size_t>(cy) * r.width + cx) + c];
        };
        const double top = code(wx.low, wy.low) * (1 - wx.part) + code(wx.high, wy.low) * wx.part;
        const double bottom = code(wx.low, wy.high) * (1 - wx.part) + code(wx.high, wy.high) * wx.part;
        const double shift = scale * (top * (1 - wy.part) + bottom * wy.part);
        const double moved = std::clamp(out.rgb[3 * pixel + c] / 65535.0 + shift, 0.0, 1.0);
        out.rgb[3 * pixel + c] = static_cast<std::uint16_t>(std::floor(65535.0 * moved + 0.5));
      }
    }
  }
  return out;
}

LogoTile makeTile(const Logo& logo, const TileRecipe& recipe) {
  LogoTile tile = hardenTile(renderTile(logo, recipe.size.width, recipe.size.height), recipe.seeds);
  return recipe.reinforcement ? reinforceTile(tile, *recipe.reinforcement) : tile;
}

double tileSimilarity(const LogoTile& a, const LogoTile& b) {
  if (a.width != b.width || a.height != b.height)
    throw Error(ErrorCode::InvalidArgument, "the two tiles differ in size");
  return meanSsim(onGrey(a), onGrey(b), a.width, a.height);
}

}  // namespace medlocker::protect
