// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/common/json_fields.h"

namespace medlocker::training {

/// How ABSLD's two temperature vectors act (robust training specification, 6.7).
enum class TemperatureCoupling {
  Independent,  ///< one target per branch
  Product,      ///< both branches share the target at the product of the temperatures
};

inline std::string_view toString(TemperatureCoupling coupling) {
  return coupling == TemperatureCoupling::Independent ? "independent" : "product";
}
/// Names: independent, product. Throws Error(InvalidArgument).
inline TemperatureCoupling parseTemperatureCoupling(std::string_view name) {
  if (name == "independent") return TemperatureCoupling::Independent;
  if (name == "product") return TemperatureCoupling::Product;
  throw Error(ErrorCode::InvalidArgument,
              "the coupling is one of independent, product; not '" + std::string(name) + "'");
}

}  // namespace medlocker::training

template <>
struct medlocker::EnumText<medlocker::training::TemperatureCoupling> {
  static std::string_view text(training::TemperatureCoupling value) { return training::toString(value); }
  static training::TemperatureCoupling parse(std::string_view name) {
    return training::parseTemperatureCoupling(name);
  }
};
