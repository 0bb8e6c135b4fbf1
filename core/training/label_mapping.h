// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/common/json_fields.h"
#include "core/data/manifest.h"

namespace medlocker::training {

/// Which question the classifier answers.
enum class LabelMapping {
  All,        ///< the dataset's own classes
  Referable,  ///< 0: grade below 2, 1: grade 2 and above (moderate or worse)
  AnyDr,      ///< 0: grade 0, 1: grade 1 and above
};

std::string_view toString(LabelMapping mapping);
/// Names: all, referable, any-dr. Throws Error(InvalidArgument).
LabelMapping parseLabelMapping(std::string_view name);

/// Class names after the mapping. Referable and AnyDr need at least three (two) classes in grade order;
/// throws Error(InputRejected) otherwise.
std::vector<std::string> mappedClasses(LabelMapping mapping, const std::vector<std::string>& classes);

/// Label after the mapping; empty where the sample has no label or cannot be graded.
std::optional<int> mappedLabel(LabelMapping mapping, const data::Sample& sample);

/// Lowest mapped class index that counts as referable: 1 of two classes, 2 of five grades; -1 where the
/// classes do not say.
int referableFrom(LabelMapping mapping, std::size_t originalClasses);

}  // namespace medlocker::training

template <>
struct medlocker::EnumText<medlocker::training::LabelMapping> {
  static std::string_view text(training::LabelMapping value) { return training::toString(value); }
  static training::LabelMapping parse(std::string_view name) { return training::parseLabelMapping(name); }
};
