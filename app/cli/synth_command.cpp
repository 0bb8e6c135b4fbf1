// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <sstream>

#include "app/cli/command.h"
#include "core/common/error.h"
#include "core/pipelines/synthesize_dataset.h"

namespace medlocker::cli {
namespace {

class SynthCommand : public Command {
 public:
  std::string name() const override { return "synth"; }
  std::string description() const override {
    return "Draw a synthetic graded fundus dataset with exact lesion masks";
  }
  std::string footer() const override {
    return "Example:\n  medlocker synth --out synthetic --count 200 --size 512 --layout idrid\nEvery image "
           "is labelled as synthetic.";
  }

  void addOptions(CLI::App& app) override {
    app.add_option("--out", options_.out, "Folder to create")->required()->type_name("DIR");
    app.add_option("--count", options_.count, "Photographs; two per patient")
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--size", size_, "Side in pixels, or WIDTHxHEIGHT")
        ->capture_default_str()
        ->type_name("PX");
    app.add_option("--layout", options_.layout,
                   "folders, aptos, eyepacs, idrid, idrid-segmentation, ddr, messidor2, npz or plain")
        ->capture_default_str()
        ->type_name("NAME");
    app.add_option("--format", options_.format, "png, tiff or bmp")->capture_default_str()->type_name("NAME");
    app.add_option("--bits", options_.bits, "8 or 16 per sample")->capture_default_str()->type_name("N");
    app.add_option("--difficulty", options_.difficulty, "0: plain lesions; 1: small and faint ones")
        ->capture_default_str()
        ->type_name("F");
    app.add_option("--validation-fraction", options_.validationFraction,
                   "Share of the patients, where the layout has a place for it")
        ->capture_default_str()
        ->type_name("F");
    app.add_option("--test-fraction", options_.testFraction,
                   "Share of the patients, where the layout has a place for it")
        ->capture_default_str()
        ->type_name("F");
    app.add_flag("--no-masks{false}", options_.masks, "Write no lesion masks");
    app.add_flag("--resume", options_.resume, "Go on with an interrupted run");
    app.add_flag("--dry-run", options_.dryRun, "Plan and count only");
  }

  CommandResult run(const CommonOptions& common, const RunContext& context) override {
    std::istringstream size(size_);
    char cross = 0;
    size >> options_.width;
    options_.height = options_.width;
    if (size && !size.eof()) size >> cross >> options_.height;
    if (!size || (cross != 0 && cross != 'x') || size.peek() != std::istringstream::traits_type::eof())
      throw Error(ErrorCode::InvalidArgument,
                  "--size is a number of pixels or WIDTHxHEIGHT; not '" + size_ + "'");
    options_.seed = common.seedOrZero();
    options_.threads = common.threads;
    const pipelines::SynthSummary summary = pipelines::synthesizeDataset(options_, context);
    return {statusOf(summary.outcome, false), summary.briefReport(), summary.toJson()};
  }

 private:
  pipelines::SynthOptions options_;
  std::string size_ = "512";
};

}  // namespace

std::unique_ptr<Command> makeSynthCommand() {
  return std::make_unique<SynthCommand>();
}

}  // namespace medlocker::cli
