// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>

#include "core/common/hash.h"

extern char** environ;

namespace medlocker::test {
namespace {

namespace fs = std::filesystem;

int statusOf(int raw) {
  if (WIFEXITED(raw)) return WEXITSTATUS(raw);
  return 128 + WTERMSIG(raw);
}

pid_t spawn(const std::vector<std::string>& command, const std::map<std::string, std::string>& extra, int out,
            int err) {
  std::vector<char*> arguments;
  for (const std::string& part : command) arguments.push_back(const_cast<char*>(part.c_str()));
  arguments.push_back(nullptr);
  std::vector<std::string> variables;
  for (char** variable = environ; *variable; ++variable) {
    const std::string text = *variable;
    if (!extra.count(text.substr(0, text.find('=')))) variables.push_back(text);
  }
  for (const auto& [name, value] : extra) variables.push_back(name + "=" + value);
  std::vector<char*> environment;
  for (const std::string& variable : variables) environment.push_back(const_cast<char*>(variable.c_str()));
  environment.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  pid_t pid = -1;
  const int failed =
      posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed) throw std::runtime_error("cannot start " + command.front());
  return pid;
}

}  // namespace

ProcessResult runProcess(const std::vector<std::string>& command,
                         const std::map<std::string, std::string>& environment) {
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe");
  const pid_t pid = spawn(command, environment, out[1], err[1]);
  close(out[1]);
  close(err[1]);
  ProcessResult result;
  std::array<pollfd, 2> waiting{{{out[0], POLLIN, 0}, {err[0], POLLIN, 0}}};
  std::array<std::string*, 2> texts{&result.out, &result.err};
  int open = 2;
  while (open > 0) {
    if (poll(waiting.data(), waiting.size(), -1) < 0) break;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].fd < 0 || waiting[i].revents == 0) continue;
      std::array<char, 65536> buffer{};
      const ssize_t n = read(waiting[i].fd, buffer.data(), buffer.size());
      if (n > 0) {
        texts[i]->append(buffer.data(), static_cast<std::size_t>(n));
      } else {
        close(waiting[i].fd);
        waiting[i].fd = -1;
        --open;
      }
    }
  }
  int raw = 0;
  waitpid(pid, &raw, 0);
  result.status = statusOf(raw);
  return result;
}

BackgroundProcess::BackgroundProcess(const std::vector<std::string>& command,
                                     const std::map<std::string, std::string>& environment) {
  const int sink = open("/dev/null", O_WRONLY | O_CLOEXEC);
  pid_ = spawn(command, environment, sink, sink);
  close(sink);
}

BackgroundProcess::~BackgroundProcess() {
  if (ended_) return;
  send(SIGKILL);
  wait();
}

void BackgroundProcess::send(int signal) const {
  kill(pid_, signal);
}

bool BackgroundProcess::running() {
  if (ended_) return false;
  int raw = 0;
  if (waitpid(pid_, &raw, WNOHANG) != pid_) return true;
  status_ = statusOf(raw);
  ended_ = true;
  return false;
}

int BackgroundProcess::wait() {
  if (ended_) return status_;
  int raw = 0;
  waitpid(pid_, &raw, 0);
  status_ = statusOf(raw);
  ended_ = true;
  return status_;
}

Kills killRepeatedly(const std::vector<std::string>& command, int times,
                     const std::function<void(BackgroundProcess&)>& moment) {
  Kills kills;
  for (int run = 0; run < times; ++run) {
    BackgroundProcess process(command);
    moment(process);
    if (process.running()) {
      process.send(SIGKILL);
      ++kills.count;
    }
    kills.statuses.push_back(process.wait());
  }
  return kills;
}

std::string medlockerBinary() {
  return std::string(MEDLOCKER_BINARY_DIR) + "/bin/medlocker";
}

std::map<std::string, std::string> folderHashes(const fs::path& folder) {
  std::map<std::string, std::string> hashes;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file())
      hashes[fs::relative(entry.path(), folder).generic_string()] = toHex(sha256File(entry.path()));
  return hashes;
}

}  // namespace medlocker::test
