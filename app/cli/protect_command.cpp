// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <sstream>

#include "app/cli/command.h"
#include "app/cli/key_access.h"
#include "core/common/error.h"
#include "core/common/resources.h"
#include "core/pipelines/protect_dataset.h"

namespace medlocker::cli {
namespace {

int parseBudget(const std::string& text) {
  static const std::map<std::string, int> kPresets{{"quick", 200}, {"balanced", 800}, {"thorough", 3000}};
  if (const auto preset = kPresets.find(text); preset != kPresets.end()) return preset->second;
  std::size_t used = 0;
  int value = 0;
  try {
    value = std::stoi(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (used != text.size() || value < 1)
    throw Error(ErrorCode::InvalidArgument,
                "--budget is quick, balanced, thorough or a positive number; not '" + text + "'");
  return value;
}

void parseOpacity(const std::string& text, double& low, double& high) {
  const std::size_t colon = text.find(':');
  try {
    std::size_t used = 0;
    low = std::stod(text.substr(0, colon), &used);
    if (used != std::min(colon, text.size())) throw std::invalid_argument(text);
    if (colon == std::string::npos) {
      high = low;
      return;
    }
    high = std::stod(text.substr(colon + 1), &used);
    if (used != text.size() - colon - 1) throw std::invalid_argument(text);
  } catch (const std::logic_error&) {
    throw Error(ErrorCode::InvalidArgument,
                "--opacity is LO:HI with fractions such as 0.4:0.9; not '" + text + "'");
  }
}

/// "1/4" or "0.25".
double parseFraction(const std::string& text) {
  const std::size_t slash = text.find('/');
  try {
    std::size_t used = 0;
    const double first = std::stod(text.substr(0, slash), &used);
    if (used != std::min(slash, text.size())) throw std::invalid_argument(text);
    if (slash == std::string::npos) return first;
    const std::string rest = text.substr(slash + 1);
    const double second = std::stod(rest, &used);
    if (used != rest.size() || second == 0) throw std::invalid_argument(text);
    return first / second;
  } catch (const std::logic_error&) {
    throw Error(ErrorCode::InvalidArgument,
                "--logo-size takes fractions such as 0.25 or 1/4, separated by commas; not '" + text + "'");
  }
}

void parseSizes(const std::string& text, double& first, std::vector<double>& further) {
  std::vector<double> sizes;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) sizes.push_back(parseFraction(part));
  if (sizes.empty()) sizes.push_back(parseFraction(text));
  first = sizes.front();
  further.assign(sizes.begin() + 1, sizes.end());
}

void parseShard(const std::string& text, int& index, int& count) {
  const std::size_t slash = text.find('/');
  try {
    std::size_t used = 0;
    index = std::stoi(text.substr(0, slash), &used);
    if (slash == std::string::npos || used != slash) throw std::invalid_argument(text);
    count = std::stoi(text.substr(slash + 1), &used);
    if (used != text.size() - slash - 1) throw std::invalid_argument(text);
  } catch (const std::logic_error&) {
    throw Error(ErrorCode::InvalidArgument, "--shard is I/N, such as 2/8; not '" + text + "'");
  }
}

class ProtectCommand : public Command {
 public:
  std::string name() const override { return "protect"; }
  std::string description() const override {
    return "Write a protected, certified, restorable copy of a dataset";
  }
  std::string footer() const override {
    return "Example:\n"
           "  medlocker protect fundus/ --logo logo.png --model runs/a --model runs/b --key keys/owner.key "
           "--out shared/\n"
           "The originals are only read. A run that was interrupted goes on with --resume.\n"
           "A protected image is not for diagnosis; inpainting the logo or retraining on marked images is "
           "not prevented.";
  }

  void addOptions(CLI::App& app) override {
    app_ = &app;
    app.add_option("dataset", options_.dataset, "Folder, label file or npz with the photographs")
        ->required()
        ->type_name("DATASET");
    app.add_option("--logo", options_.logo,
                   "Logo: RGBA PNG of at least 32x32 px, or medlocker, research-use-only")
        ->required()
        ->type_name("PNG");
    app.add_option("--model", options_.models, "Surrogate model: run folder or .safetensors (repeatable)")
        ->type_name("M");
    app.add_option("--masks", options_.masks, "Folder with lesion masks, matched by file name")
        ->type_name("DIR");
    app.add_option("--segmenter", options_.segmenter,
                   "Lesion segmenter of train-segmenter: boxes for images without masks")
        ->type_name("M");
    app.add_flag("--saliency", options_.saliency,
                 "Without masks and segmenter, spare what the first model looks at");
    app.add_option("--saliency-threshold", options_.saliencyThreshold,
                   "Of what it looks at, 110 to 190: higher leaves more room")
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--boxes", options_.boxes, "boxes.json with boxes edited by a person; they win")
        ->type_name("FILE");
    app.add_option("--key", options_.ownerKey, "The owner's secret key")->required()->type_name("owner.key");
    app.add_option("--passphrase-file", passphraseFile_, "File that holds the key's passphrase")
        ->type_name("FILE");
    app.add_option("--out", options_.out, "Run folder to create")->required()->type_name("DIR");
    app.add_option("--mode", options_.mode, "Search: grid, evolve, gradient, hybrid or random")
        ->capture_default_str()
        ->type_name("NAME");
    app.add_option("--budget", budget_, "Candidates per image: quick, balanced, thorough or a number")
        ->capture_default_str()
        ->type_name("B");
    app.add_option("--opacity", opacity_, "Allowed opacity")->capture_default_str()->type_name("LO:HI");
    app.add_option("--law", options_.law, "Opacity law: matte, or cap (dark logo parts stay transparent)")
        ->capture_default_str()
        ->type_name("NAME");
    app.add_option(
           "--logo-size", sizes_,
           "Logo size as a share of the frame, 1/8 to 2/3; a list such as 1/5,1/4,1/3 is tried in order")
        ->capture_default_str()
        ->type_name("F[,F]");
    app.add_option("--layout", options_.layout,
                   "single, multi (2 to 4 logos) or tiled (a lattice of logos a third as large)")
        ->capture_default_str()
        ->type_name("NAME");
    app.add_option("--logos", options_.logos, "Number of logos; 2 to 4 imply --layout multi")
        ->capture_default_str()
        ->type_name("N");
    app.add_option("--reinforce", options_.reinforce,
                   "Let the logo's colours move by up to EPS of full scale, 0 to 0.4")
        ->capture_default_str()
        ->type_name("EPS");
    app.add_flag("--harden,!--no-harden", options_.harden,
                 "A slightly different logo in every image: warp, opacity texture, colours (default on)");
    app.add_flag("--opaque-core", options_.opaqueCore, "Make a fifth of the logo fully opaque");
    app.add_flag("--anti-inpainting", options_.antiInpainting, "At least two logos, or a faint lattice");
    app.add_option("--profile", profile_, "medlocker, or literature: the published search as a baseline")
        ->capture_default_str()
        ->type_name("NAME");
    app.add_option("--preset", preset_, "discreet, balanced or strong, as measured by trade-off")
        ->type_name("NAME");
    app.add_option("--trade-off", tradeOff_, "trade-off.json that the preset is taken from")
        ->type_name("FILE");
    app.add_option("--transforms", options_.transformDraws,
                   "Random transforms per candidate in refinement, 0 to 16")
        ->capture_default_str()
        ->type_name("N");
    app.add_flag("--referral", options_.referral,
                 "Only a wrong side of the referable threshold counts as success");
    app.add_option("--target-grade", options_.targetGrade, "Lead the models towards this grade (class index)")
        ->type_name("N");
    app.add_flag("--crop-safe", options_.cropSafe, "Keep the logo in the central 80 % of the frame");
    app.add_flag("--no-write-weak{false}", options_.writeWeak,
                 "Do not write images whose prediction did not change");
    app.add_flag("--allow-lesion-overlap", options_.allowLesionOverlap,
                 "Where no free place exists, cover lesions faintly (flagged)");
    app.add_flag("--allow-large-coverage", options_.allowLargeCoverage,
                 "Allow more than 8.5 % of the field of view");
    app.add_flag("--allow-output-inside", options_.allowOutputInside,
                 "Allow the output folder inside the dataset folder");
    app.add_option("--jpeg", options_.jpeg,
                   "JPEG photographs become png or tiff; keep compresses them again with their own tables; "
                   "blocks changes only the DCT blocks under the logo")
        ->capture_default_str()
        ->type_name("KIND");
    app.add_option(
           "--payload", options_.payload,
           "What restores the original: roi (its samples under the logo), residual (smaller), patch or "
           "file (the file byte for byte)")
        ->capture_default_str()
        ->type_name("KIND");
    app.add_flag("--embed-payload", options_.embedPayload,
                 "Every PNG, TIFF and DICOM file also carries its sealed payload, so that a grant opens it "
                 "without the vault");
    app.add_option("--shard", shard_, "Protect the i-th of n parts only; `medlocker merge` joins them")
        ->type_name("I/N");
    app.add_option("--run-key", options_.runKey,
                   "Sealed key shared by the shards of one run; made where it does not exist")
        ->type_name("FILE");
    app.add_option("--owner", options_.owner, "Owner named in the certificate")->type_name("TEXT");
    app.add_option("--title", options_.title, "Dataset title in the certificate")->type_name("TEXT");
    app.add_option("--licence", options_.licence, "Licence named in the certificate")->type_name("TEXT");
    app.add_option("--images-in-flight", options_.imagesInFlight,
                   "Images searched at the same time, 1 to 16; more take more memory (0: a number that fits)")
        ->capture_default_str()
        ->type_name("N");
    app.add_flag("--resume", options_.resume, "Go on with an interrupted run");
    app.add_flag("--dry-run", options_.dryRun, "Say what would be done; write nothing");
  }

  CommandResult run(const CommonOptions& common, const RunContext& context) override {
    options_.budget = parseBudget(budget_);
    parseOpacity(opacity_, options_.opacityLow, options_.opacityHigh);
    parseSizes(sizes_, options_.logoSize, options_.furtherSizes);
    if (options_.logos > 1 && !given("--layout")) options_.layout = "multi";
    options_.profile = profile_;
    startFromProfile();
    if (!shard_.empty()) parseShard(shard_, options_.shardIndex, options_.shardCount);
    options_.seed = common.seed;
    options_.device = parseDeviceChoice(common.device);
    options_.threads = common.threads;
    options_.logo = findLogo(options_.logo.string());
    options_.passphrase = passphraseForKey(options_.ownerKey, passphraseFile_);
    const pipelines::ProtectDatasetSummary summary = pipelines::protectDataset(options_, context);
    return {statusOf(summary.outcome, summary.hasItemIssues()), summary.briefReport(), summary.toJson()};
  }

 private:
  bool given(const char* flag) const { return app_->get_option(flag)->count() > 0; }

  /// Profile and preset fill in what was not said on the command line.
  void startFromProfile() {
    if (preset_.empty() != tradeOff_.empty())
      throw Error(ErrorCode::InvalidArgument, "--preset and --trade-off go together");
    pipelines::ProtectDatasetOptions base = options_;
    if (profile_ == "literature") pipelines::applyLiteratureProfile(base);
    if (!preset_.empty()) pipelines::applyPreset(base, preset_, tradeOff_);
    const auto take = [&](const char* flag, auto member) {
      if (!given(flag)) options_.*member = base.*member;
    };
    using Options = pipelines::ProtectDatasetOptions;
    take("--mode", &Options::mode);
    take("--budget", &Options::budget);
    take("--law", &Options::law);
    take("--opacity", &Options::opacityLow);
    take("--opacity", &Options::opacityHigh);
    take("--logo-size", &Options::logoSize);
    take("--logo-size", &Options::furtherSizes);
    take("--layout", &Options::layout);
    take("--logos", &Options::logos);
    take("--reinforce", &Options::reinforce);
    take("--harden", &Options::harden);
    take("--transforms", &Options::transformDraws);
    take("--allow-large-coverage", &Options::allowLargeCoverage);
  }

  pipelines::ProtectDatasetOptions options_;
  CLI::App* app_ = nullptr;
  std::string sizes_ = "1/4";
  std::string profile_ = "medlocker";
  std::string preset_;
  std::filesystem::path tradeOff_;
  std::string budget_ = "balanced";
  std::string opacity_ = "0.4:0.9";
  std::string shard_;
  std::optional<std::filesystem::path> passphraseFile_;
};

}  // namespace

std::unique_ptr<Command> makeProtectCommand() {
  return std::make_unique<ProtectCommand>();
}

}  // namespace medlocker::cli
