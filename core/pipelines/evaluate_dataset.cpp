// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/evaluate_dataset.h"

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "core/common/files.h"
#include "core/common/run_record.h"
#include "core/data/dicom/frame_sample.h"
#include "core/data/orientation.h"
#include "core/data/working_frame.h"
#include "core/pipelines/evaluation_report.h"
#include "core/pipelines/model_set.h"
#include "core/pipelines/output_plan.h"
#include "core/pipelines/prepared_image.h"
#include "core/pipelines/protected_files.h"
#include "core/pipelines/protected_run.h"
#include "core/protect/candidate_scorer.h"
#include "core/protect/compositor.h"
#include "core/protect/feasibility_plan.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

/// Which version of the images a prediction belongs to; random draws follow Random.
enum Version : std::size_t { kClean = 0, kProtected = 1, kRestored = 2, kRandom = 3 };

/// Predictions of one model, one inner vector per version.
struct ModelRecord {
  std::vector<std::optional<int>> truth;
  std::vector<std::vector<int>> predicted;
  std::vector<std::vector<std::vector<double>>> probabilities;  // [version][image][class]
};

/// Settings of the run that the random baseline repeats.
struct RandomBaseline {
  std::optional<protect::Logo> logo;
  protect::FeasibilityOptions feasibility;
  protect::OpacityLaw law = protect::OpacityLaw::Matte;
  int alphaCode = 0;
};

class Evaluation {
 public:
  Evaluation(const EvaluateDatasetOptions& options, const RunContext& context)
      : options_(options), context_(context), run_(readProtectedRun(options.protectedFolder)) {}

  EvaluateDatasetSummary run() {
    open();
    for (std::size_t begin = 0; begin < pairs_.size(); begin += kChunk) {
      if (context_.stopRequested()) {
        summary_.outcome = Outcome::Cancelled;
        return summary_;
      }
      context_.report({"Evaluating", static_cast<std::int64_t>(begin),
                       static_cast<std::int64_t>(pairs_.size()), manifest_.samples[pairs_[begin]].id});
      evaluateChunk(begin, std::min(begin + kChunk, pairs_.size()));
    }
    context_.report({"Evaluating", static_cast<std::int64_t>(pairs_.size()),
                     static_cast<std::int64_t>(pairs_.size()), ""});
    summarise();
    return summary_;
  }

 private:
  static constexpr std::size_t kChunk = 8;  // images held at a time; memory, not results, depends on it

  void open() {
    data::OpenOptions opening;
    opening.masksFolder = options_.masks;
    if (!opening.masksFolder) {
      const std::string used = run_.options.value("masks", std::string());
      if (!used.empty() && fs::exists(used)) opening.masksFolder = used;
    }
    manifest_ = data::openDataset(options_.original, opening);
    outputs_ = planOutputs(manifest_, run_.options.value("jpeg", std::string("png")));
    models_ = openModels(options_.models, resolveDevice(options_.device).kind);
    for (const models::ClassifierPtr& model : models_) labelMaps_.emplace_back(manifest_, model->info());
    const std::string boxes = run_.options.value("boxes", std::string());
    if (!boxes.empty() && fs::exists(boxes)) edits_ = segmentation::readBoxFile(boxes);

    const fs::path logo =
        options_.logo ? *options_.logo : fs::path(run_.options.value("logo", std::string()));
    if (!logo.empty() && fs::exists(logo) && options_.randomDraws > 0) {
      baseline_.logo = protect::loadLogo(logo);
      baseline_.feasibility.size = protect::SizeFactor::fromDouble(run_.options.value("logo_size", 0.25));
      baseline_.feasibility.cropSafe = run_.options.value("crop_safe", false);
      baseline_.law = protect::parseOpacityLaw(run_.options.value("law", std::string("matte")));
      baseline_.alphaCode = protect::opacityCode(run_.options.value("opacity_high", 0.9));
    } else {
      summary_.notices.emplace_back(
          "the logo of the run was not found, so there is no random baseline (--logo names one)");
    }
    versions_ = kRandom + (baseline_.logo ? static_cast<std::size_t>(options_.randomDraws) : 0);

    for (std::size_t i = 0; i < manifest_.samples.size(); ++i) {
      const auto entry = run_.entries.find(manifest_.samples[i].id);
      if (entry == run_.entries.end())
        summary_.issues.push_back({manifest_.samples[i].id, "is not known to the protected run", true});
      else if (!entry->second.output.empty())
        pairs_.push_back(i);
    }
    if (pairs_.empty())
      throw Error(ErrorCode::InputRejected,
                  "no image of the original dataset has a protected copy in this run",
                  options_.original.string());
    records_.resize(models_.size());
    for (ModelRecord& record : records_) {
      record.predicted.resize(versions_);
      record.probabilities.resize(versions_);
    }
    summary_.statusCounts = run_.statusCounts;
    summary_.visibility.ssim = 0;  // a sum until summarise()
  }

