// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/open_run_journal.h"

#include "core/common/error.h"
#include "core/common/files.h"

namespace medlocker::pipelines {

namespace fs = std::filesystem;

namespace {

/// What a killed process was writing; such files are never renamed into place any more.
void removeUnfinishedFiles(const fs::path& folder) {
  std::vector<fs::path> unfinished;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().string().ends_with(kTemporarySuffix))
      unfinished.push_back(entry.path());
  for (const fs::path& file : unfinished) fs::remove(file);
}

/// Nothing but, perhaps, the record of a run that ended before its journal began.
bool holdsNoResult(const fs::path& folder) {
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.path().filename() != "run.json") return false;
  return true;
}

}  // namespace

RunJournal openRunJournal(const fs::path& folder, const Json& identity, bool resume) {
  const auto refuse = [&folder](const char* reason) {
    throw Error(ErrorCode::InputRejected, reason, folder.string());
  };
  if (fs::exists(folder) && !fs::is_directory(folder)) refuse("is not a folder");
  const fs::path file = folder / "journal";
  if (!fs::exists(file)) {
    if (resume && fs::exists(folder)) removeUnfinishedFiles(folder);
    if (fs::exists(folder) && !(resume ? holdsNoResult(folder) : fs::is_empty(folder)))
      refuse("the output folder is not empty");
    fs::create_directories(folder);
    return RunJournal::create(file, {{"identity", identity}});
  }
  if (!resume) refuse("the folder holds a run already; use --resume to go on with it, or another folder");
  RunJournal journal = RunJournal::open(file);
  if (journal.header().value("identity", Json()) != identity)
    refuse("the run in this folder was started with other options, models or images, so it cannot go on");
  removeUnfinishedFiles(folder);  // the journal's lock is held: nobody else is writing here
  return journal;
}

}  // namespace medlocker::pipelines
