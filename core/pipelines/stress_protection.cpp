// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/stress_protection.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <memory>

#include "core/audit/report/picture.h"
#include "core/common/files.h"
#include "core/data/manifest.h"
#include "core/pipelines/fine_tune_attack.h"
#include "core/pipelines/model_set.h"
#include "core/pipelines/owner_images.h"
#include "core/pipelines/protected_files.h"
#include "core/pipelines/recorded_logo.h"
#include "core/pipelines/stress_report.h"
#include "core/pipelines/view_predictor.h"
#include "core/protect/compositor.h"
#include "core/protect/removal.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
namespace cert = certificate;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kChunk = 6;  ///< images predicted at once; memory, not results, depends on it
/// A share of nothing is no share: below this loss of accuracy there is nothing to recover.
constexpr double kLeastLoss = 0.005;

/// Versions of an image, by index.
enum Version : std::size_t {
  kClean,
  kProtected,
  kBlackout,
  kMeanFill,
  kInpaintNs,
  kInpaintTelea,
  kReverseKnown,
  kReverseConstant,
  kReverseLogoOnly,
  kMultiImage,
  kVersions
};

struct AttackName {
  Version version;
  const char* name;
  const char* adversary;
};
constexpr AttackName kAttacks[] = {{kBlackout, "blackout", "T2"},
                                   {kMeanFill, "mean-fill", "T2"},
                                   {kInpaintNs, "inpaint-navier-stokes", "T2"},
                                   {kInpaintTelea, "inpaint-fast-marching", "T2"},
                                   {kReverseKnown, "reverse-known", "T3"},
                                   {kReverseConstant, "reverse-constant-opacity", "T3"},
                                   {kReverseLogoOnly, "reverse-logo-only", "T3"},
                                   {kMultiImage, "multi-image", "T3"}};

/// The logo of one image, as its record says.
struct KnownLogo {
  std::shared_ptr<const protect::TargetTile> tile;
  std::vector<protect::PlacedTile> placed;  ///< refers to `tile`; empty: the tile could not be made again
  std::vector<data::Box> boxes;
  protect::OpacityLaw law = protect::OpacityLaw::Matte;
};

class Stress {
 public:
  Stress(const StressProtectionOptions& options, const RunContext& context)
      : options_(options),
        context_(context),
        images_(options.run, cert::readOwnerSecretKey(options.ownerKey, secretOf(options.passphrase))) {}

  StressProtectionSummary run() {
    open();
    if (!attackAll() || !attackWithEstimate()) {
      summary_.outcome = Outcome::Cancelled;
      return std::move(summary_);
    }
    summarise();
    if (options_.fineTune && !fineTuneAll()) summary_.outcome = Outcome::Cancelled;
    return std::move(summary_);
  }

 private:
  void open() {
    device_ = resolveDevice(options_.device).kind;
    models_ = openModels(options_.models, device_);
    const cert::PublicCertificate& certificate = images_.run().certificate;
    summary_.runId = toHex(certificate.runId);
    manifest_ = data::openDataset(options_.run / kImagesFolder);
    for (const data::Sample& sample : manifest_.samples) {
      std::string name = sample.path.lexically_relative(options_.run).generic_string();
      if (sample.array) name += "/" + sample.array->array + "/" + std::to_string(sample.array->index);
      samples_[name] = &sample;
    }
    for (const models::ClassifierPtr& model : models_) {
      labelMaps_.emplace_back(manifest_, model->info());
      StressedModel stressed;
      stressed.name = model->info().name;
      stressed.sha256 = model->info().sha256;
      stressed.role = "target";
      for (const cert::ModelFingerprint& source : certificate.models)
        if (source.role == "source" && toHex(source.sha256) == stressed.sha256) stressed.role = "source";
      summary_.models.push_back(std::move(stressed));
    }
    fs::path logo = options_.logo.value_or(fs::path());
    if (logo.empty() && fs::exists(options_.run / "run.json")) {
      const Json record = parseJsonStrictly(readTextFile(options_.run / "run.json"));
      logo = record.value("options", Json::object()).value("logo", std::string());
    }
    if (!logo.empty() && fs::exists(logo)) logo_ = protect::loadLogo(logo);
    if (!logo_)
      summary_.notices.emplace_back(
          "the clean logo file was not found, so the attacks that use it are missing (--logo names it)");
    else if (logo_->sha256 != certificate.logoSha256)
      throw Error(ErrorCode::InputRejected, "is not the logo of this run", logo.string());

    const auto& records = images_.run().list.records;
    const auto all = static_cast<std::int64_t>(records.size());
    const std::int64_t wanted = options_.limit > 0 ? std::min(options_.limit, all) : all;
    for (std::int64_t i = 0; i < wanted; ++i)
      records_.push_back(&records[static_cast<std::size_t>(i * all / wanted)].record);
    truth_.resize(models_.size());
    predicted_.assign(models_.size(), std::vector<std::vector<int>>(kVersions));
    if (records_.size() < protect::kMultiImageFiles)
      summary_.notices.push_back("the multi-image estimate had " + std::to_string(records_.size()) +
                                 " images; with 50 and more it is stronger");
  }

