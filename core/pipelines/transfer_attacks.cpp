// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/transfer_attacks.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <set>

#include "core/attacks/defences/defended_target.h"
#include "core/attacks/defences/learned_defence.h"
#include "core/attacks/transfer/source_ensemble.h"
#include "core/attacks/transfer/transfer_attack.h"
#include "core/common/files.h"
#include "core/common/run_record.h"
#include "core/pipelines/evaluation_set.h"
#include "core/pipelines/model_set.h"
#include "core/pipelines/run_journal.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
using attacks::MaskKind;

constexpr const char* kUndefended = "none";
constexpr int kBootstrapResamples = 1000;
constexpr std::size_t kAdmixPool = 64;  // clean images held for Admix, spread over the set

/// Models that are attacked together: one source, or all as an ensemble.
struct SourceSet {
  std::string name;
  std::vector<models::ClassifierPtr> members;
  bool ensemble = false;
};

/// One set of adversarial images: an attack on a source; with an adaptive setting also on a defence.
struct Craft {
  std::size_t source = 0;
  std::size_t attack = 0;
  int defence = -1;  ///< index into the defences the attacker knows of; -1: none
};

/// Answers by craft ("" = clean), then target, then defence (0 = none): one class per image.
using Answers = std::vector<std::vector<std::vector<int>>>;

/// Everything the journal keeps of one craft.
struct CraftRecord {
  Answers answers;                 ///< [target][defence][image]; defence lists are empty where not judged
  std::vector<int> sourceAnswers;  ///< of the source set itself
  attacks::PassCounts counts;
  std::int64_t rejected = 0;
  std::vector<std::string> warnings;
};

class TransferRun {
 public:
  TransferRun(const TransferAttacksOptions& options, const RunContext& context)
      : options_(options), context_(context) {
    summary_.options = options;
  }

