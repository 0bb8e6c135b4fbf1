// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/common/device.h"

namespace medlocker {

/// Sets the compute threads of this thread, and of those it makes, to one, and back at the end of the scope.
/// For work whose result must not depend on the number of threads: some networks round differently with
/// another number.
class OneComputeThread {
 public:
  OneComputeThread() : before_(computeThreads()) { setComputeThreads(1); }
  ~OneComputeThread() { setComputeThreads(before_); }
  OneComputeThread(const OneComputeThread&) = delete;
  OneComputeThread& operator=(const OneComputeThread&) = delete;
  int before() const { return before_; }

 private:
  int before_;
};

}  // namespace medlocker