  /// The tile is made again from the record; where that fails, what needs it is left out.
  KnownLogo logoOf(const cert::PrivateRecord& record, const OwnerImages::Pair& pair) {
    KnownLogo known;
    known.law = protect::parseOpacityLaw(record.law);
    const data::Box box{static_cast<int>(record.x), static_cast<int>(record.y),
                        static_cast<int>(record.x + record.w), static_cast<int>(record.y + record.h)};
    known.boxes = {box};
    if (!logo_) return known;
    try {
      const RecordedLogos logos = rebuildLogos(record, *logo_);
      known.law = logos.law;
      known.tile = std::make_shared<const protect::TargetTile>(
          protect::makeTargetTile(logos.tile, pair.original, data::displayWindow(pair.original)));
      known.boxes.clear();
      for (const protect::FilePlacement& at : logos.placements) {
        known.placed.push_back({known.tile.get(), at.x, at.y, at.alphaCode});
        known.boxes.push_back({at.x, at.y, at.x + logos.tile.width, at.y + logos.tile.height});
      }
    } catch (const Error&) {
      known.placed.clear();
      known.boxes = {box};
    }
    return known;
  }

  /// Everything but the multi-image estimate, which needs all images first. False when cancelled.
  bool attackAll() {
    for (std::size_t i = 0; i < records_.size(); ++i) {
      if (context_.stopRequested()) return false;
      const cert::PrivateRecord& record = *records_[i];
      const std::string name = images_.fileOf(record);
      context_.report(
          {"Attacking", static_cast<std::int64_t>(i), static_cast<std::int64_t>(records_.size()), name});
      try {
        attackOne(record, name);
        usable_.push_back(i);
      } catch (const Error& e) {
        if (e.code() == ErrorCode::Internal) throw;
        summary_.issues.push_back({name.empty() ? toHex(record.imageId) : name, e.what(), true});
      }
      if (inputs_.size() == kChunk) predictChunk();
    }
    predictChunk();
    summary_.images = static_cast<std::int64_t>(usable_.size());
    if (usable_.empty())
      throw Error(ErrorCode::InputRejected, "no image of the run could be read", options_.run.string());
    return true;
  }

