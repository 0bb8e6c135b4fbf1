// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "core/common/error.h"
#include "core/pipelines/train_model.h"
#include "core/pipelines/training_methods.h"

namespace medlocker::cli {
namespace {

/// Flags are written over the JSON form of the method's recipe, so names, defaults and checks live in one
/// place.
class TrainCommand : public Command {
 public:
  std::string name() const override { return "train"; }
  std::string description() const override { return "Train a classifier"; }
  std::string footer() const override {
    std::string text =
        "Example:\n"
        "  medlocker train fundus/ --arch resnet18 --input-size 224 --epochs 30 --out runs/resnet18\n"
        "  medlocker train fundus/ --method absld --teacher runs/robust --epochs 60 --out runs/absld\n"
        "Writes model.safetensors, model.json, history.csv, history.json, run.json and checkpoint/.\n"
        "The validation part selects the model and is split by patient; the test part is looked at once, "
        "at the end.\n"
        "A method other than standard brings its published recipe (sgd, step schedule, batch size, epochs); "
        "milestones scale with --epochs, and every flag given here goes before the recipe.\n"
        "Methods:\n";
    for (const pipelines::TrainingMethodSummary& method : pipelines::listTrainingMethods()) {
      text += "  " + method.name + ": " + method.description;
      if (method.robustTeacher)
        text += method.cleanTeacher ? " (--teacher, --clean-teacher)" : " (--teacher)";
      text += "\n";
    }
    text.pop_back();
    return text;
  }

  void addOptions(CLI::App& app) override {
    defaults_ = pipelines::TrainOptions{}.toJson();
    app.add_option("dataset", options_.dataset, "Dataset in any known layout")
        ->required()
        ->type_name("DATASET");
    app.add_option("--out", options_.out, "Run folder to create")->required()->type_name("DIR");
    app.add_flag("--resume", options_.resume, "Go on with an interrupted run");
    app.add_flag("--dry-run", options_.dryRun, "Only look at the data: counts and splits; write nothing");
    app.add_option("--method", method_, "Training method; they are listed below")
        ->type_name("NAME")
        ->capture_default_str();
    app.add_option("--epochs", epochs_, "Epochs; the method's own number by default")->type_name("N");
    add<std::string>(app, "--arch", "/arch", "Architecture; `medlocker models` lists them", "NAME");
    add<std::string>(app, "--teacher", "/teacher", "Robust teacher, for the methods that distil one", "M");
    add<std::string>(app, "--clean-teacher", "/clean_teacher",
                     "Naturally trained teacher, for the methods with two", "M");
    app.add_flag("--train-teachers", options_.trainTeachers,
                 "Train teachers that are missing, with as many epochs: at their path, or in the run folder");
    add<std::string>(app, "--teacher-arch", "/teacher_arch", "Architecture of teachers trained here", "NAME");
    add<int>(app, "--batch", "/batch_size", "Batch size", "N");
    add<int>(app, "--input-size", "/input_size", "Side of the network's input; 0: the architecture's own",
             "PX");
    add<std::string>(app, "--name", "/name", "Display name of the model", "TEXT");
    add<std::string>(app, "--layout", "/layout", "Dataset layout, where it is not recognised", "NAME");
    add<std::string>(app, "--init", "/init", "Start from this model's weights", "M");
    add<std::string>(app, "--labels", "/labels", "all; referable (grade 2 and above); any-dr", "NAME");
    add<std::string>(app, "--profile", "/profile", "Preprocessing: squash, pad, circle, localmean, clahe",
                     "NAME");
    add<std::string>(app, "--normalisation", "/normalisation", "dataset, imagenet or none", "NAME");
    add<double>(app, "--validation-fraction", "/validation_fraction",
                "Share held out for selection, by patient", "F");
    add<double>(app, "--test-fraction", "/test_fraction", "Share held out for the final test, by patient",
                "F");
    add<std::string>(app, "--balance", "/balance", "Against class imbalance: none, sampling or weights",
                     "NAME");
    add<std::string>(app, "--optimiser", "/optimiser/kind", "adamw or sgd", "NAME");
    add<double>(app, "--lr", "/optimiser/learning_rate", "Learning rate", "R");
    add<double>(app, "--weight-decay", "/optimiser/weight_decay", "Weight decay", "W");
    add<double>(app, "--momentum", "/optimiser/momentum", "Momentum of sgd", "M");
    add<std::string>(app, "--schedule", "/schedule/kind", "Learning rate over time: cosine, step or constant",
                     "NAME");
    add<std::vector<int>>(app, "--milestones", "/schedule/milestones",
                          "Epochs after which the step schedule divides the rate", "N,...");
    add<double>(app, "--warmup", "/schedule/warmup_epochs", "Epochs of linear warm-up", "N");
    add<double>(app, "--ema", "/ema_decay", "Decay of averaged weights; 0: off", "D");
    add<int>(app, "--swa-from", "/swa_from", "Average the weights of this and every later epoch; 0: off",
             "EPOCH");
    add<std::string>(app, "--precision", "/precision", "float32 or bf16", "NAME");
    add<std::string>(app, "--select", "/select",
                     "What selects the model on the validation part: method (its recipe's own), "
                     "balanced-accuracy, accuracy, kappa, loss, robust, clean-robust, robust-worst",
                     "NAME");
    add<int>(app, "--robust-images", "/robust_images",
             "Validation images that are attacked after every epoch; 0: all", "N");
    add<int>(app, "--router-images", "/router_images",
             "Images on which an AW-Net's router is attacked after training; 0: all, -1: none", "N");
    add<std::string>(app, "--audit", "/audit",
                     "End with an audit of the model: attack names, or quick, standard, thorough", "LIST");
    add<int>(app, "--norm-images", "/norm_images",
             "Training images that normalisation statistics are estimated on anew before validation; 0: off",
             "N");
    add<int>(app, "--patience", "/patience", "Stop after so many epochs without a better model; 0: never",
             "N");
    app.add_option("--augment", augment_, "Augmentation preset: fundus, cifar or none")->type_name("NAME");
    add<std::uint64_t>(app, "--cache-mib", "/cache_mib",
                       "Decoded images kept in memory; the rest goes to a file", "MIB");
    add<int>(app, "--loader-threads", "/loader_threads", "Threads that prepare batches; 0: number of cores",
             "N");
    for (const pipelines::MethodField& field : pipelines::trainingMethodFields()) addMethodField(app, field);
  }

