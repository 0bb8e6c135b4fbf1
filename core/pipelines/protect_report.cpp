// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/common/outcome_name.h"
#include "core/pipelines/protect_dataset.h"

namespace medlocker::pipelines {
namespace {

std::string percent(double fraction) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", 100 * fraction);
  return text;
}

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(number(value));
  return list;
}

std::string durationText(double seconds) {
  char text[48];
  if (seconds < 90)
    std::snprintf(text, sizeof text, "%.1f s", seconds);
  else
    std::snprintf(text, sizeof text, "%.1f min", seconds / 60);
  return text;
}

/// Long lists are cut on a terminal; the JSON summary and run.json have all.
constexpr std::size_t kMostLines = 20;

}  // namespace

bool ProtectDatasetSummary::hasItemIssues() const {
  const bool failed =
      std::any_of(issues.begin(), issues.end(), [](const ItemIssue& issue) { return issue.fatalForItem; });
  const bool left = std::any_of(statusCounts.begin(), statusCounts.end(), [](const auto& entry) {
    return entry.second > 0 &&
           (entry.first == "ERROR" || entry.first == "SKIPPED" || entry.first == "INFEASIBLE");
  });
  return failed || left;
}

std::string ProtectDatasetSummary::briefReport() const {
  std::string text = std::to_string(samples) + (samples == 1 ? " image:" : " images:");
  for (const char* status : {"PLANNED", "PROTECTED", "PARTIAL", "WEAK", "INFEASIBLE", "SKIPPED", "ERROR"})
    if (const auto found = statusCounts.find(status); found != statusCounts.end() && found->second > 0)
      text += " " + std::to_string(found->second) + " " + status;
  if (outcome == Outcome::Cancelled) text += "\nCancelled; go on with --resume.";
  if (resumedItems > 0)
    text += "\n" + std::to_string(resumedItems) + " of them were done by an earlier call.";
  for (std::size_t m = 0; m < sourceModels.size(); ++m)
    if (m < accuracyBefore.size() && std::isfinite(accuracyBefore[m]))
      text += "\nModel " + sourceModels[m] + ": right on " + percent(accuracyBefore[m]) +
              " of the labelled images before, " + percent(accuracyAfter[m]) + " after.";
  double covered = 0;
  std::int64_t overlap = 0;
  std::int64_t outside = 0;
  std::int64_t written = 0;
  for (const ProtectedItem& item : items) {
    if (item.status == "PLANNED" || item.output.empty()) continue;
    covered += item.coveredFraction;
    overlap += item.lesionOverlapPixels;
    outside = std::max(outside, item.outsideMaxAbsDiff);
    ++written;
  }
  if (written > 0)
    text += "\nLogo: covers " + percent(covered / static_cast<double>(written)) +
            " of the field of view on average; lesion pixels covered: " + std::to_string(overlap) +
            "; largest change outside the logo: " + std::to_string(outside) + ".";
  if (!runId.empty() && outcome == Outcome::Completed)
    text += "\nRun " + runId + " in " + out.string() +
            ": images/, certificate.json (signed), certificate.csv, unlock.mlvault, private/.\n" +
            "Back up private/ and owner.key: without them nothing can be unlocked or proved. Time: " +
            durationText(seconds) + ".";
  for (const std::string& notice : notices) text += "\nNote: " + notice;
  std::size_t lines = 0;
  std::size_t more = 0;
  const auto line = [&](const std::string& item, const std::string& reason) {
    if (lines++ < kMostLines)
      text += "\n  " + item + ": " + reason;
    else
      ++more;
  };
  for (const ItemIssue& issue : issues) line(issue.item, issue.reason);
  for (const ProtectedItem& item : items)
    if (!item.reason.empty()) line(item.id, item.status + " – " + item.reason);
  if (more > 0) text += "\n  … and " + std::to_string(more) + " more (see run.json)";
  return text;
}

Json ProtectDatasetSummary::toJson() const {
  Json list = Json::array();
  for (const ProtectedItem& item : items)
    list.push_back({{"id", item.id},
                    {"output", item.output},
                    {"status", item.status},
                    {"reason", item.reason},
                    {"label", item.label},
                    {"predicted_before", item.predictedBefore},
                    {"predicted_after", item.predictedAfter},
                    {"covered_fov", number(item.coveredFraction)},
                    {"mean_opacity", number(item.meanOpacity)},
                    {"logos", item.logos},
                    {"ssim", number(item.ssim)},
                    {"lesion_overlap_pixels", item.lesionOverlapPixels},
                    {"outside_max_abs_diff", item.outsideMaxAbsDiff},
                    {"evaluations", item.evaluations},
                    {"seconds", number(item.seconds)}});
  Json issueList = Json::array();
  for (const ItemIssue& issue : issues)
    issueList.push_back({{"item", issue.item}, {"reason", issue.reason}, {"fatal", issue.fatalForItem}});
  return {{"schema", "medlocker/protect/1"},
          {"outcome", outcomeName(outcome)},
          {"run_id", runId},
          {"out", out.string()},
          {"samples", samples},
          {"status_counts", statusCounts},
          {"items", list},
          {"issues", issueList},
          {"notices", notices},
          {"source_models", sourceModels},
          {"accuracy_before", numbers(accuracyBefore)},
          {"accuracy_after", numbers(accuracyAfter)},
          {"resumed_items", resumedItems},
          {"seconds", seconds}};
}

}  // namespace medlocker::pipelines
