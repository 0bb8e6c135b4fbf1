// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/train_model.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

#include "core/common/files.h"
#include "core/common/outcome_name.h"
#include "core/common/random.h"
#include "core/common/run_record.h"
#include "core/data/manifest.h"
#include "core/models/network.h"
#include "core/pipelines/find_architecture.h"
#include "core/pipelines/router_report.h"
#include "core/pipelines/train_audit.h"
#include "core/pipelines/training_folder.h"
#include "core/training/evaluation.h"
#include "core/training/sample_cache.h"
#include "core/training/split_plan.h"
#include "core/training/trainer.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Rotation, zoom and shifts resample; flips and whole-pixel crops do not.
bool resamples(const training::AugmentOptions& augment) {
  return augment.rotationDegrees > 0 || augment.scale > 0 || augment.translation > 0;
}

/// The options on which the trained weights depend: what a resumed run must share.
Json identityOf(const TrainOptions& options) {
  Json json = options.toJson();
  for (const char* field : {"dataset", "out", "layout", "resume", "dry_run", "name", "init", "cache_mib",
                            "device", "threads", "loader_threads", "checkpoint_seconds", "teacher",
                            "clean_teacher", "train_teachers", "teacher_arch", "router_images", "audit"})
    json.erase(field);
  return json;
}

/// Usable items of one part; adds its issues to the summary.
training::LabelledItems usableItems(const training::SplitPart& part,
                                    std::shared_ptr<const training::SampleCache> cache,
                                    TrainSummary& summary) {
  training::LabelledItems items;
  for (std::size_t i = 0; i < part.samples.size(); ++i) {
    const auto item = static_cast<std::int64_t>(i);
    if (!cache->usable(item)) continue;
    items.items.push_back(item);
    items.labels.push_back(part.labels[i]);
  }
  summary.unreadable += static_cast<std::int64_t>(part.samples.size() - items.items.size());
  summary.issues.insert(summary.issues.end(), cache->issues().begin(), cache->issues().end());
  items.cache = std::move(cache);
  return items;
}

void countClasses(const std::vector<int>& labels, std::int64_t PartCounts::*part, TrainSummary& summary) {
  for (const int label : labels) ++(summary.perClass.at(static_cast<std::size_t>(label)).*part);
  summary.used.*part = static_cast<std::int64_t>(labels.size());
}

/// Copies what fits by name and shape; returns the names of the network's tensors that were not found.
std::vector<std::string> initialiseFrom(models::Network& network, const models::Network& source) {
  const torch::NoGradGuard noGrad;
  std::map<std::string, at::Tensor> available;
  for (const auto& [name, value] : models::stateDict(source)) available[name] = value;
  std::vector<std::string> fresh;
  for (const auto& [name, value] : models::stateDict(network)) {
    const auto found = available.find(name);
    if (found != available.end() && found->second.sizes() == value.sizes())
      value.detach().copy_(found->second);
    else
      fresh.push_back(name);
  }
  return fresh;
}

/// What model.json says about how the model came to be. No timings: the same run gives the same bytes.
Json trainingRecord(const TrainSummary& summary, const training::SplitPlan& plan) {
  const TrainOptions& options = summary.options;
  const auto parts = [](const PartCounts& counts) {
    return Json{{"train", counts.train}, {"validation", counts.validation}, {"test", counts.test}};
  };
  Json perClass = Json::array();
  for (std::size_t c = 0; c < summary.classes.size(); ++c) {
    Json entry = parts(summary.perClass[c]);
    entry["class"] = summary.classes[c];
    perClass.push_back(std::move(entry));
  }
  Json record = {{"method", options.trainer.method},
                 {"options", identityOf(options)},
                 {"dataset_fingerprint", summary.datasetFingerprint},
                 {"labels", std::string(training::toString(options.labels))},
                 {"splits", parts(summary.used)},
                 {"per_class", perClass},
                 {"validation_from_layout", plan.validationFromLayout},
                 {"test_from_layout", plan.testFromLayout},
                 {"epochs_done", summary.history.size()},
                 {"selected_epoch", summary.selectedEpoch},
                 {"skipped_steps", summary.skippedSteps},
                 {"teachers", summary.teachers},
                 {"validation", nullptr}};
  if (summary.robustValidation)
    record["robust_validation"] =
        training::toJson(*summary.robustValidation, summary.classes, summary.referableFrom);
  if (summary.validation)
    record["validation"] = training::toJson(*summary.validation, summary.classes, summary.referableFrom);
  return record;
}

