// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <sstream>

#include "core/common/outcome_name.h"
#include "core/pipelines/train_model.h"
#include "core/training/evaluation.h"

namespace medlocker::pipelines {

bool TrainSummary::hasItemIssues() const {
  return std::any_of(issues.begin(), issues.end(), [](const ItemIssue& issue) { return issue.fatalForItem; });
}

std::string TrainSummary::briefReport() const {
  std::ostringstream text;
  const auto seconds = [](double value) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.1f s", value);
    return std::string(buffer);
  };
  text << (options.dryRun                  ? "Looked at"
           : outcome == Outcome::Completed ? "Trained"
                                           : "Cancelled:")
       << " " << options.arch << " (" << training::methodName(options.trainer.method) << ") on " << samples
       << " images: " << used.train << " training, " << used.validation << " validation, " << used.test
       << " test";
  if (unlabelled > 0) text << ", " << unlabelled << " without label";
  if (ungradable > 0) text << ", " << ungradable << " not gradable";
  if (unreadable > 0) text << ", " << unreadable << " unreadable";
  text << "\n";
  for (std::size_t c = 0; c < classes.size() && c < perClass.size(); ++c)
    text << "  " << classes[c] << ": " << perClass[c].train << " / " << perClass[c].validation << " / "
         << perClass[c].test << "\n";
  if (options.dryRun) return text.str();
  text << history.size() << " of " << options.trainer.epochs << " epochs on " << device << " in "
       << seconds(totalSeconds) << (stoppedEarly ? " (stopped early)" : "");
  if (skippedSteps > 0) text << ", " << skippedSteps << " steps skipped";
  text << "\n";
  if (validation) {
    text << "Validation, epoch " << selectedEpoch << " (selected by "
         << training::toString(options.trainer.selection()) << "):\n"
         << training::describeForPeople(*validation, classes);
    if (robustValidation)
      text << "Validation under a 10-step attack at 8/255:\n"
           << training::describeForPeople(*robustValidation, classes);
  }
  if (test) text << "Test:\n" << training::describeForPeople(*test, classes);
  text << routerText << auditText;
  if (!modelFile.empty()) text << "Model: " << modelFile << "\n";
  if (outcome == Outcome::Cancelled) text << "The run can be resumed.\n";
  return text.str();
}

Json TrainSummary::toJson() const {
  const auto parts = [](const PartCounts& counts) {
    return Json{{"train", counts.train}, {"validation", counts.validation}, {"test", counts.test}};
  };
  Json perClassJson = Json::array();
  for (std::size_t c = 0; c < perClass.size(); ++c) {
    Json entry = parts(perClass[c]);
    entry["class"] = classes.at(c);
    perClassJson.push_back(std::move(entry));
  }
  Json issueList = Json::array();
  for (const ItemIssue& issue : issues)
    issueList.push_back({{"item", issue.item}, {"reason", issue.reason}, {"fatal", issue.fatalForItem}});
  Json epochs = Json::array();
  for (const training::EpochRecord& record : history) epochs.push_back(training::toJson(record));
  Json json = {{"schema", "medlocker/train/1"},
               {"outcome", outcomeName(outcome)},
               {"options", options.toJson()},
               {"device", device},
               {"model", nullptr},
               {"dataset",
                {{"fingerprint", datasetFingerprint},
                 {"classes", classes},
                 {"samples", samples},
                 {"used", parts(used)},
                 {"unlabelled", unlabelled},
                 {"ungradable", ungradable},
                 {"unreadable", unreadable},
                 {"per_class", perClassJson}}},
               {"epochs_done", history.size()},
               {"selected_epoch", selectedEpoch},
               {"stopped_early", stoppedEarly},
               {"skipped_steps", skippedSteps},
               {"resumed_at_epoch", resumedAtEpoch},
               {"history", epochs},
               {"validation", nullptr},
               {"test", nullptr},
               {"issues", issueList},
               {"notices", notices},
               {"timings",
                {{"decode_seconds", decodeSeconds},
                 {"train_seconds", trainSeconds},
                 {"total_seconds", totalSeconds}}}};
  if (!modelFile.empty())
    json["model"] = {
        {"file", modelFile}, {"sha256", modelSha256}, {"arch", options.arch}, {"input_size", inputSize}};
  if (validation) json["validation"] = training::toJson(*validation, classes, referableFrom);
  if (robustValidation)
    json["robust_validation"] = training::toJson(*robustValidation, classes, referableFrom);
  json["selected_by"] = std::string(training::toString(options.trainer.selection()));
  json["teachers"] = teachers;
  json["aw_net"] = router;
  json["processes"] = processes;
  json["audit"] = audit;
  if (test) json["test"] = training::toJson(*test, classes, referableFrom);
  return json;
}

}  // namespace medlocker::pipelines
