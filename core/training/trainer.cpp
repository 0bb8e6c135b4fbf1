// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/trainer.h"

#include <torch/torch.h>

#include <chrono>
#include <cmath>
#include <cstdio>

#include "core/models/architecture_state.h"
#include "core/models/model_file.h"
#include "core/training/batch_loader.h"
#include "core/training/checkpoint.h"
#include "core/training/epoch_sums.h"
#include "core/training/evaluation.h"
#include "core/training/method.h"
#include "core/training/norm_statistics.h"
#include "core/training/optimiser.h"
#include "core/training/weight_average.h"

namespace medlocker::training {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMaxNonFiniteSteps = 10;  // robust training specification, section 10

double secondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// First top-level option in which two identities differ, for a message that helps.
std::string firstDifference(const Json& a, const Json& b, const std::string& prefix = {}) {
  if (!a.is_object() || !b.is_object()) return prefix;
  for (const auto& item : a.items()) {
    const std::string name = prefix.empty() ? item.key() : prefix + "." + item.key();
    if (!b.contains(item.key())) return name;
    if (item.value() != b.at(item.key())) return firstDifference(item.value(), b.at(item.key()), name);
  }
  for (const auto& item : b.items())
    if (!a.contains(item.key())) return prefix.empty() ? item.key() : prefix + "." + item.key();
  return prefix;
}

models::TensorMap tensorsOf(const models::Network& network) {
  models::TensorMap tensors;
  for (const auto& [name, value] : models::stateDict(network)) tensors[name] = value.detach();
  return tensors;
}

/// Copies: the network they come from is used again.
models::TensorMap copiesOf(const models::Network& network) {
  models::TensorMap tensors = tensorsOf(network);
  for (auto& [name, value] : tensors) value = value.clone();
  return tensors;
}

class Run {
 public:
  Run(const TrainerOptions& options, const TrainerSetup& setup, const RunContext& context,
      const EpochObserver& observer)
      : options_(options),
        setup_(setup),
        callerContext_(context),
        context_(setup.group ? contextOf(context, *setup.group, stop_) : context),
        observer_(observer),
        group_(setup.group.get()),
        store_(setup.runFolder / "checkpoint"),
        sampler_(setup.train.labels, static_cast<int>(setup.info.classes.size()), options.balance,
                 options.seed),
        student_(setup.network, options.precision == Precision::Bfloat16, setup.group.get()),
        method_(makeMethod(options.method)),
        stepStream_(RandomStream::fromSeed(options.seed, "training/step")),
        criterion_(options.selection()) {
    if (const auto preset = methodPreset(options.method)) validationSteps_ = preset->validationSteps;
    models::Network& network = *setup_.network;
    network.train();
    useChannelsLast(network);
    std::vector<NamedParameter> parameters;
    for (const auto& item : network.named_parameters()) {
      item.value().set_requires_grad(true);
      parameters.push_back({item.key(), item.value()});
    }
    optimiser_ = std::make_unique<Optimiser>(std::move(parameters), options.optimiser);
    if (options.emaDecay > 0 || options.swaFrom > 0)
      average_ = std::make_unique<WeightAverage>(network, options.emaDecay);
    if (!setup.validation.items.empty()) {
      shadow_ = models::cloneNetwork(network);
      useChannelsLast(*shadow_);
      classifier_ = models::makeClassifier(shadow_, setup.info, setup.device);
    }
    if (group_) {
      if (options.batchSize < 2 * group_->size())
        throw Error(ErrorCode::InvalidArgument, "must be at least twice the number of processes",
                    "batch_size");
      group_->requireEqual(std::hash<std::string>{}(setup.identity.dump()),
                           "the processes of this training were started with different options or data");
    }
    stepsPerEpoch_ = makeLoader(1, 0)->batches();
    if (stepsPerEpoch_ == 0)
      throw Error(ErrorCode::InputRejected, "there are too few training images for one step");

    MethodSetup begin;
    begin.classes = static_cast<int>(setup.info.classes.size());
    begin.classNames = setup.info.classes;
    begin.epochs = options.epochs;
    begin.stepsPerEpoch = stepsPerEpoch_;
    begin.classCounts.assign(setup.info.classes.size(), 0);
    for (const int label : setup.train.labels) ++begin.classCounts.at(static_cast<std::size_t>(label));
    if (options.balance == ClassBalance::Weights)
      begin.classWeights = balancedClassWeights(setup.train.labels, begin.classes);
    begin.device = setup.device;
    begin.seed = options.seed;
    if (options.schedule.kind == ScheduleKind::Step) begin.milestones = options.schedule.milestones;
    begin.network = setup.network;
    begin.teacher = setup.teacher;
    begin.cleanTeacher = setup.cleanTeacher;
    const MethodTeachers needed = teachersOf(options.method);
    if (needed.robust && !setup.teacher)
      throw Error(ErrorCode::InvalidArgument, "the method needs a robust teacher", "teacher");
    if (needed.clean && !setup.cleanTeacher)
      throw Error(ErrorCode::InvalidArgument, "the method needs a naturally trained teacher",
                  "clean_teacher");
    begin.validationSamples = static_cast<std::int64_t>(setup.validation.items.size());
    begin.visitValidation = [this](const BatchVisitor& visit) { return visitValidation(visit); };
    begin.evaluateStudent = [this](int steps) -> std::optional<RobustFigures> {
      copyState(*setup_.network, *shadow_);
      copyArchitectureState();
      RobustFigures figures;
      if (!evaluateShadow(steps, figures.clean, &figures.robust, true)) return std::nullopt;
      return figures;
    };
    method_->begin(begin);
    copyArchitectureState();
    chooseRobustItems();
  }

