// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/attack_dataset.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/attacks/registry.h"
#include "core/common/files.h"
#include "core/common/outcome_name.h"
#include "core/common/run_record.h"
#include "core/data/image_io.h"
#include "core/pipelines/attacked_set.h"
#include "core/pipelines/audit_models.h"
#include "core/pipelines/model_set.h"
#include "core/pipelines/open_run_journal.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

constexpr double kLevels = 65535;
constexpr const char* kFolder = "adversarial";

/// 3×H×W in [0,1] as a 16-bit image, every value rounded towards `clean`.
data::Image toImage16(const at::Tensor& attacked, const at::Tensor& clean) {
  const at::Tensor wide = attacked.to(torch::kCPU, torch::kFloat64) * kLevels;
  const at::Tensor up = attacked.cpu().lt(clean.cpu());
  const at::Tensor levels =
      torch::where(up, wide.ceil(), wide.floor()).clamp(0, kLevels).permute({1, 2, 0}).contiguous();
  data::Image image(static_cast<int>(attacked.size(2)), static_cast<int>(attacked.size(1)), 3, 16);
  const auto* values = levels.data_ptr<double>();
  const auto samples = image.samples16();
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<std::uint16_t>(values[i]);
  return image;
}

at::Tensor fromImage16(const data::Image& image) {
  at::Tensor values = torch::empty({image.height(), image.width(), 3}, torch::kFloat32);
  const auto samples = image.samples16();
  for (std::size_t i = 0; i < samples.size(); ++i)
    values.data_ptr<float>()[i] = static_cast<float>(samples[i] / kLevels);
  return values.permute({2, 0, 1}).contiguous();
}

/// A file name for a sample id: unique, below one folder tree, always .png.
std::string outputName(const std::string& id) {
  return std::string(kFolder) + "/" + id + ".png";
}

class DatasetAttack {
 public:
  DatasetAttack(const AttackDatasetOptions& options, const RunContext& context)
      : options_(options), context_(context), begin_(std::chrono::steady_clock::now()) {}