  TransferAttacksSummary run() {
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

 private:
  std::size_t batchSize() const { return static_cast<std::size_t>(options_.batchSize); }

  // ---- set-up
  // ----------------------------------------------------------------------------------------------

  void open() {
    const DeviceInfo device = resolveDevice(options_.device);
    summary_.device = device.name;
    if (!device.note.empty()) summary_.notices.push_back("running on the CPU: " + device.note);
    device_ = device.kind;
    sources_ = openModels(options_.sources, device.kind);
    targets_ = openModels(options_.targets, device.kind);
    if (!options_.simulated.empty()) simulated_ = openModels(options_.simulated, device.kind);
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

  void describeModels(const char* role, const std::vector<models::ClassifierPtr>& models) {
    for (const models::ClassifierPtr& model : models)
      summary_.models.push_back(
          {model->info().name, model->info().arch, model->info().sha256, role, model->info().inputSize});
  }

  void planAttacks() {
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

  void planDefences() {
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
      while (std::find(defenceNames_.begin(), defenceNames_.end(), shown) != defenceNames_.end())
        shown += "'";
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

  void planCrafts() {
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

  attacks::DefendedOptions defendedOptions() const { return {setting_, options_.eotDraws, options_.seed}; }

  void openAdmixPool() {
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

  torch::Device torchDevice() const {
    return device_ == DeviceKind::Cuda ? torch::Device(torch::kCUDA, 0) : torch::Device(torch::kCPU);
  }

  at::Tensor load(std::size_t i) const {
    return loadInput(set_.manifest.samples[set_.samples[i]], sources_.front()->info().profile, side_);
  }

  /// What must be equal for a run to be continued.
  Json identity() const {
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

  void openJournal() {
    const fs::path file = options_.out / "journal";
    if (fs::exists(options_.out) && !fs::is_directory(options_.out))
      throw Error(ErrorCode::InputRejected, "is not a folder", options_.out.string());
    if (isInside(options_.out, options_.dataset) && fs::is_directory(options_.dataset))
      throw Error(ErrorCode::InvalidArgument, "the run folder must not lie inside the dataset",
                  options_.out.string());
    if (fs::exists(file)) {
      if (!options_.resume)
        throw Error(ErrorCode::InputRejected, "the folder holds a run already (use resume to continue it)",
                    options_.out.string());
      journal_.emplace(RunJournal::open(file));
      if (journal_->header().value("identity", Json()) != identity())
        throw Error(
            ErrorCode::InvalidArgument,
            "the run in this folder was started with other options, models or data; it cannot be resumed",
            options_.out.string());
      return;
    }
    if (fs::exists(options_.out) && !fs::is_empty(options_.out))
      throw Error(ErrorCode::InputRejected, "the folder is not empty", options_.out.string());
    fs::create_directories(options_.out);
    journal_.emplace(RunJournal::create(file, {{"identity", identity()}}));
  }

  // ---- attacking
  // -------------------------------------------------------------------------------------------

  /// The images of one chunk that can be read. Its composition depends on the options alone, so a resumed run
  /// computes exactly what the first one would have.
  struct Chunk {
    std::size_t begin = 0;
    attacks::AttackBatch batch;
    std::vector<std::size_t> positions;  ///< in the set
    at::Tensor labels;
    std::map<std::size_t, std::vector<attacks::MaskSearchResult>> searched;  ///< learned masks by source set
  };

  std::string keyOf(const Chunk& chunk, const std::string& what) const {
    return std::to_string(chunk.begin) + "/" + what;
  }
  std::string nameOf(const Craft& craft) const {
    return sets_[craft.source].name + "/" + attacks::transferAttackName(attacks_[craft.attack]) + "/" +
           (craft.defence < 0 ? kUndefended : defenceNames_[static_cast<std::size_t>(craft.defence)]);
  }

  Chunk loadChunk(std::size_t begin, std::size_t end) {
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

  void attackChunk(std::size_t begin, std::size_t end) {
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

  CraftRecord fromJournal(const Chunk& chunk, const std::string& what,
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

  static Json recordToJson(const CraftRecord& record) {
    return {{"answers", record.answers},
            {"source", record.sourceAnswers},
            {"forwards", record.counts.forwards},
            {"backwards", record.counts.backwards},
            {"zero_gradients", record.counts.zeroGradients},
            {"non_finite_gradients", record.counts.nonFiniteGradients},
            {"rejected", record.rejected},
            {"warnings", record.warnings}};
  }
  static CraftRecord recordFromJson(const Json& json) {
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

  static std::vector<int> toInts(const at::Tensor& classes) {
    const at::Tensor host = classes.to(torch::kCPU, torch::kInt64).contiguous();
    const auto* value = host.data_ptr<std::int64_t>();
    return {value, value + host.numel()};
  }

  /// Exact float32 scores of a set of models; refuses models that answer with values that are not finite.
  at::Tensor exactScores(const std::vector<models::ClassifierPtr>& models, const at::Tensor& images) const {
    attacks::Target target = attacks::ensembleTarget(models, attacks::parseFusion(options_.fusion));
    const at::Tensor scores = target.exactLogits(images);
    if (!torch::isfinite(scores).all().item<bool>())
      throw Error(ErrorCode::InputRejected, "the model answers with values that are not finite",
                  target.name());
    return scores;
  }

  /// Answers of every target behind the judged defences; `only` >= 0: bare and behind that one alone.
  Answers judge(const Chunk& chunk, const at::Tensor& images, bool bare, int only) {
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

  CraftRecord judgeClean(const Chunk& chunk) {
    CraftRecord record;
    record.answers = judge(chunk, chunk.batch.images, true, -1);
    for (const SourceSet& source : sets_)
      record.answers.push_back({toInts(attacks::topClass(exactScores(source.members, chunk.batch.images)))});
    return record;
  }

  const std::vector<attacks::MaskSearchResult>& masksOf(Chunk& chunk, std::size_t source) {
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

  static Json masksToJson(const std::vector<attacks::MaskSearchResult>& searched) {
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
  static std::vector<attacks::MaskSearchResult> masksFromJson(const Json& json) {
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

  CraftRecord attack(Chunk& chunk, const Craft& craft) {
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
    attacks::Perturbation answer = transfer.perturb(
        target, {chunk.batch, exactScores(source.members, chunk.batch.images), options_.seed});
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

  // ---- results
  // ---------------------------------------------------------------------------------------------

  /// Appends a chunk's answers to those of the whole set.
  void take(const std::string& what, const CraftRecord& record) {
    CraftRecord& all = records_[what];
    if (all.answers.empty()) all.answers.resize(record.answers.size());
    for (std::size_t t = 0; t < record.answers.size(); ++t) {
      all.answers[t].resize(record.answers[t].size());
      for (std::size_t d = 0; d < record.answers[t].size(); ++d)
        all.answers[t][d].insert(all.answers[t][d].end(), record.answers[t][d].begin(),
                                 record.answers[t][d].end());
    }
    all.sourceAnswers.insert(all.sourceAnswers.end(), record.sourceAnswers.begin(),
                             record.sourceAnswers.end());
    all.counts += record.counts;
    all.rejected += record.rejected;
    for (const std::string& warning : record.warnings) attacks::addWarning(summary_.notices, warning);
  }

  void takeMasks(const Chunk& chunk) {
    for (std::size_t s = 0; s < sets_.size(); ++s) {
      const auto entry = journal_->entries().find(keyOf(chunk, sets_[s].name + "/masks"));
      if (entry == journal_->entries().end()) continue;
      const auto searched = masksFromJson(entry->second.details.at("images"));
      MaskReport& report = maskReports_[s];
      report.source = sets_[s].name;
      report.forwards += entry->second.details.at("forwards").get<std::int64_t>();
      report.backwards += entry->second.details.at("backwards").get<std::int64_t>();
      const attacks::PatchGeometry geometry = attacks::geometryFor(search_, chunk.batch.images);
      report.rows = geometry.rows;
      report.columns = geometry.columns;
      for (const attacks::MaskSearchResult& image : searched) {
        const auto add = [](std::vector<double>& sum, const std::vector<double>& values) {
          sum.resize(values.size(), 0.0);
          for (std::size_t i = 0; i < values.size(); ++i) sum[i] += values[i];
        };
        add(report.best, image.best);
        add(report.mean, image.mean);
        add(report.heatMap, attacks::dropFrequency(image.population));
        ++report.images;
      }
    }
  }

  const std::vector<int>& cleanOf(std::size_t target, std::size_t defence) const {
    return records_.at("clean").answers[target][defence];
  }

  void summarise() {
    summary_.images = static_cast<std::int64_t>(labels_.size());
    summary_.imagesPerClass.assign(set_.classes.size(), 0);
    for (const int label : labels_) ++summary_.imagesPerClass.at(static_cast<std::size_t>(label));
    if (labels_.empty())
      throw Error(ErrorCode::InputRejected, "no image could be read", options_.dataset.string());
    for (std::size_t t = 0; t < targets_.size(); ++t)
      for (std::size_t d = 0; d <= defences_.size(); ++d) {
        CleanRow row;
        row.target = targets_[t]->info().name;
        row.defence = d == 0 ? kUndefended : defenceNames_[d - 1];
        const std::vector<int>& clean = cleanOf(t, d);
        row.images = static_cast<std::int64_t>(clean.size());
        for (std::size_t i = 0; i < clean.size(); ++i) {
          row.correct += clean[i] == labels_[i];
          row.abstained += clean[i] < 0;
        }
        row.accuracy = audit::wilsonRate(row.correct, row.images);
        summary_.clean.push_back(row);
      }
    for (const Craft& craft : crafts_) summariseCraft(craft);
    for (auto& [index, report] : maskReports_) {
      for (auto* values : {&report.best, &report.mean, &report.heatMap})
        for (double& value : *values) value /= static_cast<double>(report.images);
      summary_.masks.push_back(report);
    }
    summariseMaskEffects();
    journal_->markFinalised();
  }

  void summariseCraft(const Craft& craft) {
    const CraftRecord& record = records_.at(nameOf(craft));
    const SourceSet& source = sets_[craft.source];
    const std::string attack = attacks::transferAttackName(attacks_[craft.attack]);
    WhiteBoxRow own;
    own.source = source.name;
    own.attack = attack;
    own.defence = craft.defence < 0 ? kUndefended : defenceNames_[static_cast<std::size_t>(craft.defence)];
    own.cell = audit::transferCell(labels_, sourceClean(craft.source), record.sourceAnswers);
    own.forwards = record.counts.forwards;
    own.backwards = record.counts.backwards;
    own.rejected = record.rejected;
    summary_.whiteBox.push_back(own);
    for (std::size_t t = 0; t < targets_.size(); ++t)
      for (std::size_t d = 0; d <= defences_.size(); ++d) {
        const std::vector<int>& attacked = record.answers[t][d];
        if (attacked.empty()) continue;
        TransferRow row;
        row.source = source.name;
        row.target = targets_[t]->info().name;
        row.attack = attack;
        row.defence = d == 0 ? kUndefended : defenceNames_[d - 1];
        row.setting = std::string(attacks::toString(d == 0 ? attacks::DefenceSetting::Oblivious : setting_));
        row.cell = audit::transferCell(labels_, cleanOf(t, d), attacked);
        summary_.rows.push_back(row);
      }
  }

  /// Clean answers of a source set, in the order of labels_; they follow those of the targets.
  const std::vector<int>& sourceClean(std::size_t source) const {
    return records_.at("clean").answers[targets_.size() + source][0];
  }

  void summariseMaskEffects() {
    // Crafts that differ in their masks only, by base attack.
    std::map<std::string, std::map<MaskKind, std::vector<const Craft*>>> groups;
    for (const Craft& craft : crafts_) {
      attacks::TransferOptions base = attacks_[craft.attack];
      base.masks = MaskKind::None;
      groups[attacks::transferAttackName(base)][attacks_[craft.attack].masks].push_back(&craft);
    }
    for (const auto& [base, byMask] : groups) {
      if (!byMask.contains(MaskKind::Learned)) continue;
      for (const MaskKind control : {MaskKind::Random, MaskKind::None}) {
        const auto found = byMask.find(control);
        if (found == byMask.end()) continue;
        for (std::size_t d = 0; d <= defences_.size(); ++d)
          addMaskEffect(base, control, d == 0 ? kUndefended : defenceNames_[d - 1],
                        byMask.at(MaskKind::Learned), found->second, {d});
        std::vector<std::size_t> every;
        for (std::size_t d = 0; d <= defences_.size(); ++d) every.push_back(d);
        if (!defences_.empty())
          addMaskEffect(base, control, "any", byMask.at(MaskKind::Learned), found->second, every);
      }
    }
  }

  void addMaskEffect(const std::string& base, MaskKind control, const std::string& defence,
                     const std::vector<const Craft*>& learned, const std::vector<const Craft*>& others,
                     const std::vector<std::size_t>& defences) {
    std::vector<audit::PairedAnswers> pairs;
    for (std::size_t k = 0; k < std::min(learned.size(), others.size()); ++k) {
      const CraftRecord& first = records_.at(nameOf(*learned[k]));
      const CraftRecord& second = records_.at(nameOf(*others[k]));
      for (std::size_t t = 0; t < targets_.size(); ++t)
        for (const std::size_t d : defences)
          if (!first.answers[t][d].empty() && !second.answers[t][d].empty())
            pairs.push_back({cleanOf(t, d), first.answers[t][d], second.answers[t][d]});
    }
    if (pairs.empty()) return;
    summary_.maskEffects.push_back(
        {base, control == MaskKind::Random ? "random" : "none", defence,
         audit::pairedEffect(labels_, pairs, kBootstrapResamples,
                             RandomStream::fromSeed(options_.seed, "transfer/bootstrap"))});
  }

  const TransferAttacksOptions& options_;
  const RunContext& context_;
  DeviceKind device_ = DeviceKind::Cpu;
  std::vector<models::ClassifierPtr> sources_, targets_, simulated_;
  EvaluationSet set_;
  int side_ = 0;
  double epsilon_ = 0;
  attacks::MaskSearchOptions search_;
  std::vector<attacks::TransferOptions> attacks_;
  std::vector<attacks::DefencePtr> defences_;
  std::vector<std::string> defenceNames_;
  attacks::DefenceSetting setting_ = attacks::DefenceSetting::Oblivious;
  std::vector<SourceSet> sets_;
  std::vector<Craft> crafts_;
  attacks::AdmixPool pool_;
  std::optional<RunJournal> journal_;
  std::vector<int> labels_;  // of the images that could be read
  std::map<std::string, CraftRecord> records_;
  std::map<std::size_t, MaskReport> maskReports_;
  TransferAttacksSummary summary_;
};

}  // namespace

std::vector<OptionIssue> TransferAttacksOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (dataset.empty()) issues.push_back({"dataset", "is required"});
  if (sources.empty()) issues.push_back({"source", "at least one source model is required"});
  if (targets.empty()) issues.push_back({"target", "at least one target model is required"});
  if (attacks.empty()) issues.push_back({"attack", "at least one attack is required"});
  if (out.empty()) issues.push_back({"out", "is required"});
  if (maskProfile != "full" && maskProfile != "fast") issues.push_back({"mask-profile", "is full or fast"});
  if (maskPopulation < 0) issues.push_back({"mask-population", "must be 0 or more"});
  if (maskGenerations < -1) issues.push_back({"mask-generations", "must be 0 or more"});
  if (patch < 0) issues.push_back({"patch", "must be 0 or more"});
  if (eotDraws < 1 || eotDraws > 10'000) issues.push_back({"eot-draws", "must lie in 1..10000"});
  if (epsilon && !(*epsilon >= 0 && *epsilon <= 1)) issues.push_back({"eps", "must lie in 0..1"});
  if (steps < 1 || steps > 10'000) issues.push_back({"steps", "must lie in 1..10000"});
  if (stepSize && !(*stepSize > 0 && *stepSize <= 1)) issues.push_back({"step-size", "must lie in (0, 1]"});
  if (limit < 0) issues.push_back({"limit", "must be 0 or more"});
  if (batchSize < 1 || batchSize > 65'536) issues.push_back({"batch", "must lie in 1..65536"});
  return issues;
}

TransferAttacksSummary runTransferAttacks(const TransferAttacksOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  const auto begin = std::chrono::steady_clock::now();
  const torch::NoGradGuard noGradients;
  TransferAttacksSummary summary = TransferRun(options, context).run();
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  Json record = {{"command", "transfer"},
                 {"outcome", summary.outcome == Outcome::Completed ? "completed" : "cancelled"},
                 {"seed", options.seed},
                 {"device", summary.device},
                 {"dataset_fingerprint", summary.datasetFingerprint},
                 {"counts", {{"images", summary.images}, {"rows", summary.rows.size()}}},
                 {"timings", {{"total_seconds", summary.seconds}}},
                 {"written", utcNow()}};
  if (summary.outcome == Outcome::Completed) {
    writeFileAtomically(options.out / "transfer.json", summary.toJson().dump(1) + "\n");
    writeFileAtomically(options.out / "transfer.csv", summary.toCsv());
  }
  writeRunJson(options.out, std::move(record));
  return summary;
}

}  // namespace medlocker::pipelines
