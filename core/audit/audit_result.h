// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/audit/class_metrics.h"
#include "core/common/json.h"

/// What a robustness audit found. One value type that audit.json, the CSV files, the model cards and the page
/// are views of. Not thread-safe to write; safe to share once filled.
namespace medlocker::audit {

/// How many images were still right after one stage of an attack.
struct StageCount {
  std::string stage;
  std::int64_t robust = 0;
};

/// One attack on one model.
struct AuditedAttack {
  std::string attack;
  Json params;                 ///< everything that influences the result
  std::vector<int> predicted;  ///< per sample of the model, class index
  ClassMetrics metrics;        ///< of `predicted`
  std::int64_t forwards = 0;   ///< network passes, counted per image
  std::int64_t backwards = 0;
  std::int64_t zeroGradients = 0;
  std::int64_t nonFiniteGradients = 0;
  std::int64_t rejected = 0;  ///< answers beyond budget or box; not counted as successes
  double medianDistance = 0;  ///< of minimum-distance attacks: median smallest distance; NaN for others
  std::vector<StageCount> stages;
  double seconds = 0;
};

struct CurvePoint {
  double epsilon = 0;
  Rate accuracy;
  double worstClass = 0;
};

struct AuditFlag {
  std::string model;  ///< empty: the whole audit
  std::string id;
  std::string message;
};

struct AuditedModel {
  std::string name;
  std::string sha256;
  std::string arch;
  bool foreign = false;  ///< a program (TorchScript) rather than weights of a known architecture
  std::vector<std::string> classes;
  int referableFrom = 2;
  int inputSize = 0;
  Json training;  ///< from model.json; null when unknown
  std::vector<std::string> sampleIds;
  std::vector<int> truth;
  std::vector<int> clean;
  std::vector<int> worst;  ///< worst case over the attacks, per sample
  ClassMetrics cleanMetrics;
  ClassMetrics worstMetrics;
  double wRobust = 0;
  double attackSuccessRate = 0;
  std::vector<AuditedAttack> attacks;
  std::string curveAttack;
  std::vector<CurvePoint> curve;
};

/// A condition such as "worst_class>=0.3". Metrics: accuracy and worst_class, worst_group, class_mean, nsd,
/// kappa of the worst case; the same with the prefix clean_; w_robust; asr.
struct Requirement {
  std::string text;
  std::string metric;
  std::string comparison;  ///< >= > <= <
  double bound = 0;
};
/// Throws Error(InvalidArgument) naming what is wrong and the known metrics.
Requirement parseRequirement(const std::string& text);

struct RequirementResult {
  std::string text;
  std::string model;
  double value = 0;  ///< NaN: undefined, which never meets a condition
  bool met = false;
};

struct ModelComparison {
  std::string first;
  std::string second;
  std::string statistic;  ///< robust_accuracy, robust_worst_class, robust_class_mean
  PairedDifference difference;
};

struct AuditResult {
  std::string datasetName;
  std::string fingerprint;
  std::vector<std::string> classes;
  std::vector<std::int64_t> counts;  ///< images per dataset class that were used
  std::string norm;
  double epsilon = 0;
  std::string epsilonText;
  std::uint64_t seed = 0;
  int batchSize = 0;
  std::vector<AuditedModel> models;
  std::vector<AuditFlag> flags;
  std::vector<RequirementResult> requirements;
  std::vector<ModelComparison> comparisons;
  std::vector<std::string> notices;

  bool requirementsMet() const;
};

/// Fills worst case, metrics, comparisons, black-box flags and requirements from the predictions.
void summarise(AuditResult& result, const std::vector<Requirement>& requirements, int resamples);

inline constexpr const char* kAuditSchema = "medlocker/audit/1";
inline constexpr const char* kModelCardSchema = "medlocker/model-card/1";

/// audit.json. Without `timings` the field seconds is null, and the same audit gives the same bytes.
Json auditJson(const AuditResult& result, bool timings);
/// audit.csv: one row per model, attack and class.
std::string auditCsv(const AuditResult& result);
/// samples.csv: one row per model and image with the class under every attack; what paired comparisons need.
std::string samplesCsv(const AuditResult& result);
/// A model card in JSON: what the model is, what it was tested on, what was found, what that does not say.
Json modelCard(const AuditResult& result, const AuditedModel& model);

/// The readings of an audit in plain words: what was attacked, how strongly, what the numbers mean and do not
/// mean.
std::vector<std::string> plainWords(const AuditResult& result);

/// NaN and infinity become null.
Json jsonNumber(double value);

}  // namespace medlocker::audit
