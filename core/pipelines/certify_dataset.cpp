// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/certify_dataset.h"

#include <torch/torch.h>

#include <cmath>
#include <optional>

#include "core/attacks/defences/smoothing.h"
#include "core/attacks/loss.h"
#include "core/attacks/noise.h"
#include "core/attacks/target.h"
#include "core/common/outcome_name.h"
#include "core/pipelines/evaluation_set.h"
#include "core/pipelines/run_journal.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

struct Certified {
  int truth = 0;
  int label = -1;
  double radius = 0;
};

CertifiedClass tally(const std::string& name, const std::vector<Certified>& images, int truth,
                     const std::vector<double>& radii) {
  CertifiedClass result;
  result.name = name;
  std::vector<std::int64_t> held(radii.size(), 0);
  double sum = 0;
  for (const Certified& image : images) {
    if (truth >= 0 && image.truth != truth) continue;
    ++result.images;
    if (image.label < 0) ++result.abstained;
    if (image.label != image.truth) continue;
    ++result.correct;
    sum += image.radius;
    for (std::size_t r = 0; r < radii.size(); ++r) held[r] += image.radius >= radii[r];
  }
  if (result.images > 0) result.meanRadius = sum / static_cast<double>(result.images);
  for (const std::int64_t count : held) result.accuracy.push_back(audit::wilsonRate(count, result.images));
  return result;
}

Json classJson(const CertifiedClass& entry, const std::vector<double>& radii) {
  const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };
  Json accuracy = Json::array();
  for (std::size_t r = 0; r < radii.size(); ++r)
    accuracy.push_back({{"radius", radii[r]},
                        {"accuracy", number(entry.accuracy[r].value)},
                        {"ci_low", number(entry.accuracy[r].low)},
                        {"ci_high", number(entry.accuracy[r].high)}});
  return {{"class", entry.name},      {"images", entry.images},          {"abstained", entry.abstained},
          {"correct", entry.correct}, {"mean_radius", entry.meanRadius}, {"certified_accuracy", accuracy}};
}

std::optional<RunJournal> openCertifyJournal(const fs::path& folder, const Json& identity) {
  if (folder.empty()) return std::nullopt;
  const fs::path file = folder / "certify-journal";
  if (!fs::exists(file)) return RunJournal::create(file, {{"identity", identity}});
  RunJournal journal = RunJournal::open(file);
  if (journal.header().value("identity", Json()) != identity)
    throw Error(ErrorCode::InvalidArgument,
                "the certification in this folder was started with other options, models or data",
                folder.string());
  return journal;
}

}  // namespace

std::vector<OptionIssue> CertifyDatasetOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (dataset.empty()) issues.push_back({"dataset", "is required"});
  if (model.empty()) issues.push_back({"model", "is required"});
  if (!(sigma > 0 && sigma <= 10)) issues.push_back({"sigma", "must lie in (0, 10]"});
  if (selectionDraws < 1) issues.push_back({"selection_draws", "must be at least 1"});
  if (draws < 1) issues.push_back({"draws", "must be at least 1"});
  if (!(alpha > 0 && alpha < 1)) issues.push_back({"alpha", "must lie between 0 and 1"});
  for (const double radius : radii)
    if (!(radius >= 0)) issues.push_back({"radii", "must be 0 or more"});
  if (limit < 0) issues.push_back({"limit", "must be 0 or more"});
  if (batchSize < 1) issues.push_back({"batch", "must be at least 1"});
  return issues;
}

Json CertifyDatasetSummary::toJson() const {
  Json perClass = Json::array();
  for (const CertifiedClass& entry : classes) perClass.push_back(classJson(entry, radii));
  Json issueList = Json::array();
  for (const ItemIssue& issue : issues) issueList.push_back({{"item", issue.item}, {"reason", issue.reason}});
  return {{"schema", "medlocker/certified/1"},
          {"outcome", outcomeName(outcome)},
          {"model", {{"name", model}, {"sha256", sha256}}},
          {"per_class", perClass},
          {"all", classJson(all, radii)},
          {"issues", issueList}};
}

CertifyDatasetSummary certifyDataset(const CertifyDatasetOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  const torch::NoGradGuard noGradients;
  models::LoadOptions loading;
  loading.device = resolveDevice(options.device).kind;
  loading.trustForeignModel = options.trustForeignModel;
  const models::ClassifierPtr model = models::loadClassifier(options.model, loading);
  const EvaluationSet set =
      openEvaluationSet(options.dataset, options.layout, options.part, options.limit, options.seed, {model});
  CertifyDatasetSummary summary;
  summary.model = model->info().name;
  summary.sha256 = model->info().sha256;
  summary.radii = options.radii;
  summary.issues = set.manifest.issues;

  attacks::CertifyOptions certifying;
  certifying.sigma = options.sigma;
  certifying.selectionDraws = options.selectionDraws;
  certifying.draws = options.draws;
  certifying.alpha = options.alpha;
  certifying.batchSize = options.batchSize;
  auto journal =
      openCertifyJournal(options.journalFolder, {{"dataset", data::datasetFingerprint(set.manifest)},
                                                 {"model", model->info().sha256},
                                                 {"sigma", options.sigma},
                                                 {"selection_draws", options.selectionDraws},
                                                 {"draws", options.draws},
                                                 {"alpha", options.alpha},
                                                 {"seed", options.seed}});
  // Noisy copies leave [0,1]; classifiers take any finite value.
  const auto predict = [&model](const at::Tensor& images) {
    return attacks::topClass(attacks::classScores(model->logits(images), model->info()));
  };
  std::vector<Certified> certified;
  for (std::size_t i = 0; i < set.samples.size(); ++i) {
    if (context.stopRequested()) {
      summary.outcome = Outcome::Cancelled;
      break;
    }
    const data::Sample& sample = set.manifest.samples[set.samples[i]];
    context.report({"Certifying", static_cast<std::int64_t>(i), static_cast<std::int64_t>(set.samples.size()),
                    sample.id});
    Certified image;
    image.truth = set.labels[i];
    const auto known =
        journal ? journal->entries().find(sample.id) : std::map<std::string, JournalEntry>::const_iterator{};
    if (journal && known != journal->entries().end()) {
      image.label = known->second.details.at("label").get<int>();
      image.radius = known->second.details.at("radius").get<double>();
    } else {
      at::Tensor input;
      try {
        input = loadInput(sample, model->info().profile, model->info().inputSize);
      } catch (const Error& e) {
        if (e.code() == ErrorCode::Internal) throw;
        summary.issues.push_back({sample.id, e.what(), true});
        continue;
      }
      if (loading.device == DeviceKind::Cuda) input = input.to(torch::kCUDA);
      const attacks::SmoothedCertificate certificate = attacks::certifyImage(
          input, static_cast<int>(set.classes.size()), certifying,
          attacks::sampleStream(options.seed, "certify", 0, static_cast<std::int64_t>(set.samples[i])),
          predict);
      image.label = certificate.label;
      image.radius = certificate.radius;
      if (journal) {
        JournalEntry entry;
        entry.item = sample.id;
        entry.status = "DONE";
        entry.details = {{"label", image.label}, {"radius", image.radius}};
        journal->append(entry);
      }
    }
    certified.push_back(image);
  }
  for (std::size_t c = 0; c < set.classes.size(); ++c)
    summary.classes.push_back(tally(set.classes[c], certified, static_cast<int>(c), options.radii));
  summary.all = tally("all", certified, -1, options.radii);
  return summary;
}

}  // namespace medlocker::pipelines
