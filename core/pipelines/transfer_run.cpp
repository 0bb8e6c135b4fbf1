// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/transfer_run.h"

#include <torch/torch.h>

#include <algorithm>

#include "core/attacks/transfer/source_ensemble.h"

namespace medlocker::pipelines {

namespace fs = std::filesystem;
using attacks::MaskKind;

TransferAttacksSummary TransferRun::run() {
  open();
  openJournal();
  try {
    for (std::size_t begin = 0; begin < set_.samples.size(); begin += batchSize()) {
      if (context_.stopRequested()) throw attacks::Stopped{};
      attackChunk(begin, std::min(begin + batchSize(), set_.samples.size()));
    }
    summarise();
  } catch (const attacks::Stopped&) {
    summary_.outcome = Outcome::Cancelled;
  }
  return std::move(summary_);
}

std::string TransferRun::keyOf(const Chunk& chunk, const std::string& what) const {
  return std::to_string(chunk.begin) + "/" + what;
}

std::string TransferRun::nameOf(const Craft& craft) const {
  return sets_[craft.source].name + "/" + attacks::transferAttackName(attacks_[craft.attack]) + "/" +
         (craft.defence < 0 ? kUndefended : defenceNames_[static_cast<std::size_t>(craft.defence)]);
}

TransferRun::Chunk TransferRun::loadChunk(std::size_t begin, std::size_t end) {
  Chunk chunk;
  chunk.begin = begin;
  std::vector<at::Tensor> images;
  std::vector<std::int64_t> labels;
  for (std::size_t i = begin; i < end; ++i) {
    const data::Sample& sample = set_.manifest.samples[set_.samples[i]];
    try {
      images.push_back(load(i));
      labels.push_back(set_.labels[i]);
      chunk.positions.push_back(i);
      // The position in the manifest: it stays when another part or limit is chosen.
      chunk.batch.samples.push_back(static_cast<std::int64_t>(set_.samples[i]));
    } catch (const Error& e) {
      if (e.code() == ErrorCode::Internal) throw;
      summary_.issues.push_back({sample.id, e.what(), true});
    }
  }
  if (images.empty()) return chunk;
  chunk.batch.images = torch::cat(images).to(torchDevice());
  chunk.batch.labels = torch::tensor(labels, torch::kInt64).to(torchDevice());
  return chunk;
}

void TransferRun::attackChunk(std::size_t begin, std::size_t end) {
  Chunk chunk = loadChunk(begin, end);
  if (chunk.positions.empty()) return;
  for (const std::size_t position : chunk.positions) labels_.push_back(set_.labels[position]);
  take("clean", fromJournal(chunk, "clean", [&] { return judgeClean(chunk); }));
  for (const Craft& craft : crafts_) {
    if (context_.stopRequested()) throw attacks::Stopped{};
    context_.report({"Attacking", static_cast<std::int64_t>(begin),
                     static_cast<std::int64_t>(set_.samples.size()), nameOf(craft)});
    const CraftRecord record = fromJournal(chunk, nameOf(craft), [&] { return attack(chunk, craft); });
    take(nameOf(craft), record);
  }
  takeMasks(chunk);
  context_.report(
      {"Attacking", static_cast<std::int64_t>(end), static_cast<std::int64_t>(set_.samples.size()), ""});
}

CraftRecord TransferRun::fromJournal(const Chunk& chunk, const std::string& what,
                                     const std::function<CraftRecord()>& compute) {
  const std::string key = keyOf(chunk, what);
  if (const auto found = journal_->entries().find(key); found != journal_->entries().end())
    return recordFromJson(found->second.details);
  const CraftRecord record = compute();
  JournalEntry entry;
  entry.item = key;
  entry.status = "DONE";
  entry.details = recordToJson(record);
  journal_->append(entry);
  return record;
}

Json TransferRun::recordToJson(const CraftRecord& record) {
  return {{"answers", record.answers},
          {"source", record.sourceAnswers},
          {"forwards", record.counts.forwards},
          {"backwards", record.counts.backwards},
          {"zero_gradients", record.counts.zeroGradients},
          {"non_finite_gradients", record.counts.nonFiniteGradients},
          {"rejected", record.rejected},
          {"warnings", record.warnings}};
}

CraftRecord TransferRun::recordFromJson(const Json& json) {
  CraftRecord record;
  record.answers = json.at("answers").get<Answers>();
  record.sourceAnswers = json.at("source").get<std::vector<int>>();
  record.counts = {json.at("forwards").get<std::int64_t>(), json.at("backwards").get<std::int64_t>(),
                   json.at("zero_gradients").get<std::int64_t>(),
                   json.at("non_finite_gradients").get<std::int64_t>()};
  record.rejected = json.at("rejected").get<std::int64_t>();
  record.warnings = json.at("warnings").get<std::vector<std::string>>();
  return record;
}

std::vector<int> TransferRun::toInts(const at::Tensor& classes) {
  const at::Tensor host = classes.to(torch::kCPU, torch::kInt64).contiguous();
  const auto* value = host.data_ptr<std::int64_t>();
  return {value, value + host.numel()};
}

at::Tensor TransferRun::exactScores(const std::vector<models::ClassifierPtr>& models,
                                    const at::Tensor& images) const {
  attacks::Target target = attacks::ensembleTarget(models, attacks::parseFusion(options_.fusion));
  const at::Tensor scores = target.exactLogits(images);
  if (!torch::isfinite(scores).all().item<bool>())
    throw Error(ErrorCode::InputRejected, "the model answers with values that are not finite", target.name());
  return scores;
}

Answers TransferRun::judge(const Chunk& chunk, const at::Tensor& images, bool bare, int only) {
  Answers answers;
  for (const models::ClassifierPtr& target : targets_) {
    auto& ofTarget = answers.emplace_back();
    ofTarget.resize(defences_.size() + 1);
    if (bare) ofTarget[0] = toInts(attacks::topClass(exactScores({target}, images)));
    for (std::size_t d = 0; d < defences_.size(); ++d) {
      if (only >= 0 && static_cast<std::size_t>(only) != d) continue;
      if (only < -1) continue;
      if (context_.stopRequested()) throw attacks::Stopped{};
      ofTarget[d + 1] =
          toInts(attacks::answerDefended(*target, *defences_[d], images, chunk.batch.samples, options_.seed)
                     .predicted);
    }
  }
  return answers;
}

CraftRecord TransferRun::judgeClean(const Chunk& chunk) {
  CraftRecord record;
  record.answers = judge(chunk, chunk.batch.images, true, -1);
  for (const SourceSet& source : sets_)
    record.answers.push_back({toInts(attacks::topClass(exactScores(source.members, chunk.batch.images)))});
  return record;
}

const std::vector<attacks::MaskSearchResult>& TransferRun::masksOf(Chunk& chunk, std::size_t source) {
  auto found = chunk.searched.find(source);
  if (found != chunk.searched.end()) return found->second;
  const std::string what = sets_[source].name + "/masks";
  const std::string key = keyOf(chunk, what);
  std::vector<attacks::MaskSearchResult> searched;
  if (const auto entry = journal_->entries().find(key); entry != journal_->entries().end()) {
    searched = masksFromJson(entry->second.details.at("images"));
  } else {
    context_.report({"Searching masks", static_cast<std::int64_t>(chunk.begin),
                     static_cast<std::int64_t>(set_.samples.size()), sets_[source].name});
    attacks::Target target =
        attacks::ensembleTarget(sets_[source].members, attacks::parseFusion(options_.fusion));
    target.setStopToken(context_.token());
    searched =
        attacks::searchMasks(search_, target, attacks::fusionLoss(attacks::parseFusion(options_.fusion)),
                             simulated_, chunk.batch, options_.seed);
    JournalEntry done;
    done.item = key;
    done.status = "DONE";
    done.details = {{"images", masksToJson(searched)},
                    {"forwards", target.counts().forwards},
                    {"backwards", target.counts().backwards}};
    journal_->append(done);
  }
  return chunk.searched.emplace(source, std::move(searched)).first->second;
}

Json TransferRun::masksToJson(const std::vector<attacks::MaskSearchResult>& searched) {
  Json images = Json::array();
  for (const attacks::MaskSearchResult& image : searched) {
    Json population = Json::array();
    for (const attacks::ScoredMask& mask : image.population) {
      std::string genes;
      for (const std::uint8_t gene : mask.genes) genes += gene ? '1' : '0';
      population.push_back({{"genes", genes}, {"score", mask.score}});
    }
    images.push_back({{"population", population}, {"best", image.best}, {"mean", image.mean}});
  }
  return images;
}

std::vector<attacks::MaskSearchResult> TransferRun::masksFromJson(const Json& json) {
  std::vector<attacks::MaskSearchResult> searched;
  for (const Json& image : json) {
    attacks::MaskSearchResult& result = searched.emplace_back();
    for (const Json& mask : image.at("population")) {
      attacks::ScoredMask scored;
      for (const char gene : mask.at("genes").get<std::string>()) scored.genes.push_back(gene == '1');
      scored.score = mask.at("score").get<double>();
      result.population.push_back(std::move(scored));
    }
    result.best = image.at("best").get<std::vector<double>>();
    result.mean = image.at("mean").get<std::vector<double>>();
  }
  return searched;
}

CraftRecord TransferRun::attack(Chunk& chunk, const Craft& craft) {
  const SourceSet& source = sets_[craft.source];
  const attacks::TransferOptions& options = attacks_[craft.attack];
  attacks::TransferResources resources;
  resources.pool = pool_;
  resources.simulated = simulated_;
  resources.search = search_;
  if (options.masks == MaskKind::Learned) resources.searched = masksOf(chunk, craft.source);
  const attacks::TransferAttack transfer(options, std::move(resources));
  attacks::Target target =
      craft.defence < 0
          ? attacks::ensembleTarget(source.members, options.fusion)
          : attacks::defendedTarget(source.members.front(),
                                    defences_[static_cast<std::size_t>(craft.defence)], defendedOptions());
  target.setStopToken(context_.token());
  CraftRecord record;
  // perturb(), not run(): an image the source gets wrong may be one the target gets right.
  attacks::Perturbation answer =
      transfer.perturb(target, {chunk.batch, exactScores(source.members, chunk.batch.images), options_.seed});
  const at::Tensor legal = attacks::withinBudget(transfer.threat(), chunk.batch.images, answer.images);
  record.rejected = legal.size(0) - legal.sum().item<std::int64_t>();
  const at::Tensor images = torch::where(legal.view({-1, 1, 1, 1}), answer.images, chunk.batch.images);
  record.counts = target.counts();
  record.warnings = answer.warnings;
  record.sourceAnswers = toInts(attacks::topClass(exactScores(source.members, images)));
  const bool adaptive = setting_ != attacks::DefenceSetting::Oblivious;
  // Adaptive images meet the defence they were made for; images made for no defence meet all only where the
  // attacker knows of none.
  record.answers = judge(chunk, images, craft.defence < 0,
                         craft.defence >= 0 ? craft.defence
                         : adaptive         ? -2
                                            : -1);
  return record;
}

}  // namespace medlocker::pipelines
