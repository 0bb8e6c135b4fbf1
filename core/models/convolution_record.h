// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

namespace medlocker::models {

/// While one lives, the thread's forwards of this library's networks leave the output of their last spatial
/// convolution here (N×C×h×w with h·w > 1, as computed, with its graph): what class-activation maps weigh.
/// One per thread at a time. Classifiers that are no such network leave nothing.
class ConvolutionRecord {
 public:
  ConvolutionRecord();
  ~ConvolutionRecord();
  ConvolutionRecord(const ConvolutionRecord&) = delete;
  ConvolutionRecord& operator=(const ConvolutionRecord&) = delete;

  /// Undefined when nothing was recorded.
  const at::Tensor& last() const { return last_; }

  /// Called by convolutions; does nothing when no record lives on this thread.
  static void note(const at::Tensor& output);

 private:
  at::Tensor last_;
};

}  // namespace medlocker::models
