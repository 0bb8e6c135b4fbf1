// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace medlocker::test {

struct ProcessResult {
  int status = -1;  ///< exit status; 128 + signal when killed
  std::string out;
  std::string err;
};

/// Runs a program to its end without a shell; standard input is empty. Extra environment variables are added.
ProcessResult runProcess(const std::vector<std::string>& command,
                         const std::map<std::string, std::string>& environment = {});

/// A program running in the background, its output discarded; killed at the end of the object's life.
class BackgroundProcess {
 public:
  explicit BackgroundProcess(const std::vector<std::string>& command,
                             const std::map<std::string, std::string>& environment = {});
  ~BackgroundProcess();
  BackgroundProcess(const BackgroundProcess&) = delete;
  BackgroundProcess& operator=(const BackgroundProcess&) = delete;

  void send(int signal) const;
  bool running();
  /// Waits for the end; the status as in ProcessResult.
  int wait();

 private:
  pid_t pid_ = -1;
  int status_ = -1;
  bool ended_ = false;
};

struct Kills {
  int count = 0;              ///< runs that were killed
  std::vector<int> statuses;  ///< of all runs, as in ProcessResult
};

/// Starts a program `times` times, one after another, and kills each (SIGKILL) once `moment` returns, unless
/// it has ended by then.
Kills killRepeatedly(const std::vector<std::string>& command, int times,
                     const std::function<void(BackgroundProcess&)>& moment);

/// The built command-line program.
std::string medlockerBinary();

/// Content hash of every regular file below a folder, by relative path.
std::map<std::string, std::string> folderHashes(const std::filesystem::path& folder);

}  // namespace medlocker::test
