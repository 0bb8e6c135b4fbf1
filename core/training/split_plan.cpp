// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/split_plan.h"

#include <algorithm>
#include <set>

namespace medlocker::training {
namespace {

void append(SplitPart& part, const data::Sample& sample) {
  part.samples.push_back(sample);
  part.labels.push_back(*sample.label);
}

std::set<std::string> groupsOf(const SplitPart& part) {
  std::set<std::string> groups;
  for (const data::Sample& sample : part.samples)
    groups.insert(sample.group.empty() ? sample.id : sample.group);
  return groups;
}

/// A layout's own parts are kept as they are, but a shared patient makes the figures too good: say so.
void noteSharedGroups(SplitPlan& plan, const SplitPart& a, const char* nameA, const SplitPart& b,
                      const char* nameB) {
  const std::set<std::string> first = groupsOf(a), second = groupsOf(b);
  const auto shared =
      std::count_if(first.begin(), first.end(), [&](const std::string& g) { return second.contains(g); });
  if (shared > 0)
    plan.notices.push_back(std::to_string(shared) + " patients are in both the " + nameA + " and the " +
                           nameB + " part of the dataset's own split");
}

}  // namespace

SplitPlan planSplits(const data::Manifest& manifest, const SplitOptions& options) {
  SplitPlan plan;
  plan.classes = mappedClasses(options.labels, manifest.classes);

  data::Manifest usable;
  usable.root = manifest.root;
  usable.layout = manifest.layout;
  usable.classes = plan.classes;
  for (const data::Sample& sample : manifest.samples) {
    if (!sample.gradable) {
      ++plan.ungradable;
    } else if (const auto label = mappedLabel(options.labels, sample)) {
      usable.samples.push_back(sample);
      usable.samples.back().label = label;
    } else {
      ++plan.unlabelled;
    }
  }
  if (usable.samples.empty())
    throw Error(ErrorCode::InputRejected, "no image of the dataset has a usable label");

  const auto has = [&usable](data::Split split) {
    return std::any_of(usable.samples.begin(), usable.samples.end(),
                       [split](const data::Sample& sample) { return sample.split == split; });
  };
  plan.testFromLayout = has(data::Split::Test);
  plan.validationFromLayout = has(data::Split::Validation);

  // What the layout calls training (or leaves open) is free to be divided further.
  data::Manifest pool = usable;
  pool.samples.clear();
  for (data::Sample& sample : usable.samples) {
    if (sample.split == data::Split::Test) {
      append(plan.test, sample);
    } else if (sample.split == data::Split::Validation) {
      append(plan.validation, sample);
    } else {
      sample.split = data::Split::Unspecified;
      pool.samples.push_back(sample);
    }
  }
  const double validation = plan.validationFromLayout ? 0 : options.validationFraction;
  const double test = plan.testFromLayout ? 0 : options.testFraction;
  if (validation > 0 || test > 0) data::assignSplits(pool, validation, test, options.seed);
  for (const data::Sample& sample : pool.samples) {
    if (sample.split == data::Split::Validation)
      append(plan.validation, sample);
    else if (sample.split == data::Split::Test)
      append(plan.test, sample);
    else
      append(plan.train, sample);
  }

  std::vector<std::int64_t> counts(plan.classes.size(), 0);
  for (const int label : plan.train.labels) ++counts.at(static_cast<std::size_t>(label));
  if (std::count_if(counts.begin(), counts.end(), [](std::int64_t n) { return n > 0; }) < 2)
    throw Error(ErrorCode::InputRejected,
                "training needs at least two classes with images in the training part");
  for (std::size_t c = 0; c < counts.size(); ++c)
    if (counts[c] == 0)
      plan.notices.push_back("class '" + plan.classes[c] + "' has no image in the training part");
  noteSharedGroups(plan, plan.train, "training", plan.test, "test");
  noteSharedGroups(plan, plan.train, "training", plan.validation, "validation");
  noteSharedGroups(plan, plan.validation, "validation", plan.test, "test");
  return plan;
}

}  // namespace medlocker::training