  TrainerResult run() {
    if (setup_.resume) restore();
    while (epoch_ <= options_.epochs && !result_.stoppedEarly) {
      if (!trainEpoch() || !finishEpoch()) {
        result_.outcome = Outcome::Cancelled;
        break;
      }
    }
    if (group_) {
      group_->barrier();  // the checkpoint of the first process is complete
      if (!writes() && result_.selectedEpoch > 0) store_.load();
    }
    takeSelected();
    if (result_.outcome == Outcome::Completed && !method_->finish(*setup_.network))
      result_.outcome = Outcome::Cancelled;
    return std::move(result_);
  }

 private:
  /// Where there are several processes, a stop is known to all of them at once: see agreeOnStop().
  static RunContext contextOf(const RunContext& context, const ProcessGroup& group,
                              const std::stop_source& stop) {
    return {stop.get_token(), group.rank() == 0 ? context.sink() : nullptr};
  }
  void agreeOnStop() {
    if (group_ && group_->any(callerContext_.stopRequested())) stop_.request_stop();
  }
  /// Only one process writes the run's files.
  bool writes() const { return !group_ || group_->rank() == 0; }

  /// Settings beside the tensors that a method may have changed.
  void copyArchitectureState() {
    const auto* state = dynamic_cast<const models::ArchitectureState*>(setup_.network.get());
    if (state && shadow_)
      dynamic_cast<models::ArchitectureState&>(*shadow_).setArchitectureState(state->architectureState());
  }

  void chooseRobustItems() {
    const auto& all = setup_.validation;
    const std::size_t count = all.items.size();
    std::size_t wanted = count;
    if (options_.robustImages > 0) wanted = std::min(count, static_cast<std::size_t>(options_.robustImages));
    for (std::size_t i = 0; i < wanted; ++i) {
      robustItems_.push_back(all.items[i * count / wanted]);
      robustLabels_.push_back(all.labels[i * count / wanted]);
    }
  }

  EvaluationOptions evaluationOptions() const {
    EvaluationOptions evaluation;
    evaluation.batchSize = options_.batchSize;
    evaluation.loaderThreads = setup_.loaderThreads;
    return evaluation;
  }

  /// Clean and, where asked for, robust figures of the shadow network; false when a stop was requested.
  bool evaluateShadow(int steps, EvaluationResult& clean, EvaluationResult* robust, bool wholePart = false) {
    auto figures = evaluateCached(*classifier_, setup_.validation.cache, setup_.validation.items,
                                  setup_.validation.labels, evaluationOptions(), context_);
    if (!figures) return false;
    clean = std::move(*figures);
    if (!robust) return true;
    RobustEvaluationOptions attack;
    attack.steps = steps;
    attack.seed = options_.seed;
    auto attacked = evaluateCachedRobust(
        *classifier_, setup_.validation.cache, wholePart ? setup_.validation.items : robustItems_,
        wholePart ? setup_.validation.labels : robustLabels_, evaluationOptions(), attack, context_);
    if (!attacked) return false;
    *robust = std::move(*attacked);
    return true;
  }

