// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/common/device.h"
#include "core/common/error.h"
#include "core/common/json.h"
#include "core/common/run_context.h"

namespace medlocker::pipelines {

struct TradeOffOptions {
  std::filesystem::path dataset;
  std::filesystem::path logo;
  std::vector<std::filesystem::path> models;   ///< source set: steers the search
  std::vector<std::filesystem::path> targets;  ///< unseen models: only measured
  std::optional<std::filesystem::path> masks;
  std::filesystem::path out;  ///< trade-off.json, trade-off.csv; empty: nothing is written

  std::vector<std::string> layouts{"single", "multi", "tiled"};
  std::vector<int> logos{2, 4};                   ///< numbers tried with layout multi
  std::vector<double> sizes{0.125, 0.25, 0.375};  ///< as protect's logo size
  std::vector<double> reinforcements{0, 0.15};    ///< ε_L
  std::string mode = "grid";
  int budget = 200;  ///< candidates per image and setting
  double opacityHigh = 0.9;
  int images = 24;  ///< drawn from the dataset by the seed; all where there are fewer
  std::uint64_t seed = 0;
  DeviceChoice device = DeviceChoice::Auto;

  std::vector<OptionIssue> validate() const;
  Json toJson() const;
};

/// One setting, measured over the drawn images without any coverage limit. Fractions 0..1; NaN where no model
/// of the kind, or no image of the kind, was there.
struct TradeOffPoint {
  std::string layout;
  int logos = 1;  ///< wanted; for tiled 1
  double logoSize = 0.25;
  double reinforce = 0;
  std::int64_t images = 0;  ///< that found room
  double placedSize = 0;    ///< mean of the sizes placed, as logoSize: 1/2 is taken where that would be too
                            ///< small to read, less where there is little room
  double meanLogos = 0;     ///< placed per image
  double coveredFov = 0;    ///< mean share of the field of view
  double meanOpacity = 0;
  double legibility = 0;   ///< mean contrast measure of the report; below 1: hardly readable
  double similarity = 1;   ///< mean SSIM of the reinforced against the plain logo
  double sourceClean = 0;  ///< accuracy, mean over source models
  double sourceAccuracy = 0;
  double sourceAsr = 0;  ///< wrong now among those right before, mean over source models
  double targetClean = 0;
  double targetAccuracy = 0;
  double targetAsr = 0;
  double secondsPerImage = 0;
  double evaluationsPerImage = 0;
};

struct TradeOffSummary {
  Outcome outcome = Outcome::Completed;
  std::vector<TradeOffPoint> points;
  /// "discreet", "balanced", "strong" → index into `points`: the lowest source accuracy that covers at most 4
  /// %, at most 8.5 % (the default limit), and the lowest accuracy of unseen models (without any: of source
  /// models) at any coverage. A name is missing where no point qualifies.
  std::map<std::string, std::size_t> presets;
  /// Least mean coverage of a point with mean source accuracy at most 8 %, unseen at most 45 %; empty: none.
  std::optional<double> coverageForSource;
  std::optional<double> coverageForUnseen;
  std::int64_t images = 0;
  std::string labelOrigin;  ///< given, pseudo
  std::vector<std::string> sources;
  std::vector<std::string> targets;
  std::vector<ItemIssue> issues;
  double seconds = 0;

  bool hasItemIssues() const { return !issues.empty(); }
  std::string briefReport() const;
  Json toJson(const TradeOffOptions& options) const;
};

/// The curve of spec 7.10 on the user's own data: what a setting costs in coverage, opacity and legibility,
/// and what it does to the models it was searched with and to models it never saw. Writes no protected image.
/// Deterministic in options and data. Throws Error where the run must not begin.
TradeOffSummary measureTradeOff(const TradeOffOptions& options, const RunContext& context);

}  // namespace medlocker::pipelines
