// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/evaluate_dataset.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <set>

#include "core/audit/report/picture.h"
#include "core/common/percentile.h"
#include "core/data/image_io.h"
#include "core/pipelines/evaluation_report.h"
#include "core/pipelines/evaluation_versions.h"
#include "core/pipelines/model_set.h"
#include "core/pipelines/output_plan.h"
#include "core/pipelines/prepared_image.h"
#include "core/pipelines/protected_run.h"
#include "core/pipelines/robustness_table.h"
#include "core/pipelines/view_predictor.h"
#include "core/protect/compositor.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Predictions of one model, one inner vector per version.
struct ModelRecord {
  std::vector<std::optional<int>> truth;
  std::vector<std::vector<ViewPrediction>> versions;  // [version][image]; predicted < 0: none
};

/// Values of spec 9.3, one per image.
struct VisibilityValues {
  const char* name;
  std::vector<double> values;
};

Distribution distributionOf(const VisibilityValues& of) {
  Distribution out;
  out.name = of.name;
  std::vector<double> sorted = of.values;
  out.images = static_cast<std::int64_t>(sorted.size());
  if (sorted.empty()) {
    out.mean = out.median = out.low = out.high = kNaN;
    return out;
  }
  std::sort(sorted.begin(), sorted.end());
  for (const double value : sorted) out.mean += value / static_cast<double>(sorted.size());
  out.median = percentile(sorted, 0.5);
  out.low = percentile(sorted, 0.05);
  out.high = percentile(sorted, 0.95);
  return out;
}

class Evaluation {
 public:
  Evaluation(const EvaluateDatasetOptions& options, const RunContext& context)
      : options_(options), context_(context), run_(readProtectedRun(options.protectedFolder)) {}

