// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <string_view>

/// The threat model, and the only code that enforces a perturbation budget. Everything here is a pure
/// function: thread-safe, any device, float32 or float64. Images are [N,…] in [0,1]; "per sample" means one
/// value for each of the N rows, broadcast over the remaining dimensions.
namespace medlocker::attacks {

enum class Norm { Linf, L2 };
/// "linf" or "l2".
std::string_view toString(Norm norm);
/// Throws Error(InvalidArgument).
Norm parseNorm(std::string_view text);

/// A budget or step as users write it: "8/255" or "0.03". Throws Error(InvalidArgument) for anything that is
/// not a finite number of at least 0.
double parsePixelUnits(std::string_view text);

/// One number for all samples, or one per sample (class-wise radii in robust training).
class PerSample {
 public:
  PerSample(double value) : value_(value) {}  // NOLINT: a number is a valid radius wherever one is asked for
  /// [N], floating point.
  PerSample(at::Tensor values);  // NOLINT

  bool uniform() const { return !values_.defined(); }
  double max() const;
  double min() const;
  /// Broadcastable against `images`: zero-dimensional, or [N,1,…]; its type and device.
  at::Tensor like(const at::Tensor& images) const;
  /// The values of the given rows (int64).
  PerSample select(const at::Tensor& rows) const;

 private:
  double value_ = 0;
  at::Tensor values_;
};

/// What the attacker may do: ||x' - x|| <= epsilon in `norm`, and x' in [0,1].
struct Threat {
  Norm norm = Norm::Linf;
  double epsilon = 8.0 / 255;  ///< in units of the pixel range [0,1]
};

/// P_inf and P_2 of the specification (0.2): first the ball around `clean`, then the box [0,1]. The box
/// cannot enlarge the distance, because `clean` lies in it.
at::Tensor project(Norm norm, const at::Tensor& clean, const at::Tensor& candidate, const PerSample& epsilon);

/// One projected ascent step from `current`: project(current + step·direction(gradient)), where the direction
/// is sign(g) with sign(0) = 0 (L-infinity) or g/(||g||₂ + 1e-12) (L2). A gradient element that is not finite
/// counts as 0.
at::Tensor ascentStep(Norm norm, const at::Tensor& clean, const at::Tensor& current,
                      const at::Tensor& gradient, const PerSample& step, const PerSample& epsilon);

/// The direction alone, for attacks that combine it with momentum before they project.
at::Tensor ascentDirection(Norm norm, const at::Tensor& gradient);

/// ||a - b|| per sample, [N] float64.
at::Tensor distance(Norm norm, const at::Tensor& a, const at::Tensor& b);
/// ||v||₂ per sample as [N,1,…] in v's type; summed in float64, so that it does not depend on how a reduction
/// is split over threads or batch.
at::Tensor normL2(const at::Tensor& v);
/// Mean of |v| per sample as [N,1,…], floored at 1e-12.
at::Tensor meanAbs(const at::Tensor& v);

/// How far rounding may take a result over its budget and still count (specification, 6).
inline constexpr double kBudgetTolerance = 1e-6;
/// [N] bool: within the budget (and tolerance), in [0,1], and finite.
at::Tensor withinBudget(const Threat& threat, const at::Tensor& clean, const at::Tensor& candidate);

}  // namespace medlocker::attacks
