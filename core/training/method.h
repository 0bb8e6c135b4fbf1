// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/common/device.h"
#include "core/common/json.h"
#include "core/common/random.h"
#include "core/models/network.h"
#include "core/models/safetensors.h"
#include "core/training/history.h"
#include "core/training/row_sharding.h"

namespace medlocker::training {

/// The network being trained as a method sees it: forward passes in the run's precision, logits in float32.
class Student {
 public:
  /// With a `group` every process computes its part of a batch.
  Student(std::shared_ptr<models::Network> network, bool bfloat16, const ProcessGroup* group = nullptr);
  /// float32 [B,C] of the whole batch.
  at::Tensor forward(const at::Tensor& images);
  /// The auxiliary output of the last forward (float32), where the architecture has one; else undefined.
  at::Tensor auxiliary() const;
  /// What the network keeps of the last forward, for the whole batch.
  at::Tensor wholeBatch(const at::Tensor& rows) const;
  models::Network& network() { return *network_; }

 private:
  std::shared_ptr<models::Network> network_;
  bool bfloat16_;
  std::optional<RowSharding> sharding_;
  std::int64_t shardedRows_ = 0;  // of the last forward; 0: it was computed whole
};

struct RobustFigures {
  EvaluationResult clean;
  EvaluationResult robust;
};
using BatchVisitor =
    std::function<void(const at::Tensor& images, const at::Tensor& labels, std::int64_t batch)>;

/// What is known before the first step, and what a method may ask of the loop.
struct MethodSetup {
  int classes = 0;
  std::vector<std::string> classNames;
  int epochs = 0;
  std::int64_t stepsPerEpoch = 0;
  std::vector<std::int64_t> classCounts;  ///< training samples per class
  std::vector<double> classWeights;       ///< loss weight per class; empty = 1
  std::vector<int> milestones;            ///< after which the learning rate falls; empty for other schedules
  std::shared_ptr<models::Network> network;  ///< the student
  models::ClassifierPtr teacher;             ///< robust teacher, frozen; null where the method needs none
  models::ClassifierPtr cleanTeacher;        ///< naturally trained one
  DeviceKind device = DeviceKind::Cpu;
  std::uint64_t seed = 0;
  std::int64_t validationSamples = 0;
  /// Visits the validation part in batches on the device. False when a stop was requested.
  std::function<bool(const BatchVisitor&)> visitValidation;
  /// The student as it is now under PGD with cross-entropy (8/255, 2/255, uniform start) of so many steps;
  /// empty when a stop was requested.
  std::function<std::optional<RobustFigures>(int steps)> evaluateStudent;
};

struct StepInput {
  at::Tensor images;  ///< float32 B×3×n×n in [0,1], on the device
  at::Tensor labels;  ///< int64 B, on the device
  std::span<const std::int64_t> items;
  int epoch = 1;          ///< from 1
  std::int64_t step = 0;  ///< within the epoch, from 0
  RandomStream random;    ///< of this (seed, epoch, step)
};

struct StepOutput {
  at::Tensor loss;        ///< scalar float32 with its graph
  at::Tensor logits;      ///< [B,C] the running training accuracy is taken from: on x' where a method has one
  std::string lossTerms;  ///< named in the message when the loss is not finite
};

/// One training method: losses and schedules around the one loop (robust training specification, 4). A method
/// keeps its state across steps and epochs and can save it; the loop owns data, optimiser, validation,
/// selection and checkpoints.
class TrainingMethod {
 public:
  virtual ~TrainingMethod() = default;
  virtual void begin(const MethodSetup& setup) = 0;
  /// Before an epoch's first step; false when a stop was requested (it is then called again on resuming, so
  /// state may only change where it returns true).
  virtual bool beginEpoch(Student& /*student*/, int /*epoch*/) { return true; }
  virtual StepOutput computeLoss(Student& student, const StepInput& input) = 0;
  /// Between the backward pass and the optimiser's step.
  virtual void adjustGradients(models::Network& /*network*/) {}
  /// After the optimiser's step (`taken`), or after a step that was skipped because something was not finite:
  /// then the state of that step is discarded.
  virtual void stepDone(bool /*taken*/) {}
  /// After validation; adds figures to the record. False when a stop was requested (as in beginEpoch).
  virtual bool endEpoch(Student& /*student*/, EpochRecord& /*record*/) { return true; }
  /// Writes the method's own averaged weights into a network of the student's structure, once there are any:
  /// it is then evaluated beside the plain model and competes with it for selection.
  virtual bool copyAveraged(models::Network& /*target*/) const { return false; }
  /// After training, with the selected weights in `network`: what the finished model needs besides (AW-Net's
  /// detector temperature). False when a stop was requested.
  virtual bool finish(models::Network& /*network*/) { return true; }
  virtual void saveState(models::TensorMap& /*tensors*/, Json& /*json*/) const {}
  virtual void loadState(const models::TensorMap& /*tensors*/, const Json& /*json*/) {}
};

}  // namespace medlocker::training
