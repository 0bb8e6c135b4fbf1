// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "core/common/resources.h"
#include "core/pipelines/measure_trade_off.h"

namespace medlocker::cli {
namespace {

class TradeOffCommand : public Command {
 public:
  std::string name() const override { return "trade-off"; }
  std::string description() const override {
    return "Measure on your own images what more coverage buys, and choose presets";
  }
  std::string footer() const override {
    return "Example:\n"
           "  medlocker trade-off fundus/ --logo logo.png --model runs/a --target runs/unseen --out curve/\n"
           "  medlocker protect fundus/ … --preset balanced --trade-off curve/trade-off.json\n"
           "Writes trade-off.json and trade-off.csv; no protected image is written.";
  }

  void addOptions(CLI::App& app) override {
    app.add_option("dataset", options_.dataset, "Folder, label file or npz with the photographs")
        ->required()
        ->type_name("DATASET");
    app.add_option("--logo", options_.logo,
                   "Logo: RGBA PNG of at least 32x32 px, or medlocker, research-use-only")
        ->required()
        ->type_name("PNG");
    app.add_option("--model", options_.models, "Source model, steers the search (repeatable)")
        ->required()
        ->type_name("M");
    app.add_option("--target", options_.targets, "Unseen model, only measured (repeatable)")->type_name("M");
    app.add_option("--masks", options_.masks, "Folder with lesion masks")->type_name("DIR");
    app.add_option("--out", options_.out, "Folder for trade-off.json and trade-off.csv")->type_name("DIR");
    app.add_option("--layouts", options_.layouts, "Layouts to try: single, multi, tiled")
        ->delimiter(',')
        ->capture_default_str()
        ->type_name("NAME,NAME");
    app.add_option("--logos", options_.logos, "Numbers of logos to try with layout multi")
        ->delimiter(',')
        ->capture_default_str()
        ->type_name("N,N");
    app.add_option("--sizes", options_.sizes, "Logo sizes to try, 0.125 to 0.667")
        ->delimiter(',')
        ->capture_default_str()
        ->type_name("F,F");
    app.add_option("--reinforce", options_.reinforcements, "Colour reinforcements to try, 0 to 0.4")
        ->delimiter(',')
        ->capture_default_str()
        ->type_name("EPS,EPS");
    app.add_option("--mode", options_.mode, "Search mode")->capture_default_str()->type_name("NAME");
    app.add_option("--budget", options_.budget, "Candidates per image and setting")
        ->capture_default_str()
        ->type_name("B");
    app.add_option("--opacity", options_.opacityHigh, "Highest opacity")
        ->capture_default_str()
        ->type_name("HI");
    app.add_option("--images", options_.images, "Images to measure, drawn by the seed")
        ->capture_default_str()
        ->type_name("N");
  }

  CommandResult run(const CommonOptions& common, const RunContext& context) override {
    options_.seed = common.seedOrZero();
    options_.device = parseDeviceChoice(common.device);
    options_.logo = findLogo(options_.logo.string());
    const pipelines::TradeOffSummary summary = pipelines::measureTradeOff(options_, context);
    return {statusOf(summary.outcome, summary.hasItemIssues()), summary.briefReport(),
            summary.toJson(options_)};
  }

 private:
  pipelines::TradeOffOptions options_;
};

}  // namespace

std::unique_ptr<Command> makeTradeOffCommand() {
  return std::make_unique<TradeOffCommand>();
}

}  // namespace medlocker::cli
