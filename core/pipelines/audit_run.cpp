// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/audit_run.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "core/attacks/sanity_flags.h"
#include "core/pipelines/model_set.h"
#include "core/pipelines/open_run_journal.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

Json numbers(const at::Tensor& values) {
  const at::Tensor host = values.to(torch::kCPU, torch::kFloat64).contiguous();
  Json list = Json::array();
  for (std::int64_t i = 0; i < host.numel(); ++i)
    list.push_back(audit::jsonNumber(host.data_ptr<double>()[i]));
  return list;
}

Json countsJson(const attacks::PassCounts& counts) {
  return {{"forwards", counts.forwards},
          {"backwards", counts.backwards},
          {"zero", counts.zeroGradients},
          {"non_finite", counts.nonFiniteGradients}};
}

Json flagsJson(const std::vector<attacks::SanityFlag>& flags) {
  Json list = Json::array();
  for (const attacks::SanityFlag& flag : flags) list.push_back({flag.id, flag.message});
  return list;
}

}  // namespace

AuditRun::AuditRun(const AuditOptions& options, const RunContext& context, AuditObserver observer)
    : options_(options), context_(context), observer_(std::move(observer)) {
  plan();
  journal_.emplace(openRunJournal(options_.out, identity(), options_.resume));
}

void AuditRun::plan() {
  data::OpenOptions opening;
  opening.layout = options_.layout;
  manifest_ = data::openDataset(options_.dataset, opening);
  if (manifest_.classes.empty())
    throw Error(ErrorCode::InputRejected, "the dataset has no labels, so accuracy cannot be measured",
                options_.dataset.string());
  context_.report({"Reading the dataset", 0, 0, ""});
  fingerprint_ = data::datasetFingerprint(manifest_);
  const DeviceKind device = resolveDevice(options_.device).kind;
  const std::vector<models::ClassifierPtr> opened =
      openModels(options_.models, device, options_.trustForeignModels);
  const attacks::Norm norm = attacks::parseNorm(options_.norm);
  std::set<double> defaults;
  for (const models::ClassifierPtr& model : opened)
    defaults.insert(attacks::defaultEpsilon(norm, model->info().inputSize));
  if (options_.epsilon.empty() && defaults.size() > 1)
    throw Error(
        ErrorCode::InvalidArgument,
        "the models take images of different sizes, which have different default budgets; give --eps");
  epsilon_ = options_.epsilon.empty() ? *defaults.begin() : attacks::parsePixelUnits(options_.epsilon);

  std::set<std::string> reported;
  for (std::size_t m = 0; m < opened.size(); ++m) {
    ModelPlan plan;
    plan.model = opened[m];
    plan.foreign = opened[m]->info().arch == "torchscript";
    const models::ModelInfo& info = opened[m]->info();
    if (info.classes.size() < 2)
      throw Error(ErrorCode::InputRejected, "a model needs at least two classes to be audited", info.name);
    std::vector<ItemIssue> issues;
    plan.set = chooseSamples(manifest_, info, options_.split, options_.perClass, issues, options_.samples);
    for (ItemIssue& issue : issues)
      if (reported.insert(issue.item + issue.reason).second) issues_.push_back(std::move(issue));
    plan.batchSize = options_.batchSize > 0 ? options_.batchSize : comfortableBatch(info.inputSize, device);
    planAttacks(plan, epsilon_);
    plans_.push_back(std::move(plan));
  }
  total_ = plannedUnits();
}

void AuditRun::planAttacks(ModelPlan& plan, double epsilon) const {
  attacks::AttackSettings settings;
  settings.threat = {attacks::parseNorm(options_.norm), epsilon};
  settings.imageSide = plan.model->info().inputSize;
  settings.steps = options_.steps;
  settings.restarts = options_.restarts;
  settings.queries = options_.queries;
  if (options_.step) settings.step = attacks::parsePixelUnits(*options_.step);
  for (const std::string& name : attacks::expandAttackList(options_.attacks))
    plan.attacks.push_back({name, attacks::makeAttack(name, settings), epsilon, false});
  if (options_.curve.empty()) return;
  for (const std::string& size : attacks::expandAttackList(options_.curve)) {
    settings.threat.epsilon = attacks::parsePixelUnits(size);
    // A step in proportion to the budget, so that small budgets are searched as finely as large ones.
    if (!options_.step) settings.step = settings.threat.epsilon / 4;
    plan.attacks.push_back({"curve " + options_.curveAttack + " " + size,
                            attacks::makeAttack(options_.curveAttack, settings), settings.threat.epsilon,
                            true});
  }
}

