// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "core/common/random.h"
#include "core/data/preprocess.h"

namespace medlocker::protect {

/// One draw of the transform set (spec 6). Absent fields do nothing; all absent is the identity. A plain
/// value: fixed while one image is refined, so that candidates are compared under common random numbers.
struct Transform {
  struct Crop {
    double left = 0;  ///< kept part as fractions of the frame
    double top = 0;
    double width = 1;
    double height = 1;
  };
  std::optional<int> jpegQuality;    ///< 50..95, 4:2:0
  std::optional<double> downscale;   ///< 0.4..0.9, and back
  std::optional<Crop> crop;          ///< 0.85..1 of each side
  std::optional<double> blurSigma;   ///< 0.3..1.2 px at a side of 224
  std::optional<double> brightness;  ///< factor 0.85..1.15
  std::optional<double> contrast;    ///< factor 0.85..1.15 about the image's mean
  std::optional<double> gamma;       ///< exponent 0.8..1.25
  bool flipHorizontal = false;
  bool flipVertical = false;
  std::optional<double> rotationDegrees;           ///< -10..10
  std::optional<data::PreprocessProfile> profile;  ///< in place of the model's own; applied by the caller
  bool changesPixels() const;                      ///< any field but `profile` is set
};

/// One random draw. The number of values taken from the stream does not depend on the outcome.
Transform drawTransform(RandomStream& stream);

/// The identity followed by `count` draws (n_T, 0..16).
std::vector<Transform> drawTransformSet(RandomStream& stream, int count);

/// Applies all but the profile, in the order JPEG, downscale, crop with flips and rotation (one resampling),
/// blur, brightness and contrast, gamma. `images`: float32 N×3×h×w in [0,1]; same shape and range out.
/// Rows are treated alike and independently. Differentiable; JPEG (computed on the CPU) passes the gradient
/// straight through. Thread-safe.
at::Tensor applyTransform(const at::Tensor& images, const Transform& transform);

/// Separable Gaussian of the given radius with reflected borders (the edge sample is not repeated).
at::Tensor gaussianBlur(const at::Tensor& images, double sigma, int radius);

/// Baseline JPEG with 4:2:0 subsampling and back, slow integer transforms, gradient straight through.
at::Tensor jpegRoundTrip(const at::Tensor& images, int quality);

}  // namespace medlocker::protect