  CommandResult run(const CommonOptions& common, const RunContext& context) override {
    Json values = pipelines::recipeOptions(method_, epochs_).toJson();
    for (const auto& [place, value] : given_) values[place] = value;
    for (const auto& [path, text] : methodFields_) pipelines::setMethodField(values["method"], path, text);
    values["dataset"] = options_.dataset.string();
    values["out"] = options_.out.string();
    values["resume"] = options_.resume;
    values["dry_run"] = options_.dryRun;
    values["train_teachers"] = options_.trainTeachers;
    values["device"] = common.device;
    values["threads"] = common.threads;
    values["seed"] = common.seedOrZero();
    pipelines::TrainOptions options = pipelines::TrainOptions::fromJson(values);
    if (!augment_.empty()) options.trainer.augment = training::augmentPreset(augment_);
    const pipelines::TrainSummary summary = pipelines::trainModel(options, context);
    return {statusOf(summary.outcome, summary.hasItemIssues()), summary.briefReport(), summary.toJson()};
  }

 private:
  template <typename T>
  void add(CLI::App& app, const std::string& flag, const std::string& pointer, const std::string& text,
           const std::string& type) {
    const Json::json_pointer place(pointer);
    const Json& current = defaults_.at(place);
    const std::string shown = current.is_string() ? current.get<std::string>() : current.dump();
    auto* option = app.add_option_function<T>(
                          flag, [this, place](const T& value) { given_.emplace_back(place, value); }, text)
                       ->type_name(type);
    if constexpr (std::is_same_v<T, std::vector<int>>)
      option->delimiter(',');
    else
      option->default_str(shown);
  }

  /// One flag per option of the methods: attack.epsilon becomes --attack-epsilon.
  void addMethodField(CLI::App& app, const pipelines::MethodField& field) {
    std::string flag = "--" + field.path;
    for (char& c : flag)
      if (c == '.' || c == '_') c = '-';
    std::string text = "Option of";
    for (const auto& [method, value] : field.defaults)
      text += (text.back() == 'f' ? " " : ", ") + method + " (" +
              (value.is_null()     ? std::string("auto")
               : value.is_string() ? value.get<std::string>()
                                   : shortText(value)) +
              ")";
    app.add_option_function<std::string>(
           flag,
           [this, path = field.path](const std::string& value) { methodFields_.emplace_back(path, value); },
           text)
        ->type_name("VALUE")
        ->group("Options of the methods");
  }

  static std::string shortText(const Json& value) {
    if (!value.is_number_float()) return value.dump();
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value.get<double>());
    return text;
  }

  pipelines::TrainOptions options_;
  std::string method_ = "standard";
  int epochs_ = 0;
  Json defaults_;
  std::vector<std::pair<Json::json_pointer, Json>> given_;
  std::vector<std::pair<std::string, std::string>> methodFields_;
  std::string augment_;
};

}  // namespace

std::unique_ptr<Command> makeTrainCommand() {
  return std::make_unique<TrainCommand>();
}

}  // namespace medlocker::cli