Json AuditRun::identity() const {
  Json models = Json::array();
  for (const ModelPlan& plan : plans_) {
    Json attacks = Json::array();
    for (const PlannedAttack& planned : plan.attacks)
      attacks.push_back({planned.name, planned.attack->parameters()});
    models.push_back({{"sha256", plan.model->info().sha256},
                      {"batch", plan.batchSize},
                      {"device", plan.model->device() == DeviceKind::Cuda ? "cuda" : "cpu"},
                      {"attacks", std::move(attacks)}});
  }
  Json identity = {{"command", "audit"},
                   {"dataset", fingerprint_},
                   {"models", std::move(models)},
                   {"split", options_.split},
                   {"per_class", options_.perClass},
                   {"exact", options_.exact},
                   {"fast", options_.fast},
                   {"sanity_checks", options_.sanityChecks},
                   {"seed", options_.seed}};
  if (!options_.samples.empty()) identity["samples"] = options_.samples;
  return identity;
}

std::int64_t AuditRun::plannedUnits() const {
  std::int64_t units = 0;
  for (const ModelPlan& plan : plans_) {
    const auto batches = static_cast<std::int64_t>((plan.set.size() + plan.batchSize - 1) / plan.batchSize);
    units += batches;  // clean predictions
    if (options_.sanityChecks) units += 2;
    for (const PlannedAttack& planned : plan.attacks)
      units += batches * static_cast<std::int64_t>(planned.attack->stages().size());
  }
  return units;
}

std::string AuditRun::itemName(std::size_t model, std::size_t batch, const std::string& what) const {
  return "model " + std::to_string(model) + " batch " + std::to_string(batch) + " " + what;
}

const Json* AuditRun::find(const std::string& item) const {
  const auto found = journal_->entries().find(item);
  return found == journal_->entries().end() ? nullptr : &found->second.details;
}

std::string AuditRun::shownName(std::size_t model, std::size_t batch, const std::string& what) const {
  const ModelPlan& plan = plans_[model];
  const std::size_t size = static_cast<std::size_t>(plan.batchSize);
  const std::size_t batches = (plan.set.size() + size - 1) / size;
  // An attack of one stage has the stage's name.
  const std::size_t slash = what.find(" / ");
  const bool twice = slash != std::string::npos && what.substr(0, slash) == what.substr(slash + 3);
  return plan.model->info().name + ", " + (twice ? what.substr(0, slash) : what) +
         (batches > 1 ? ", part " + std::to_string(batch + 1) + " of " + std::to_string(batches) : "");
}

const Json& AuditRun::unit(std::size_t model, std::size_t batch, const std::string& what,
                           const std::function<Json()>& work) {
  const std::string item = itemName(model, batch, what);
  if (const Json* known = find(item)) {
    ++resumed_;
    return *known;
  }
  if (context_.stopRequested()) throw attacks::Stopped{};
  context_.report({"Attacking", done_ + resumed_, total_, shownName(model, batch, what)});
  journal_->append({item, "DONE", "", "", "", "", work()});
  ++done_;
  return *find(item);
}

void AuditRun::tally(std::size_t model, const std::string& attack, const std::vector<int>& labels,
                     const std::vector<std::int64_t>& right) {
  if (!observer_) return;
  const ModelPlan& plan = plans_[model];
  AuditTally& tally = tallies_[{model, attack}];
  if (tally.model.empty()) {
    const std::vector<std::string>& classes = plan.model->info().classes;
    tally = {plan.model->info().name,
             attack,
             classes,
             std::vector<std::int64_t>(classes.size()),
             std::vector<std::int64_t>(classes.size()),
             std::vector<std::int64_t>(classes.size())};
    for (const int label : plan.set.labels) ++tally.images.at(static_cast<std::size_t>(label));
  }
  for (const int label : labels) ++tally.seen.at(static_cast<std::size_t>(label));
  for (const std::int64_t row : right)
    ++tally.right.at(static_cast<std::size_t>(labels.at(static_cast<std::size_t>(row))));
  observer_(tally);
}