/// One training run from options to summary.
class TrainRun {
 public:
  TrainRun(const TrainOptions& options, const RunContext& context, const training::EpochObserver& observer)
      : context_(context), observer_(observer) {
    summary_.options = options;
  }

  TrainSummary run() {
    throwIfInvalid(options().validate());
    if (!options().dryRun) group_ = training::ProcessGroup::fromEnvironment();
    if (group_) summary_.processes = group_->size();
    if (!options().dryRun && first())
      prepareTrainingFolder(options().out, options().dataset, "train", options().resume);
    try {
      begin_ = Clock::now();
      execute();
    } catch (const std::exception& error) {
      if (!options().dryRun && recordStarted_) writeRecord("failed", error.what());
      throw;
    }
    summary_.totalSeconds = secondsSince(begin_);
    if (!options().dryRun) writeRecord(outcomeName(summary_.outcome), {});
    return std::move(summary_);
  }

 private:
  const TrainOptions& options() const { return summary_.options; }
  /// Of the processes that train together the first one keeps the run folder.
  bool first() const { return !group_ || group_->rank() == 0; }
  fs::path cacheFile(const std::string& part) const {
    const std::string own = first() ? std::string() : "-" + std::to_string(group_->rank());
    return options().out / "cache" / (part + own + ".bin");
  }

  void execute() {
    setComputeThreads(options().threads);
    const DeviceInfo device = resolveDevice(options().device);
    device_ = device.kind;
    summary_.device = device.name;
    if (!device.note.empty()) summary_.notices.push_back("running on the CPU: " + device.note);

    context_.report({"scan", 0, 0, options().dataset.filename().string()});
    data::OpenOptions opening;
    opening.layout = options().layout;
    const data::Manifest manifest = data::openDataset(options().dataset, opening);
    const training::SplitPlan plan = planParts(manifest);
    if (options().dryRun || stopped()) return;
    summary_.datasetFingerprint = data::datasetFingerprint(manifest);
    recordStarted_ = true;
    writeRecord("running", {});

    training::TrainerSetup setup;
    if (!prepareData(plan, setup)) return;
    makeModel(setup);
    setup.device = device_;
    if (!takeTeachers(setup)) return;
    setup.loaderThreads = loaderThreads();
    setup.runFolder = options().out;
    setup.resume = options().resume;
    setup.group = group_;
    setup.identity = {{"options", identityOf(options())},
                      {"dataset_fingerprint", summary_.datasetFingerprint},
                      {"classes", summary_.classes},
                      {"init", initSha256_},
                      {"teachers", summary_.teachers},
                      {"train_images", setup.train.items.size()},
                      {"validation_images", setup.validation.items.size()}};

    training::TrainerResult result = training::runTraining(options().trainer, setup, context_, observer_);
    summary_.outcome = result.outcome;
    summary_.history = std::move(result.history);
    summary_.selectedEpoch = result.selectedEpoch;
    summary_.stoppedEarly = result.stoppedEarly;
    summary_.skippedSteps = result.skippedSteps;
    summary_.resumedAtEpoch = result.resumedAtEpoch;
    for (const training::EpochRecord& record : summary_.history) {
      if (record.epoch >= summary_.resumedAtEpoch) summary_.trainSeconds += record.seconds;
      if (record.epoch != summary_.selectedEpoch || !record.validated) continue;
      summary_.validation = record.validation;
      if (record.robustValidated) summary_.robustValidation = record.robust;
    }
    if (summary_.outcome == Outcome::Cancelled) return;
    const bool finished = finish(plan, setup);
    if (group_) group_->barrier();  // the model is there for whoever goes on with it
    if (!finished || !first()) return;
    evaluateTest(plan);
    if (summary_.outcome == Outcome::Completed) attackRouter(plan, setup);
    if (summary_.outcome == Outcome::Completed) auditTrainedModel(summary_, plan, context_);
    if (summary_.outcome == Outcome::Completed) {
      std::error_code ignored;
      fs::remove_all(options().out / "cache", ignored);
    }
  }

