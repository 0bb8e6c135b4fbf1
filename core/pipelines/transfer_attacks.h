// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/audit/transfer_metrics.h"
#include "core/common/device.h"
#include "core/common/error.h"
#include "core/common/json.h"
#include "core/common/run_context.h"

namespace medlocker::pipelines {

struct TransferAttacksOptions {
  std::filesystem::path dataset;
  std::string layout;                            ///< empty: recognised
  std::vector<std::filesystem::path> sources;    ///< white box: gradients are taken of these
  std::vector<std::filesystem::path> targets;    ///< only judged
  std::vector<std::filesystem::path> simulated;  ///< judges of learned masks; their answers only
  std::vector<std::string> attacks{
      "mi+di+ti"};                        ///< names as in transfer_options.h; "ens+…": all sources as one
  bool patchMasks = false;                ///< also every attack with learned and with random masks
  std::string maskProfile = "full";       ///< full or fast
  std::string maskOperator = "released";  ///< released or de_rand_1_bin
  int maskPopulation = 0;                 ///< 0: that of the profile
  int maskGenerations = -1;               ///< -1: that of the profile
  int patch = 0;                          ///< patch side in pixels; 0: by image side
  std::vector<std::string> defences;  ///< names, "all" (the seven training-free), or folders of trained ones
  std::string defenceSetting = "oblivious";  ///< oblivious, bpda, eot, bpda+eot
  int eotDraws = 10;
  std::string fusion = "logits";  ///< of ensembles: logits, loss, prob
  std::optional<double> epsilon;  ///< L-infinity; absent: 8/255 up to 64 pixels, 16/255 above
  int steps = 10;
  std::optional<double> stepSize;   ///< absent: epsilon / steps
  std::string part = "auto";        ///< auto, all, train, val, test
  int limit = 0;                    ///< at most so many images; 0: all
  bool allowOverlap = false;        ///< weights may play two roles; noted in the report
  bool trustForeignModels = false;  ///< allow TorchScript programs as models
  std::filesystem::path out;
  bool resume = false;
  std::uint64_t seed = 0;
  DeviceChoice device = DeviceChoice::Auto;
  int batchSize = 16;  ///< images attacked together; part of a run's identity

  std::vector<OptionIssue> validate() const;
};

struct TransferModel {
  std::string name;
  std::string arch;
  std::string sha256;
  std::string role;  ///< source, simulated or target
  int inputSize = 0;
};

/// One line of the table.
struct TransferRow {
  std::string source;
  std::string target;
  std::string attack;
  std::string defence;  ///< "none", or the defence in front of the target
  std::string setting;  ///< what the attacker knew of it
  audit::TransferCell cell;
};

/// An attack against its own source, a check that it works at all.
struct WhiteBoxRow {
  std::string source;
  std::string attack;
  std::string defence;  ///< the attacker's knowledge: "none" unless the setting is adaptive
  audit::TransferCell cell;
  std::int64_t forwards = 0;  ///< of the source, over all images; mask searches are counted apart
  std::int64_t backwards = 0;
  std::int64_t rejected = 0;  ///< results outside the budget, replaced by the clean image
};

/// Clean accuracy of a target behind a defence: the base of its rates.
struct CleanRow {
  std::string target;
  std::string defence;
  std::int64_t images = 0;
  std::int64_t correct = 0;
  std::int64_t abstained = 0;
  audit::RatedValue accuracy;
};

/// What the search for masks did, averaged over images.
struct MaskReport {
  std::string source;
  int rows = 0;
  int columns = 0;
  std::int64_t images = 0;
  std::int64_t forwards = 0;  ///< of the source
  std::int64_t backwards = 0;
  std::vector<double> best;  ///< mean over images of the best fitness, per generation
  std::vector<double> mean;
  std::vector<double> heatMap;  ///< rows × columns: share of final masks that drop the patch
};

/// Learned against random masks, and against none, for one base attack.
struct MaskEffect {
  std::string baseAttack;
  std::string compared;  ///< "random" or "none"
  std::string defence;   ///< "none", one defence, or "any" for all together
  audit::PairedEffect effect;
};

struct TransferAttacksSummary {
  Outcome outcome = Outcome::Completed;
  TransferAttacksOptions options;
  std::string device;
  std::string datasetFingerprint;
  std::string part;
  std::vector<std::string> classes;
  std::vector<std::int64_t> imagesPerClass;
  std::int64_t images = 0;
  int side = 0;
  double epsilon = 0;
  std::vector<TransferModel> models;
  std::vector<Json> attacks;   ///< parameters
  std::vector<Json> defences;  ///< name, properties, settings
  std::vector<CleanRow> clean;
  std::vector<TransferRow> rows;
  std::vector<WhiteBoxRow> whiteBox;
  std::vector<MaskReport> masks;
  std::vector<MaskEffect> maskEffects;
  std::vector<ItemIssue> issues;
  std::vector<std::string> notices;
  double seconds = 0;

  bool hasItemIssues() const { return !issues.empty(); }
  std::string briefReport() const;
  Json toJson() const;
  std::string toCsv() const;
};

/// Transfer success of attacks made on source models against target models, bare and behind input-transform
/// defences. Success is counted over images that the target, behind that defence, gets right when clean, and
/// judged in float32. Writes transfer.json, transfer.csv, run.json and a journal into `out`; a killed or
/// cancelled run goes on with `resume` and gives the same bytes. Throws Error.
TransferAttacksSummary runTransferAttacks(const TransferAttacksOptions& options, const RunContext& context);

}  // namespace medlocker::pipelines