  void attackOne(const cert::PrivateRecord& record, const std::string& name) {
    const OwnerImages::Pair pair = images_.read(record);
    const KnownLogo known = logoOf(record, pair);
    const data::ValueWindow window = data::displayWindow(pair.marked);
    const data::FloatImage marked = data::floatView(pair.marked, window);
    const data::FieldOfView fov = data::detectFieldOfView(marked);
    std::vector<std::optional<data::FloatImage>> views(kVersions);
    views[kClean] = data::floatView(pair.original);
    views[kProtected] = marked;
    // The exact mask is what the logo changed.
    std::vector<std::uint8_t> support(static_cast<std::size_t>(marked.width) * marked.height);
    for (int y = 0; y < marked.height; ++y)
      for (int x = 0; x < marked.width; ++x)
        for (int c = 0; c < pair.original.channels(); ++c)
          if (pair.original.sample(x, y, c) != pair.marked.sample(x, y, c))
            support[static_cast<std::size_t>(y) * marked.width + x] = 1;
    std::vector<data::Box> boxes{protect::changedBox(pair.original, pair.marked)};
    if (!known.placed.empty()) boxes = known.boxes;
    const std::vector<std::uint8_t> mask =
        protect::dilateMask(support, marked.width, marked.height, protect::kInpaintDilation);
    views[kBlackout] = protect::blackOut(marked, boxes);
    views[kMeanFill] = protect::fillWithMean(marked, boxes, fov);
    views[kInpaintNs] = protect::inpaint(marked, mask, protect::InpaintMethod::NavierStokes);
    views[kInpaintTelea] = protect::inpaint(marked, mask, protect::InpaintMethod::FastMarching);
    if (!known.placed.empty()) {
      views[kReverseKnown] =
          data::floatView(protect::reverseBlend(pair.marked, known.placed, known.law), window);
      views[kReverseConstant] =
          data::floatView(protect::reverseConstantBlend(pair.marked, known.placed, known.law), window);
    } else if (logo_) {
      ++unmade_;
    }
    if (logo_) {
      const auto guess = protect::locateLogo(marked, fov, *logo_);
      if (guess) {
        views[kReverseLogoOnly] = protect::reverseGuess(marked, *logo_, *guess);
        const data::Box common = intersect(guess->box, known.boxes.front());
        const std::int64_t joined = guess->box.area() + known.boxes.front().area() - common.area();
        located_ += static_cast<double>(common.area()) > 0.5 * static_cast<double>(joined);
      } else {
        views[kReverseLogoOnly] = marked;
      }
    }
    estimate_.add(marked, known.boxes.front());
    if (summary_.examples.size() < static_cast<std::size_t>(std::max(0, options_.examples)))
      summary_.examples.push_back(exampleOf(name, pair, known, views));
    queue(name, views);
  }

  std::string exampleOf(const std::string& name, const OwnerImages::Pair& pair, const KnownLogo& known,
                        const std::vector<std::optional<data::FloatImage>>& views) const {
    namespace report = audit::report;
    const auto picture = [&](std::size_t version, const char* caption) {
      report::Picture out;
      out.caption = caption;
      if (!views[version]) return out;
      data::Image image(pair.original.width(), pair.original.height(), 3);
      const auto samples = image.samples8();
      for (std::size_t i = 0; i < samples.size(); ++i)
        samples[i] = static_cast<std::uint8_t>(std::lround(255 * views[version]->values[i]));
      out.dataUri = report::thumbnailUri(image, 256);
      out.width = image.width();
      out.height = image.height();
      return out;
    };
    std::vector<report::Picture> row{picture(kClean, "Original"), picture(kProtected, "Protected"),
                                     picture(kInpaintTelea, "Inpainted (fast marching)"),
                                     picture(kReverseLogoOnly, "Blend reversed with the logo file alone")};
    for (const data::Box& box : known.boxes) row[1].boxes.push_back({box, report::PictureBox::Kind::Logo});
    return report::pictureRowHtml(name, row);
  }

  void queue(const std::string& name, std::vector<std::optional<data::FloatImage>>& views) {
    std::vector<std::vector<std::optional<data::FloatImage>>> inputs(models_.size());
    for (auto& of : inputs) of.resize(views.size());
    for (std::size_t v = 0; v < views.size(); ++v) {
      if (!views[v]) continue;
      const PictureView view = pictureView(std::move(*views[v]));
      for (std::size_t m = 0; m < models_.size(); ++m) inputs[m][v] = modelInput(*models_[m], view);
    }
    inputs_.push_back(std::move(inputs));
    const auto sample = samples_.find(name);
    for (std::size_t m = 0; m < models_.size(); ++m)
      truth_[m].push_back(sample == samples_.end() ? std::nullopt : labelMaps_[m](*sample->second));
  }

  /// Predictions of everything queued; versions that were not made keep −1.
  void predictChunk(std::optional<std::size_t> only = std::nullopt) {
    for (std::size_t m = 0; m < models_.size(); ++m)
      for (std::size_t v = 0; v < kVersions; ++v) {
        if (only ? v != *only : v == kMultiImage) continue;
        std::vector<const data::FloatImage*> list;
        for (const auto& image : inputs_)
          if (image[m][v]) list.push_back(&*image[m][v]);
        const std::vector<ViewPrediction> predictions = predictInputs(*models_[m], list);
        std::size_t next = 0;
        for (const auto& image : inputs_)
          predicted_[m][v].push_back(image[m][v] ? predictions[next++].predicted : -1);
      }
    inputs_.clear();
  }

