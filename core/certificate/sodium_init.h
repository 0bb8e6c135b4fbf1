// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sodium.h>

#include "core/common/error.h"

namespace medlocker::certificate {

/// Must run before libsodium chooses its implementations. Thread-safe, cheap after the first call.
inline void initSodium() {
  static const int result = sodium_init();
  if (result < 0) throw Error(ErrorCode::Internal, "libsodium could not be initialised");
}

}  // namespace medlocker::certificate
