// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/key_access.h"
#include "core/pipelines/grant_access.h"

namespace medlocker::cli {
namespace {

class GrantCommand : public Command {
 public:
  std::string name() const override { return "grant"; }
  std::string description() const override {
    return "Let a recipient restore the originals of a run, all or some of them";
  }
  std::string footer() const override {
    return "Examples:\n"
           "  medlocker grant shared/ --to hospital.pub --key keys/owner.key --out hospital.grant\n"
           "  medlocker grant shared/ --to hospital.pub --images a.png --images folder/ --expires 2027-01-31 "
           "--key keys/owner.key --out some.grant\n"
           "  medlocker grant shared/ --grant-passphrase-file words.txt --key keys/owner.key --out "
           "words.grant\n"
           "The recipient makes a key pair with `medlocker keygen` and sends recipient.pub.\n"
           "An expiry is advisory, and a grant cannot be taken back.";
  }

  void addOptions(CLI::App& app) override {
    app.add_option("run", options_.run, "The owner's own run folder")->required()->type_name("RUN");
    app.add_option("--to", options_.recipient, "The recipient's public key")->type_name("RECIPIENT.pub");
    app.add_flag("--passphrase", askPassphrase_, "Seal to a passphrase in place of a key; it is asked for")
        ->excludes("--to");
    app.add_option("--grant-passphrase-file", grantPassphraseFile_,
                   "File that holds the passphrase of the grant")
        ->type_name("FILE")
        ->excludes("--to");
    app.add_option("--images", options_.images,
                   "Protected file, folder or image id of the run (repeatable); default: the whole run")
        ->type_name("NAME");
    app.add_option("--expires", options_.expires, "Last day, UTC time, or days from now as 30d; advisory")
        ->type_name("WHEN");
    app.add_option("--key", options_.ownerKey, "The owner's secret key")->required()->type_name("owner.key");
    app.add_option("--passphrase-file", passphraseFile_, "File that holds the key's passphrase")
        ->type_name("FILE");
    app.add_option("--out", options_.out, "Grant file to write")->required()->type_name("FILE");
  }

  CommandResult run(const CommonOptions&, const RunContext& context) override {
    options_.passphrase = passphraseForKey(options_.ownerKey, passphraseFile_);
    if (askPassphrase_ || grantPassphraseFile_)
      options_.grantPassphrase = newPassphraseFor("the grant", grantPassphraseFile_);
    const pipelines::GrantAccessSummary summary = pipelines::grantAccess(options_, context);
    return {kDone, summary.briefReport(), summary.toJson()};
  }

 private:
  pipelines::GrantAccessOptions options_;
  bool askPassphrase_ = false;
  std::optional<std::filesystem::path> passphraseFile_;
  std::optional<std::filesystem::path> grantPassphraseFile_;
};

}  // namespace

std::unique_ptr<Command> makeGrantCommand() {
  return std::make_unique<GrantCommand>();
}

}  // namespace medlocker::cli
