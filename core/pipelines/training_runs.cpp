// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/training_runs.h"

#include <algorithm>
#include <set>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/common/json.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

constexpr int kDepth = 2;
/// A place may be somebody's whole home: what is looked at stays bounded.
constexpr int kMostFolders = 5000;

bool isThere(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::string textOf(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

void readRecord(const Json& record, TrainingRun& run) {
  run.outcome = textOf(record, "outcome");
  run.failure = textOf(record, "failure");
  run.written = textOf(record, "written");
  const Json& options = record.at("options");
  run.arch = textOf(options, "arch");
  run.dataset = textOf(options, "dataset");
  run.plannedEpochs = options.value("epochs", 0);
  run.method = textOf(options.at("method"), "name");
  run.classes = record.at("dataset").at("classes").get<std::vector<std::string>>();
  try {
    run.options = TrainOptions::fromJson(options);
    run.options->out = run.folder;
  } catch (const Error&) {
    // Another version's options: the run can be looked at, but not be continued here.
  }
}

void readHistory(const fs::path& file, TrainingRun& run) {
  const Json json = parseJsonStrictly(readTextFile(file));
  for (const Json& epoch : json.at("epochs")) run.history.push_back(training::epochRecordFromJson(epoch));
  for (const training::EpochRecord& record : run.history)
    if (record.best) run.selectedEpoch = record.epoch;
}

class Finder {
 public:
  void visit(const fs::path& folder, int depth) {
    std::error_code error;
    const fs::path real = fs::weakly_canonical(folder, error);
    if (error || !seen_.insert(real).second || ++visited_ > kMostFolders) return;
    if (auto run = readTrainingRun(real)) runs_.push_back(std::move(*run));
    if (depth == 0) return;
    for (fs::directory_iterator entry(real, fs::directory_options::skip_permission_denied, error), end;
         !error && entry != end; entry.increment(error)) {
      std::error_code ignored;
      if (entry->is_directory(ignored) && !entry->is_symlink(ignored)) visit(entry->path(), depth - 1);
    }
  }
  std::vector<TrainingRun> take() {
    std::sort(runs_.begin(), runs_.end(), [](const TrainingRun& a, const TrainingRun& b) {
      return a.written != b.written ? a.written > b.written : a.folder < b.folder;
    });
    return std::move(runs_);
  }

 private:
  std::set<fs::path> seen_;
  std::vector<TrainingRun> runs_;
  int visited_ = 0;
};

}  // namespace

const training::EpochRecord* TrainingRun::selected() const {
  const auto found =
      std::find_if(history.begin(), history.end(),
                   [this](const training::EpochRecord& record) { return record.epoch == selectedEpoch; });
  return found == history.end() ? nullptr : &*found;
}

std::optional<TrainingRun> readTrainingRun(const fs::path& folder) {
  const fs::path record = folder / "run.json";
  if (!isThere(record)) return std::nullopt;
  TrainingRun run;
  run.folder = folder;
  run.hasModel = isThere(folder / "model.safetensors");
  run.hasCheckpoint = isThere(folder / "checkpoint" / "checkpoint.json");
  try {
    const Json json = parseJsonStrictly(readTextFile(record));
    if (!json.is_object() || textOf(json, "command") != "train") return std::nullopt;
    readRecord(json, run);
  } catch (const std::exception& error) {
    // Another command's damaged record looks the same; only a training has a history of epochs.
    if (!isThere(folder / "history.json")) return std::nullopt;
    run.problem = "run.json cannot be read: " + std::string(error.what());
  }
  try {
    if (isThere(folder / "history.json")) readHistory(folder / "history.json", run);
  } catch (const std::exception& error) {
    run.problem = "history.json cannot be read: " + std::string(error.what());
  }
  return run;
}

std::vector<TrainingRun> findTrainingRuns(const std::vector<fs::path>& places) {
  Finder finder;
  for (const fs::path& place : places) {
    std::error_code ignored;
    if (place.empty()) continue;
    if (fs::is_directory(place, ignored))
      finder.visit(place, kDepth);
    else if (fs::is_regular_file(place, ignored))
      finder.visit(place.parent_path(), 0);
  }
  return finder.take();
}

}  // namespace medlocker::pipelines