  bool attackWithEstimate() {
    if (estimate_.images() < 3) {
      for (auto& model : predicted_) model[kMultiImage].assign(usable_.size(), -1);
      return true;
    }
    estimate_.estimate();
    for (std::size_t k = 0; k < usable_.size(); ++k) {
      if (context_.stopRequested()) return false;
      const cert::PrivateRecord& record = *records_[usable_[k]];
      context_.report({"Attacking with an estimate", static_cast<std::int64_t>(k),
                       static_cast<std::int64_t>(usable_.size()), images_.fileOf(record)});
      const OwnerImages::Pair pair = images_.read(record);
      const KnownLogo known = logoOf(record, pair);
      const data::FloatImage marked = data::floatView(pair.marked);
      const data::FloatImage removed = estimate_.remove(marked, known.boxes.front());
      const PictureView view = pictureView(removed);
      std::vector<std::vector<std::optional<data::FloatImage>>> inputs(models_.size());
      for (std::size_t m = 0; m < models_.size(); ++m) {
        inputs[m].resize(kVersions);
        inputs[m][kMultiImage] = modelInput(*models_[m], view);
      }
      inputs_.push_back(std::move(inputs));
      if (inputs_.size() == 4 * kChunk) predictChunk(kMultiImage);
    }
    predictChunk(kMultiImage);
    return true;
  }

  std::optional<int> truthOf(std::size_t m, std::size_t image) const {
    return summary_.models[m].labelOrigin == "pseudo" ? std::optional<int>(predicted_[m][kClean][image])
                                                      : truth_[m][image];
  }

  /// Accuracies over the images where all three exist. `attacked`: class per image, −1: none.
  StressResult resultOf(std::size_t m, const std::vector<int>& attacked) const {
    const models::ModelInfo& info = models_[m]->info();
    const auto rate = [&](const std::vector<int>& predicted) {
      audit::PredictionSet set;
      set.classes = static_cast<int>(info.classes.size());
      for (std::size_t i = 0; i < attacked.size(); ++i) {
        const std::optional<int> truth = truthOf(m, i);
        if (!truth || attacked[i] < 0 || predicted[i] < 0) continue;
        set.truth.push_back(*truth);
        set.cleanPredicted.push_back(predicted_[m][kClean][i]);
        set.predicted.push_back(predicted[i]);
        set.trueProbability.push_back(0);
      }
      return audit::computeModelMetrics(
          set, info.referableFrom, options_.bootstrapResamples,
          RandomStream::fromSeed(options_.seed, "stress/bootstrap/" + info.sha256));
    };
    StressResult result;
    const audit::ModelMetrics after = rate(attacked);
    result.images = after.samples;
    result.attacked = after.accuracy;
    result.clean = rate(predicted_[m][kClean]).accuracy;
    result.protectedImages = rate(predicted_[m][kProtected]).accuracy;
    const double loss = result.clean.value - result.protectedImages.value;
    result.recovered =
        loss >= kLeastLoss ? (result.attacked.value - result.protectedImages.value) / loss : kNaN;
    if (!(loss >= kLeastLoss))
      result.note = "protection cost this model nothing, so there is nothing to recover";
    return result;
  }

  void summarise() {
    for (std::size_t m = 0; m < models_.size(); ++m) {
      StressedModel& model = summary_.models[m];
      const bool any =
          std::any_of(truth_[m].begin(), truth_[m].end(), [](const auto& t) { return t.has_value(); });
      model.labelOrigin = any ? "given" : "pseudo";
      for (const AttackName& attack : kAttacks) {
        StressResult result = resultOf(m, predicted_[m][attack.version]);
        if (result.images == 0) continue;
        result.attack = attack.name;
        result.adversary = attack.adversary;
        model.results.push_back(std::move(result));
      }
    }
    if (logo_ && !usable_.empty())
      summary_.locatedShare = static_cast<double>(located_) / static_cast<double>(usable_.size());
    if (unmade_ > 0)
      summary_.notices.push_back(
          "the logo tile of " + std::to_string(unmade_) +
          " images could not be made again, so the reversals that know it are missing there");
  }

