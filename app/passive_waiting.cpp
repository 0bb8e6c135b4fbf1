// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
//
// OpenMP's idle threads spin by default. On a machine that does something else as well they then take the
// cores from each other, and the program gets many times slower; sleeping costs a few microseconds per
// parallel section. The OpenMP runtime reads the environment while it is being loaded, before main() and
// before any constructor of ours, so the setting must be there when the program starts: this function runs
// ahead of every library's constructors and, where the user has said nothing about waiting, starts the same
// program once more with OMP_WAIT_POLICY=passive. The process keeps its number, files and arguments.
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <initializer_list>

namespace {

constexpr std::size_t kMostVariables = 4096;
constexpr const char* kPassive = "OMP_WAIT_POLICY=passive";

bool names(const char* entry, const char* variable) {
  const std::size_t length = std::strlen(variable);
  return std::strncmp(entry, variable, length) == 0 && entry[length] == '=';
}

/// No constructor has run yet: plain system calls and memory of our own only.
void waitPassively(int /*argc*/, char** argv, char** environment) {
  static char* extended[kMostVariables + 2];
  static char program[4096];
  std::size_t count = 0;
  for (; environment[count]; ++count) {
    if (count == kMostVariables) return;
    for (const char* setting : {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"})
      if (names(environment[count], setting)) return;
    extended[count] = environment[count];
  }
  extended[count] = const_cast<char*>(kPassive);
  // The real name instead of the link, so that the process is not called "exe".
  const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (length <= 0) return;
  program[length] = '\0';
  execve(program, argv, extended);
  // Still here: the file cannot be started again. Spinning is slow, not wrong.
}

}  // namespace

__attribute__((section(".preinit_array"), used)) static void (*const kWaitPassively)(int, char**,
                                                                                     char**) = waitPassively;
