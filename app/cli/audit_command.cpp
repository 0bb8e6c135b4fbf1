// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/robustness_commands.h"
#include "core/pipelines/audit_models.h"

namespace medlocker::cli {
namespace {

class AuditCommand : public Command {
 public:
  std::string name() const override { return "audit"; }
  std::string description() const override {
    return "Measure clean and robust accuracy per class under a list of attacks";
  }
  std::string footer() const override {
    return "Examples:\n"
           "  medlocker audit fundus/ --model runs/a --model runs/b --attacks standard --eps 4/255 --out "
           "audit/\n"
           "  medlocker audit fundus/ --model runs/a --attacks pgd-20,square --require 'worst_class>=0.3' "
           "--out audit/\n"
           "Presets: quick (fgsm, pgd-20), standard (adds cw, autoattack), thorough (adds pgd-100, "
           "autoattack-plus).\n"
           "Exit status 4: the audit is complete, but a condition of --require does not hold.";
  }

  void addOptions(CLI::App& app) override {
    app.add_option("dataset", options_.dataset, "Labelled images")->required()->type_name("DATASET");
    app.add_option("--model", options_.models, "Model to attack (repeatable)")->required()->type_name("M");
    app.add_option("--attacks", options_.attacks, "Comma-separated names, or quick, standard, thorough")
        ->capture_default_str()
        ->type_name("LIST");
    app.add_option("--eps", options_.epsilon, "Largest change, as 8/255 or 0.03; default: by image size")
        ->type_name("SIZE");
    app.add_option("--norm", options_.norm, "linf or l2")->capture_default_str()->type_name("NORM");
    app.add_option("--require", options_.require,
                   "Condition that every model must meet, as worst_class>=0.3 (repeatable)")
        ->type_name("COND");
    app.add_option("--curve", options_.curve, "Further sizes for a security curve, comma-separated")
        ->type_name("SIZES");
    app.add_option("--curve-attack", options_.curveAttack, "Attack of the curve")
        ->capture_default_str()
        ->type_name("NAME");
    app.add_option("--split", options_.split, "Only this part: train, val or test")->type_name("SPLIT");
    app.add_option("--per-class", options_.perClass, "At most N images of each class")->type_name("N");
    app.add_option("--steps", options_.steps, "Iterations of every attack that has some")->type_name("N");
    app.add_option("--step", options_.step, "Step size of fixed-step attacks")->type_name("SIZE");
    app.add_option("--restarts", options_.restarts, "Random starts per image")->type_name("N");
    app.add_option("--queries", options_.queries, "Queries of the square attack")->type_name("N");
    app.add_option("--batch-size", options_.batchSize, "Images attacked at once; 0: chosen by image size")
        ->type_name("N");
    app.add_option("--bootstrap", options_.bootstrapResamples, "Resamples for differences between models")
        ->capture_default_str()
        ->type_name("N");
    app.add_flag("--exact", options_.exact, "Attack the network as stored, without merged layers");
    app.add_flag("--fast", options_.fast,
                 "Attack in bfloat16 where the processor has it; float32 judges every success");
    app.add_flag("!--no-sanity-checks", options_.sanityChecks, "Skip the checks for misleading evaluations");
    app.add_flag("--trust-foreign-model", options_.trustForeignModels,
                 "Allow TorchScript files, which are programs, as models; FILE@SIDE gives the input side");
    app.add_flag("!--no-timings", options_.timings, "Leave seconds out of audit.json");
    app.add_option("--out", options_.out, "Folder for the report")->required()->type_name("DIR");
    app.add_flag("--resume", options_.resume, "Go on with the run in --out");
  }

  CommandResult run(const CommonOptions& common, const RunContext& context) override {
    options_.seed = common.seedOrZero();
    options_.device = parseDeviceChoice(common.device);
    const pipelines::AuditSummary summary = pipelines::auditModels(options_, context);
    int status = statusOf(summary.outcome, summary.hasItemIssues());
    if (summary.outcome == Outcome::Completed && !summary.requirementsMet()) status = kVerificationFailed;
    return {status, summary.briefReport(), summary.toJson()};
  }

 private:
  pipelines::AuditOptions options_;
};

}  // namespace

std::unique_ptr<Command> makeAuditCommand() {
  return std::make_unique<AuditCommand>();
}

}  // namespace medlocker::cli
