// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/number_text.h"
#include "core/pipelines/transfer_attacks.h"

namespace medlocker::cli {
namespace {

class TransferCommand : public Command {
 public:
  std::string name() const override { return "transfer"; }
  std::string description() const override {
    return "Attack source models and see which target models, bare or defended, are fooled as well";
  }
  std::string footer() const override {
    return "Example:\n  medlocker transfer fundus/ --source runs/a --source runs/b --target runs/c "
           "--attack mi+di+ti \\\n    --attack lpm+mi --simulated runs/d --defences all --out transfer/\n"
           "Attacks: mi ni di ti si admix vt vmi vni pgn dts joined by '+'; lpm+… learns patch masks, "
           "random-mask+… draws them, ens+… attacks all sources as one.\n"
           "Defences: jpeg bit-red rp nips-r3 fd tvm rs (a setting may follow a colon: jpeg:95), all, or "
           "folders "
           "written by train-defence.\n"
           "Writes transfer.json, transfer.csv and run.json.";
  }

  void addOptions(CLI::App& app) override {
    app.add_option("dataset", options_.dataset, "Dataset in any known layout")
        ->required()
        ->type_name("DATASET");
    app.add_option("--source", options_.sources, "Model that is attacked with gradients (repeatable)")
        ->required()
        ->type_name("M");
    app.add_option("--target", options_.targets, "Model that is only judged (repeatable)")
        ->required()
        ->type_name("M");
    app.add_option("--attack", options_.attacks, "Attack, for example mi+di+ti (repeatable)")
        ->capture_default_str()
        ->type_name("NAME");
    app.add_option("--simulated", options_.simulated, "Model that judges learned masks (repeatable)")
        ->type_name("M");
    app.add_flag("--patch-masks", options_.patchMasks,
                 "Also every attack under learned and under random masks");
    app.add_option("--mask-profile", options_.maskProfile, "Effort of the mask search: full or fast")
        ->capture_default_str()
        ->type_name("NAME");
    app.add_option("--mask-operator", options_.maskOperator, "Mask search: released or de_rand_1_bin")
        ->capture_default_str()
        ->type_name("NAME");
    app.add_option("--mask-population", options_.maskPopulation, "Masks per image; 0: that of the profile")
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--mask-generations", options_.maskGenerations,
                   "Generations of the search; -1: that of the profile")
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--patch", options_.patch, "Side of a patch; 0: by image side")
        ->capture_default_str()
        ->type_name("PX");
    app.add_option("--defences", options_.defences, "Defences in front of the targets, separated by commas")
        ->delimiter(',')
        ->type_name("LIST");
    app.add_option("--defence-setting", options_.defenceSetting,
                   "What the attacker knows of the defence: oblivious, bpda, eot, bpda+eot")
        ->capture_default_str()
        ->type_name("NAME");
    app.add_option("--eot-draws", options_.eotDraws, "Draws averaged by eot")
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--fusion", options_.fusion, "How an ensemble is one: logits, loss, prob")
        ->capture_default_str()
        ->type_name("NAME");
    app.add_option("--eps", epsilon_, "L-infinity budget, for example 8/255; default: by image side")
        ->type_name("E");
    app.add_option("--steps", options_.steps, "Steps of an attack")->capture_default_str()->type_name("N");
    app.add_option("--step-size", stepSize_, "Size of a step; default: budget / steps")->type_name("A");
    app.add_option("--part", options_.part, "Images: auto, all, train, val, test")
        ->capture_default_str()
        ->type_name("NAME");
    app.add_option("--limit", options_.limit, "At most so many images; 0: all")
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--layout", options_.layout, "Dataset layout, where it is not recognised")
        ->type_name("NAME");
    app.add_option("--batch", options_.batchSize, "Images attacked together")
        ->capture_default_str()
        ->type_name("N");
    app.add_flag("--trust-foreign-model", options_.trustForeignModels,
                 "Allow TorchScript files, which are programs, as models; FILE@SIDE gives the input side");
    app.add_flag("--allow-overlap", options_.allowOverlap,
                 "Let one model play two roles; the report says so");
    app.add_option("--out", options_.out, "Run folder to create")->required()->type_name("DIR");
    app.add_flag("--resume", options_.resume, "Go on with an interrupted run");
  }

  CommandResult run(const CommonOptions& common, const RunContext& context) override {
    options_.seed = common.seedOrZero();
    options_.device = parseDeviceChoice(common.device);
    if (!epsilon_.empty()) options_.epsilon = parseRatio("--eps", epsilon_);
    if (!stepSize_.empty()) options_.stepSize = parseRatio("--step-size", stepSize_);
    const pipelines::TransferAttacksSummary summary = pipelines::runTransferAttacks(options_, context);
    return {statusOf(summary.outcome, summary.hasItemIssues()), summary.briefReport(), summary.toJson()};
  }

 private:
  pipelines::TransferAttacksOptions options_;
  std::string epsilon_;
  std::string stepSize_;
};

}  // namespace

std::unique_ptr<Command> makeTransferCommand() {
  return std::make_unique<TransferCommand>();
}

}  // namespace medlocker::cli
