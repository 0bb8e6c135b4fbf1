// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/common/json.h"

namespace medlocker::models {

/// What a network with settings besides its tensors implements: they are stored in model.json as "network"
/// and copied with the network.
class ArchitectureState {
 public:
  virtual ~ArchitectureState() = default;
  virtual Json architectureState() const = 0;
  /// Strict. Throws Error(InputRejected) for what it does not know.
  virtual void setArchitectureState(const Json& state) = 0;
};

}  // namespace medlocker::models
