// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/key_access.h"
#include "core/pipelines/match_copies.h"
#include "core/pipelines/verify_dataset.h"

namespace medlocker::cli {
namespace {

class VerifyCommand : public Command {
 public:
  std::string name() const override { return "verify"; }
  std::string description() const override {
    return "Check a certificate and files against the owner's public key";
  }
  std::string footer() const override {
    return "Example:\n  medlocker verify shared/certificate.json shared/images --public-key owner.pub\n"
           "The signature can also be checked with minisign: minisign -V -p owner.pub -m "
           "shared/certificate.json\n"
           "Whether changed copies come from a run, and from which of several:\n"
           "  medlocker verify shared/certificate.json found/ --public-key owner.pub --match --private run-a "
           "--private run-b --key keys/owner.key";
  }

  void addOptions(CLI::App& app) override {
    app.add_option("certificate", options_.certificate, "certificate.json; its .minisig lies beside it")
        ->required()
        ->type_name("CERTIFICATE");
    app.add_option("files", options_.files, "Files or folders to check")->type_name("FILES");
    app.add_option("--public-key", options_.publicKey, "The owner's public key")->type_name("PUB");
    app.add_flag("--match", match_,
                 "Compare files that are not in the run, as changed copies, with the owner's records");
    app.add_option("--private", matching_.runs, "The owner's own run folder, for --match (repeatable)")
        ->type_name("RUN");
    app.add_option("--key", matching_.ownerKey, "The owner's secret key, for --match")
        ->type_name("owner.key");
    app.add_option("--passphrase-file", passphraseFile_, "File that holds the key's passphrase")
        ->type_name("FILE");
    app.add_option("--draws", matching_.draws, "Random places a match is ranked among")
        ->capture_default_str()
        ->type_name("N");
  }

  CommandResult run(const CommonOptions& common, const RunContext& context) override {
    const pipelines::VerifyDatasetSummary summary = pipelines::verifyDataset(options_, context);
    if (match_ && summary.outcome == Outcome::Completed) return matchCopies(common, context, summary);
    const int status = summary.outcome == Outcome::Cancelled ? kCancelled
                       : summary.allValid()                  ? kDone
                                                             : kVerificationFailed;
    return {status, summary.briefReport(), summary.toJson()};
  }

 private:
  /// Done means: the certificate holds, and the run that the changed copies come from is named.
  CommandResult matchCopies(const CommonOptions& common, const RunContext& context,
                            const pipelines::VerifyDatasetSummary& verified) {
    for (const pipelines::VerifiedFile& file : verified.files)
      if (file.outcome == "NOT_IN_RUN" || file.outcome == "NOT_CHECKED")
        matching_.files.emplace_back(file.file);
    Json json = verified.toJson();
    std::string text = verified.briefReport();
    if (matching_.files.empty()) {
      json["matching"] = nullptr;
      return {verified.allValid() ? kDone : kVerificationFailed, text + "\nThere is no file left to match.",
              json};
    }
    matching_.seed = common.seedOrZero();
    matching_.passphrase = passphraseForKey(matching_.ownerKey, passphraseFile_);
    const pipelines::MatchCopiesSummary matched = pipelines::matchCopies(matching_, context);
    json["matching"] = matched.toJson();
    text += "\n\n" + matched.briefReport();
    const bool held = verified.certificateOutcome == "VALID" && !matched.named.empty();
    const int status = matched.outcome == Outcome::Cancelled ? kCancelled
                       : held                                ? kDone
                                                             : kVerificationFailed;
    return {status, text, json};
  }

  pipelines::VerifyDatasetOptions options_;
  pipelines::MatchCopiesOptions matching_;
  std::optional<std::filesystem::path> passphraseFile_;
  bool match_ = false;
};

}  // namespace

std::unique_ptr<Command> makeVerifyCommand() {
  return std::make_unique<VerifyCommand>();
}

}  // namespace medlocker::cli