  /// All versions of one image; empty where a version does not exist.
  std::vector<std::optional<data::Image>> versionsOf(const data::Sample& sample,
                                                     const PreparedImage& prepared,
                                                     const OutputTarget& target) {
    std::vector<std::optional<data::Image>> versions(versions_);
    versions[kClean] = prepared.image;
    versions[kProtected] = data::inDisplayOrientation(
        data::readSample(copyOf(sample, target, run_.folder / kImagesFolder)).image);
    if (options_.restored) {
      const data::Sample restored = copyOf(sample, target, *options_.restored);
      ++summary_.restoredCompared;
      if (!fs::exists(restored.path)) {
        summary_.issues.push_back({sample.id, "has no restored copy", true});
      } else {
        data::Image samples = data::readSample(restored).image;
        const bool identical = data::pixelHash(samples, data::frameOf(sample)) == prepared.pixelHash;
        versions[kRestored] = data::inDisplayOrientation(std::move(samples));
        if (identical)
          ++summary_.restoredIdentical;
        else
          summary_.issues.push_back({sample.id, "the restored samples differ from the original", true});
      }
    }
    if (baseline_.logo) placeRandomly(sample, prepared, versions);
    return versions;
  }

  void placeRandomly(const data::Sample& sample, const PreparedImage& prepared,
                     std::vector<std::optional<data::Image>>& versions) {
    const data::WorkingFrame frame = data::makeWorkingFrame(prepared.view, prepared.fieldOfView);
    const protect::FeasibilityResult plan = protect::planFeasibility(
        *baseline_.logo, prepared.fieldOfView, frame, prepared.regions, baseline_.feasibility);
    if (!plan.plan || plan.plan->working.count() == 0) {
      summary_.issues.push_back({sample.id, "no free place for the random baseline", false});
      return;
    }
    const protect::TargetTile tile =
        protect::makeTargetTile(plan.plan->tile, prepared.image, prepared.window);
    for (std::size_t v = kRandom; v < versions_; ++v) {
      std::array<std::uint8_t, 9> key{};
      for (std::size_t b = 0; b < 8; ++b) key[b] = static_cast<std::uint8_t>(options_.seed >> (8 * b));
      key[8] = static_cast<std::uint8_t>(v - kRandom);
      RandomStream stream =
          RandomStream::derive({key, prepared.pixelHash, asBytes("evaluate/random-placement")});
      const protect::Position at = plan.plan->working.draw(stream);
      const auto native = plan.plan->native.repair(frame.nativeX(at.x), frame.nativeY(at.y));
      if (native)
        versions[v] = protect::compose(prepared.image, {{&tile, native->x, native->y, baseline_.alphaCode}},
                                       baseline_.law);
    }
  }

  void measureVisibility(const data::Sample& sample, const PreparedImage& prepared,
                         const data::Image& marked) {
    const data::Image& original = prepared.image;
    if (marked.width() != original.width() || marked.height() != original.height() ||
        marked.channels() != original.channels())
      throw Error(ErrorCode::InputRejected, "the protected copy has another size than the original");
    std::int64_t changed = 0;
    for (int y = 0; y < original.height(); ++y)
      for (int x = 0; x < original.width(); ++x) {
        bool differs = false;
        for (int c = 0; c < original.channels() && !differs; ++c)
          differs = original.sample(x, y, c) != marked.sample(x, y, c);
        if (!differs) continue;
        if (prepared.fieldOfView.contains(x, y)) ++changed;
        if (!prepared.regions.lesionMask.empty() &&
            prepared.regions.lesionMask[static_cast<std::size_t>(y) * original.width() + x])
          ++summary_.visibility.lesionOverlapPixels;
      }
    const auto area = static_cast<double>(std::max<std::int64_t>(1, prepared.fieldOfView.area));
    summary_.visibility.changedFov += static_cast<double>(changed) / area;
    const Json& details = run_.entries.at(sample.id).details;
    summary_.visibility.coveredFov += details.value("covered_fov", 0.0);
    summary_.visibility.ssim += details.value("ssim", 1.0);
    // Absent for an image that did not change at all, which has no finite value.
    if (const auto psnr = details.find("psnr"); psnr != details.end() && psnr->is_number()) {
      summary_.visibility.psnr += psnr->get<double>();
      ++withPsnr_;
    }
    summary_.visibility.outsideMaxAbsDiff =
        std::max(summary_.visibility.outsideMaxAbsDiff,
                 details.value("outside_max_abs_diff", static_cast<std::int64_t>(0)));
    ++measured_;
  }

