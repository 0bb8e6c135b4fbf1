// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <torch/torch.h>

#include <algorithm>
#include <set>

#include "core/attacks/defences/learned_defence.h"
#include "core/attacks/transfer/source_ensemble.h"
#include "core/common/files.h"
#include "core/pipelines/model_set.h"
#include "core/pipelines/open_run_journal.h"
#include "core/pipelines/transfer_run.h"

namespace medlocker::pipelines {

namespace fs = std::filesystem;
using attacks::MaskKind;

void TransferRun::open() {
  const DeviceInfo device = resolveDevice(options_.device);
  summary_.device = device.name;
  if (!device.note.empty()) summary_.notices.push_back("running on the CPU: " + device.note);
  device_ = device.kind;
  const bool trust = options_.trustForeignModels;
  sources_ = openModels(options_.sources, device.kind, trust);
  targets_ = openModels(options_.targets, device.kind, trust);
  if (!options_.simulated.empty()) simulated_ = openModels(options_.simulated, device.kind, trust);
  for (std::string& notice : attacks::checkDisjoint(sources_, simulated_, targets_, options_.allowOverlap))
    summary_.notices.push_back(std::move(notice));
  std::vector<models::ClassifierPtr> everyone = sources_;
  everyone.insert(everyone.end(), simulated_.begin(), simulated_.end());
  everyone.insert(everyone.end(), targets_.begin(), targets_.end());
  set_ = openEvaluationSet(options_.dataset, options_.layout, options_.part, options_.limit, options_.seed,
                           everyone);
  summary_.datasetFingerprint = data::datasetFingerprint(set_.manifest);
  summary_.part = set_.part;
  summary_.classes = set_.classes;
  summary_.issues = set_.manifest.issues;
  describeModels("source", sources_);
  describeModels("simulated", simulated_);
  describeModels("target", targets_);
  for (const models::ClassifierPtr& source : sources_) side_ = std::max(side_, source->info().inputSize);
  epsilon_ = options_.epsilon.value_or(side_ <= 64 ? 8.0 / 255 : 16.0 / 255);
  summary_.side = side_;
  summary_.epsilon = epsilon_;
  planAttacks();
  planDefences();
  planCrafts();
  openAdmixPool();
}

void TransferRun::describeModels(const char* role, const std::vector<models::ClassifierPtr>& models) {
  for (const models::ClassifierPtr& model : models) {
    const models::ModelInfo& info = model->info();
    summary_.models.push_back({info.name, info.arch, info.sha256, role, info.inputSize});
    if (info.arch == "torchscript")
      summary_.notices.push_back("'" + info.name +
                                 "' is a TorchScript program from elsewhere; it ran in a process of its own "
                                 "without network access");
  }
}

void TransferRun::planAttacks() {
  search_ = options_.maskProfile == "fast" ? attacks::fastMaskSearch() : attacks::MaskSearchOptions{};
  search_.op = attacks::parseSearchOperator(options_.maskOperator);
  search_.patch = options_.patch;
  if (options_.maskPopulation > 0) search_.population = options_.maskPopulation;
  if (options_.maskGenerations >= 0) search_.generations = options_.maskGenerations;
  throwIfInvalid(search_.validate());
  search_.innerEpsilon = epsilon_;  // masks are judged at the budget they are used with
  std::vector<std::string> names;
  for (const std::string& name : options_.attacks) {
    names.push_back(name);
    if (!options_.patchMasks) continue;
    if (attacks::parseTransferAttack(name).masks != MaskKind::None) continue;
    names.push_back("lpm+" + name);
    names.push_back("random-mask+" + name);
  }
  std::set<std::string> seen;
  for (const std::string& name : names) {
    attacks::TransferOptions attack = attacks::parseTransferAttack(name);
    attack.epsilon = epsilon_;
    attack.steps = options_.steps;
    attack.stepSize = options_.stepSize.value_or(0);
    attack.fusion = attacks::parseFusion(options_.fusion);
    throwIfInvalid(attack.validate());
    if (!seen.insert(attacks::transferAttackName(attack)).second) continue;
    if (attack.masks == MaskKind::Learned && simulated_.empty())
      throw Error(ErrorCode::InvalidArgument,
                  "'" + name + "' needs simulated models that judge masks (--simulated)");
    attacks_.push_back(attack);
    Json parameters = attack.toJson();
    if (attack.masks != MaskKind::None) parameters["mask_search"] = search_.toJson();
    summary_.attacks.push_back(std::move(parameters));
  }
}

void TransferRun::planDefences() {
  setting_ = attacks::parseDefenceSetting(options_.defenceSetting);
  std::vector<std::string> names;
  for (const std::string& name : options_.defences) {
    if (name == "all")
      names.insert(names.end(), attacks::trainingFreeDefences().begin(),
                   attacks::trainingFreeDefences().end());
    else if (name != kUndefended)
      names.push_back(name);
  }
  for (const std::string& name : names) {
    attacks::DefencePtr defence = fs::is_directory(name)
                                      ? attacks::DefencePtr(attacks::loadDefence(name))
                                      : attacks::makeDefence(name, targets_.front()->info().inputSize);
    // Settings after a colon and folders can repeat a kind; the reported name must tell them apart.
    std::string shown = fs::is_directory(name) ? defence->name() : name;
    while (std::find(defenceNames_.begin(), defenceNames_.end(), shown) != defenceNames_.end()) shown += "'";
    const attacks::DefenceProperties properties = defence->properties();
    summary_.defences.push_back({{"name", shown},
                                 {"stochastic", properties.stochastic},
                                 {"differentiable", properties.differentiable},
                                 {"trained", properties.trained},
                                 {"settings", defence->settings()}});
    defences_.push_back(std::move(defence));
    defenceNames_.push_back(shown);
  }
}

void TransferRun::planCrafts() {
  for (const models::ClassifierPtr& source : sources_)
    sets_.push_back({source->info().name, {source}, false});
  const bool ensembles =
      std::any_of(attacks_.begin(), attacks_.end(), [](const auto& a) { return a.ensemble; });
  if (ensembles) sets_.push_back({"all sources", sources_, true});
  const bool adaptive = setting_ != attacks::DefenceSetting::Oblivious;
  for (std::size_t s = 0; s < sets_.size(); ++s)
    for (std::size_t a = 0; a < attacks_.size(); ++a) {
      if (attacks_[a].ensemble != sets_[s].ensemble) continue;
      crafts_.push_back({s, a, -1});
      if (!adaptive) continue;
      if (sets_[s].ensemble)
        throw Error(ErrorCode::Unsupported, "an ensemble can only be attacked in the oblivious setting");
      for (std::size_t d = 0; d < defences_.size(); ++d) {
        // Refuses at once what cannot be attacked this way.
        attacks::defendedTarget(sets_[s].members.front(), defences_[d], defendedOptions());
        crafts_.push_back({s, a, static_cast<int>(d)});
      }
    }
}

void TransferRun::openAdmixPool() {
  if (std::none_of(attacks_.begin(), attacks_.end(), [](const auto& a) { return a.admix.has_value(); }))
    return;
  const std::size_t count = std::min(kAdmixPool, set_.samples.size());
  std::vector<at::Tensor> images;
  std::vector<std::int64_t> labels;
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t i = k * set_.samples.size() / count;
    try {
      images.push_back(load(i));
      labels.push_back(set_.labels[i]);
    } catch (const Error&) {
      // Reported when its chunk is attacked.
    }
  }
  if (images.empty()) return;
  pool_.images = torch::cat(images).to(torchDevice());
  pool_.labels = torch::tensor(labels, torch::kInt64).to(torchDevice());
}

