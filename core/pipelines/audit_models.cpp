// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/audit_models.h"

#include <chrono>
#include <map>

#include "core/audit/audit_page.h"
#include "core/audit/report/html_text.h"
#include "core/common/files.h"
#include "core/common/outcome_name.h"
#include "core/common/run_record.h"
#include "core/pipelines/audit_run.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

std::string jsonText(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

audit::PictureSource pictureSource(const data::Manifest& manifest) {
  std::map<std::string, const data::Sample*> byId;
  for (const data::Sample& sample : manifest.samples) byId[sample.id] = &sample;
  return [byId = std::move(byId)](const std::string& id) {
    audit::report::Picture picture;
    const auto found = byId.find(id);
    if (found == byId.end()) return picture;
    const data::Image image = data::readSample(*found->second).image;
    picture.width = image.width();
    picture.height = image.height();
    picture.dataUri = audit::report::thumbnailUri(image, 192);
    return picture;
  };
}

void writeReports(const AuditOptions& options, const AuditSummary& summary, const data::Manifest& manifest) {
  const audit::AuditResult& result = summary.result;
  writeFileAtomically(options.out / "samples.csv", audit::samplesCsv(result));
  writeFileAtomically(options.out / "audit.csv", audit::auditCsv(result));
  for (std::size_t m = 0; m < result.models.size(); ++m)
    writeFileAtomically(options.out / ("model-card-" + std::to_string(m + 1) + ".json"),
                        jsonText(audit::modelCard(result, result.models[m])));
  writeFileAtomically(options.out / "report.html", audit::auditPage(result, pictureSource(manifest)));
  writeFileAtomically(options.out / "audit.json", jsonText(audit::auditJson(result, options.timings)));
}

}  // namespace

AuditSummary auditModels(const AuditOptions& options, const RunContext& context,
                         const AuditObserver& observer) {
  throwIfInvalid(options.validate());
  const auto begin = std::chrono::steady_clock::now();
  std::vector<audit::Requirement> requirements;
  for (const std::string& condition : options.require)
    requirements.push_back(audit::parseRequirement(condition));

  AuditRun run(options, context, observer);
  AuditSummary summary;
  summary.out = options.out;
  if (run.measure()) {
    summary.result = run.collect();
    audit::summarise(summary.result, requirements, options.bootstrapResamples);
  } else {
    summary.outcome = Outcome::Cancelled;
  }
  summary.issues = run.takeIssues();
  summary.unitsDone = run.unitsDone();
  summary.unitsResumed = run.unitsResumed();
  if (summary.outcome == Outcome::Completed) writeReports(options, summary, run.manifest());
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

  Json record = {{"command", "audit"},
                 {"options", options.toJson()},
                 {"seed", options.seed},
                 {"outcome", outcomeName(summary.outcome)},
                 {"inputs", {{"dataset", summary.result.fingerprint}}},
                 {"counts", {{"steps_done", summary.unitsDone}, {"steps_resumed", summary.unitsResumed}}},
                 {"timings", {{"seconds", summary.seconds}}}};
  writeRunJson(options.out, std::move(record));
  return summary;
}

std::string AuditSummary::briefReport() const {
  using audit::report::numberText;
  using audit::report::percentText;
  if (outcome == Outcome::Cancelled)
    return "The audit was stopped; --resume goes on with it (" + std::to_string(unitsDone + unitsResumed) +
           " steps are done).";
  std::string text;
  for (const audit::AuditedModel& model : result.models) {
    text += model.name + ": clean " + percentText(model.cleanMetrics.overall.value) + ", robust " +
            percentText(model.worstMetrics.overall.value) + " (" +
            percentText(model.worstMetrics.overall.low) + " – " +
            percentText(model.worstMetrics.overall.high) + ")";
    if (model.worstMetrics.worstClass)
      text += ", weakest class " + model.classes[static_cast<std::size_t>(*model.worstMetrics.worstClass)] +
              " " + percentText(model.worstMetrics.worstAccuracy);
    text +=
        ", NSD " + numberText(model.worstMetrics.nsd, 3) + ", W-Robust " + percentText(model.wRobust) + "\n";
    for (const audit::AuditedAttack& attack : model.attacks)
      text += "  " + attack.attack + ": " + std::to_string(attack.metrics.overall.correct) + " of " +
              std::to_string(attack.metrics.overall.n) + " right\n";
  }
  for (const audit::RequirementResult& requirement : result.requirements)
    text += (requirement.met ? "met: " : "NOT MET: ") + requirement.text + " for " + requirement.model +
            " (" + numberText(requirement.value, 4) + ")\n";
  for (const audit::AuditFlag& flag : result.flags)
    text += "warning: " + (flag.model.empty() ? "" : flag.model + ": ") + flag.message + "\n";
  if (!issues.empty())
    text += std::to_string(issues.size()) + " images were left out; the first: " + issues.front().item + " " +
            issues.front().reason + "\n";
  return text + "Report: " + (out / "report.html").string();
}

Json AuditSummary::toJson() const {
  Json json = outcome == Outcome::Completed ? audit::auditJson(result, true) : Json::object();
  json["outcome"] = outcomeName(outcome);
  json["requirements_met"] = requirementsMet();
  json["seconds"] = seconds;
  json["out"] = out.string();
  Json list = Json::array();
  for (const ItemIssue& issue : issues) list.push_back({{"item", issue.item}, {"reason", issue.reason}});
  json["issues"] = std::move(list);
  return json;
}

}  // namespace medlocker::pipelines
