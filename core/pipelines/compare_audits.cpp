// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/compare_audits.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "core/audit/audit_page.h"
#include "core/audit/report/html_text.h"
#include "core/common/files.h"
#include "core/common/json.h"
#include "core/data/csv.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

int intOf(std::string_view text, const fs::path& file) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9' || value > 100000)
      throw Error(ErrorCode::InputRejected, "'" + data::printable(text) + "' is no class index",
                  file.string());
    value = 10 * value + (c - '0');
  }
  if (text.empty()) throw Error(ErrorCode::InputRejected, "a class index is missing", file.string());
  return value;
}

/// The predictions of every model from samples.csv, as summarise() needs them.
void readSamples(audit::AuditResult& result, const fs::path& file) {
  const data::CsvTable table = data::readCsv(file);
  const auto column = [&](std::string_view name) {
    const auto found = table.column({name});
    if (!found)
      throw Error(ErrorCode::InputRejected, "has no column '" + std::string(name) + "'", file.string());
    return *found;
  };
  const std::size_t model = column("model"), id = column("id"), label = column("label"),
                    attack = column("attack"), predicted = column("predicted");
  std::map<std::string, audit::AuditedModel*> byName;
  for (audit::AuditedModel& audited : result.models) byName[audited.name] = &audited;
  for (const data::CsvRow& row : table.rows) {
    const auto found = byName.find(std::string(row.cell(model)));
    if (found == byName.end())
      throw Error(ErrorCode::InputRejected, "names a model that audit.json does not know", file.string());
    audit::AuditedModel& audited = *found->second;
    const std::string name(row.cell(attack));
    const int answer = intOf(row.cell(predicted), file);
    if (name == "clean") {
      audited.sampleIds.emplace_back(row.cell(id));
      audited.truth.push_back(intOf(row.cell(label), file));
      audited.clean.push_back(answer);
    } else if (name != "worst case") {
      const auto known = std::find_if(audited.attacks.begin(), audited.attacks.end(),
                                      [&](const audit::AuditedAttack& one) { return one.attack == name; });
      if (known == audited.attacks.end())
        throw Error(ErrorCode::InputRejected, "names an attack that audit.json does not know", file.string());
      known->predicted.push_back(answer);
    }
  }
  for (const audit::AuditedModel& audited : result.models)
    for (const audit::AuditedAttack& one : audited.attacks)
      if (one.predicted.size() != audited.truth.size())
        throw Error(ErrorCode::InputRejected, "is incomplete for the attack '" + one.attack + "'",
                    file.string());
}

/// The points of the model's security curve, if it has one.
void readCurve(audit::AuditedModel& model, const Json& curves) {
  for (const Json& curve : curves) {
    if (curve.at("model") != model.name) continue;
    model.curveAttack = curve.at("attack").get<std::string>();
    for (const Json& point : curve.at("points"))
      model.curve.push_back(
          {point.at("epsilon").get<double>(),
           audit::makeRate(point.at("correct").get<std::int64_t>(), point.at("n").get<std::int64_t>()),
           point.at("worst_class_accuracy").is_null() ? std::numeric_limits<double>::quiet_NaN()
                                                      : point.at("worst_class_accuracy").get<double>()});
  }
}

std::string attackList(const audit::AuditedModel& model) {
  std::string list;
  for (const audit::AuditedAttack& attack : model.attacks) list += attack.attack + attack.params.dump() + ";";
  return list;
}

}  // namespace

audit::AuditResult loadAudit(const fs::path& audit) {
  fs::path path = audit;
  if (fs::is_directory(path)) path /= "audit.json";
  if (!fs::exists(path)) throw Error(ErrorCode::NotFound, "there is no audit here", path.string());
  audit::AuditResult result;
  std::vector<audit::AuditFlag> flags;
  try {
    const Json json = parseJsonStrictly(readTextFile(path));
    if (json.at("schema") != audit::kAuditSchema)
      throw Error(ErrorCode::InputRejected, "is no audit of a known version");
    const Json& dataset = json.at("dataset");
    result.datasetName = dataset.at("name").get<std::string>();
    result.fingerprint = dataset.at("fingerprint").get<std::string>();
    result.classes = dataset.at("classes").get<std::vector<std::string>>();
    result.counts = dataset.at("counts").get<std::vector<std::int64_t>>();
    result.norm = json.at("threat").at("norm").get<std::string>();
    result.epsilon = json.at("threat").at("epsilon").get<double>();
    result.epsilonText = json.at("threat").at("epsilon_text").get<std::string>();
    for (const Json& entry : json.at("models")) {
      audit::AuditedModel model;
      model.name = entry.at("name").get<std::string>();
      model.sha256 = entry.at("sha256").get<std::string>();
      model.arch = entry.at("arch").get<std::string>();
      model.classes = entry.at("classes").get<std::vector<std::string>>();
      model.inputSize = entry.at("input_size").get<int>();
      model.foreign = entry.at("foreign").get<bool>();
      for (const Json& attack : json.at("results"))
        if (attack.at("model") == model.name && attack.at("attack") != "clean") {
          audit::AuditedAttack one;
          one.attack = attack.at("attack").get<std::string>();
          one.params = attack.at("params");
          model.attacks.push_back(std::move(one));
        }
      readCurve(model, json.at("curves"));
      result.models.push_back(std::move(model));
    }
    result.seed = json.at("seed").get<std::uint64_t>();
    for (const Json& flag : json.at("flags"))
      flags.push_back({flag.at("model").is_null() ? "" : flag.at("model").get<std::string>(),
                       flag.at("id").get<std::string>(), flag.at("message").get<std::string>()});
  } catch (const Error& e) {
    throw e.withContext(path.string());
  } catch (const Json::exception& e) {
    throw Error(ErrorCode::InputRejected, std::string("is damaged: ") + e.what(), path.string());
  }
  readSamples(result, path.parent_path() / "samples.csv");
  audit::summarise(result, {}, 0);
  // summarise() finds those flags again that follow from the predictions.
  for (audit::AuditFlag& flag : flags)
    if (std::none_of(result.flags.begin(), result.flags.end(), [&flag](const audit::AuditFlag& known) {
          return known.model == flag.model && known.id == flag.id;
        }))
      result.flags.push_back(std::move(flag));
  return result;
}

