// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/run_demo.h"

#include <chrono>
#include <cmath>
#include <cstdio>

#include "core/common/files.h"
#include "core/common/resources.h"
#include "core/common/run_record.h"
#include "core/pipelines/demo_report.h"
#include "core/pipelines/evaluate_dataset.h"
#include "core/pipelines/generate_keys.h"
#include "core/pipelines/protect_dataset.h"
#include "core/pipelines/restore_dataset.h"
#include "core/pipelines/synthesize_dataset.h"
#include "core/pipelines/train_model.h"
#include "core/pipelines/verify_dataset.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

/// What differs between the two sizes of the tour.
struct DemoPlan {
  int trainingImages;
  int imageSide;
  int protectedImages;
  int protectedSide;
  int epochs;
  int inputSize;
  int budget;
  std::vector<std::string> sources;  // architectures
  std::string target;
};

DemoPlan planFor(const std::string& size) {
  if (size == "full") return {600, 384, 40, 768, 20, 128, 800, {"resnet18", "densenet121"}, "resnet34"};
  return {240, 256, 12, 512, 9, 64, 200, {"resnet8", "mobilenet_v3_large"}, "resnet18"};
}

/// Stops the tour without an error when the user cancels.
struct Cancelled {};

class Demo {
 public:
  Demo(const DemoOptions& options, const RunContext& context)
      : options_(options), context_(context), plan_(planFor(options.size)) {}

  DemoSummary run() {
    DemoSummary summary;
    summary.out = options_.out;
    fs::create_directories(options_.out);
    try {
      makeDatasets();
      std::vector<fs::path> sources;
      for (const std::string& arch : plan_.sources) sources.push_back(train(arch, "source"));
      const fs::path target = train(plan_.target, "heldout");
      protectAndCheck(sources, target);
    } catch (const Cancelled&) {
      summary.outcome = Outcome::Cancelled;
      summary.report = "The tour was cancelled.";
      return summary;
    }
    finish(summary);
    return summary;
  }

 private:
  void checkStop(Outcome outcome) const {
    if (outcome == Outcome::Cancelled || context_.stopRequested()) throw Cancelled{};
  }

  void makeDatasets() {
    SynthOptions training;
    training.out = options_.out / "training-set";
    training.count = plan_.trainingImages;
    training.width = training.height = plan_.imageSide;
    training.seed = options_.seed;
    checkStop(synthesizeDataset(training, context_).outcome);
    SynthOptions shared = training;
    shared.out = options_.out / "originals";
    shared.count = plan_.protectedImages;
    shared.width = shared.height = plan_.protectedSide;
    shared.seed = options_.seed + 1'000'003;  // other eyes than those the models learn from
    checkStop(synthesizeDataset(shared, context_).outcome);
  }

  fs::path train(const std::string& arch, const std::string& role) {
    TrainOptions training;
    training.dataset = options_.out / "training-set";
    training.out = options_.out / "models" / (role + "-" + arch);
    training.arch = arch;
    training.inputSize = plan_.inputSize;
    training.labels = training::LabelMapping::Referable;
    training.trainer.epochs = plan_.epochs;
    training.trainer.seed = options_.seed;
    training.device = options_.device;
    const TrainSummary trained = trainModel(training, context_);
    checkStop(trained.outcome);
    models_.push_back({arch, role, trained.validation ? trained.validation->balancedAccuracy : std::nan("")});
    return training.out;
  }

  void protectAndCheck(const std::vector<fs::path>& sources, const fs::path& target) {
    GenerateKeysOptions keys;
    keys.out = options_.out / "keys";
    keys.noPassphrase = true;  // a tour asks nothing; real keys have a passphrase
    generateKeys(keys);

    ProtectDatasetOptions protect;
    protect.dataset = options_.out / "originals";
    protect.out = options_.out / "protected";
    protect.logo = findLogo(std::string(kDefaultLogo));
    protect.models = sources;
    protect.ownerKey = keys.out / "owner.key";
    protect.budget = plan_.budget;
    protect.owner = "MedLocker demo";
    protect.title = "Synthetic fundus photographs";
    protect.seed = options_.seed;
    protect.device = options_.device;
    protected_ = protectDataset(protect, context_);
    checkStop(protected_.outcome);

    VerifyDatasetOptions verify;
    verify.certificate = protect.out / "certificate.json";
    verify.files = {protect.out / "images"};
    verify.publicKey = keys.out / "owner.pub";
    verified_ = verifyDataset(verify, context_);
    checkStop(verified_.outcome);

    RestoreDatasetOptions restore;
    restore.protectedFolder = protect.out;
    restore.grant = protect.out;
    restore.key = protect.ownerKey;
    restore.out = options_.out / "restored";
    restored_ = restoreDataset(restore, context_);
    checkStop(restored_.outcome);

    EvaluateDatasetOptions evaluate;
    evaluate.original = protect.dataset;
    evaluate.protectedFolder = protect.out;
    evaluate.models = sources;
    evaluate.models.push_back(target);
    evaluate.restored = restore.out;
    evaluate.out = options_.out / "evaluation";
    evaluate.seed = options_.seed;
    evaluate.device = options_.device;
    evaluation_ = evaluateDataset(evaluate, context_);
    checkStop(evaluation_.outcome);
  }

