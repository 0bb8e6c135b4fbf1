// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/training_folder.h"

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/common/json.h"

namespace medlocker::pipelines {

namespace fs = std::filesystem;

void prepareTrainingFolder(const fs::path& out, const fs::path& dataset, const std::string& command,
                           bool resume) {
  std::error_code error;
  if (isInside(out, dataset) && fs::is_directory(dataset))
    throw Error(ErrorCode::InvalidArgument, "the run folder must not lie inside the dataset", out.string());
  const bool exists = fs::exists(out, error);
  if (exists && !fs::is_directory(out, error))
    throw Error(ErrorCode::InputRejected, "is not a folder", out.string());
  if (exists && !fs::is_empty(out, error)) {
    if (!resume)
      throw Error(ErrorCode::InputRejected, "the folder is not empty (use resume to continue the run in it)",
                  out.string());
    const fs::path record = out / "run.json";
    const Json json = fs::exists(record, error) ? parseJsonStrictly(readTextFile(record)) : Json::object();
    if (!json.is_object() || json.value("command", Json()) != command)
      throw Error(ErrorCode::InputRejected, "the folder holds no training run to resume", out.string());
  }
  fs::create_directories(out, error);
  if (error) throw Error(ErrorCode::Io, "the folder cannot be created: " + error.message(), out.string());
}

}  // namespace medlocker::pipelines
