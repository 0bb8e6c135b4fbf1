// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/models/classifier.h"

namespace medlocker::attacks {

/// Network passes, counted per image: a batch of 32 is 32 forwards. So the numbers do not depend on batching.
struct PassCounts {
  std::int64_t forwards = 0;
  std::int64_t backwards = 0;
  std::int64_t zeroGradients = 0;       ///< image gradients that were zero everywhere
  std::int64_t nonFiniteGradients = 0;  ///< image gradients (or losses) with NaN or infinity; used as zero

  PassCounts& operator+=(const PassCounts& other);
  friend PassCounts operator-(const PassCounts& a, const PassCounts& b);
  bool operator==(const PassCounts&) const = default;
};

/// Thrown out of a pass once a stop was asked for. Not an Error: cancelling is an outcome, and whoever runs
/// attacks for a use case catches it.
struct Stopped {};

/// Which images a pass is about, for attacked functions that draw random numbers: they take sample
/// `samples[i]`'s stream at `draw`, so that results do not depend on how images are batched.
struct Pass {
  std::vector<std::int64_t> samples;  ///< dataset index of each row; empty: rows are unknown
  std::uint64_t draw = 0;             ///< number of the forward pass within an attack
};

/// Which form of a classifier is attacked. Success is always judged by the exact form.
enum class Precision {
  Exact,   ///< float32, unfolded
  Folded,  ///< float32 with folded batch norm
  Fast,    ///< the fastest form the hardware has (folded, channels-last, bfloat16)
};

/// The attacked function: images [n,C,H,W] in [0,1] to logits [n,K], in evaluation mode, differentiable in
/// the images; with counters. Anything differentiable can be a target: a classifier, a network in training,
/// an ensemble, a classifier behind a defence. Not thread-safe (it counts).
class Target {
 public:
  using Function = std::function<at::Tensor(const at::Tensor& images, const Pass& pass)>;

  /// `gradientFunction` is what gradients are taken of, `exactFunction` what success is judged by.
  Target(std::string name, int classes, Function gradientFunction, Function exactFunction);
  Target(std::string name, int classes, Function function);
  /// A classifier as K = C class scores: its logits for a softmax head. Ordinal heads (C-1 cumulative logits)
  /// give the sum of the k largest logits as score of class k, whose argmax is the number of positive logits;
  /// regression heads give 2vk - k², whose argmax is the nearest grade.
  explicit Target(models::ClassifierPtr classifier, Precision precision = Precision::Exact);

  const std::string& name() const { return name_; }
  int classes() const { return classes_; }

  /// Of the form that is attacked. Builds a graph if gradients are enabled and `images` ask for them. Throws
  /// Stopped; Error(InputRejected) where the function's answer is not [n,K].
  at::Tensor logits(const at::Tensor& images, const Pass& pass = {});
  /// Of the exact form, without a graph.
  at::Tensor exactLogits(const at::Tensor& images, const Pass& pass = {});

  /// Whether gradients are taken of the very form that success is judged by.
  bool attackedExactly() const { return attackedExactly_; }

  const PassCounts& counts() const { return counts_; }
  PassCounts& counts() { return counts_; }
  /// Passes after a stop request throw Stopped.
  void setStopToken(std::stop_token token) { stop_ = std::move(token); }
  /// Largest number of rows given to the function at once; larger calls are cut. 0: no limit.
  void setMaxRows(std::int64_t rows) { maxRows_ = rows; }
  /// True for a function whose answer is random: attacks average over draws only then.
  bool stochastic() const { return stochastic_; }
  void setStochastic(bool stochastic) { stochastic_ = stochastic; }

 private:
  at::Tensor call(const Function& function, const at::Tensor& images, const Pass& pass);

  std::string name_;
  int classes_ = 0;
  Function function_;
  Function exactFunction_;
  PassCounts counts_;
  std::stop_token stop_;
  std::int64_t maxRows_ = 0;
  bool stochastic_ = false;
  bool attackedExactly_ = false;
};

/// Class scores [n,C] of a classifier's outputs, as Target uses them.
at::Tensor classScores(const at::Tensor& logits, const models::ModelInfo& info);

}  // namespace medlocker::attacks
