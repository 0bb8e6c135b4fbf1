// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/common/resources.h"

#include <cstdlib>

#include "core/common/error.h"
#include "core/common/files.h"

namespace medlocker {
namespace {

namespace fs = std::filesystem;

constexpr int kLevelsUp = 5;  // build/<preset>/bin and a little more

bool isFile(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

fs::path executableFolder() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path{} : program.parent_path();
}

}  // namespace

fs::path findResource(std::string_view name) {
  if (const char* given = std::getenv("MEDLOCKER_RESOURCES"); given && *given) {
    fs::path found = safeJoin(given, name);
    if (isFile(found)) return found;
    throw Error(ErrorCode::NotFound, "is not in the folder that MEDLOCKER_RESOURCES names",
                std::string(name));
  }
  fs::path folder = executableFolder();
  for (int level = 0; level < kLevelsUp && !folder.empty(); ++level) {
    for (const char* place : {"share/medlocker", "resources"}) {
      fs::path found = safeJoin(folder / place, name);
      if (isFile(found)) return found;
    }
    if (folder == folder.root_path()) break;
    folder = folder.parent_path();
  }
  throw Error(ErrorCode::NotFound, "does not belong to the files that come with the program",
              std::string(name));
}

fs::path findLogo(const std::string& nameOrPath) {
  if (isFile(nameOrPath)) return nameOrPath;
  const bool isName = !nameOrPath.empty() && nameOrPath.find_first_of("/\\.") == std::string::npos;
  if (isName) {
    try {
      return findResource("logos/" + nameOrPath + ".png");
    } catch (const Error& error) {
      if (error.code() != ErrorCode::NotFound && error.code() != ErrorCode::InputRejected) throw;
    }
  }
  throw Error(ErrorCode::NotFound, "is neither a file nor the name of a logo that comes with the program",
              nameOrPath);
}

}  // namespace medlocker
