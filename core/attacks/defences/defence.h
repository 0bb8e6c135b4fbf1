// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/common/json.h"
#include "core/common/random.h"

namespace medlocker::attacks {

struct DefenceProperties {
  bool stochastic = false;
  bool differentiable =
      false;  ///< gradients through transform() mean something; else the attacker needs BPDA
  bool trained = false;
};

/// How the answers of a defence's passes become one.
enum class Aggregation {
  Logits,         ///< weighted mean of logits
  Probabilities,  ///< weighted mean of class probabilities
  Vote,           ///< most frequent class; may abstain (randomised smoothing)
};

/// An input transformation in front of a classifier. A defended prediction takes passes() transformed copies
/// of an image and aggregates what the classifier says to them. Immutable; thread-safe.
class Defence {
 public:
  virtual ~Defence() = default;
  /// For example "jpeg", "rs"; what users type.
  virtual std::string name() const = 0;
  virtual DefenceProperties properties() const = 0;
  /// Settings, as they are reported.
  virtual Json settings() const = 0;
  virtual Aggregation aggregation() const { return Aggregation::Logits; }
  virtual int passes() const { return 1; }
  virtual double weight(int /*pass*/) const { return 1.0 / passes(); }
  /// Images N×3×n×n in [0,1] on the CPU to N×3×n'×n' in [0,1], n' = n for most. One stream per image; what
  /// is drawn for an image depends on its stream and the pass alone.
  virtual at::Tensor transform(const at::Tensor& images, std::span<const RandomStream> streams,
                               int pass) const = 0;
};
using DefencePtr = std::shared_ptr<const Defence>;

/// Names of the defences that need no training, in the order of reports: jpeg bit-red rp nips-r3 fd tvm rs.
const std::vector<std::string>& trainingFreeDefences();

/// A training-free defence with its default settings for images of this side. Settings may follow a colon:
/// "jpeg:95", "rs:0.5" (sigma), "bit-red:8". Throws Error(InvalidArgument) listing the known names.
DefencePtr makeDefence(std::string_view nameAndSetting, int side);

}  // namespace medlocker::attacks
