// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/key_access.h"
#include "core/pipelines/restore_dataset.h"

namespace medlocker::cli {
namespace {

class RestoreCommand : public Command {
 public:
  std::string name() const override { return "restore"; }
  std::string description() const override { return "Get the original samples back, bit for bit"; }
  std::string footer() const override {
    return "Example, as the owner:\n  medlocker restore shared/ --grant shared/ --key keys/owner.key --out "
           "originals/\n"
           "Example, with a grant:\n  medlocker restore shared/ --grant hospital.grant --key recipient.key "
           "--out originals/\n"
           "A file that does not fit exactly is not written; its reason is listed.";
  }

  void addOptions(CLI::App& app) override {
    app.add_option("protected", options_.protectedFolder, "Run folder or folder with protected images")
        ->required()
        ->type_name("PROTECTED");
    app.add_option("--grant", options_.grant, "Grant file, or the owner's own run folder")
        ->required()
        ->type_name("G");
    app.add_option("--key", options_.key, "recipient.key, or owner.key with a run folder")->type_name("K");
    app.add_option("--passphrase-file", passphraseFile_, "File that holds the passphrase")->type_name("FILE");
    app.add_option(
           "--level", options_.level,
           "best, r1 (every sample identical), r2 (the original file, byte for byte), or r0 (the owner's "
           "parameters alone: approximate, flagged)")
        ->capture_default_str()
        ->type_name("L");
    app.add_flag("--approximate", options_.approximate,
                 "Paste the original's region into copies that were changed (flagged, not the original)");
    app.add_option("--logo", options_.logo, "The clean logo file, for r0; default: that of the run")
        ->type_name("PNG");
    app.add_option(
           "--public-key", options_.publicKey,
           "The owner's public key; needed where files carry their payload and no certificate is there")
        ->type_name("PUB");
    app.add_option("--out", options_.out, "Folder for the restored images")->required()->type_name("DIR");
    app.add_flag("--resume", options_.resume, "Go on with an interrupted run");
  }

  CommandResult run(const CommonOptions&, const RunContext& context) override {
    options_.passphrase = pipelines::grantNeedsPassphrase(options_.grant)
                              ? passphraseFor("the grant", passphraseFile_)
                              : passphraseForKey(options_.key, passphraseFile_);
    const pipelines::RestoreDatasetSummary summary = pipelines::restoreDataset(options_, context);
    return {statusOf(summary.outcome, summary.hasItemIssues()), summary.briefReport(), summary.toJson()};
  }

 private:
  pipelines::RestoreDatasetOptions options_;
  std::optional<std::filesystem::path> passphraseFile_;
};

}  // namespace

std::unique_ptr<Command> makeRestoreCommand() {
  return std::make_unique<RestoreCommand>();
}

}  // namespace medlocker::cli