  bool visitValidation(const BatchVisitor& visit) {
    std::vector<LoadItem> list;
    for (std::size_t i = 0; i < setup_.validation.items.size(); ++i)
      list.push_back({setup_.validation.items[i], setup_.validation.labels[i], 0, 0});
    LoaderOptions loading;
    loading.batchSize = options_.batchSize;
    loading.inputSize = setup_.info.inputSize;
    loading.threads = setup_.loaderThreads;
    BatchLoader loader(setup_.validation.cache, std::move(list), loading);
    const bool cuda = setup_.device == DeviceKind::Cuda;
    Batch batch;
    while (loader.next(batch)) {
      if (context_.stopRequested()) return false;
      visit(cuda ? batch.images.to(torch::kCUDA) : batch.images,
            cuda ? batch.labels.to(torch::kCUDA) : batch.labels, batch.index);
    }
    return true;
  }

  std::unique_ptr<BatchLoader> makeLoader(int epoch, std::int64_t firstBatch, bool augmented = true) const {
    std::vector<LoadItem> items;
    for (const Draw& draw : sampler_.epochOrder(epoch)) {
      const auto i = static_cast<std::size_t>(draw.item);
      items.push_back({setup_.train.items[i], setup_.train.labels[i], draw.item, draw.repetition});
    }
    LoaderOptions loading;
    loading.batchSize = options_.batchSize;
    loading.inputSize = setup_.info.inputSize;
    if (augmented) loading.augment = options_.augment;
    loading.seed = options_.seed;
    loading.epoch = epoch;
    loading.threads = setup_.loaderThreads;
    loading.firstBatch = firstBatch;
    loading.smallestBatch = group_ ? std::max(2, group_->size()) : 2;
    return std::make_unique<BatchLoader>(setup_.train.cache, std::move(items), loading);
  }

  /// False when a stop was requested; the state is then saved.
  bool trainEpoch() {
    if (step_ >= stepsPerEpoch_) return true;  // resumed between the last step and validation
    if (!begun_) {
      if (!method_->beginEpoch(student_, epoch_)) {
        save(nullptr);
        return false;
      }
      begun_ = true;
    }
    setup_.network->train();
    const auto loader = makeLoader(epoch_, step_);
    const auto begin = Clock::now();
    const double secondsBefore = sums_.trainSeconds, idleBefore = sums_.idleSeconds;
    const auto clock = [&] {
      sums_.trainSeconds = secondsBefore + secondsSince(begin);
      sums_.idleSeconds = idleBefore + loader->waitedSeconds();
    };
    Batch batch;
    while (true) {
      agreeOnStop();
      if (context_.stopRequested()) {
        clock();
        save(nullptr);
        return false;
      }
      if (secondsSince(lastSave_) > options_.checkpointSeconds) {
        clock();
        save(nullptr);
      }
      if (!loader->next(batch)) break;
      trainStep(batch);
      ++step_;
      clock();
      reportTraining();
    }
    return true;
  }

  void trainStep(const Batch& batch) {
    const bool cuda = setup_.device == DeviceKind::Cuda;
    StepInput input{cuda ? batch.images.to(torch::kCUDA) : batch.images,
                    cuda ? batch.labels.to(torch::kCUDA) : batch.labels,
                    batch.cacheItems,
                    epoch_,
                    step_,
                    stepStream_.child("epoch", static_cast<std::uint64_t>(epoch_))
                        .child("step", static_cast<std::uint64_t>(step_))};
    // Dropout and the like draw from torch's global generator: seeding it per step leaves no state to save.
    torch::manual_seed(input.random.child("torch").nextU64());
    optimiser_->zeroGradients();
    StepOutput output = method_->computeLoss(student_, input);
    const double loss = output.loss.item<double>();
    const std::int64_t count = batch.labels.size(0);
    sums_.learningRate = options_.optimiser.learningRate *
                         scheduleFactor(options_.schedule, epoch_, step_, stepsPerEpoch_, options_.epochs);
    bool taken = std::isfinite(loss);
    if (taken) {
      output.loss.backward();
      if (group_) group_->sum(optimiser_->gradients());
      method_->adjustGradients(*setup_.network);
      const double norm = optimiser_->gradientNorm();
      taken = std::isfinite(norm);
      if (taken) {
        const double clip = options_.optimiser.clipNorm;
        optimiser_->step(sums_.learningRate, clip > 0 && norm > clip ? clip / norm : 1.0);
        if (options_.emaDecay > 0) average_->update(*setup_.network);
      }
    }
    method_->stepDone(taken);
    sums_.seen += count;
    if (!taken) {
      ++sums_.skipped;
      ++result_.skippedSteps;
      if (++nonFiniteInARow_ >= kMaxNonFiniteSteps)
        throw Error(ErrorCode::InputRejected,
                    "training diverged: " + std::to_string(kMaxNonFiniteSteps) +
                        " steps in a row had a loss or gradient that is not finite (epoch " +
                        std::to_string(epoch_) + ", batch " + std::to_string(step_ + 1) +
                        ", term: " + output.lossTerms + "); try a lower learning rate");
      return;
    }
    nonFiniteInARow_ = 0;
    sums_.loss += loss * static_cast<double>(count);
    sums_.lossSamples += count;
    sums_.correct += output.logits.detach().argmax(1).eq(input.labels).sum().item<std::int64_t>();
  }

