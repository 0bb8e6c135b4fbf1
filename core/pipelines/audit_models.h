// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/audit/audit_result.h"
#include "core/common/device.h"
#include "core/common/error.h"
#include "core/common/run_context.h"

namespace medlocker::pipelines {

/// Options of `audit`. Everything but `out`, `resume` and `timings` decides the result.
struct AuditOptions {
  std::filesystem::path dataset;
  std::vector<std::filesystem::path> models;  ///< run folders, .safetensors files, TorchScript if trusted
  std::string attacks = "standard";           ///< names, comma-separated, or quick | standard | thorough
  std::string epsilon;  ///< "8/255", "0.03"; empty: the default of the models' image size
  std::string norm = "linf";
  std::vector<std::string> require;  ///< conditions such as "worst_class>=0.3", for every model
  std::string curve;                 ///< further budgets, comma-separated, for the security curve
  std::string curveAttack = "pgd-20";
  std::string split;                 ///< train | val | test: only that part; empty: all
  std::vector<std::string> samples;  ///< only these, by id; empty: all
  std::string layout;                ///< of the dataset; empty: recognise
  int perClass = 0;                  ///< at most so many images of each class, in order of id; 0: all
  std::optional<int> steps, restarts, queries;  ///< override the attacks' own numbers
  std::optional<std::string> step;              ///< step size, as `epsilon`
  bool exact = false;                           ///< attack the unfolded network instead of its folded form
  bool fast = false;                ///< attack the fastest form: bfloat16 where the hardware has it
  bool sanityChecks = true;         ///< look for signs that the evaluation misleads
  bool trustForeignModels = false;  ///< allow TorchScript programs as models
  std::filesystem::path out;
  bool resume = false;
  bool timings = true;  ///< seconds in audit.json; without them the same audit gives the same bytes
  std::uint64_t seed = 0;
  DeviceChoice device = DeviceChoice::Auto;
  int batchSize = 0;  ///< images attacked at once; 0: chosen so that a pass stays well below a second
  int bootstrapResamples = 1000;

  std::vector<OptionIssue> validate() const;
  Json toJson() const;
};

/// How far one attack on one model has come, class by class.
struct AuditTally {
  std::string model;
  std::string attack;                ///< "clean": unchanged images; "worst case": right under all attacks
  std::vector<std::string> classes;  ///< of the model
  std::vector<std::int64_t> images;  ///< per class: to be looked at
  std::vector<std::int64_t> seen;    ///< per class: looked at so far
  std::vector<std::int64_t> right;   ///< per class: of these, still right
};
using AuditObserver = std::function<void(const AuditTally&)>;

struct AuditSummary {
  Outcome outcome = Outcome::Completed;
  audit::AuditResult result;  ///< empty models when cancelled
  std::vector<ItemIssue> issues;
  std::filesystem::path out;
  std::int64_t unitsDone = 0;     ///< steps that this run computed
  std::int64_t unitsResumed = 0;  ///< steps taken from the journal of an earlier run
  double seconds = 0;

  bool requirementsMet() const { return result.requirementsMet(); }
  bool hasItemIssues() const { return !issues.empty(); }
  std::string briefReport() const;
  Json toJson() const;
};

/// Attacks every model with every attack, image by image, and reports what is left, per class. Each finished
/// step (a batch under a stage of an attack) is in the journal before the next one begins, so a killed run
/// resumes to the same numbers. Every reported success was checked with the exact float32 model. Writes
/// audit.json, audit.csv, samples.csv, model-card-N.json, report.html and run.json into `out`. `observer` is
/// called on the calling thread after every attack on every batch, also for what an earlier run did. Throws
/// Error.
AuditSummary auditModels(const AuditOptions& options, const RunContext& context,
                         const AuditObserver& observer = {});

}  // namespace medlocker::pipelines
