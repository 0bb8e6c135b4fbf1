// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "app/cli/command.h"
#include "core/pipelines/import_model.h"

namespace medlocker::cli {
namespace {

class ImportCommand : public Command {
 public:
  std::string name() const override { return "import"; }
  std::string description() const override { return "Convert foreign weights to a native model"; }
  std::string footer() const override {
    return "Examples:\n"
           "  medlocker import resnet18.pth --arch resnet18 --classes 5 --out models/resnet18\n"
           "  medlocker import vit.safetensors --arch vit_b_16 --classes healthy,referable --out models/vit\n"
           "Reads state dicts of PyTorch (.pth, .pt) and safetensors. Nothing in the file is executed. "
           "Writes "
           "model.safetensors, model.json and run.json.";
  }

  void addOptions(CLI::App& app) override {
    app.add_option("file", options_.file, "Weights: .pth, .pt or .safetensors")
        ->required()
        ->type_name("FILE");
    app.add_option("--arch", options_.arch, "Architecture; `medlocker models` lists them")
        ->required()
        ->type_name("NAME");
    app.add_option("--classes", classes_, "Number of classes, or their names in label order (a,b,c)")
        ->required()
        ->type_name("K")
        ->delimiter(',');
    app.add_option("--out", options_.out, "Folder to create")->required()->type_name("DIR");
    app.add_option("--name", options_.name, "Display name; default: the file's name")->type_name("TEXT");
    app.add_option("--input-size", options_.inputSize, "Side of the input; 0: the architecture's own")
        ->type_name("PX")
        ->default_str("0");
    app.add_option_function<std::string>(
           "--profile",
           [this](const std::string& name) { options_.profile = data::parsePreprocessProfile(name); },
           "Preprocessing: squash, pad, circle, localmean, clahe")
        ->type_name("NAME")
        ->default_str("squash");
    app.add_option_function<std::string>(
           "--normalisation",
           [this](const std::string& name) { options_.normalisation = pipelines::parseNormalisation(name); },
           "What images were normalised with in training: imagenet or none")
        ->type_name("NAME")
        ->default_str("imagenet");
    app.add_option("--mean", mean_, "Mean per channel of [0,1] images, instead of --normalisation")
        ->type_name("R,G,B")
        ->delimiter(',')
        ->expected(3);
    app.add_option("--std", stddev_, "Standard deviation per channel, with --mean")
        ->type_name("R,G,B")
        ->delimiter(',')
        ->expected(3);
    app.add_option("--head", options_.head, "What the outputs mean: softmax, ordinal or regression")
        ->type_name("NAME")
        ->default_str("softmax");
    app.add_option("--referable-from", options_.referableFrom, "Lowest class that counts as referable")
        ->type_name("CLASS")
        ->default_str("2");
  }

  CommandResult run(const CommonOptions&, const RunContext&) override {
    const bool isNumber =
        classes_.size() == 1 && !classes_[0].empty() && classes_[0].size() < 6 &&
        std::all_of(classes_[0].begin(), classes_[0].end(), [](char c) { return c >= '0' && c <= '9'; });
    options_.classes = isNumber ? pipelines::numberedClasses(std::stoi(classes_[0])) : classes_;
    const auto three = [](const std::vector<float>& values) -> std::optional<std::array<float, 3>> {
      if (values.size() != 3) return std::nullopt;
      return std::array<float, 3>{values[0], values[1], values[2]};
    };
    options_.mean = three(mean_);
    options_.stddev = three(stddev_);
    const pipelines::ImportSummary summary = pipelines::importModel(options_);
    return {kDone, summary.briefReport(), summary.toJson()};
  }

 private:
  pipelines::ImportOptions options_;
  std::vector<std::string> classes_;
  std::vector<float> mean_;
  std::vector<float> stddev_;
};

}  // namespace

std::unique_ptr<Command> makeImportCommand() {
  return std::make_unique<ImportCommand>();
}

}  // namespace medlocker::cli