bool AuditRun::measure() {
  try {
    for (std::size_t m = 0; m < plans_.size(); ++m) measureModel(m);
  } catch (const attacks::Stopped&) {
    return false;
  }
  context_.report({"Attacking", total_, total_, ""});
  return true;
}

void AuditRun::measureModel(std::size_t index) {
  const ModelPlan& plan = plans_[index];
  // Whatever form is attacked, a success counts only where the exact one agrees.
  attacks::Target target(plan.model, options_.exact  ? attacks::Precision::Exact
                                     : options_.fast ? attacks::Precision::Fast
                                                     : attacks::Precision::Folded);
  target.setStopToken(context_.token());
  const auto batches = (plan.set.size() + plan.batchSize - 1) / plan.batchSize;
  for (std::size_t b = 0; b < batches; ++b) measureBatch(index, b, target);
}

void AuditRun::measureBatch(std::size_t index, std::size_t batchIndex, attacks::Target& target) {
  const ModelPlan& plan = plans_[index];
  const std::size_t begin = batchIndex * static_cast<std::size_t>(plan.batchSize);
  const std::size_t end = std::min(begin + static_cast<std::size_t>(plan.batchSize), plan.set.size());
  // Pixels are read only where the journal leaves something to do.
  std::optional<attacks::AttackBatch> loaded;
  std::vector<ItemIssue> unreadable;
  const auto batch = [&]() -> const attacks::AttackBatch& {
    if (!loaded) {
      unreadable.clear();
      loaded = loadBatch(manifest_, plan.set, begin, end, *plan.model, unreadable);
    }
    return *loaded;
  };

  const Json& clean = unit(index, batchIndex, "clean", [&]() -> Json {
    const at::Tensor logits = target.exactLogits(batch().images, {batch().samples, 0});
    if (!torch::isfinite(logits).all().item<bool>())
      throw Error(ErrorCode::InputRejected, "the model answers with values that are not finite",
                  target.name());
    Json failed = Json::array();
    for (const ItemIssue& issue : unreadable) failed.push_back({issue.item, issue.reason});
    return {{"samples", batch().samples},
            {"labels", toInts(batch().labels)},
            {"predicted", toInts(attacks::topClass(logits))},
            {"failed", std::move(failed)}};
  });
  const auto samples = clean.at("samples").get<std::vector<std::int64_t>>();
  const auto labels = clean.at("labels").get<std::vector<int>>();
  const auto predicted = clean.at("predicted").get<std::vector<int>>();
  std::vector<std::int64_t> right;  // rows of the batch
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (predicted[i] == labels[i]) right.push_back(static_cast<std::int64_t>(i));
  tally(index, "clean", labels, right);

  if (batchIndex == 0 && options_.sanityChecks && !samples.empty())
    unit(index, 0, "preflight", [&]() -> Json {
      attacks::PreflightOptions preflight;
      preflight.norm = attacks::parseNorm(options_.norm);
      preflight.targets = 0;
      preflight.usesRatio = false;
      for (const PlannedAttack& planned : plan.attacks)
        for (const attacks::Attack* stage : planned.attack->stages()) {
          const std::string id = stage->id();
          if (id == "apgd-t" || id == "fab-t") preflight.targets = 9;
          if (id == "apgd-t" || id == "apgd-dlr") preflight.usesRatio = true;
        }
      return {{"flags", flagsJson(attacks::preflightFlags(target, batch(), preflight, options_.seed))}};
    });

  std::vector<std::int64_t> robust = right;
  for (const PlannedAttack& planned : plan.attacks) {
    std::vector<std::int64_t> left = right;
    for (const attacks::Attack* stage : planned.attack->stages()) {
      const std::vector<std::int64_t> rows = left;
      const Json& details = unit(index, batchIndex, planned.name + " / " + stage->id(), [&]() -> Json {
        if (rows.empty()) return {{"rows", rows}, {"predicted", Json::array()}, {"seconds", 0.0}};
        const auto start = Clock::now();
        const attacks::AttackResult result =
            stage->run(target, batch().select(toRows(rows, batch().labels)), options_.seed);
        Json json = {{"rows", rows},
                     {"predicted", toInts(result.predicted)},
                     {"distance", numbers(result.distance)},
                     {"counts", countsJson(result.counts)},
                     {"rejected", result.rejected},
                     {"warnings", result.warnings},
                     {"seconds", secondsSince(start)}};
        if (result.minimalDistance.defined()) json["minimal_distance"] = numbers(result.minimalDistance);
        return json;
      });
      const auto answers = details.at("predicted").get<std::vector<int>>();
      std::vector<std::int64_t> still;
      for (std::size_t i = 0; i < rows.size(); ++i)
        if (answers.at(i) == labels[static_cast<std::size_t>(rows[i])]) still.push_back(rows[i]);
      left = std::move(still);
    }
    if (planned.curve) continue;
    tally(index, planned.name, labels, left);
    std::vector<std::int64_t> both;
    std::set_intersection(robust.begin(), robust.end(), left.begin(), left.end(), std::back_inserter(both));
    robust = std::move(both);
  }
  tally(index, "worst case", labels, robust);
  if (batchIndex == 0 && options_.sanityChecks && !robust.empty())
    unit(index, 0, "loss-flat", [&]() -> Json {
      const attacks::Threat threat{attacks::parseNorm(options_.norm), epsilon_};
      attacks::AttackSettings settings;
      settings.threat = threat;
      settings.imageSide = plan.model->info().inputSize;
      return {{"flags",
               flagsJson(attacks::flatLossFlag(target, batch().select(toRows(robust, batch().labels)), threat,
                                               attacks::defaultPgdStep(settings), options_.seed))}};
    });
}