  void evaluateChunk(std::size_t begin, std::size_t end) {
    std::vector<std::vector<std::optional<data::Image>>> images;
    std::vector<const data::Sample*> samples;
    for (std::size_t p = begin; p < end; ++p) {
      const std::size_t index = pairs_[p];
      const data::Sample& sample = manifest_.samples[index];
      try {
        const PreparedImage prepared = prepareImage(sample, edits_);
        auto versions = versionsOf(sample, prepared, outputs_[index]);
        measureVisibility(sample, prepared, *versions[kProtected]);
        images.push_back(std::move(versions));
        samples.push_back(&sample);
        ++summary_.pairs;
      } catch (const Error& e) {
        if (e.code() == ErrorCode::Internal) throw;
        summary_.issues.push_back({sample.id, e.what(), true});
      }
    }
    for (std::size_t m = 0; m < models_.size(); ++m) predict(m, images, samples);
  }

  void predict(std::size_t m, const std::vector<std::vector<std::optional<data::Image>>>& images,
               const std::vector<const data::Sample*>& samples) {
    const models::Classifier& model = *models_[m];
    ModelRecord& record = records_[m];
    for (const data::Sample* sample : samples) record.truth.push_back(labelMaps_[m](*sample));
    for (std::size_t v = 0; v < versions_; ++v) {
      std::vector<at::Tensor> inputs;
      for (const auto& versions : images)
        if (versions[v])
          inputs.push_back(
              models::toTensor(data::preprocess(*versions[v], model.info().profile, model.info().inputSize)));
      std::vector<int> predicted;
      std::vector<std::vector<double>> probabilities;
      if (!inputs.empty()) {
        const at::Tensor logits = protect::batchedLogits(model, torch::cat(inputs), true);
        if (!torch::isfinite(logits).all().item<bool>())
          throw Error(ErrorCode::InputRejected, "the model answers with values that are not finite",
                      model.info().name);
        const at::Tensor classes = models::predictedClasses(logits, model.info());
        const at::Tensor probability =
            models::classProbabilities(logits, model.info()).to(torch::kFloat64).cpu().contiguous();
        for (std::int64_t i = 0; i < classes.size(0); ++i) {
          predicted.push_back(static_cast<int>(classes[i].item<std::int64_t>()));
          const double* row = probability.data_ptr<double>() + i * probability.size(1);
          probabilities.emplace_back(row, row + probability.size(1));
        }
      }
      std::size_t next = 0;
      for (const auto& versions : images) {
        record.predicted[v].push_back(versions[v] ? predicted[next] : -1);
        record.probabilities[v].push_back(versions[v] ? probabilities[next] : std::vector<double>());
        if (versions[v]) ++next;
      }
    }
  }

  audit::ModelMetrics metricsOf(std::size_t m, const std::vector<std::size_t>& versions, bool pseudo,
                                std::string_view purpose) const {
    const ModelRecord& record = records_[m];
    audit::PredictionSet set;
    set.classes = static_cast<int>(models_[m]->info().classes.size());
    for (const std::size_t v : versions)
      for (std::size_t i = 0; i < record.truth.size(); ++i) {
        const std::optional<int> truth =
            pseudo ? std::optional<int>(record.predicted[kClean][i]) : record.truth[i];
        if (!truth || record.predicted[v][i] < 0) continue;
        set.truth.push_back(*truth);
        set.cleanPredicted.push_back(record.predicted[kClean][i]);
        set.predicted.push_back(record.predicted[v][i]);
        set.trueProbability.push_back(record.probabilities[v][i][static_cast<std::size_t>(*truth)]);
      }
    return audit::computeModelMetrics(set, models_[m]->info().referableFrom, options_.bootstrapResamples,
                                      RandomStream::fromSeed(options_.seed, purpose));
  }

