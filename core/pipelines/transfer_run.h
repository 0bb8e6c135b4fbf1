// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/attacks/defences/defended_target.h"
#include "core/attacks/transfer/patch_mask_search.h"
#include "core/attacks/transfer/transfer_attack.h"
#include "core/pipelines/evaluation_set.h"
#include "core/pipelines/run_journal.h"
#include "core/pipelines/transfer_attacks.h"

namespace medlocker::pipelines {

inline constexpr const char* kUndefended = "none";
inline constexpr int kBootstrapResamples = 1000;
inline constexpr std::size_t kAdmixPool = 64;  // clean images held for Admix, spread over the set

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

/// The working part of runTransferAttacks(), which writes the files: transfer_plan.cpp opens models, data and
/// journal, transfer_run.cpp attacks and judges, transfer_results.cpp makes the tables. Not thread-safe.
class TransferRun {
 public:
  TransferRun(const TransferAttacksOptions& options, const RunContext& context)
      : options_(options), context_(context) {
    summary_.options = options;
  }

  TransferAttacksSummary run();

 private:
  std::size_t batchSize() const { return static_cast<std::size_t>(options_.batchSize); }

  void open();
  void describeModels(const char* role, const std::vector<models::ClassifierPtr>& models);
  void planAttacks();
  void planDefences();
  void planCrafts();
  attacks::DefendedOptions defendedOptions() const { return {setting_, options_.eotDraws, options_.seed}; }

  void openAdmixPool();
  c10::Device torchDevice() const;
  at::Tensor load(std::size_t i) const;

  /// What must be equal for a run to be continued.
  Json identity() const;
  void openJournal();

  /// The images of one chunk that can be read. Its composition depends on the options alone, so a resumed run
  /// computes exactly what the first one would have.
  struct Chunk {
    std::size_t begin = 0;
    attacks::AttackBatch batch;
    std::vector<std::size_t> positions;  ///< in the set
    at::Tensor labels;
    std::map<std::size_t, std::vector<attacks::MaskSearchResult>> searched;  ///< learned masks by source set
  };
  std::string keyOf(const Chunk& chunk, const std::string& what) const;
  std::string nameOf(const Craft& craft) const;
  Chunk loadChunk(std::size_t begin, std::size_t end);
  void attackChunk(std::size_t begin, std::size_t end);
  CraftRecord fromJournal(const Chunk& chunk, const std::string& what,
                          const std::function<CraftRecord()>& compute);
  static Json recordToJson(const CraftRecord& record);
  static CraftRecord recordFromJson(const Json& json);
  static std::vector<int> toInts(const at::Tensor& classes);

  /// Exact float32 scores of a set of models; refuses models that answer with values that are not finite.
  at::Tensor exactScores(const std::vector<models::ClassifierPtr>& models, const at::Tensor& images) const;

  /// Answers of every target behind the judged defences; `only` >= 0: bare and behind that one alone.
  Answers judge(const Chunk& chunk, const at::Tensor& images, bool bare, int only);
  CraftRecord judgeClean(const Chunk& chunk);
  const std::vector<attacks::MaskSearchResult>& masksOf(Chunk& chunk, std::size_t source);
  static Json masksToJson(const std::vector<attacks::MaskSearchResult>& searched);
  static std::vector<attacks::MaskSearchResult> masksFromJson(const Json& json);
  CraftRecord attack(Chunk& chunk, const Craft& craft);

  /// Appends a chunk's answers to those of the whole set.
  void take(const std::string& what, const CraftRecord& record);
  void takeMasks(const Chunk& chunk);
  const std::vector<int>& cleanOf(std::size_t target, std::size_t defence) const;
  void summarise();
  void summariseCraft(const Craft& craft);

  /// Clean answers of a source set, in the order of labels_; they follow those of the targets.
  const std::vector<int>& sourceClean(std::size_t source) const;
  void summariseMaskEffects();
  void addMaskEffect(const std::string& base, attacks::MaskKind control, const std::string& defence,
                     const std::vector<const Craft*>& learned, const std::vector<const Craft*>& others,
                     const std::vector<std::size_t>& defences);

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

}  // namespace medlocker::pipelines