audit::AuditResult AuditRun::collect() {
  audit::AuditResult result;
  result.datasetName = options_.dataset.filename().empty()
                           ? options_.dataset.parent_path().filename().string()
                           : options_.dataset.filename().string();
  result.fingerprint = fingerprint_;
  result.classes = manifest_.classes;
  result.counts.assign(manifest_.classes.size(), 0);
  result.norm = options_.norm;
  result.epsilon = epsilon_;
  result.epsilonText = options_.epsilon;
  result.seed = options_.seed;
  result.notices = manifest_.notices;
  std::set<std::int64_t> used;
  std::set<std::string> failed;
  for (std::size_t m = 0; m < plans_.size(); ++m) {
    const ModelPlan& plan = plans_[m];
    const models::ModelInfo& info = plan.model->info();
    audit::AuditedModel model;
    model.name = info.name;
    model.sha256 = info.sha256;
    model.arch = info.arch;
    model.foreign = plan.foreign;
    model.classes = info.classes;
    model.referableFrom = info.referableFrom;
    model.inputSize = info.inputSize;
    model.training = info.training;
    model.curveAttack = options_.curveAttack;
    result.batchSize = std::max(result.batchSize, plan.batchSize);
    const auto flag = [&](const std::string& id, const std::string& message) {
      for (const audit::AuditFlag& known : result.flags)
        if (known.model == info.name && known.id == id && known.message == message) return;
      result.flags.push_back({info.name, id, message});
    };
    const auto flagsOf = [&](const Json* details) {
      if (details == nullptr) return;
      for (const Json& entry : details->at("flags"))
        flag(entry.at(0).get<std::string>(), entry.at(1).get<std::string>());
    };
    if (plan.foreign)
      flag("foreign_model",
           "the model is a TorchScript program from elsewhere; it ran in a process of its own without "
           "network access");
    flagsOf(find(itemName(m, 0, "preflight")));
    flagsOf(find(itemName(m, 0, "loss-flat")));

    const auto batches = (plan.set.size() + plan.batchSize - 1) / plan.batchSize;
    for (std::size_t b = 0; b < batches; ++b) {
      const Json& clean = *find(itemName(m, b, "clean"));
      for (const Json& sample : clean.at("samples")) {
        const auto i = sample.get<std::int64_t>();
        model.sampleIds.push_back(manifest_.samples[static_cast<std::size_t>(i)].id);
        if (used.insert(i).second) {
          const std::optional<int>& label = manifest_.samples[static_cast<std::size_t>(i)].label;
          if (label) ++result.counts.at(static_cast<std::size_t>(*label));
        }
      }
      for (const Json& label : clean.at("labels")) model.truth.push_back(label.get<int>());
      for (const Json& predicted : clean.at("predicted")) model.clean.push_back(predicted.get<int>());
      for (const Json& issue : clean.at("failed"))
        if (failed.insert(issue.at(0).get<std::string>()).second)
          issues_.push_back({issue.at(0).get<std::string>(), issue.at(1).get<std::string>(), true});
    }
    if (model.truth.empty())
      throw Error(ErrorCode::InputRejected, "none of the images could be read", options_.dataset.string());

    for (const PlannedAttack& planned : plan.attacks) {
      audit::AuditedAttack attack;
      attack.attack = planned.name;
      attack.params = planned.attack->parameters();
      attack.predicted = model.clean;
      attack.medianDistance = std::numeric_limits<double>::quiet_NaN();
      std::map<std::string, std::int64_t> broken;
      std::vector<double> distances;
      std::size_t offset = 0;
      for (std::size_t b = 0; b < batches; ++b) {
        for (const attacks::Attack* stage : planned.attack->stages()) {
          const Json& details = *find(itemName(m, b, planned.name + " / " + stage->id()));
          const Json& rows = details.at("rows");
          for (std::size_t i = 0; i < rows.size(); ++i) {
            const std::size_t at = offset + rows[i].get<std::size_t>();
            attack.predicted.at(at) = details.at("predicted").at(i).get<int>();
            if (attack.predicted[at] != model.truth[at]) ++broken[stage->id()];
          }
          attack.seconds += details.at("seconds").get<double>();
          if (!details.contains("counts")) continue;
          const Json& counts = details.at("counts");
          attack.forwards += counts.at("forwards").get<std::int64_t>();
          attack.backwards += counts.at("backwards").get<std::int64_t>();
          attack.zeroGradients += counts.at("zero").get<std::int64_t>();
          attack.nonFiniteGradients += counts.at("non_finite").get<std::int64_t>();
          attack.rejected += details.at("rejected").get<std::int64_t>();
          for (const Json& warning : details.at("warnings"))
            flag("attack", planned.name + ": " + warning.get<std::string>());
          if (details.contains("minimal_distance"))
            for (const Json& distance : details.at("minimal_distance"))
              distances.push_back(distance.is_null() ? std::numeric_limits<double>::infinity()
                                                     : distance.get<double>());
        }
        offset += find(itemName(m, b, "clean"))->at("samples").size();
      }
      if (planned.attack->stages().size() > 1) {
        std::int64_t left = 0;
        for (std::size_t i = 0; i < model.truth.size(); ++i) left += model.clean[i] == model.truth[i] ? 1 : 0;
        for (const attacks::Attack* stage : planned.attack->stages()) {
          left -= broken[stage->id()];
          attack.stages.push_back({stage->id(), left});
        }
      }
      // A suite stops searching once an image is broken, so its distances are not the smallest ones.
      if (!distances.empty() && planned.attack->stages().size() == 1) {
        std::sort(distances.begin(), distances.end());
        attack.medianDistance = distances[(distances.size() - 1) / 2];
      }
      if (planned.curve) {
        const audit::ClassMetrics metrics = audit::computeClassMetrics(
            model.truth, attack.predicted, static_cast<int>(model.classes.size()), model.referableFrom);
        model.curve.push_back({planned.epsilon, metrics.overall, metrics.worstAccuracy});
      } else {
        model.attacks.push_back(std::move(attack));
      }
    }
    std::stable_sort(
        model.curve.begin(), model.curve.end(),
        [](const audit::CurvePoint& a, const audit::CurvePoint& b) { return a.epsilon < b.epsilon; });
    result.models.push_back(std::move(model));
  }
  return result;
}

}  // namespace medlocker::pipelines