  void summarise() {
    if (measured_ > 0) {
      const auto n = static_cast<double>(measured_);
      summary_.visibility.coveredFov /= n;
      summary_.visibility.changedFov /= n;
      summary_.visibility.ssim /= n;
      if (withPsnr_ > 0) summary_.visibility.psnr /= static_cast<double>(withPsnr_);
    }
    std::vector<std::size_t> randomVersions;
    for (std::size_t v = kRandom; v < versions_; ++v) randomVersions.push_back(v);
    for (std::size_t m = 0; m < models_.size(); ++m) {
      const models::ModelInfo& info = models_[m]->info();
      const ModelRecord& record = records_[m];
      EvaluatedModel evaluated;
      evaluated.name = info.name;
      evaluated.arch = info.arch;
      evaluated.sha256 = info.sha256;
      evaluated.role = run_.sourceModels.count(info.sha256) ? "source" : "target";
      const bool pseudo = std::none_of(record.truth.begin(), record.truth.end(),
                                       [](const auto& truth) { return truth.has_value(); });
      evaluated.labelOrigin = pseudo ? "pseudo" : "given";
      // One purpose for all versions: the same resamples, so that differences are not noise of the
      // resampling.
      const std::string purpose = "evaluate/bootstrap/" + info.sha256;
      evaluated.clean = metricsOf(m, {kClean}, pseudo, purpose);
      evaluated.protectedImages = metricsOf(m, {kProtected}, pseudo, purpose);
      if (!randomVersions.empty()) evaluated.random = metricsOf(m, randomVersions, pseudo, purpose);
      if (options_.restored) evaluated.restored = metricsOf(m, {kRestored}, pseudo, purpose);
      if (!randomVersions.empty()) {
        std::int64_t onlyProtected = 0;
        std::int64_t onlyRandom = 0;
        for (std::size_t i = 0; i < record.truth.size(); ++i) {
          const std::optional<int> truth =
              pseudo ? std::optional<int>(record.predicted[kClean][i]) : record.truth[i];
          if (!truth || record.predicted[kRandom][i] < 0) continue;
          const bool rightProtected = record.predicted[kProtected][i] == *truth;
          const bool rightRandom = record.predicted[kRandom][i] == *truth;
          onlyProtected += rightProtected && !rightRandom;
          onlyRandom += rightRandom && !rightProtected;
        }
        evaluated.mcnemarP = audit::mcnemarExactP(onlyProtected, onlyRandom);
      }
      summary_.models.push_back(std::move(evaluated));
    }
  }

  const EvaluateDatasetOptions& options_;
  const RunContext& context_;
  ProtectedRun run_;
  data::Manifest manifest_;
  std::vector<OutputTarget> outputs_;
  std::vector<models::ClassifierPtr> models_;
  std::vector<LabelMap> labelMaps_;
  segmentation::BoxFile edits_;
  RandomBaseline baseline_;
  std::size_t versions_ = kRandom;
  std::vector<std::size_t> pairs_;
  std::vector<ModelRecord> records_;
  std::int64_t measured_ = 0;
  std::int64_t withPsnr_ = 0;
  EvaluateDatasetSummary summary_;
};

}  // namespace

std::vector<OptionIssue> EvaluateDatasetOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (original.empty()) issues.push_back({"original", "is required"});
  if (protectedFolder.empty()) issues.push_back({"protected", "is required"});
  if (models.empty()) issues.push_back({"model", "at least one model is required"});
  if (bootstrapResamples < 0 || bootstrapResamples > 100000)
    issues.push_back({"bootstrap", "must be 0 to 100000"});
  if (randomDraws < 0 || randomDraws > 200) issues.push_back({"random-draws", "must be 0 to 200"});
  return issues;
}

EvaluateDatasetSummary evaluateDataset(const EvaluateDatasetOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  const auto begin = std::chrono::steady_clock::now();
  const torch::NoGradGuard noGradients;
  EvaluateDatasetSummary summary = Evaluation(options, context).run();
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (!options.out.empty() && summary.outcome == Outcome::Completed)
    writeEvaluation(options.out, options, summary);
  return summary;
}

}  // namespace medlocker::pipelines
