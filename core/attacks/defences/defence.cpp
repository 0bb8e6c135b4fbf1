// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/defences/defence.h"

#include <charconv>
#include <optional>

#include "core/attacks/defences/pixel_defences.h"
#include "core/attacks/defences/random_defences.h"
#include "core/common/error.h"

namespace medlocker::attacks {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

double number(std::string_view text, std::string_view whole) {
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size())
    throw Error(ErrorCode::InvalidArgument, "the setting after ':' must be a number", std::string(whole));
  return value;
}

}  // namespace

const std::vector<std::string>& trainingFreeDefences() {
  static const std::vector<std::string> kNames{"jpeg", "bit-red", "rp", "nips-r3", "fd", "tvm", "rs"};
  return kNames;
}

DefencePtr makeDefence(std::string_view nameAndSetting, int side) {
  const std::size_t colon = nameAndSetting.find(':');
  const std::string_view name = nameAndSetting.substr(0, colon);
  std::optional<double> setting;
  if (colon != std::string_view::npos) setting = number(nameAndSetting.substr(colon + 1), nameAndSetting);
  const auto whole = [&](int standard) {
    if (!setting) return standard;
    if (!(*setting >= 1 && *setting <= 1000 && *setting == static_cast<int>(*setting)))
      throw Error(ErrorCode::InvalidArgument, "the setting after ':' must be a whole number in 1..1000",
                  std::string(nameAndSetting));
    return static_cast<int>(*setting);
  };
  if (name == "jpeg") return std::make_shared<JpegDefence>(whole(75));
  if (name == "bit-red") return std::make_shared<BitReductionDefence>(whole(4));
  if (name == "rp") return std::make_shared<RandomResizeDefence>(side, setting ? whole(0) : 0);
  if (name == "nips-r3") return std::make_shared<JitterDefence>(whole(5));
  if (name == "fd") {
    if (setting) throw Error(ErrorCode::InvalidArgument, "fd takes no setting", std::string(nameAndSetting));
    return std::make_shared<FeatureDistillationDefence>();
  }
  if (name == "tvm") return std::make_shared<TotalVariationDefence>(setting.value_or(0.03));
  if (name == "rs") return std::make_shared<SmoothingDefence>(setting.value_or(0.25));
  throw Error(ErrorCode::InvalidArgument,
              "'" + std::string(name) + "' is no defence; known are " + joined(trainingFreeDefences()));
}

}  // namespace medlocker::attacks
