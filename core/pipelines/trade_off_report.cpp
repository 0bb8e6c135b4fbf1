// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/trade_off_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "core/common/files.h"
#include "core/common/run_record.h"
#include "core/protect/logo_layout.h"
#include "core/protect/search.h"
#include "core/protect/visibility.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json numberOrNull(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json pointJson(const TradeOffPoint& p) {
  return {{"layout", p.layout},
          {"logos", p.logos},
          {"logo_size", p.logoSize},
          {"reinforce", p.reinforce},
          {"images", p.images},
          {"placed_size", number(p.placedSize)},
          {"mean_logos", number(p.meanLogos)},
          {"covered_fov", number(p.coveredFov)},
          {"mean_opacity", number(p.meanOpacity)},
          {"legibility", number(p.legibility)},
          {"similarity", number(p.similarity)},
          {"source",
           {{"clean", number(p.sourceClean)},
            {"accuracy", number(p.sourceAccuracy)},
            {"asr", number(p.sourceAsr)}}},
          {"target",
           {{"clean", number(p.targetClean)},
            {"accuracy", number(p.targetAccuracy)},
            {"asr", number(p.targetAsr)}}},
          {"seconds_per_image", number(p.secondsPerImage)},
          {"evaluations_per_image", number(p.evaluationsPerImage)}};
}

std::string csvOf(const TradeOffSummary& summary) {
  std::ostringstream out;
  out << "layout,logos,logo_size,reinforce,images,placed_size,mean_logos,covered_fov,mean_opacity,legibility,"
         "similarity,source_clean,source_accuracy,source_asr,target_clean,target_accuracy,target_asr,"
         "seconds_per_image,evaluations_per_image\n";
  const auto cell = [&out](double value) {
    if (std::isfinite(value)) out << value;
  };
  for (const TradeOffPoint& p : summary.points) {
    out << p.layout << ',' << p.logos << ',' << p.logoSize << ',' << p.reinforce << ',' << p.images;
    for (const double value : {p.placedSize, p.meanLogos, p.coveredFov, p.meanOpacity, p.legibility,
                               p.similarity, p.sourceClean, p.sourceAccuracy, p.sourceAsr, p.targetClean,
                               p.targetAccuracy, p.targetAsr, p.secondsPerImage, p.evaluationsPerImage}) {
      out << ',';
      cell(value);
    }
    out << '\n';
  }
  return out.str();
}

std::string formatted(const char* format, double value) {
  if (!std::isfinite(value)) return "-";
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string percent(double value) {
  return formatted("%.1f %%", 100 * value);
}

}  // namespace

std::vector<OptionIssue> TradeOffOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (dataset.empty()) issues.push_back({"dataset", "is required"});
  if (logo.empty()) issues.push_back({"logo", "is required"});
  if (models.empty()) issues.push_back({"model", "at least one source model is required"});
  if (layouts.empty()) issues.push_back({"layouts", "at least one is needed"});
  for (const std::string& layout : layouts) {
    try {
      protect::parseLayout(layout);
    } catch (const Error& e) {
      issues.push_back({"layouts", e.message()});
    }
  }
  if (sizes.empty()) issues.push_back({"sizes", "at least one is needed"});
  for (const double size : sizes)
    if (!(size >= 0.125 && size <= 2.0 / 3 + 1e-9)) issues.push_back({"sizes", "must be 1/8 to 2/3"});
  for (const int count : logos)
    if (count < 2 || count > 4) issues.push_back({"logos", "must be 2 to 4"});
  if (reinforcements.empty()) issues.push_back({"reinforcements", "at least one is needed (0: plain)"});
  for (const double epsilon : reinforcements)
    if (!(epsilon >= 0 && epsilon <= 0.4)) issues.push_back({"reinforcements", "must be 0 to 0.4"});
  try {
    protect::parseSearchMode(mode);
  } catch (const Error& e) {
    issues.push_back({"mode", e.message()});
  }
  if (budget < 16 || budget > 1'000'000) issues.push_back({"budget", "must be 16 to 1000000"});
  if (!(opacityHigh >= 0.05 && opacityHigh <= 1)) issues.push_back({"opacity", "must be 0.05 to 1"});
  if (images < 1 || images > 1'000'000) issues.push_back({"images", "must be 1 to 1000000"});
  return issues;
}

