// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
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
           "shared/certificate.json";
  }

  void addOptions(CLI::App& app) override {
    app.add_option("certificate", options_.certificate, "certificate.json; its .minisig lies beside it")
        ->required()
        ->type_name("CERTIFICATE");
    app.add_option("files", options_.files, "Files or folders to check")->type_name("FILES");
    app.add_option("--public-key", options_.publicKey, "The owner's public key")->type_name("PUB");
  }

  CommandResult run(const CommonOptions&, const RunContext& context) override {
    const pipelines::VerifyDatasetSummary summary = pipelines::verifyDataset(options_, context);
    const int status = summary.outcome == Outcome::Cancelled ? kCancelled
                       : summary.allValid()                  ? kDone
                                                             : kVerificationFailed;
    return {status, summary.briefReport(), summary.toJson()};
  }

 private:
  pipelines::VerifyDatasetOptions options_;
};

}  // namespace

std::unique_ptr<Command> makeVerifyCommand() {
  return std::make_unique<VerifyCommand>();
}

}  // namespace medlocker::cli
