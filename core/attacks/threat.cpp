// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/threat.h"

#include <torch/torch.h>

#include <charconv>
#include <cmath>

#include "core/common/error.h"

namespace medlocker::attacks {
namespace {

std::vector<std::int64_t> perSampleShape(const at::Tensor& images) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(images.dim()), 1);
  shape[0] = images.size(0);
  return shape;
}

}  // namespace

std::string_view toString(Norm norm) {
  return norm == Norm::Linf ? "linf" : "l2";
}

Norm parseNorm(std::string_view text) {
  for (const Norm norm : {Norm::Linf, Norm::L2})
    if (text == toString(norm)) return norm;
  throw Error(ErrorCode::InvalidArgument, "a norm is linf or l2, not '" + std::string(text) + "'");
}

double parsePixelUnits(std::string_view text) {
  const auto number = [text](std::string_view part) {
    double value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (part.empty() || error != std::errc() || end != part.data() + part.size() || !std::isfinite(value) ||
        value < 0)
      throw Error(ErrorCode::InvalidArgument,
                  "'" + std::string(text) + "' is no size of a change; write 8/255 or 0.03");
    return value;
  };
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return number(text);
  const double denominator = number(text.substr(slash + 1));
  if (denominator == 0)
    throw Error(ErrorCode::InvalidArgument, "'" + std::string(text) + "' divides by zero");
  return number(text.substr(0, slash)) / denominator;
}

PerSample::PerSample(at::Tensor values) : values_(std::move(values)) {
  if (!values_.defined() || values_.dim() != 1 || !values_.is_floating_point())
    throw Error(ErrorCode::InvalidArgument, "values per sample are a vector of real numbers");
}

double PerSample::max() const {
  if (uniform()) return value_;
  return values_.numel() == 0 ? 0.0 : values_.max().item<double>();
}

double PerSample::min() const {
  if (uniform()) return value_;
  return values_.numel() == 0 ? 0.0 : values_.min().item<double>();
}

at::Tensor PerSample::like(const at::Tensor& images) const {
  const auto options = images.options().requires_grad(false);
  if (uniform()) return torch::full({}, value_, options);
  if (values_.size(0) != images.size(0))
    throw Error(ErrorCode::InvalidArgument, "there must be one value for each sample of the batch");
  return values_.to(options).view(perSampleShape(images));
}

PerSample PerSample::select(const at::Tensor& rows) const {
  if (uniform()) return *this;
  return PerSample(values_.index_select(0, rows.to(values_.device())));
}

at::Tensor normL2(const at::Tensor& v) {
  return v.flatten(1).to(torch::kFloat64).square().sum(1).sqrt().to(v.scalar_type()).view(perSampleShape(v));
}

at::Tensor meanAbs(const at::Tensor& v) {
  return v.flatten(1)
      .to(torch::kFloat64)
      .abs()
      .mean(1)
      .clamp_min(1e-12)
      .to(v.scalar_type())
      .view(perSampleShape(v));
}

at::Tensor distance(Norm norm, const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor difference = (a.to(torch::kFloat64) - b.to(torch::kFloat64)).flatten(1);
  if (difference.size(1) == 0 || difference.size(0) == 0)
    return torch::zeros({difference.size(0)}, difference.options());
  return norm == Norm::Linf ? difference.abs().amax(1) : difference.square().sum(1).sqrt();
}

at::Tensor project(Norm norm, const at::Tensor& clean, const at::Tensor& candidate,
                   const PerSample& epsilon) {
  const at::Tensor radius = epsilon.like(clean);
  if (norm == Norm::Linf)
    return torch::minimum(torch::maximum(candidate, clean - radius), clean + radius).clamp_(0.0, 1.0);
  const at::Tensor offset = candidate - clean;
  const at::Tensor length = normL2(offset);
  const at::Tensor factor = torch::where(length > radius, radius / length, torch::ones_like(length));
  return (clean + offset * factor).clamp_(0.0, 1.0);
}

at::Tensor ascentDirection(Norm norm, const at::Tensor& gradient) {
  const at::Tensor finite = torch::nan_to_num(gradient, 0.0, 0.0, 0.0);
  return norm == Norm::Linf ? finite.sign() : finite / (normL2(finite) + 1e-12);
}

at::Tensor ascentStep(Norm norm, const at::Tensor& clean, const at::Tensor& current,
                      const at::Tensor& gradient, const PerSample& step, const PerSample& epsilon) {
  return project(norm, clean, current + step.like(clean) * ascentDirection(norm, gradient), epsilon);
}

at::Tensor withinBudget(const Threat& threat, const at::Tensor& clean, const at::Tensor& candidate) {
  const at::Tensor flat = candidate.flatten(1);
  const at::Tensor inBox = torch::isfinite(flat).all(1) & flat.ge(0).all(1) & flat.le(1).all(1);
  return inBox & distance(threat.norm, candidate, clean).le(threat.epsilon + kBudgetTolerance);
}

}  // namespace medlocker::attacks