  /// Compares the teachers and writes the model. False when a stop was requested.
  bool finish(const training::SplitPlan& plan, training::TrainerSetup& setup) {
    if (!first()) {
      std::error_code ignored;
      for (const char* part : {"train", "validation"}) fs::remove(cacheFile(part), ignored);
      return true;
    }
    if (!compareTeachers(setup)) return false;
    setup.info.training = trainingRecord(summary_, plan);
    setup.info = models::saveModel(options().out, *setup.network, setup.info);
    summary_.modelFile = (options().out / "model.safetensors").string();
    summary_.modelSha256 = setup.info.sha256;
    return true;
  }

  bool stopped() {
    if (!context_.stopRequested()) return false;
    summary_.outcome = Outcome::Cancelled;
    return true;
  }

  int loaderThreads() const {
    if (options().loaderThreads > 0) return options().loaderThreads;
    return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 8U));
  }

  training::SplitPlan planParts(const data::Manifest& manifest) {
    training::SplitOptions splitting;
    splitting.labels = options().labels;
    splitting.validationFraction = options().validationFraction;
    splitting.testFraction = options().testFraction;
    splitting.seed = options().trainer.seed;
    training::SplitPlan plan = training::planSplits(manifest, splitting);
    summary_.samples = static_cast<std::int64_t>(manifest.samples.size());
    summary_.classes = plan.classes;
    summary_.unlabelled = plan.unlabelled;
    summary_.ungradable = plan.ungradable;
    summary_.issues = manifest.issues;
    summary_.notices.insert(summary_.notices.end(), manifest.notices.begin(), manifest.notices.end());
    summary_.notices.insert(summary_.notices.end(), plan.notices.begin(), plan.notices.end());
    summary_.referableFrom = training::referableFrom(options().labels, manifest.classes.size());
    summary_.perClass.assign(plan.classes.size(), {});
    countClasses(plan.train.labels, &PartCounts::train, summary_);
    countClasses(plan.validation.labels, &PartCounts::validation, summary_);
    countClasses(plan.test.labels, &PartCounts::test, summary_);
    if (plan.validation.samples.empty())
      summary_.notices.push_back("there is no validation part: the last epoch's model is kept");
    else if (plan.validation.samples.size() < kFewValidationImages)
      summary_.notices.push_back("the validation part has only " +
                                 std::to_string(plan.validation.samples.size()) +
                                 " images and selects the epoch as well, so its figures are optimistic; "
                                 "--test-fraction keeps images aside for an honest one");
    return plan;
  }

  /// Under this many a balanced accuracy wavers by some 5 points, and the best of many epochs gains from it.
  static constexpr std::size_t kFewValidationImages = 100;

  int inputSize() const {
    return options().inputSize > 0 ? options().inputSize : findArchitecture(options().arch)->defaultInputSize;
  }

  bool prepareData(const training::SplitPlan& plan, training::TrainerSetup& setup) {
    const auto begin = Clock::now();
    const int side = inputSize();
    training::CacheOptions caching;
    caching.profile = options().profile;
    caching.datasetFingerprint = summary_.datasetFingerprint;
    caching.threads = options().threads;
    caching.maxMemoryBytes = options().cacheMiB << 20;
    caching.side = resamples(options().trainer.augment)
                       ? static_cast<int>(std::lround(static_cast<double>(side) * options().cacheScale))
                       : side;
    caching.spillFile = cacheFile("train");
    auto train =
        training::SampleCache::build(plan.train.samples, caching, context_, "decode training images");
    if (!train) return !stopped();
    if (!train->spilled()) caching.maxMemoryBytes -= std::min(caching.maxMemoryBytes, train->bytes());
    caching.side = side;
    caching.spillFile = cacheFile("validation");
    auto validation =
        training::SampleCache::build(plan.validation.samples, caching, context_, "decode validation images");
    if (!validation) return !stopped();
    setup.train = usableItems(plan.train, std::move(train), summary_);
    setup.validation = usableItems(plan.validation, std::move(validation), summary_);
    summary_.perClass.assign(plan.classes.size(), {});
    countClasses(setup.train.labels, &PartCounts::train, summary_);
    countClasses(setup.validation.labels, &PartCounts::validation, summary_);
    countClasses(plan.test.labels, &PartCounts::test, summary_);
    if (setup.train.items.size() < 2)
      throw Error(ErrorCode::InputRejected, "fewer than two training images can be read",
                  options().dataset.string());
    summary_.decodeSeconds = secondsSince(begin);
    return true;
  }

  void makeModel(training::TrainerSetup& setup) {
    models::NetworkOptions network;
    network.outputs = static_cast<int>(summary_.classes.size());
    network.inputSize = inputSize();
    summary_.inputSize = network.inputSize;
    torch::manual_seed(RandomStream::fromSeed(options().trainer.seed, "training/initial-weights").nextU64());
    setup.network = models::makeNetwork(options().arch, network);

    models::ModelInfo& info = setup.info;
    info.name = !options().name.empty() ? options().name
                                        : fs::absolute(options().out).lexically_normal().filename().string();
    if (info.name.empty()) info.name = options().arch;
    info.arch = options().arch;
    info.classes = summary_.classes;
    info.inputSize = network.inputSize;
    info.profile = options().profile;
    if (summary_.referableFrom >= 0) info.referableFrom = summary_.referableFrom;
    if (!options().init.empty()) {
      models::ModelInfo source;
      const auto pretrained = models::loadNetwork(options().init, source);
      if (source.arch != options().arch)
        throw Error(ErrorCode::InvalidArgument,
                    "the model to start from is a " + source.arch + ", not a " + options().arch,
                    options().init.string());
      const std::vector<std::string> fresh = initialiseFrom(*setup.network, *pretrained);
      if (!fresh.empty())
        summary_.notices.push_back(std::to_string(fresh.size()) + " tensors start anew, first '" +
                                   fresh.front() + "'");
      initSha256_ = source.sha256;
      info.mean = source.mean;
      info.stddev = source.stddev;
    } else if (options().normalisation == Normalisation::Dataset) {
      const auto statistics = training::channelStatistics(*setup.train.cache, setup.train.items);
      info.mean = statistics.mean;
      info.stddev = statistics.stddev;
    } else if (options().normalisation == Normalisation::ImageNet) {
      info.mean = {0.485F, 0.456F, 0.406F};
      info.stddev = {0.229F, 0.224F, 0.225F};
    }
    if (training::methodName(options().trainer.method) == "frl" && options().init.empty())
      summary_.notices.push_back("frl fine-tunes a robust model: start it from one (init)");
    setup.network->setNormalisation(info.mean, info.stddev);
    setup.network->to(device_ == DeviceKind::Cuda ? torch::Device(torch::kCUDA) : torch::Device(torch::kCPU));
  }

  /// Loads the teachers the method needs, after training those that are missing where that was asked for.
  /// False when a stop was requested.
  bool takeTeachers(training::TrainerSetup& setup) {
    const training::MethodTeachers needed = training::teachersOf(options().trainer.method);
    if (!needed.robust && !options().teacher.empty())
      summary_.notices.push_back("the method has no robust teacher: the one that is given is not used");
    if (!needed.clean && !options().cleanTeacher.empty())
      summary_.notices.push_back("the method has no natural teacher: the one that is given is not used");
    if (needed.robust && !takeTeacher(setup, true)) return false;
    return !needed.clean || takeTeacher(setup, false);
  }

  bool takeTeacher(training::TrainerSetup& setup, bool robust) {
    const char* option = robust ? "teacher" : "clean_teacher";
    fs::path path = robust ? options().teacher : options().cleanTeacher;
    if (path.empty() && options().trainTeachers)
      path = options().out / (robust ? "teacher-robust" : "teacher-clean");
    if (path.empty())
      throw Error(ErrorCode::InvalidArgument,
                  std::string("the method needs a ") + (robust ? "robust" : "naturally trained") +
                      " teacher: give one, or let it be trained (train_teachers)",
                  option);
    const bool missing =
        path.extension() == ".safetensors" ? !fs::exists(path) : !fs::exists(path / "model.safetensors");
    if (missing && options().trainTeachers && !trainTeacher(path, robust)) return false;
    models::LoadOptions loading;
    loading.device = device_;
    models::ClassifierPtr teacher = models::loadClassifier(path, loading);
    const models::ModelInfo& info = teacher->info();
    const auto refuse = [&](const std::string& reason) {
      throw Error(ErrorCode::InputRejected, "cannot be the teacher: " + reason, path.string());
    };
    if (info.classes.size() != summary_.classes.size())
      refuse("it has " + std::to_string(info.classes.size()) + " classes, the dataset " +
             std::to_string(summary_.classes.size()));
    if (info.head != models::HeadType::Softmax) refuse("its head is not softmax");
    if (info.inputSize != setup.info.inputSize)
      refuse("its input is " + std::to_string(info.inputSize) + " px, the student's " +
             std::to_string(setup.info.inputSize) + " px");
    if (info.profile != setup.info.profile)
      refuse("its preprocessing is '" + std::string(data::toString(info.profile)) + "', the student's '" +
             std::string(data::toString(setup.info.profile)) + "'");
    if (info.classes != summary_.classes)
      summary_.notices.push_back("the classes of the teacher '" + info.name + "' have other names");
    summary_.teachers[robust ? "robust" : "clean"] = {
        {"name", info.name}, {"arch", info.arch}, {"sha256", info.sha256}};
    (robust ? setup.teacher : setup.cleanTeacher) = std::move(teacher);
    return true;
  }

  /// The same data, splits, preprocessing and run length: TRADES for the robust teacher, cross-entropy for
  /// the natural one.
  bool trainTeacher(const fs::path& path, bool robust) {
    TrainOptions teacher = options();
    teacher.out = path;
    teacher.name = path.filename().string();
    teacher.teacher.clear();
    teacher.cleanTeacher.clear();
    teacher.trainTeachers = false;
    teacher.init.clear();
    if (!options().teacherArch.empty()) teacher.arch = options().teacherArch;
    teacher.inputSize = inputSize();
    std::error_code ignored;
    teacher.resume = fs::exists(path / "run.json", ignored);
    const training::TrainerOptions& own = options().trainer;
    teacher.trainer = {};
    teacher.trainer.method = training::defaultMethodOptions(robust ? "trades" : "standard");
    training::applyPreset(teacher.trainer, own.epochs);
    teacher.trainer.batchSize = own.batchSize;
    teacher.trainer.balance = own.balance;
    teacher.trainer.augment = own.augment;
    teacher.trainer.precision = own.precision;
    teacher.trainer.robustImages = own.robustImages;
    teacher.trainer.seed = own.seed;
    if (robust) teacher.trainer.optimiser.learningRate = own.optimiser.learningRate;
    context_.report({robust ? "train the robust teacher" : "train the natural teacher", 0, 0, ""});
    const TrainSummary trained = trainModel(teacher, context_);
    if (trained.outcome == Outcome::Cancelled) summary_.outcome = Outcome::Cancelled;
    return trained.outcome == Outcome::Completed;
  }

  /// A weak teacher is allowed, but said. False when a stop was requested.
  bool compareTeachers(const training::TrainerSetup& setup) {
    if (!summary_.validation) return true;
    for (const models::ClassifierPtr& teacher : {setup.teacher, setup.cleanTeacher}) {
      if (!teacher) continue;
      training::EvaluationOptions evaluation;
      evaluation.batchSize = options().trainer.batchSize;
      evaluation.loaderThreads = loaderThreads();
      evaluation.stage = "validate the teacher";
      const auto figures = training::evaluateCached(*teacher, setup.validation.cache, setup.validation.items,
                                                    setup.validation.labels, evaluation, context_);
      if (!figures) {
        summary_.outcome = Outcome::Cancelled;
        return false;
      }
      if (figures->accuracy >= summary_.validation->accuracy) continue;
      char text[160];
      std::snprintf(text, sizeof text,
                    "' is weaker than the student on clean validation images (%.1f %% "
                    "against %.1f %%)",
                    100 * figures->accuracy, 100 * summary_.validation->accuracy);
      summary_.notices.push_back("the teacher '" + teacher->info().name + text);
    }
    return true;
  }

  /// Looks at the test part once, with the model as any later command will load it.
  void evaluateTest(const training::SplitPlan& plan) {
    if (plan.test.samples.empty()) return;
    models::LoadOptions loading;
    loading.device = device_;
    const models::ClassifierPtr classifier = models::loadClassifier(options().out, loading);
    training::EvaluationOptions evaluation;
    evaluation.batchSize = options().trainer.batchSize;
    evaluation.loaderThreads = loaderThreads();
    evaluation.stage = "test";
    auto tested =
        training::evaluateSamples(*classifier, plan.test.samples, plan.test.labels, evaluation, context_);
    if (!tested) {
      summary_.outcome = Outcome::Cancelled;
      return;
    }
    summary_.test = std::move(tested->result);
    summary_.unreadable += static_cast<std::int64_t>(tested->issues.size());
    summary_.used.test -= static_cast<std::int64_t>(tested->issues.size());
    for (int c = 0; c < summary_.test->confusion.classes; ++c) {
      std::int64_t count = 0;
      for (int predicted = 0; predicted < summary_.test->confusion.classes; ++predicted)
        count += summary_.test->confusion.at(c, predicted);
      summary_.perClass[static_cast<std::size_t>(c)].test = count;
    }
    summary_.issues.insert(summary_.issues.end(), tested->issues.begin(), tested->issues.end());
  }

  /// AW-Net's report includes attacks that know its router; on the test part, where there is one.
  void attackRouter(const training::SplitPlan& plan, const training::TrainerSetup& setup) {
    if (training::methodName(options().trainer.method) != "aw-net" || options().routerImages < 0) return;
    training::LabelledItems part = setup.validation;
    if (!plan.test.samples.empty()) {
      training::CacheOptions caching;
      caching.profile = options().profile;
      caching.datasetFingerprint = summary_.datasetFingerprint;
      caching.threads = options().threads;
      caching.maxMemoryBytes = options().cacheMiB << 20;
      caching.side = inputSize();
      caching.spillFile = cacheFile("test");
      auto cache = training::SampleCache::build(plan.test.samples, caching, context_, "decode test images");
      if (!cache) {
        summary_.outcome = Outcome::Cancelled;
        return;
      }
      part = {};
      for (std::size_t i = 0; i < plan.test.samples.size(); ++i) {
        if (!cache->usable(static_cast<std::int64_t>(i))) continue;
        part.items.push_back(static_cast<std::int64_t>(i));
        part.labels.push_back(plan.test.labels[i]);
      }
      part.cache = std::move(cache);
    }
    bool stopped = false;
    const auto report = reportRouter(options().out, part, plan.test.samples.empty() ? "validation" : "test",
                                     options().routerImages, options().trainer.batchSize, device_,
                                     options().trainer.seed, staticNetworks(setup), context_, stopped);
    if (stopped) summary_.outcome = Outcome::Cancelled;
    if (!report) return;
    summary_.router = report->json;
    summary_.routerText = report->text;
  }

  /// The teachers, as sources of attacks that know no router.
  static std::vector<models::ClassifierPtr> staticNetworks(const training::TrainerSetup& setup) {
    std::vector<models::ClassifierPtr> sources;
    for (const models::ClassifierPtr& teacher : {setup.teacher, setup.cleanTeacher})
      if (teacher) sources.push_back(teacher);
    return sources;
  }

  void writeRecord(const std::string& outcome, const std::string& failure) const {
    if (!first()) return;
    Json record = summary_.toJson();
    record.erase("schema");
    record.erase("history");
    if (!record["audit"].is_null()) record["audit"].erase("result");  // audit.json holds it
    record["command"] = "train";
    record["seed"] = options().trainer.seed;
    record["outcome"] = outcome;
    record["written"] = utcNow();
    if (!failure.empty()) record["failure"] = failure;
    writeRunJson(options().out, std::move(record));
  }

  const RunContext& context_;
  const training::EpochObserver& observer_;
  TrainSummary summary_;
  std::shared_ptr<training::ProcessGroup> group_;
  DeviceKind device_ = DeviceKind::Cpu;
  std::string initSha256_;
  bool recordStarted_ = false;
  Clock::time_point begin_ = Clock::now();
};

}  // namespace

TrainSummary trainModel(const TrainOptions& options, const RunContext& context,
                        const std::function<void(const training::EpochRecord&)>& observer) {
  return TrainRun(options, context, observer).run();
}

}  // namespace medlocker::pipelines
