// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/label_mapping.h"

namespace medlocker::training {
namespace {

constexpr int kReferableGrade = 2;  // moderate non-proliferative retinopathy

/// Lowest original label of the mapped class 1.
int positiveFrom(LabelMapping mapping) {
  return mapping == LabelMapping::Referable ? kReferableGrade : 1;
}

}  // namespace

std::string_view toString(LabelMapping mapping) {
  switch (mapping) {
    case LabelMapping::All:
      return "all";
    case LabelMapping::Referable:
      return "referable";
    case LabelMapping::AnyDr:
      return "any-dr";
  }
  return "all";
}

LabelMapping parseLabelMapping(std::string_view name) {
  for (const LabelMapping mapping : {LabelMapping::All, LabelMapping::Referable, LabelMapping::AnyDr})
    if (toString(mapping) == name) return mapping;
  throw Error(ErrorCode::InvalidArgument,
              "the label mapping is one of all, referable, any-dr; not '" + std::string(name) + "'");
}

std::vector<std::string> mappedClasses(LabelMapping mapping, const std::vector<std::string>& classes) {
  if (classes.empty()) throw Error(ErrorCode::InputRejected, "the dataset has no labels to learn from");
  if (mapping == LabelMapping::All) return classes;
  if (static_cast<int>(classes.size()) <= positiveFrom(mapping))
    throw Error(ErrorCode::InputRejected, "the label mapping '" + std::string(toString(mapping)) +
                                              "' needs graded classes; this dataset has " +
                                              std::to_string(classes.size()));
  if (mapping == LabelMapping::Referable) return {"not_referable", "referable"};
  return {"no_dr", "dr"};
}

std::optional<int> mappedLabel(LabelMapping mapping, const data::Sample& sample) {
  if (!sample.label || !sample.gradable) return std::nullopt;
  if (mapping == LabelMapping::All) return *sample.label;
  return *sample.label >= positiveFrom(mapping) ? 1 : 0;
}

int referableFrom(LabelMapping mapping, std::size_t originalClasses) {
  if (mapping == LabelMapping::Referable) return 1;
  if (mapping == LabelMapping::AnyDr) return -1;
  if (originalClasses == 2) return 1;  // healthy or not: the usual two-class sets
  if (originalClasses == 5) return kReferableGrade;
  return -1;
}

}  // namespace medlocker::training
