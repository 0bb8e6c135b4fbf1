// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace medlocker::models {

/// What became of isolateProcess().
struct Isolation {
  bool networkNamespace = false;  ///< the process has a network of its own with nothing in it
  bool systemCallFilter = false;  ///< forbidden system calls fail
  std::string reason;             ///< why not, where something is missing

  /// Without either of the two the process could reach the network.
  bool offline() const { return networkNamespace || systemCallFilter; }
};

/// Takes from this process and its future threads, for good: sockets, starting programs and processes,
/// opening files for writing, changing or removing files, watching other processes; file descriptors above
/// `lastDescriptor`; core dumps. Open descriptors up to that one go on working. What was loaded can still be
/// read. Linux only; call while the process has one thread.
Isolation isolateProcess(int lastDescriptor);

}  // namespace medlocker::models
