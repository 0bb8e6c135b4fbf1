// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/key_access.h"
#include "core/pipelines/stress_protection.h"

namespace medlocker::cli {
namespace {

class StressCommand : public Command {
 public:
  std::string name() const override { return "stress"; }
  std::string description() const override {
    return "Measure how much accuracy comes back when somebody tries to remove the logo";
  }
  std::string footer() const override {
    return "Example:\n  medlocker stress shared/ --model runs/a --model runs/heldout --key keys/owner.key "
           "--out "
           "stress/\n"
           "Attacks: blackout, mean fill, inpainting, reversing the blend with more or less knowledge, an "
           "estimate "
           "from many images, training on marked images. The figures are published as they are.";
  }

  void addOptions(CLI::App& app) override {
    app.add_option("protected", options_.run, "The owner's own run folder")
        ->required()
        ->type_name("PROTECTED");
    app.add_option("--model", options_.models, "Model to judge with (repeatable)")
        ->required()
        ->type_name("M");
    app.add_option("--key", options_.ownerKey, "The owner's secret key")->required()->type_name("owner.key");
    app.add_option("--passphrase-file", passphraseFile_, "File that holds the key's passphrase")
        ->type_name("FILE");
    app.add_option("--logo", options_.logo, "The clean logo file; default: that of the run")
        ->type_name("PNG");
    app.add_option("--limit", options_.limit, "Images to attack, spread over the run; 0: all")
        ->capture_default_str()
        ->type_name("N");
    app.add_flag("--no-fine-tune{false}", options_.fineTune, "Without training on marked images");
    app.add_option("--fine-tune-share", options_.fineTuneShare, "Share of the images to train on")
        ->capture_default_str()
        ->type_name("F");
    app.add_option("--fine-tune-epochs", options_.fineTuneEpochs, "Passes over them")
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--bootstrap", options_.bootstrapResamples, "Resamples for the intervals")
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--examples", options_.examples, "Rows of pictures in the report")
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--out", options_.out, "Folder for stress.json, stress.csv and report.html")
        ->type_name("DIR");
  }

  CommandResult run(const CommonOptions& common, const RunContext& context) override {
    options_.seed = common.seedOrZero();
    options_.device = parseDeviceChoice(common.device);
    options_.passphrase = passphraseForKey(options_.ownerKey, passphraseFile_);
    const pipelines::StressProtectionSummary summary = pipelines::stressProtection(options_, context);
    return {statusOf(summary.outcome, summary.hasItemIssues()), summary.briefReport(), summary.toJson()};
  }

 private:
  pipelines::StressProtectionOptions options_;
  std::optional<std::filesystem::path> passphraseFile_;
};

}  // namespace

std::unique_ptr<Command> makeStressCommand() {
  return std::make_unique<StressCommand>();
}

}  // namespace medlocker::cli