  void finish(DemoSummary& summary) const {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    std::string text =
        "The tour is done. Everything is in " + options_.out.string() + "; open report.html first.\n\n";
    text += "1. " + std::to_string(plan_.trainingImages) +
            " synthetic photographs were drawn and three networks learned to tell referable from not "
            "referable retinopathy:\n";
    for (const TrainedModel& model : models_) {
      char line[160];
      std::snprintf(line, sizeof line, "     %-20s %-9s validation balanced accuracy %.1f %%\n",
                    model.arch.c_str(), model.role == "source" ? "source" : "held out",
                    100 * model.balancedAccuracy);
      text += line;
    }
    text += "2. " + std::to_string(protected_.samples) +
            " other photographs got a visible logo, placed so that the source networks fail and no lesion is "
            "covered:";
    for (const auto& [status, count] : protected_.statusCounts)
      if (count > 0) text += " " + std::to_string(count) + " " + status;
    text += ".\n     PROTECTED: all source networks are wrong; PARTIAL: some; WEAK: none, only less sure.\n";
    text += "3. The certificate is " + verified_.certificateOutcome + "; " +
            std::to_string(verified_.counts.count("VALID") ? verified_.counts.at("VALID") : 0) + " of " +
            std::to_string(verified_.files.size()) + " files are exactly those it was issued for.\n";
    text += "4. " + std::to_string(restored_.restored) + " of " + std::to_string(restored_.files) +
            " originals were restored with every sample identical.\n";
    text +=
        "5. What the networks say (clean: before; protected: with the searched logo; random: the same logo "
        "anywhere):\n\n";
    text += evaluation_.briefReport();
    char line[96];
    std::snprintf(line, sizeof line, "\n\nTime for the whole tour: %.0f s. ", seconds);
    text += line;
    text += "Protection is not secrecy: a logo can be inpainted, and lesions stay visible by design.";

    summary.report = text;
    summary.results = {
        {"schema", "medlocker/demo/1"},      {"out", options_.out.string()}, {"seconds", seconds},
        {"protect", protected_.toJson()},    {"verify", verified_.toJson()}, {"restore", restored_.toJson()},
        {"evaluation", evaluation_.toJson()}};
    writeFileAtomically(options_.out / "summary.txt", text + "\n");
    writeFileAtomically(options_.out / "report.html", demoReportHtml(options_.out, text, protected_));
    writeRunJson(options_.out, {{"command", "demo"},
                                {"options", {{"size", options_.size}}},
                                {"seed", options_.seed},
                                {"outcome", "completed"},
                                {"seconds", seconds},
                                {"finished_utc", utcNow()}});
  }

  struct TrainedModel {
    std::string arch;
    std::string role;
    double balancedAccuracy;
  };

  const DemoOptions& options_;
  const RunContext& context_;
  DemoPlan plan_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::vector<TrainedModel> models_;
  ProtectDatasetSummary protected_;
  VerifyDatasetSummary verified_;
  RestoreDatasetSummary restored_;
  EvaluateDatasetSummary evaluation_;
};

}  // namespace

std::vector<OptionIssue> DemoOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (out.empty()) issues.push_back({"out", "is required"});
  if (size != "small" && size != "full") issues.push_back({"size", "is small or full"});
  return issues;
}

DemoSummary runDemo(const DemoOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  if (fs::exists(options.out) && !fs::is_empty(options.out))
    throw Error(ErrorCode::InputRejected, "the output folder is not empty", options.out.string());
  return Demo(options, context).run();
}

}  // namespace medlocker::pipelines