std::vector<OptionIssue> CompareAuditsOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (audits.size() < 2) issues.push_back({"audits", "at least two must be given"});
  if (out.empty()) issues.push_back({"out", "must be given"});
  if (bootstrapResamples < 0) issues.push_back({"bootstrap", "must not be negative"});
  return issues;
}

CompareAuditsSummary compareAudits(const CompareAuditsOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  CompareAuditsSummary summary;
  summary.out = options.out;
  for (std::size_t i = 0; i < options.audits.size(); ++i) {
    context.report({"Reading audits", static_cast<std::int64_t>(i),
                    static_cast<std::int64_t>(options.audits.size()), options.audits[i].string()});
    summary.audits.push_back(loadAudit(options.audits[i]));
  }
  if (fs::exists(options.out) && !fs::is_empty(options.out))
    throw Error(ErrorCode::InputRejected, "the output folder is not empty", options.out.string());

  const audit::AuditResult& first = summary.audits.front();
  for (std::size_t i = 1; i < summary.audits.size(); ++i) {
    const audit::AuditResult& other = summary.audits[i];
    const std::string name = "audit " + std::to_string(i + 1);
    if (other.fingerprint != first.fingerprint)
      summary.notices.push_back(name + " used another dataset than audit 1");
    if (other.norm != first.norm || other.epsilon != first.epsilon)
      summary.notices.push_back(name + " allowed other changes than audit 1");
    if (!other.models.empty() && !first.models.empty() &&
        attackList(other.models.front()) != attackList(first.models.front()))
      summary.notices.push_back(name + " ran other attacks than audit 1");
  }
  struct Named {
    std::string name;
    const audit::AuditedModel* model;
  };
  std::vector<Named> all;
  for (std::size_t a = 0; a < summary.audits.size(); ++a)
    for (const audit::AuditedModel& model : summary.audits[a].models)
      all.push_back({std::to_string(a + 1) + ": " + model.name, &model});
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = i + 1; j < all.size(); ++j) {
      const audit::AuditedModel& a = *all[i].model;
      const audit::AuditedModel& b = *all[j].model;
      if (a.sampleIds != b.sampleIds || a.truth != b.truth || a.classes.size() != b.classes.size()) continue;
      for (const auto& [name, statistic] :
           {std::pair{"robust_accuracy", audit::PairedStatistic::Accuracy},
            std::pair{"robust_worst_class", audit::PairedStatistic::WorstClass},
            std::pair{"robust_class_mean", audit::PairedStatistic::ClassMean}})
        summary.comparisons.push_back(
            {all[i].name, all[j].name, name,
             audit::pairedBootstrap(a.truth, a.worst, b.worst, static_cast<int>(a.classes.size()), statistic,
                                    options.bootstrapResamples,
                                    RandomStream::fromSeed(options.seed, std::string("compare/") + name))});
    }
  writeFileAtomically(options.out / "report.html",
                      audit::comparisonPage(summary.audits, summary.comparisons));
  writeFileAtomically(options.out / "compare.json",
                      summary.toJson().dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  return summary;
}

std::string CompareAuditsSummary::briefReport() const {
  using audit::report::percentText;
  std::string text;
  for (std::size_t a = 0; a < audits.size(); ++a)
    for (const audit::AuditedModel& model : audits[a].models)
      text += std::to_string(a + 1) + ": " + model.name + ": clean " +
              percentText(model.cleanMetrics.overall.value) + ", robust " +
              percentText(model.worstMetrics.overall.value) + ", weakest class " +
              percentText(model.worstMetrics.worstAccuracy) + "\n";
  for (const std::string& notice : notices) text += "note: " + notice + "\n";
  return text + "Report: " + (out / "report.html").string();
}

Json CompareAuditsSummary::toJson() const {
  Json json = {{"schema", "medlocker/compare/1"},
               {"audits", Json::array()},
               {"comparisons", Json::array()},
               {"notices", notices}};
  for (const audit::AuditResult& audit : audits) {
    const Json full = audit::auditJson(audit, false);
    json["audits"].push_back({{"dataset", full.at("dataset")},
                              {"threat", full.at("threat")},
                              {"models", full.at("models")},
                              {"worst_case", full.at("worst_case")}});
  }
  for (const audit::ModelComparison& comparison : comparisons)
    json["comparisons"].push_back({{"first", comparison.first},
                                   {"second", comparison.second},
                                   {"statistic", comparison.statistic},
                                   {"difference", audit::jsonNumber(comparison.difference.value)},
                                   {"ci_low", audit::jsonNumber(comparison.difference.low)},
                                   {"ci_high", audit::jsonNumber(comparison.difference.high)}});
  return json;
}

}  // namespace medlocker::pipelines
