// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "core/common/error.h"
#include "core/pipelines/generate_keys.h"

namespace medlocker::cli {
namespace {

class KeygenCommand : public Command {
 public:
  std::string name() const override { return "keygen"; }
  std::string description() const override {
    return "Make an owner signing key (minisign-compatible) and a recipient key pair";
  }
  std::string footer() const override {
    return "Example:\n  medlocker keygen --out keys\nWrites owner.pub, owner.key, recipient.pub, "
           "recipient.key. Give away only the .pub files; back up owner.key.";
  }

  void addOptions(CLI::App& app) override {
    app.add_option("--out", options_.out, "Folder for the keys")->required()->type_name("DIR");
    app.add_flag("--no-passphrase", options_.noPassphrase, "Store the secret keys without a passphrase");
    app.add_option("--passphrase-file", passphraseFile_, "File that holds the passphrase")->type_name("FILE");
  }

  CommandResult run(const CommonOptions&, const RunContext&) override {
    if (!options_.noPassphrase) {
      const auto passphrase = obtainPassphrase(passphraseFile_, "Passphrase for the new keys", true);
      if (!passphrase)
        throw Error(
            ErrorCode::InvalidArgument,
            "no passphrase: use a terminal, --passphrase-file, MEDLOCKER_PASSPHRASE, or --no-passphrase");
      options_.passphrase = *passphrase;
    }
    const pipelines::GenerateKeysSummary summary = pipelines::generateKeys(options_);
    return {kDone, summary.briefReport(), summary.toJson()};
  }

 private:
  pipelines::GenerateKeysOptions options_;
  std::optional<std::filesystem::path> passphraseFile_;
};

}  // namespace

std::unique_ptr<Command> makeKeygenCommand() {
  return std::make_unique<KeygenCommand>();
}

}  // namespace medlocker::cli
