// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "core/audit/class_metrics.h"
#include "tests/golden/vector_runner.h"

namespace medlocker::golden {
namespace {

using namespace audit;

const RegisterKind kAttackMetrics(kAttackVectors, "metrics.attack", [](const Json& in) -> VectorAnswer {
  const auto labels = in.at("labels").get<std::vector<int>>();
  const auto clean = in.at("pred_clean").get<std::vector<int>>();
  const auto attacked = in.at("pred_adv").get<std::vector<std::vector<int>>>();
  int classes = 2;
  for (const int label : labels) classes = std::max(classes, label + 1);
  for (const int answer : clean) classes = std::max(classes, answer + 1);
  for (const auto& answers : attacked)
    for (const int answer : answers) classes = std::max(classes, answer + 1);
  const std::vector<int> worst = worstCasePredictions(labels, clean, attacked);
  const double cleanAccuracy = computeClassMetrics(labels, clean, classes, 1).overall.value;
  const double robustAccuracy = computeClassMetrics(labels, worst, classes, 1).overall.value;
  return {{{"clean_acc", cleanAccuracy},
           {"robust_acc", robustAccuracy},
           {"asr_correct_only", attackSuccessRate(labels, clean, worst)},
           {"w_robust", wRobust(cleanAccuracy, robustAccuracy)}}};
});

}  // namespace
}  // namespace medlocker::golden
