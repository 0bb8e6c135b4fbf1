// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/attacks/registry.h"
#include "core/data/manifest.h"
#include "core/pipelines/attacked_set.h"
#include "core/pipelines/audit_models.h"
#include "core/pipelines/run_journal.h"

namespace medlocker::pipelines {

/// The measuring part of an audit: runs what the journal does not hold yet and collects predictions.
/// auditModels() makes the reports of it. Not thread-safe.
class AuditRun {
 public:
  /// Opens data and models, and the journal in options.out (created or, to resume, checked against these
  /// options).
  AuditRun(const AuditOptions& options, const RunContext& context, AuditObserver observer = {});

  /// Measures everything; false where a stop was asked for. Throws Error.
  bool measure();
  /// Predictions, counts and flags of all models; valid after measure() returned true.
  audit::AuditResult collect();

  const data::Manifest& manifest() const { return manifest_; }
  std::vector<ItemIssue> takeIssues() { return std::move(issues_); }
  std::int64_t unitsDone() const { return done_; }
  std::int64_t unitsResumed() const { return resumed_; }

 private:
  struct PlannedAttack {
    std::string name;  ///< in reports and journal; further budgets of a curve have one of their own
    std::unique_ptr<attacks::Attack> attack;
    double epsilon = 0;
    bool curve = false;
  };
  struct ModelPlan {
    models::ClassifierPtr model;
    bool foreign = false;
    AttackedSet set;
    int batchSize = 0;
    std::vector<PlannedAttack> attacks;
  };

  void plan();
  void planAttacks(ModelPlan& plan, double epsilon) const;
  Json identity() const;
  std::int64_t plannedUnits() const;

  void measureModel(std::size_t index);
  void measureBatch(std::size_t index, std::size_t batch, attacks::Target& target);
  /// Details of a journal entry, computed by `work` unless an earlier run wrote them.
  const Json& unit(std::size_t model, std::size_t batch, const std::string& what,
                   const std::function<Json()>& work);
  const Json* find(const std::string& item) const;
  /// Adds a batch to the tally of one attack and tells the observer. `right`: rows of `labels`.
  void tally(std::size_t model, const std::string& attack, const std::vector<int>& labels,
             const std::vector<std::int64_t>& right);
  /// The journal's key.
  std::string itemName(std::size_t model, std::size_t batch, const std::string& what) const;
  /// The same for a person who watches.
  std::string shownName(std::size_t model, std::size_t batch, const std::string& what) const;

  const AuditOptions& options_;
  const RunContext& context_;
  data::Manifest manifest_;
  std::string fingerprint_;
  double epsilon_ = 0;
  AuditObserver observer_;
  std::map<std::pair<std::size_t, std::string>, AuditTally> tallies_;
  std::vector<ModelPlan> plans_;
  std::optional<RunJournal> journal_;
  std::vector<ItemIssue> issues_;
  std::int64_t done_ = 0;
  std::int64_t resumed_ = 0;
  std::int64_t total_ = 0;
};

}  // namespace medlocker::pipelines