c10::Device TransferRun::torchDevice() const {
  return device_ == DeviceKind::Cuda ? torch::Device(torch::kCUDA, 0) : torch::Device(torch::kCPU);
}

at::Tensor TransferRun::load(std::size_t i) const {
  return loadInput(set_.manifest.samples[set_.samples[i]], sources_.front()->info().profile, side_);
}

Json TransferRun::identity() const {
  Json models = Json::array();
  for (const TransferModel& model : summary_.models)
    models.push_back({{"role", model.role}, {"sha256", model.sha256}});
  return {{"command", "transfer"},
          {"dataset", summary_.datasetFingerprint},
          {"part", set_.part},
          {"limit", options_.limit},
          {"models", models},
          {"attacks", summary_.attacks},
          {"defences", summary_.defences},
          {"defence_setting", options_.defenceSetting},
          {"eot_draws", options_.eotDraws},
          {"batch_size", options_.batchSize},
          {"seed", options_.seed}};
}

void TransferRun::openJournal() {
  if (isInside(options_.out, options_.dataset) && fs::is_directory(options_.dataset))
    throw Error(ErrorCode::InvalidArgument, "the run folder must not lie inside the dataset",
                options_.out.string());
  journal_.emplace(openRunJournal(options_.out, identity(), options_.resume));
}

}  // namespace medlocker::pipelines
