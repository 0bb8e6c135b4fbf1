// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/protection_summary.h"

#include <limits>

namespace medlocker::pipelines {

ProtectedItem describeItem(const data::Sample& sample, const JournalEntry& entry) {
  const Json& details = entry.details;
  ProtectedItem item;
  item.id = sample.id;
  item.output = entry.output;
  item.status = entry.status;
  item.reason = details.value("reason", std::string());
  item.label = sample.label.value_or(-1);
  item.predictedBefore = details.value("predicted_before", std::vector<int>());
  item.predictedAfter = details.value("predicted_after", std::vector<int>());
  item.coveredFraction = details.value("covered_fov", 0.0);
  item.meanOpacity = details.value("mean_opacity", 0.0);
  item.logos = details.value("logos", 1);
  item.ssim = details.value("ssim", 1.0);
  item.lesionOverlapPixels = details.value("lesion_overlap_pixels", static_cast<std::int64_t>(0));
  item.outsideMaxAbsDiff = details.value("outside_max_abs_diff", static_cast<std::int64_t>(0));
  item.evaluations = details.value("evaluations", 0);
  item.seconds = details.value("seconds", 0.0);
  return item;
}

void collectItems(const data::Manifest& manifest, const RunJournal& journal, std::size_t models,
                  ProtectDatasetSummary& summary) {
  summary.items.clear();
  summary.statusCounts.clear();
  std::vector<std::int64_t> labelled(models);
  std::vector<std::int64_t> rightBefore(models);
  std::vector<std::int64_t> rightAfter(models);
  for (const data::Sample& sample : manifest.samples) {
    const auto found = journal.entries().find(sample.id);
    if (found == journal.entries().end()) continue;
    const JournalEntry& entry = found->second;
    const Json& details = entry.details;
    ProtectedItem item = describeItem(sample, entry);
    ++summary.statusCounts[item.status];
    const auto labels = details.value("labels", std::vector<int>());
    if (details.value("label_origin", std::string()) == "given" && !entry.output.empty())
      for (std::size_t m = 0; m < models && m < labels.size(); ++m) {
        if (m >= item.predictedBefore.size() || m >= item.predictedAfter.size()) break;
        ++labelled[m];
        rightBefore[m] += item.predictedBefore[m] == labels[m];
        rightAfter[m] += item.predictedAfter[m] == labels[m];
      }
    summary.items.push_back(std::move(item));
  }
  summary.accuracyBefore.clear();
  summary.accuracyAfter.clear();
  for (std::size_t m = 0; m < models; ++m) {
    const auto n = static_cast<double>(labelled[m]);
    summary.accuracyBefore.push_back(labelled[m] > 0 ? static_cast<double>(rightBefore[m]) / n
                                                     : std::numeric_limits<double>::quiet_NaN());
    summary.accuracyAfter.push_back(labelled[m] > 0 ? static_cast<double>(rightAfter[m]) / n
                                                    : std::numeric_limits<double>::quiet_NaN());
  }
}

}  // namespace medlocker::pipelines