  /// Validation, selection, the method's update, checkpoint. False when a stop was requested.
  bool finishEpoch() {
    const auto begin = Clock::now();
    agreeOnStop();
    EpochRecord record;
    record.epoch = epoch_;
    record.learningRate = sums_.learningRate;
    record.trainLoss = sums_.lossSamples > 0 ? sums_.loss / static_cast<double>(sums_.lossSamples)
                                             : std::numeric_limits<double>::quiet_NaN();
    record.trainAccuracy = sums_.lossSamples > 0
                               ? static_cast<double>(sums_.correct) / static_cast<double>(sums_.lossSamples)
                               : std::numeric_limits<double>::quiet_NaN();
    record.skippedSteps = sums_.skipped;
    const bool meanTaken = options_.swaFrom > 0 && epoch_ >= options_.swaFrom && !swaTaken_;
    if (meanTaken) {
      average_->updateMean(*setup_.network);
      swaTaken_ = true;
    }
    models::TensorMap best;
    if (classifier_) {
      writeEvaluated(*shadow_);
      const bool robust = needsRobustAccuracy(criterion_) || methodPreset(options_.method);
      record.robustValidated = robust;
      if (!estimateNorm(*shadow_) ||
          !evaluateShadow(validationSteps_, record.validation, robust ? &record.robust : nullptr)) {
        save(nullptr);
        return false;
      }
      record.validated = true;
      record.best = result_.selectedEpoch == 0 || isBetter(record, selected_, criterion_);
      if (record.best) best = copiesOf(*shadow_);
    } else {
      record.best = true;
    }
    setup_.network->train();
    if (!method_->endEpoch(student_, record) || !judgeAveraged(record, best)) {
      save(nullptr);
      return false;
    }
    if (record.best) {
      result_.selectedEpoch = epoch_;
      selected_ = record;
    }
    record.seconds = sums_.trainSeconds + sums_.otherSeconds + secondsSince(begin);
    record.imagesPerSecond =
        sums_.trainSeconds > 0 ? static_cast<double>(sums_.seen) / sums_.trainSeconds : 0;
    record.idleShare = sums_.trainSeconds > 0 ? sums_.idleSeconds / sums_.trainSeconds : 0;
    result_.history.push_back(record);
    const bool keep = record.best && classifier_;
    ++epoch_;
    step_ = 0;
    begun_ = false;
    swaTaken_ = false;
    sums_ = {};
    result_.stoppedEarly = options_.patience > 0 && epoch_ <= options_.epochs &&
                           record.epoch - result_.selectedEpoch >= options_.patience;
    save(keep ? &best : nullptr);
    if (!writes()) return true;
    writeHistory(setup_.runFolder, result_.history, setup_.info.classes);
    reportEpoch(record);
    if (observer_) observer_(record);
    return true;
  }

