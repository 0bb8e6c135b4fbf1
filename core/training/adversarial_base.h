// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/common/json_fields.h"

namespace medlocker::training {

/// The training a class-wise method wraps.
enum class AdversarialBase { Trades, PgdAt };

inline std::string_view toString(AdversarialBase base) {
  return base == AdversarialBase::Trades ? "trades" : "pgd-at";
}
/// Names: trades, pgd-at. Throws Error(InvalidArgument).
inline AdversarialBase parseAdversarialBase(std::string_view name) {
  if (name == "trades") return AdversarialBase::Trades;
  if (name == "pgd-at") return AdversarialBase::PgdAt;
  throw Error(ErrorCode::InvalidArgument,
              "the base is one of trades, pgd-at; not '" + std::string(name) + "'");
}

}  // namespace medlocker::training

template <>
struct medlocker::EnumText<medlocker::training::AdversarialBase> {
  static std::string_view text(training::AdversarialBase value) { return training::toString(value); }
  static training::AdversarialBase parse(std::string_view name) {
    return training::parseAdversarialBase(name);
  }
};
