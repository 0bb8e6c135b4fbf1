// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/train_audit.h"

#include "core/pipelines/audit_models.h"

namespace medlocker::pipelines {

void auditTrainedModel(TrainSummary& summary, const training::SplitPlan& plan, const RunContext& context) {
  const TrainOptions& options = summary.options;
  if (options.audit.empty()) return;
  const bool tested = !plan.test.samples.empty();
  const training::SplitPart& part = tested ? plan.test : plan.validation;
  if (part.samples.empty()) {
    summary.notices.push_back("there is neither a test nor a validation part to audit the model on");
    return;
  }
  AuditOptions auditing;
  auditing.dataset = options.dataset;
  auditing.layout = options.layout;
  auditing.models = {options.out};
  auditing.attacks = options.audit;
  for (const data::Sample& sample : part.samples) auditing.samples.push_back(sample.id);
  auditing.out = options.out / "audit";
  std::error_code ignored;
  auditing.resume = std::filesystem::exists(auditing.out / "journal", ignored);
  auditing.seed = options.trainer.seed;
  auditing.device = options.device;
  const AuditSummary audited = auditModels(auditing, context);
  if (audited.outcome == Outcome::Cancelled) {
    summary.outcome = Outcome::Cancelled;
    return;
  }
  const std::string name = tested ? "test" : "validation";
  summary.audit = {{"part", name}, {"folder", auditing.out.string()}, {"result", audited.toJson()}};
  summary.auditText = "Audit on the " + name + " part:\n" + audited.briefReport() + "\n";
  summary.issues.insert(summary.issues.end(), audited.issues.begin(), audited.issues.end());
}

}  // namespace medlocker::pipelines
