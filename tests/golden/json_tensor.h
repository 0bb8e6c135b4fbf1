// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <vector>

#include "core/common/json.h"

namespace medlocker::golden {

/// A nested JSON list of numbers (null: NaN) as a float64 tensor of the same shape; a number as a 0-d tensor.
inline at::Tensor toTensor(const Json& json) {
  std::vector<std::int64_t> shape;
  for (const Json* level = &json; level->is_array(); level = &level->front()) {
    shape.push_back(static_cast<std::int64_t>(level->size()));
    if (level->empty()) break;
  }
  std::vector<double> values;
  const auto collect = [&values](const Json& level, const auto& self) -> void {
    if (level.is_array())
      for (const Json& entry : level) self(entry, self);
    else
      values.push_back(level.is_null() ? std::nan("") : level.get<double>());
  };
  collect(json, collect);
  return torch::tensor(values, torch::kFloat64).reshape(shape);
}

/// The reverse; integer tensors give integers.
inline Json toJson(const at::Tensor& tensor) {
  if (tensor.dim() == 0) {
    if (tensor.scalar_type() == torch::kBool) return tensor.item<bool>();
    if (!tensor.is_floating_point()) return tensor.item<std::int64_t>();
    return tensor.item<double>();
  }
  Json list = Json::array();
  for (std::int64_t i = 0; i < tensor.size(0); ++i) list.push_back(toJson(tensor[i]));
  return list;
}

}  // namespace medlocker::golden