  EvaluateDatasetSummary run() {
    open();
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
      if (context_.stopRequested()) {
        summary_.outcome = Outcome::Cancelled;
        return summary_;
      }
      context_.report({"Evaluating", static_cast<std::int64_t>(p), static_cast<std::int64_t>(pairs_.size()),
                       manifest_.samples[pairs_[p]].id});
      evaluateImage(pairs_[p]);
      if (inputs_.size() == kChunk) predictChunk();
    }
    predictChunk();
    context_.report({"Evaluating", static_cast<std::int64_t>(pairs_.size()),
                     static_cast<std::int64_t>(pairs_.size()), ""});
    summarise();
    return summary_;
  }

 private:
  static constexpr std::size_t kChunk = 8;  // images predicted at once; memory, not results, depends on it

  void open() {
    data::OpenOptions opening;
    opening.masksFolder = options_.masks;
    if (!opening.masksFolder) {
      const std::string used = run_.options.value("masks", std::string());
      if (!used.empty() && fs::exists(used)) opening.masksFolder = used;
    }
    manifest_ = data::openDataset(options_.original, opening);
    outputs_ = planOutputs(manifest_, run_.options.value("jpeg", std::string("png")));
    models_ = openModels(options_.models, resolveDevice(options_.device).kind, options_.trustForeignModels);
    for (const models::ClassifierPtr& model : models_) labelMaps_.emplace_back(manifest_, model->info());
    const std::string boxes = run_.options.value("boxes", std::string());
    if (!boxes.empty() && fs::exists(boxes)) lesions_.boxes = segmentation::readBoxFile(boxes);

    versions_.emplace(options_, run_, models_, labelMaps_, summary_.notices);
    if (options_.robustness) robustness_.emplace(models_);

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
    for (ModelRecord& record : records_) record.versions.resize(versions_->list().count());
    summary_.statusCounts = run_.statusCounts;
    for (const auto& [id, entry] : run_.entries)
      if (entry.status != "PROTECTED")
        summary_.listed.push_back({id, entry.status, entry.details.value("reason", std::string())});
    summary_.visibility.ssim = 0;  // a sum until summarise()
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
    for (const auto& [list, field] : {std::pair{&covered_, "covered_fov"},
                                      {&opacity_, "mean_opacity"},
                                      {&psnr_, "psnr"},
                                      {&ssim_, "ssim"},
                                      {&ssimLesions_, "ssim_lesion_boxes"},
                                      {&change_, "mean_absolute_change"},
                                      {&legibility_, "legibility"}})
      if (const auto found = details.find(field); found != details.end() && found->is_number())
        list->values.push_back(found->get<double>());
    ++measured_;
  }

  void evaluateImage(std::size_t index) {
    const data::Sample& sample = manifest_.samples[index];
    try {
      const PreparedImage prepared = prepareImage(sample, lesions_);
      const VersionMaker::Made made =
          versions_->make(sample, prepared, outputs_[index], context_, summary_.issues);
      const auto& versions = made.images;
      const data::Image& marked = *versions[VersionList::kProtected];
      measureVisibility(sample, prepared, marked);
      compareRestored(sample, made);
      std::vector<std::optional<PictureView>> views(versions.size());
      for (std::size_t v = 0; v < versions.size(); ++v)
        if (versions[v]) views[v] = pictureView(*versions[v]);
      // Model inputs are small; the pictures themselves are not kept.
      std::vector<std::vector<std::optional<data::FloatImage>>> inputs(models_.size());
      for (std::size_t m = 0; m < models_.size(); ++m)
        for (const auto& view : views)
          inputs[m].push_back(view ? std::optional<data::FloatImage>(modelInput(*models_[m], *view))
                                   : std::nullopt);
      if (robustness_)
        robustness_->add(views[VersionList::kClean], views[VersionList::kProtected],
                         versions_->list().randoms > 0 ? views[VersionList::kFirstRandom] : std::nullopt);
      if (summary_.examples.size() < static_cast<std::size_t>(std::max(0, options_.examples)))
        summary_.examples.push_back(exampleOf(sample, prepared, versions));
      inputs_.push_back(std::move(inputs));
      samples_.push_back(&sample);
      ++summary_.pairs;
    } catch (const Error& e) {
      if (e.code() == ErrorCode::Internal) throw;
      summary_.issues.push_back({sample.id, e.what(), true});
    }
  }

  void compareRestored(const data::Sample& sample, const VersionMaker::Made& made) {
    if (!options_.restored) return;
    ++summary_.restoredCompared;
    if (!made.images[VersionList::kRestored]) return;
    if (made.restoredIdentical)
      ++summary_.restoredIdentical;
    else
      summary_.issues.push_back({sample.id, "the restored samples differ from the original", true});
  }

  /// Original, protected with boxes, restored.
  std::string exampleOf(const data::Sample& sample, const PreparedImage& prepared,
                        const std::vector<std::optional<data::Image>>& versions) const {
    namespace report = audit::report;
    std::vector<report::PictureBox> boxes;
    using Kind = report::PictureBox::Kind;
    for (const auto& [list, kind] : {std::pair{&prepared.regions.boxes, Kind::Lesion},
                                     {&prepared.regions.anatomy, Kind::Anatomy},
                                     {&prepared.regions.userBoxes, Kind::User}})
      for (const segmentation::ProtectedBox& box : *list) boxes.push_back({box.box, kind});
    const data::Image& marked = *versions[VersionList::kProtected];
    boxes.push_back({protect::changedBox(prepared.image, marked), Kind::Logo});
    const auto picture = [](const std::optional<data::Image>& image, const char* caption) {
      report::Picture out;
      out.caption = caption;
      if (!image) return out;
      out.dataUri = report::thumbnailUri(*image);
      out.width = image->width();
      out.height = image->height();
      return out;
    };
    std::vector<report::Picture> row{picture(versions[VersionList::kClean], "Original"),
                                     picture(versions[VersionList::kProtected], "Protected, with boxes"),
                                     picture(versions[VersionList::kRestored], "Restored")};
    row[1].boxes = std::move(boxes);
    if (!versions[VersionList::kRestored]) row[2].caption = "Restored: not compared (--restored)";
    const JournalEntry& entry = run_.entries.at(sample.id);
    return report::pictureRowHtml(sample.id + " – " + entry.status, row);
  }

  void predictChunk() {
    const VersionList& list = versions_->list();
    for (std::size_t m = 0; m < models_.size(); ++m) {
      ModelRecord& record = records_[m];
      for (const data::Sample* sample : samples_) record.truth.push_back(labelMaps_[m](*sample));
      for (std::size_t v = 0; v < list.count(); ++v) {
        std::vector<const data::FloatImage*> inputs;
        for (const auto& image : inputs_)
          if (image[m][v]) inputs.push_back(&*image[m][v]);
        std::vector<ViewPrediction> predictions = predictInputs(*models_[m], inputs);
        std::size_t next = 0;
        for (const auto& image : inputs_)
          record.versions[v].push_back(image[m][v] ? std::move(predictions[next++]) : ViewPrediction());
      }
    }
    inputs_.clear();
    samples_.clear();
  }

  bool isPseudo(std::size_t m) const {
    const auto& truth = records_[m].truth;
    return std::none_of(truth.begin(), truth.end(), [](const auto& t) { return t.has_value(); });
  }

  std::optional<int> truthOf(std::size_t m, std::size_t image) const {
    return isPseudo_[m] ? std::optional<int>(records_[m].versions[VersionList::kClean][image].predicted)
                        : records_[m].truth[image];
  }

  audit::ModelMetrics metricsOf(std::size_t m, const std::vector<std::size_t>& versions) const {
    const ModelRecord& record = records_[m];
    audit::PredictionSet set;
    set.classes = static_cast<int>(models_[m]->info().classes.size());
    for (const std::size_t v : versions)
      for (std::size_t i = 0; i < record.truth.size(); ++i) {
        const std::optional<int> truth = truthOf(m, i);
        const ViewPrediction& prediction = record.versions[v][i];
        if (!truth || prediction.predicted < 0) continue;
        set.truth.push_back(*truth);
        set.cleanPredicted.push_back(record.versions[VersionList::kClean][i].predicted);
        set.predicted.push_back(prediction.predicted);
        set.trueProbability.push_back(prediction.probabilities[static_cast<std::size_t>(*truth)]);
      }
    // One purpose for all versions: the same resamples, so that differences are not noise of the resampling.
    return audit::computeModelMetrics(
        set, models_[m]->info().referableFrom, options_.bootstrapResamples,
        RandomStream::fromSeed(options_.seed, "evaluate/bootstrap/" + models_[m]->info().sha256));
  }

  void summariseVisibility() {
    if (measured_ == 0) return;
    const auto n = static_cast<double>(measured_);
    summary_.visibility.coveredFov /= n;
    summary_.visibility.changedFov /= n;
    summary_.visibility.ssim /= n;
    if (withPsnr_ > 0) summary_.visibility.psnr /= static_cast<double>(withPsnr_);
    for (const VisibilityValues* values :
         {&covered_, &opacity_, &psnr_, &ssim_, &ssimLesions_, &change_, &legibility_})
      if (!values->values.empty()) summary_.visibility.distributions.push_back(distributionOf(*values));
  }

  void summarise() {
    summariseVisibility();
    const VersionList& list = versions_->list();
    std::vector<std::size_t> randomVersions;
    for (std::size_t v = 0; v < list.randoms; ++v) randomVersions.push_back(VersionList::kFirstRandom + v);
    bool anyPseudo = false;
    for (std::size_t m = 0; m < models_.size(); ++m) {
      isPseudo_.push_back(isPseudo(m));
      const models::ModelInfo& info = models_[m]->info();
      const ModelRecord& record = records_[m];
      EvaluatedModel evaluated;
      evaluated.name = info.name;
      evaluated.arch = info.arch;
      evaluated.sha256 = info.sha256;
      evaluated.role = run_.sourceModels.count(info.sha256) ? "source" : "target";
      evaluated.labelOrigin = isPseudo_[m] ? "pseudo" : "given";
      anyPseudo = anyPseudo || isPseudo_[m];
      evaluated.clean = metricsOf(m, {VersionList::kClean});
      evaluated.protectedImages = metricsOf(m, {VersionList::kProtected});
      if (!randomVersions.empty()) evaluated.random = metricsOf(m, randomVersions);
      if (options_.restored) {
        evaluated.restored = metricsOf(m, {VersionList::kRestored});
        for (std::size_t i = 0; i < record.truth.size(); ++i) {
          const ViewPrediction& restored = record.versions[VersionList::kRestored][i];
          if (restored.predicted < 0) continue;
          ++evaluated.restoredOutputsCompared;
          evaluated.restoredOutputsEqual +=
              restored.outputs == record.versions[VersionList::kClean][i].outputs;
        }
      }
      if (!randomVersions.empty()) {
        std::int64_t onlyProtected = 0;
        std::int64_t onlyRandom = 0;
        for (std::size_t i = 0; i < record.truth.size(); ++i) {
          const std::optional<int> truth = truthOf(m, i);
          const int random = record.versions[VersionList::kFirstRandom][i].predicted;
          if (!truth || random < 0) continue;
          const bool rightProtected = record.versions[VersionList::kProtected][i].predicted == *truth;
          onlyProtected += rightProtected && random != *truth;
          onlyRandom += random == *truth && !rightProtected;
        }
        evaluated.mcnemarP = audit::mcnemarExactP(onlyProtected, onlyRandom);
      }
      summary_.models.push_back(std::move(evaluated));
    }
    summary_.labelOrigin = anyPseudo ? "pseudo" : "given";
    fillTransfer(randomVersions);
    if (robustness_)
      summary_.robustness = robustness_->rows([this](std::size_t m, std::size_t i) { return truthOf(m, i); });
  }

  void fillTransfer(const std::vector<std::size_t>& randomVersions) {
    const VersionList& list = versions_->list();
    const auto add = [&](const std::string& source, const std::vector<std::size_t>& versions,
                         const std::set<std::size_t>& whiteBox) {
      TransferMatrixRow row;
      row.source = source;
      double sum = 0;
      double worst = kNaN;
      int blackBoxes = 0;
      for (std::size_t m = 0; m < models_.size(); ++m) {
        const audit::ModelMetrics metrics = metricsOf(m, versions);
        row.cells.push_back({metrics.accuracy, metrics.asr, whiteBox.count(m) > 0, metrics.samples});
        if (whiteBox.count(m) || !std::isfinite(metrics.accuracy.value)) continue;
        sum += metrics.accuracy.value;
        worst = std::isnan(worst) ? metrics.accuracy.value : std::max(worst, metrics.accuracy.value);
        ++blackBoxes;
      }
      row.blackBoxMean = blackBoxes > 0 ? sum / blackBoxes : kNaN;
      row.blackBoxWorst = worst;
      summary_.transfer.push_back(std::move(row));
    };
    for (std::size_t i = 0; i < list.singles.size(); ++i)
      add(models_[list.singles[i]]->info().name, {list.single(i)}, {list.singles[i]});
    std::set<std::size_t> sources;
    for (std::size_t m = 0; m < models_.size(); ++m)
      if (run_.sourceModels.count(models_[m]->info().sha256)) sources.insert(m);
    add("ensemble", {VersionList::kProtected}, sources);
    if (!randomVersions.empty()) add("random", randomVersions, {});
    add("none", {VersionList::kClean}, {});
  }

  const EvaluateDatasetOptions& options_;
  const RunContext& context_;
  ProtectedRun run_;
  data::Manifest manifest_;
  std::vector<OutputTarget> outputs_;
  std::vector<models::ClassifierPtr> models_;
  std::vector<LabelMap> labelMaps_;
  LesionSources lesions_;
  std::optional<VersionMaker> versions_;
  std::optional<RobustnessTable> robustness_;
  std::vector<std::size_t> pairs_;
  std::vector<std::vector<std::vector<std::optional<data::FloatImage>>>> inputs_;  // [image][model][version]
  std::vector<const data::Sample*> samples_;                                       // of inputs_
  std::vector<ModelRecord> records_;
  std::vector<bool> isPseudo_;
  VisibilityValues covered_{"covered_fov", {}};
  VisibilityValues opacity_{"mean_opacity", {}};
  VisibilityValues psnr_{"psnr", {}};
  VisibilityValues ssim_{"ssim", {}};
  VisibilityValues ssimLesions_{"ssim_lesion_boxes", {}};
  VisibilityValues change_{"mean_absolute_change", {}};
  VisibilityValues legibility_{"legibility", {}};
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
  if (examples < 0 || examples > 100) issues.push_back({"examples", "must be 0 to 100"});
  if (transferBudget < 0 || (transferBudget > 0 && transferBudget < 16))
    issues.push_back({"transfer-budget", "must be 0 or at least 16"});
  if (randomDraws < 0 || randomDraws > 200) issues.push_back({"random-draws", "must be 0 to 200"});
  return issues;
}

EvaluateDatasetSummary evaluateDataset(const EvaluateDatasetOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  const auto begin = std::chrono::steady_clock::now();
  EvaluateDatasetSummary summary = Evaluation(options, context).run();
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (!options.out.empty() && summary.outcome == Outcome::Completed)
    writeEvaluation(options.out, options, summary);
  return summary;
}

}  // namespace medlocker::pipelines
