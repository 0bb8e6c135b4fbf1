// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/soft_penalty.h"

#include <algorithm>
#include <cmath>

namespace medlocker::protect {
namespace {

/// One axis of a Gaussian blur; the edge sample is repeated.
std::vector<double> blurAxis(const std::vector<double>& in, int width, int height, double sigma,
                             bool horizontal) {
  const int radius = static_cast<int>(std::ceil(3 * sigma));
  std::vector<double> kernel(2 * static_cast<std::size_t>(radius) + 1);
  double sum = 0;
  for (int i = -radius; i <= radius; ++i)
    sum += kernel[static_cast<std::size_t>(i + radius)] = std::exp(-0.5 * i * i / (sigma * sigma));
  for (double& weight : kernel) weight /= sum;
  std::vector<double> out(in.size());
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      double value = 0;
      for (int i = -radius; i <= radius; ++i) {
        const int sx = horizontal ? std::clamp(x + i, 0, width - 1) : x;
        const int sy = horizontal ? y : std::clamp(y + i, 0, height - 1);
        value += kernel[static_cast<std::size_t>(i + radius)] * in[static_cast<std::size_t>(sy) * width + sx];
      }
      out[static_cast<std::size_t>(y) * width + x] = value;
    }
  return out;
}

}  // namespace

SoftPenalty::SoftPenalty(const FeasibleMap& map, double sigma)
    : width_(map.blocked().width),
      height_(map.blocked().height),
      logoWidth_(map.logoWidth()),
      logoHeight_(map.logoHeight()) {
  std::vector<double> field(map.blocked().values.begin(), map.blocked().values.end());
  if (sigma > 0 && std::any_of(field.begin(), field.end(), [](double v) { return v > 0; }))
    field = blurAxis(blurAxis(field, width_, height_, sigma, true), width_, height_, sigma, false);
  const std::vector<std::uint8_t>& lit = map.fieldOfView().values;
  const std::size_t stride = static_cast<std::size_t>(width_) + 1;
  table_.assign(stride * (static_cast<std::size_t>(height_) + 1), 0);
  for (int y = 0; y < height_; ++y) {
    double row = 0;
    for (int x = 0; x < width_; ++x) {
      const std::size_t at = static_cast<std::size_t>(y) * width_ + x;
      row += field[at] + (lit[at] ? 0 : 1);
      const std::size_t cell = static_cast<std::size_t>(y + 1) * stride + x + 1;
      table_[cell] = table_[cell - stride] + row;
    }
  }
}

SoftPenalty::Value SoftPenalty::integral(double x, double y) const {
  const int ix = std::clamp(static_cast<int>(std::floor(x)), 0, width_ - 1);
  const int iy = std::clamp(static_cast<int>(std::floor(y)), 0, height_ - 1);
  const double fx = x - ix;
  const double fy = y - iy;
  const std::size_t stride = static_cast<std::size_t>(width_) + 1;
  const double* cell = &table_[static_cast<std::size_t>(iy) * stride + ix];
  const double top = cell[0] + fx * (cell[1] - cell[0]);
  const double bottom = cell[stride] + fx * (cell[stride + 1] - cell[stride]);
  return {top + fy * (bottom - top), (cell[1] - cell[0]) * (1 - fy) + (cell[stride + 1] - cell[stride]) * fy,
          bottom - top};
}

SoftPenalty::Value SoftPenalty::at(double x, double y) const {
  const double x1 = x + logoWidth_;
  const double y1 = y + logoHeight_;
  Value sum;
  const auto add = [&](double px, double py, double sign) {
    const Value part = integral(px, py);
    sum.amount += sign * part.amount;
    sum.dx += sign * part.dx;
    sum.dy += sign * part.dy;
  };
  add(x1, y1, 1);
  add(x, y1, -1);
  add(x1, y, -1);
  add(x, y, 1);
  const double area = static_cast<double>(logoWidth_) * logoHeight_;
  return {sum.amount / area, sum.dx / area, sum.dy / area};
}

}  // namespace medlocker::protect