  AttackDatasetSummary run() {
    open();
    attacks::Target target(model_, attacks::Precision::Folded);
    target.setStopToken(context_.token());
    const auto batch = static_cast<std::size_t>(batchSize_);
    try {
      for (std::size_t begin = 0; begin < set_.size(); begin += batch) {
        if (context_.stopRequested()) throw attacks::Stopped{};
        context_.report(
            {"Attacking", static_cast<std::int64_t>(begin), static_cast<std::int64_t>(set_.size()), ""});
        attackBatch(begin, std::min(begin + batch, set_.size()), target);
      }
    } catch (const attacks::Stopped&) {
      summary_.outcome = Outcome::Cancelled;
    }
    summary_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    if (summary_.outcome == Outcome::Completed) {
      Json json = summary_.toJson();
      json.erase("seconds");
      json.erase("outcome");
      writeFileAtomically(options_.out / "attack.json",
                          json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    }
    writeRunJson(options_.out,
                 {{"command", "attack"},
                  {"options", options_.toJson()},
                  {"seed", options_.seed},
                  {"outcome", outcomeName(summary_.outcome)},
                  {"inputs", {{"dataset", fingerprint_}, {"model", model_->info().sha256}}},
                  {"counts", {{"images", summary_.images.size()}, {"issues", summary_.issues.size()}}},
                  {"timings", {{"seconds", summary_.seconds}}}});
    return std::move(summary_);
  }

 private:
  void open() {
    manifest_ = data::openDataset(options_.dataset);
    if (manifest_.classes.empty())
      throw Error(ErrorCode::InputRejected, "the dataset has no labels, so there is nothing to attack",
                  options_.dataset.string());
    if (isInside(options_.out, manifest_.root))
      throw Error(ErrorCode::InvalidArgument, "the output folder must not lie inside the dataset",
                  options_.out.string());
    fingerprint_ = data::datasetFingerprint(manifest_);
    const DeviceKind device = resolveDevice(options_.device).kind;
    model_ = openModels({options_.model}, device, options_.trustForeignModels).front();
    const models::ModelInfo& info = model_->info();
    set_ = chooseSamples(manifest_, info, options_.split, options_.perClass, summary_.issues);
    batchSize_ = options_.batchSize > 0 ? options_.batchSize : comfortableBatch(info.inputSize, device);
    const attacks::Norm norm = attacks::parseNorm(options_.norm);
    attacks::AttackSettings settings;
    settings.threat = {norm, options_.epsilon.empty() ? attacks::defaultEpsilon(norm, info.inputSize)
                                                      : attacks::parsePixelUnits(options_.epsilon)};
    settings.imageSide = info.inputSize;
    settings.steps = options_.steps;
    settings.restarts = options_.restarts;
    settings.queries = options_.queries;
    if (options_.step) settings.step = attacks::parsePixelUnits(*options_.step);
    attack_ = attacks::makeAttack(options_.attack, settings);
    summary_.model = info.name;
    summary_.attack = options_.attack;
    summary_.params = attack_->parameters();
    summary_.epsilon = settings.threat.epsilon;
    summary_.classes = info.classes;
    summary_.out = options_.out;

    const Json identity = {{"command", "attack"},
                           {"dataset", fingerprint_},
                           {"model", info.sha256},
                           {"attack", options_.attack},
                           {"params", summary_.params},
                           {"split", options_.split},
                           {"per_class", options_.perClass},
                           {"batch", batchSize_},
                           {"seed", options_.seed}};
    journal_.emplace(openRunJournal(options_.out, identity, options_.resume));
  }

  const std::string& idOf(std::int64_t sample) const {
    return manifest_.samples[static_cast<std::size_t>(sample)].id;
  }

  void attackBatch(std::size_t begin, std::size_t end, attacks::Target& target) {
    bool complete = true;
    for (std::size_t i = begin; i < end; ++i)
      complete = complete && journal_->entries().contains(idOf(set_.samples[i]));
    // The whole batch is done again where one image is missing, so that a resumed run computes what a calm
    // one does.
    if (!complete) computeBatch(begin, end, target);
    for (std::size_t i = begin; i < end; ++i) {
      const JournalEntry& entry = journal_->entries().at(idOf(set_.samples[i]));
      if (entry.status == "ERROR") {
        summary_.issues.push_back({entry.item, entry.details.at("reason").get<std::string>(), true});
        continue;
      }
      AttackedImage image;
      image.id = entry.item;
      image.label = entry.details.at("label").get<int>();
      image.cleanPredicted = entry.details.at("clean").get<int>();
      image.predicted = entry.details.at("predicted").get<int>();
      image.success = entry.details.at("success").get<bool>();
      image.distance = entry.details.at("distance").get<double>();
      image.lostBySaving = entry.details.at("lost").get<bool>();
      image.file = entry.output;
      image.sha256 = entry.fileSha256;
      summary_.images.push_back(std::move(image));
    }
  }

  void computeBatch(std::size_t begin, std::size_t end, attacks::Target& target) {
    std::vector<ItemIssue> unreadable;
    const attacks::AttackBatch batch = loadBatch(manifest_, set_, begin, end, *model_, unreadable);
    for (const ItemIssue& issue : unreadable)
      journal_->append({issue.item, "ERROR", "", "", "", "", {{"reason", issue.reason}}});
    if (batch.size() == 0) return;
    const at::Tensor clean = attacks::topClass(target.exactLogits(batch.images));
    const attacks::AttackResult result = attack_->run(target, batch, options_.seed);
    std::vector<at::Tensor> decoded;
    std::vector<std::string> hashes;
    for (std::int64_t i = 0; i < batch.size(); ++i) {
      const std::string& id = idOf(batch.samples[static_cast<std::size_t>(i)]);
      const fs::path file = safeJoin(options_.out, outputName(id));
      const Bytes bytes =
          data::encodeImage(toImage16(result.images[i], batch.images[i]), data::FileFormat::Png);
      writeFileAtomically(file, bytes);
      const Bytes saved = readFile(file);
      hashes.push_back(toHex(sha256(saved)));
      decoded.push_back(fromImage16(data::decodeImage(saved, file.string()).image));
    }
    const at::Tensor images = torch::stack(decoded).to(batch.images.device());
    const std::vector<int> predicted = toInts(attacks::topClass(target.exactLogits(images)));
    const std::vector<int> labels = toInts(batch.labels);
    const std::vector<int> before = toInts(clean);
    const at::Tensor distance = attacks::distance(attack_->threat().norm, images, batch.images).cpu();
    for (std::int64_t i = 0; i < batch.size(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      const bool right = before[at] == labels[at];
      const bool success = right && predicted[at] != labels[at];
      const std::string& id = idOf(batch.samples[at]);
      journal_->append({id,
                        "DONE",
                        outputName(id),
                        hashes[at],
                        "",
                        "",
                        {{"label", labels[at]},
                         {"clean", before[at]},
                         {"predicted", predicted[at]},
                         {"success", success},
                         {"lost", right && result.success[i].item<bool>() && !success},
                         {"distance", distance[i].item<double>()}}});
    }
  }

  const AttackDatasetOptions& options_;
  const RunContext& context_;
  std::chrono::steady_clock::time_point begin_;
  data::Manifest manifest_;
  std::string fingerprint_;
  models::ClassifierPtr model_;
  AttackedSet set_;
  int batchSize_ = 0;
  std::unique_ptr<attacks::Attack> attack_;
  std::optional<RunJournal> journal_;
  AttackDatasetSummary summary_;
};

}  // namespace

std::vector<OptionIssue> AttackDatasetOptions::validate() const {
  AuditOptions audit;
  audit.dataset = dataset;
  if (!model.empty()) audit.models = {model};
  audit.attacks = attack;
  audit.epsilon = epsilon;
  audit.norm = norm;
  audit.split = split;
  audit.perClass = perClass;
  audit.steps = steps;
  audit.restarts = restarts;
  audit.queries = queries;
  audit.step = step;
  audit.out = out;
  audit.batchSize = batchSize;
  std::vector<OptionIssue> issues = audit.validate();
  if (issues.empty() && (attacks::expandAttackList(attack).size() != 1))
    issues.push_back({"attack", "must be the name of one attack"});
  return issues;
}

Json AttackDatasetOptions::toJson() const {
  return {{"dataset", dataset.string()},
          {"model", model.string()},
          {"attack", attack},
          {"eps", epsilon},
          {"norm", norm},
          {"split", split},
          {"per_class", perClass},
          {"batch_size", batchSize},
          {"trust_foreign_models", trustForeignModels},
          {"steps", steps ? Json(*steps) : Json()},
          {"step", step ? Json(*step) : Json()},
          {"restarts", restarts ? Json(*restarts) : Json()},
          {"queries", queries ? Json(*queries) : Json()}};
}

AttackDatasetSummary attackDataset(const AttackDatasetOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  return DatasetAttack(options, context).run();
}

std::string AttackDatasetSummary::briefReport() const {
  if (outcome == Outcome::Cancelled) return "The attack was stopped; --resume goes on with it.";
  std::int64_t right = 0, broken = 0, lost = 0;
  for (const AttackedImage& image : images) {
    right += image.cleanPredicted == image.label ? 1 : 0;
    broken += image.success ? 1 : 0;
    lost += image.lostBySaving ? 1 : 0;
  }
  std::string text = attack + " on " + model + ": " + std::to_string(broken) + " of " +
                     std::to_string(right) + " images that were right when unchanged are wrong as saved (" +
                     std::to_string(images.size()) + " images in all).";
  if (lost > 0) text += "\n" + std::to_string(lost) + " more succeeded before they were rounded to 16 bits.";
  if (!issues.empty()) text += "\n" + std::to_string(issues.size()) + " images were left out.";
  return text + "\nImages: " + (out / kFolder).string();
}

Json AttackDatasetSummary::toJson() const {
  Json list = Json::array();
  for (const AttackedImage& image : images)
    list.push_back({{"id", image.id},
                    {"label", image.label},
                    {"clean_predicted", image.cleanPredicted},
                    {"predicted", image.predicted},
                    {"success", image.success},
                    {"lost_by_saving", image.lostBySaving},
                    {"distance", image.distance},
                    {"file", image.file},
                    {"sha256", image.sha256}});
  Json left = Json::array();
  for (const ItemIssue& issue : issues) left.push_back({{"item", issue.item}, {"reason", issue.reason}});
  return {{"schema", "medlocker/attack/1"},
          {"model", model},
          {"attack", attack},
          {"params", params},
          {"epsilon", epsilon},
          {"classes", classes},
          {"images", std::move(list)},
          {"issues", std::move(left)},
          {"seconds", seconds},
          {"outcome", outcomeName(outcome)}};
}

}  // namespace medlocker::pipelines