Json TradeOffOptions::toJson() const {
  const auto list = [](const std::vector<fs::path>& paths) {
    Json names = Json::array();
    for (const fs::path& path : paths) names.push_back(fs::absolute(path).string());
    return names;
  };
  return {{"dataset", fs::absolute(dataset).string()},
          {"logo", fs::absolute(logo).string()},
          {"models", list(models)},
          {"targets", list(targets)},
          {"masks", masks ? Json(fs::absolute(*masks).string()) : Json("")},
          {"layouts", layouts},
          {"logos", logos},
          {"sizes", sizes},
          {"reinforcements", reinforcements},
          {"mode", mode},
          {"budget", budget},
          {"opacity_high", opacityHigh},
          {"images", images},
          {"seed", seed}};
}

std::vector<TradeOffPoint> tradeOffSettings(const TradeOffOptions& options) {
  std::vector<TradeOffPoint> settings;
  for (const std::string& layout : options.layouts) {
    const std::vector<int> counts = layout == "multi" ? options.logos : std::vector<int>{1};
    for (const int count : counts)
      for (const double size : options.sizes)
        for (const double epsilon : options.reinforcements) {
          TradeOffPoint point;
          point.layout = layout;
          point.logos = count;
          point.logoSize = size;
          point.reinforce = epsilon;
          point.similarity = 0;  // a sum until the end
          settings.push_back(point);
        }
  }
  return settings;
}

std::string TradeOffSummary::briefReport() const {
  std::string text = std::to_string(images) + " images, " + std::to_string(points.size()) + " settings.\n\n" +
                     "layout  logos size  placed  reinforce  covered   opacity  legible   source    unseen\n";
  for (std::size_t i = 0; i < points.size(); ++i) {
    const TradeOffPoint& p = points[i];
    char line[160];
    std::snprintf(line, sizeof line, "%-7s %-5d %-5.3g %-7s %-10.3g %-9s %-8.2f %-9.2f %-9s %-9s",
                  p.layout.c_str(), p.logos, p.logoSize, formatted("%.3g", p.placedSize).c_str(), p.reinforce,
                  percent(p.coveredFov).c_str(), p.meanOpacity, p.legibility,
                  percent(p.sourceAccuracy).c_str(), percent(p.targetAccuracy).c_str());
    text += line;
    for (const auto& [name, index] : presets)
      if (index == i) text += " <- " + name;
    text += "\n";
  }
  text += "\nSource models at most 8 % right from a coverage of " +
          (coverageForSource ? percent(*coverageForSource) : std::string("(not reached)")) +
          "; unseen models at most 45 % from " +
          (coverageForUnseen ? percent(*coverageForUnseen) : std::string("(not reached)")) + ".";
  for (const ItemIssue& issue : issues) text += "\n  " + issue.item + ": " + issue.reason;
  return text;
}

Json TradeOffSummary::toJson(const TradeOffOptions& options) const {
  Json list = Json::array();
  for (const TradeOffPoint& point : points) list.push_back(pointJson(point));
  Json chosen = Json::object();
  for (const auto& [name, index] : presets) {
    const TradeOffPoint& p = points[index];
    chosen[name] = {{"point", index},
                    {"layout", p.layout},
                    {"logos", p.logos},
                    {"logo_size", p.logoSize},
                    {"reinforce", p.reinforce},
                    {"opacity_high", options.opacityHigh},
                    {"allow_large_coverage", p.coveredFov > protect::kCoverageLimit}};
  }
  Json issueList = Json::array();
  for (const ItemIssue& issue : issues) issueList.push_back({{"item", issue.item}, {"reason", issue.reason}});
  return {{"schema", kTradeOffSchema},
          {"images", images},
          {"label_origin", labelOrigin},
          {"sources", sources},
          {"targets", targets},
          {"mode", options.mode},
          {"budget", options.budget},
          {"points", list},
          {"presets", chosen},
          {"coverage_for_source_8", numberOrNull(coverageForSource)},
          {"coverage_for_unseen_45", numberOrNull(coverageForUnseen)},
          {"issues", issueList},
          {"seconds", seconds}};
}

void writeTradeOff(const fs::path& folder, const TradeOffOptions& options, const TradeOffSummary& summary) {
  fs::create_directories(folder);
  writeFileAtomically(folder / "trade-off.json", summary.toJson(options).dump(2) + "\n");
  writeFileAtomically(folder / "trade-off.csv", csvOf(summary));
  writeRunJson(folder, {{"command", "trade-off"},
                        {"options", options.toJson()},
                        {"seed", options.seed},
                        {"outcome", "completed"},
                        {"counts", {{"images", summary.images}, {"settings", summary.points.size()}}},
                        {"seconds", summary.seconds},
                        {"finished_utc", utcNow()}});
}

}  // namespace medlocker::pipelines