  /// Evaluates the method's own averaged model, where there is one, and lets it compete. The record then
  /// describes the better of the two; the other one's figures are kept beside it.
  bool judgeAveraged(EpochRecord& record, models::TensorMap& best) {
    if (!classifier_ || !method_->copyAveraged(*shadow_)) return true;
    EpochRecord averaged = record;
    if (!estimateNorm(*shadow_) || !evaluateShadow(validationSteps_, averaged.validation,
                                                   record.robustValidated ? &averaged.robust : nullptr))
      return false;
    const auto note = [&record](const std::string& prefix, const EpochRecord& of) {
      record.extra[prefix + "_accuracy"] = of.validation.accuracy;
      if (!of.robustValidated) return;
      record.extra[prefix + "_robust_accuracy"] = of.robust.accuracy;
      record.extra[prefix + "_robust_worst_class"] = of.robust.worstClassAccuracy();
    };
    const EpochRecord plain = record;
    note("plain", plain);
    note("averaged", averaged);
    const bool better = isBetter(averaged, record, criterion_);
    record.extra["averaged_selected"] = better ? 1 : 0;
    if (!better) return true;
    record.validation = averaged.validation;
    record.robust = averaged.robust;
    record.best = result_.selectedEpoch == 0 || isBetter(record, selected_, criterion_);
    if (record.best) best = copiesOf(*shadow_);
    return true;
  }

  void reportEpoch(const EpochRecord& record) const {
    std::string note = "epoch " + std::to_string(record.epoch);
    char text[120];
    if (record.validated) {
      std::snprintf(text, sizeof text, ", clean %.1f %%", 100 * record.validation.accuracy);
      note += text;
    }
    if (record.robustValidated) {
      std::snprintf(text, sizeof text, ", robust %.1f %%, worst class %.1f %%", 100 * record.robust.accuracy,
                    100 * record.robust.worstClassAccuracy());
      note += text;
    }
    for (const auto& [name, value] : record.extra) {
      std::snprintf(text, sizeof text, ", %s %.4g", name.c_str(), value);
      note += text;
    }
    context_.report({"epoch", record.epoch, options_.epochs, note});
  }

  /// The weights that are validated and kept: the average where there is one.
  void writeEvaluated(models::Network& target) const {
    if (average_ && average_->updates() > 0)
      average_->copyTo(target);
    else
      copyState(*setup_.network, target);
  }

  /// False when a stop was requested.
  bool estimateNorm(models::Network& network) {
    NormStatistics statistics(network);
    if (options_.normImages == 0 || !statistics.needed()) return true;
    const auto loader = makeLoader(1, 0, false);
    const std::int64_t batches =
        std::max<std::int64_t>(1, std::min<std::int64_t>(options_.normImages, sampler_.drawsPerEpoch()) /
                                      options_.batchSize);  // whole batches: each counts the same
    Batch batch;
    for (std::int64_t i = 0; i < batches && loader->next(batch); ++i) {
      if (context_.stopRequested()) return false;
      statistics.add(setup_.device == DeviceKind::Cuda ? batch.images.to(torch::kCUDA) : batch.images);
    }
    return true;
  }

  void takeSelected() {
    models::Network& network = *setup_.network;
    optimiser_->zeroGradients();
    if (classifier_ && result_.selectedEpoch > 0) {
      models::loadStateDict(network, store_.loadBest());
    } else if (result_.outcome == Outcome::Completed) {
      if (average_ && average_->updates() > 0) average_->copyTo(network);
      if (!estimateNorm(network)) result_.outcome = Outcome::Cancelled;
    }
    network.eval();
  }

  void save(const models::TensorMap* best) {
    if (!writes()) return;
    Checkpoint checkpoint;
    for (auto& [name, value] : tensorsOf(*setup_.network)) checkpoint.tensors["model." + name] = value;
    optimiser_->saveState(checkpoint.tensors, "optimiser.");
    if (average_) average_->saveState(checkpoint.tensors, "average.");
    models::TensorMap methodTensors;
    Json methodJson = Json::object();
    method_->saveState(methodTensors, methodJson);
    for (auto& [name, value] : methodTensors) checkpoint.tensors["method." + name] = value;
    Json history = Json::array();
    for (const EpochRecord& record : result_.history) history.push_back(toJson(record));
    checkpoint.state = {{"identity", setup_.identity},
                        {"epoch", epoch_},
                        {"step", step_},
                        {"begun", begun_},
                        {"swa_taken", swaTaken_},
                        {"sums", sums_.toJson()},
                        {"non_finite_in_a_row", nonFiniteInARow_},
                        {"skipped_steps", result_.skippedSteps},
                        {"selected_epoch", result_.selectedEpoch},
                        {"stopped_early", result_.stoppedEarly},
                        {"average_updates", average_ ? average_->updates() : 0},
                        {"method", methodJson},
                        {"history", history}};
    store_.save(std::to_string(epoch_) + "-" + std::to_string(step_), checkpoint, best);
    lastSave_ = Clock::now();
  }

