// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/key_access.h"
#include "core/pipelines/merge_runs.h"

namespace medlocker::cli {
namespace {

class MergeCommand : public Command {
 public:
  std::string name() const override { return "merge"; }
  std::string description() const override {
    return "Join the shards of a protection run into one certified run";
  }
  std::string footer() const override {
    return "Example, on several machines:\n"
           "  medlocker protect fundus/ … --run-key run.mlkey --shard 1/2 --out part1/\n"
           "  medlocker protect fundus/ … --run-key run.mlkey --shard 2/2 --out part2/\n"
           "  medlocker merge part1/ part2/ --key keys/owner.key --out shared/\n"
           "The shards are only read; remove them afterwards, they hold the same images.";
  }

  void addOptions(CLI::App& app) override {
    app.add_option("run", options_.shards, "Run folders of all shards")->required()->type_name("RUN");
    app.add_option("--key", options_.ownerKey, "The owner's secret key")->required()->type_name("owner.key");
    app.add_option("--passphrase-file", passphraseFile_, "File that holds the key's passphrase")
        ->type_name("FILE");
    app.add_option("--out", options_.out, "Run folder to create")->required()->type_name("DIR");
  }

  CommandResult run(const CommonOptions&, const RunContext& context) override {
    options_.passphrase = passphraseForKey(options_.ownerKey, passphraseFile_);
    const pipelines::MergeRunsSummary summary = pipelines::mergeRuns(options_, context);
    return {statusOf(summary.outcome, false), summary.briefReport(), summary.toJson()};
  }

 private:
  pipelines::MergeRunsOptions options_;
  std::optional<std::filesystem::path> passphraseFile_;
};

}  // namespace

std::unique_ptr<Command> makeMergeCommand() {
  return std::make_unique<MergeCommand>();
}

}  // namespace medlocker::cli