  /// False when cancelled.
  bool fineTuneAll() {
    RandomStream stream = RandomStream::fromSeed(options_.seed, "stress/fine-tune-split");
    std::vector<std::size_t> order(usable_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    stream.shuffle(order);
    const auto count = static_cast<std::size_t>(
        std::max(4.0, std::round(options_.fineTuneShare * static_cast<double>(order.size()))));
    for (std::size_t m = 0; m < models_.size(); ++m) {
      StressedModel& model = summary_.models[m];
      if (model.labelOrigin == "pseudo" || order.size() < 2 * count) {
        summary_.notices.push_back("no fine-tuning of " + model.name +
                                   (model.labelOrigin == "pseudo" ? ": the images have no labels"
                                                                  : ": too few images to train and test on"));
        continue;
      }
      std::vector<data::FloatImage> train;
      std::vector<data::FloatImage> test;
      std::vector<int> labels;
      std::vector<std::size_t> tested;
      for (std::size_t k = 0; k < order.size(); ++k) {
        if (context_.stopRequested()) return false;
        const std::optional<int> truth = truthOf(m, order[k]);
        if (!truth) continue;
        const OwnerImages::Pair pair = images_.read(*records_[usable_[order[k]]]);
        const PictureView view = pictureView(pair.marked);
        if (train.size() < count) {
          train.push_back(modelInput(*models_[m], view));
          labels.push_back(*truth);
        } else {
          test.push_back(modelInput(*models_[m], view));
          tested.push_back(order[k]);
        }
      }
      FineTuneOptions tuning;
      tuning.epochs = options_.fineTuneEpochs;
      tuning.seed = options_.seed;
      const std::vector<int> after =
          fineTuneAndPredict(options_.models[m], device_, train, labels, test, tuning, context_);
      if (after.empty()) return false;
      std::vector<int> attacked(usable_.size(), -1);
      for (std::size_t k = 0; k < tested.size(); ++k) attacked[tested[k]] = after[k];
      StressResult result = resultOf(m, attacked);
      result.attack = "fine-tune";
      result.adversary = "T4";
      if (!result.note.empty()) result.note += "; ";
      result.note += "trained on " + std::to_string(train.size()) + " marked images, judged on the others";
      model.results.push_back(std::move(result));
    }
    return true;
  }

  const StressProtectionOptions& options_;
  const RunContext& context_;
  OwnerImages images_;
  DeviceKind device_ = DeviceKind::Cpu;
  std::vector<models::ClassifierPtr> models_;
  data::Manifest manifest_;
  std::map<std::string, const data::Sample*> samples_;  ///< by path below the run folder
  std::vector<LabelMap> labelMaps_;
  std::optional<protect::Logo> logo_;
  std::vector<const cert::PrivateRecord*> records_;
  std::vector<std::size_t> usable_;  ///< of records_
  protect::MultiImageEstimate estimate_;
  std::vector<std::vector<std::vector<std::optional<data::FloatImage>>>>
      inputs_;                                            ///< [image][model][version]
  std::vector<std::vector<std::optional<int>>> truth_;    ///< [model][image]
  std::vector<std::vector<std::vector<int>>> predicted_;  ///< [model][version][image]
  std::int64_t located_ = 0;
  std::int64_t unmade_ = 0;
  StressProtectionSummary summary_;
};

}  // namespace

std::vector<OptionIssue> StressProtectionOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (run.empty()) issues.push_back({"protected", "is required"});
  if (ownerKey.empty()) issues.push_back({"key", "the owner's secret key is required"});
  if (models.empty()) issues.push_back({"model", "at least one model is required"});
  if (limit < 0) issues.push_back({"limit", "must not be negative"});
  if (!(fineTuneShare > 0 && fineTuneShare <= 0.5))
    issues.push_back({"fine-tune-share", "must be above 0, at most 0.5"});
  if (fineTuneEpochs < 1 || fineTuneEpochs > 1000)
    issues.push_back({"fine-tune-epochs", "must be 1 to 1000"});
  if (bootstrapResamples < 0 || bootstrapResamples > 100000)
    issues.push_back({"bootstrap", "must be 0 to 100000"});
  if (examples < 0 || examples > 100) issues.push_back({"examples", "must be 0 to 100"});
  return issues;
}

StressProtectionSummary stressProtection(const StressProtectionOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  const auto begin = std::chrono::steady_clock::now();
  StressProtectionSummary summary = Stress(options, context).run();
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (!options.out.empty() && summary.outcome == Outcome::Completed)
    writeStress(options.out, options, summary);
  return summary;
}

}  // namespace medlocker::pipelines