  void restore() {
    const auto checkpoint = store_.load();
    if (!checkpoint) return;
    const Json& state = checkpoint->state;
    if (state.at("identity") != setup_.identity)
      throw Error(ErrorCode::InvalidArgument,
                  "the run in this folder was started with other options or data (" +
                      firstDifference(state.at("identity"), setup_.identity) +
                      " differs); it cannot be resumed",
                  setup_.runFolder.string());
    epoch_ = state.at("epoch").get<int>();
    step_ = state.at("step").get<std::int64_t>();
    begun_ = state.at("begun").get<bool>();
    swaTaken_ = state.at("swa_taken").get<bool>();
    sums_ = EpochSums::fromJson(state.at("sums"));
    nonFiniteInARow_ = state.at("non_finite_in_a_row").get<int>();
    result_.skippedSteps = state.at("skipped_steps").get<std::int64_t>();
    result_.selectedEpoch = state.at("selected_epoch").get<int>();
    result_.stoppedEarly = state.at("stopped_early").get<bool>();
    for (const Json& record : state.at("history")) result_.history.push_back(epochRecordFromJson(record));
    for (const EpochRecord& record : result_.history)
      if (record.epoch == result_.selectedEpoch) selected_ = record;
    result_.resumedAtEpoch = epoch_;

    models::TensorMap model, method;
    for (const auto& [name, value] : checkpoint->tensors) {
      if (name.starts_with("model.")) model[name.substr(6)] = value;
      if (name.starts_with("method.")) method[name.substr(7)] = value;
    }
    models::loadStateDict(*setup_.network, model);
    optimiser_->loadState(checkpoint->tensors, "optimiser.");
    if (average_)
      average_->loadState(checkpoint->tensors, "average.", state.at("average_updates").get<std::int64_t>());
    method_->loadState(method, state.at("method"));
  }

  void reportTraining() const {
    char note[160];
    std::snprintf(note, sizeof note, "epoch %d/%d, loss %.3f, %.0f images/s, waiting %.1f %%", epoch_,
                  options_.epochs,
                  sums_.lossSamples > 0 ? sums_.loss / static_cast<double>(sums_.lossSamples) : 0.0,
                  sums_.trainSeconds > 0 ? static_cast<double>(sums_.seen) / sums_.trainSeconds : 0.0,
                  sums_.trainSeconds > 0 ? 100 * sums_.idleSeconds / sums_.trainSeconds : 0.0);
    context_.report({"train", (epoch_ - 1) * stepsPerEpoch_ + step_, options_.epochs * stepsPerEpoch_, note});
  }

  const TrainerOptions& options_;
  const TrainerSetup& setup_;
  const RunContext& callerContext_;
  std::stop_source stop_;
  const RunContext context_;
  const EpochObserver& observer_;
  const ProcessGroup* group_;
  CheckpointStore store_;
  EpochSampler sampler_;
  Student student_;
  std::unique_ptr<TrainingMethod> method_;
  RandomStream stepStream_;
  SelectionCriterion criterion_;
  int validationSteps_ = MethodPreset{}.validationSteps;
  std::vector<std::int64_t> robustItems_;
  std::vector<int> robustLabels_;
  std::unique_ptr<Optimiser> optimiser_;
  std::unique_ptr<WeightAverage> average_;
  std::shared_ptr<models::Network> shadow_;  // holds what is validated, so the trained one keeps its mode
  models::ClassifierPtr classifier_;
  std::int64_t stepsPerEpoch_ = 0;

  int epoch_ = 1;
  std::int64_t step_ = 0;  // steps done in this epoch
  bool begun_ = false;     // the method has begun this epoch
  bool swaTaken_ = false;  // this epoch's weights are in the mean already
  EpochSums sums_;
  int nonFiniteInARow_ = 0;
  EpochRecord selected_;
  Clock::time_point lastSave_ = Clock::now();
  TrainerResult result_;
};

}  // namespace

TrainerResult runTraining(const TrainerOptions& options, const TrainerSetup& setup, const RunContext& context,
                          const EpochObserver& observer) {
  throwIfInvalid(options.validate());
  return Run(options, setup, context, observer).run();
}

}  // namespace medlocker::training
