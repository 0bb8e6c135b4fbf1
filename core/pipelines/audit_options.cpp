// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/attacks/registry.h"
#include "core/pipelines/audit_models.h"

namespace medlocker::pipelines {
namespace {

/// Runs a parser and turns its complaint into an issue of `field`.
template <typename Parse>
void check(std::vector<OptionIssue>& issues, const char* field, Parse parse) {
  try {
    parse();
  } catch (const Error& e) {
    issues.push_back({field, e.what()});
  }
}

}  // namespace

std::vector<OptionIssue> AuditOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (dataset.empty()) issues.push_back({"dataset", "must be given"});
  if (models.empty()) issues.push_back({"model", "at least one must be given"});
  if (out.empty()) issues.push_back({"out", "must be given"});
  if (batchSize < 0) issues.push_back({"batch-size", "must not be negative"});
  if (perClass < 0) issues.push_back({"per-class", "must not be negative"});
  if (bootstrapResamples < 0) issues.push_back({"bootstrap", "must not be negative"});
  if (!split.empty() && split != "train" && split != "val" && split != "test")
    issues.push_back({"split", "is one of train, val, test"});
  if (exact && fast) issues.push_back({"fast", "and exact exclude each other"});
  check(issues, "norm", [this] { attacks::parseNorm(norm); });
  if (!epsilon.empty()) check(issues, "eps", [this] { attacks::parsePixelUnits(epsilon); });
  if (step) check(issues, "step", [this] { attacks::parsePixelUnits(*step); });
  for (const std::string& condition : require)
    check(issues, "require", [&condition] { audit::parseRequirement(condition); });
  if (!issues.empty()) return issues;
  attacks::AttackSettings settings;
  settings.threat.norm = attacks::parseNorm(norm);
  settings.threat.epsilon = epsilon.empty() ? 0.01 : attacks::parsePixelUnits(epsilon);
  settings.steps = steps;
  settings.restarts = restarts;
  settings.queries = queries;
  if (step) settings.step = attacks::parsePixelUnits(*step);
  check(issues, "attacks", [&] {
    for (const std::string& name : attacks::expandAttackList(attacks)) attacks::makeAttack(name, settings);
  });
  if (!curve.empty())
    check(issues, "curve", [&] {
      for (const std::string& size : attacks::expandAttackList(curve)) attacks::parsePixelUnits(size);
      attacks::makeAttack(curveAttack, settings);
    });
  return issues;
}

Json AuditOptions::toJson() const {
  Json names = Json::array();
  for (const std::filesystem::path& model : models) names.push_back(model.string());
  const auto orNull = [](const auto& value) { return value ? Json(*value) : Json(); };
  return {{"dataset", dataset.string()},
          {"models", std::move(names)},
          {"attacks", attacks},
          {"eps", epsilon},
          {"norm", norm},
          {"require", require},
          {"curve", curve},
          {"curve_attack", curveAttack},
          {"split", split},
          {"per_class", perClass},
          {"steps", orNull(steps)},
          {"restarts", orNull(restarts)},
          {"queries", orNull(queries)},
          {"step", orNull(step)},
          {"exact", exact},
          {"fast", fast},
          {"sanity_checks", sanityChecks},
          {"trust_foreign_models", trustForeignModels},
          {"seed", seed},
          {"batch_size", batchSize},
          {"bootstrap", bootstrapResamples}};
}

}  // namespace medlocker::pipelines
