// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/measure_trade_off.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "core/common/files.h"
#include "core/common/little_endian.h"
#include "core/pipelines/clean_margins.h"
#include "core/pipelines/prepared_image.h"
#include "core/pipelines/protect_item.h"
#include "core/pipelines/search_input.h"
#include "core/pipelines/trade_off_report.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr double kDiscreetCoverage = 0.04;
constexpr double kSourceAim = 0.08;
constexpr double kUnseenAim = 0.45;

double secondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Right and wrong of one model under one setting.
struct Tally {
  std::int64_t images = 0;
  std::int64_t rightClean = 0;
  std::int64_t right = 0;
  std::int64_t fooled = 0;  ///< right before, wrong now

  void add(int truth, int clean, int now) {
    ++images;
    rightClean += clean == truth;
    right += now == truth;
    fooled += clean == truth && now != truth;
  }
};

double share(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole)
                   : std::numeric_limits<double>::quiet_NaN();
}

/// Mean over models of share(part, whole); models without a case are left out.
template <typename Part, typename Whole>
double meanShare(const std::vector<Tally>& tallies, Part part, Whole whole) {
  double sum = 0;
  int count = 0;
  for (const Tally& tally : tallies) {
    const double value = share(tally.*part, tally.*whole);
    if (std::isnan(value)) continue;
    sum += value;
    ++count;
  }
  return count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN();
}

class TradeOff {
 public:
  TradeOff(const TradeOffOptions& options, const RunContext& context)
      : options_(options), context_(context) {}

  TradeOffSummary run() {
    open();
    const std::vector<TradeOffPoint> settings = tradeOffSettings(options_);
    tallies_.assign(settings.size(),
                    {std::vector<Tally>(inputs_.models.size()), std::vector<Tally>(targets_.size())});
    summary_.points = settings;
    const auto total = static_cast<std::int64_t>(chosen_.size() * settings.size());
    std::int64_t done = 0;
    for (const std::size_t index : chosen_) {
      const std::string& id = inputs_.manifest.samples[index].id;
      std::optional<PreparedImage> prepared;
      try {
        prepared = prepareImage(inputs_.manifest.samples[index], inputs_.lesions);
        seeClean(index, *prepared);
      } catch (const Error& e) {
        if (e.code() == ErrorCode::Internal) throw;
        summary_.issues.push_back({id, e.what(), true});
        done += static_cast<std::int64_t>(settings.size());
        continue;
      }
      ++summary_.images;
      for (std::size_t s = 0; s < settings.size(); ++s) {
        context_.report({"Measuring settings", done++, total, id});
        if (context_.stopRequested() || !measure(index, *prepared, s)) {
          summary_.outcome = Outcome::Cancelled;
          return summary_;
        }
      }
    }
    context_.report({"Measuring settings", total, total, ""});
    summarise();
    return summary_;
  }

 private:
  struct PointTallies {
    std::vector<Tally> sources;
    std::vector<Tally> targets;
  };

  void open() {
    inputs_.device = resolveDevice(options_.device);
    inputs_.logo = protect::loadLogo(options_.logo);
    std::vector<fs::path> all = options_.models;
    all.insert(all.end(), options_.targets.begin(), options_.targets.end());
    // Opened together: the same weights must not be on both sides (spec 4).
    const std::vector<models::ClassifierPtr> opened = openModels(all, inputs_.device.kind);
    const auto middle = opened.begin() + static_cast<std::ptrdiff_t>(options_.models.size());
    inputs_.models.assign(opened.begin(), middle);
    targets_.assign(middle, opened.end());
    data::OpenOptions opening;
    opening.masksFolder = options_.masks;
    inputs_.manifest = data::openDataset(options_.dataset, opening);
    if (inputs_.manifest.samples.empty())
      throw Error(ErrorCode::InputRejected, "holds no photograph that can be used",
                  options_.dataset.string());
    for (const models::ClassifierPtr& model : inputs_.models) {
      inputs_.labelMaps.emplace_back(inputs_.manifest, model->info());
      summary_.sources.push_back(model->info().name);
    }
    for (const models::ClassifierPtr& model : targets_) {
      targetLabels_.emplace_back(inputs_.manifest, model->info());
      summary_.targets.push_back(model->info().name);
    }
    for (std::size_t i = 0; i < inputs_.manifest.samples.size(); ++i) chosen_.push_back(i);
    RandomStream draw = RandomStream::fromSeed(options_.seed, "trade-off images");
    draw.shuffle(chosen_);
    if (chosen_.size() > static_cast<std::size_t>(options_.images))
      chosen_.resize(static_cast<std::size_t>(options_.images));
    std::sort(chosen_.begin(), chosen_.end());
    const bool given = std::any_of(chosen_.begin(), chosen_.end(), [&](std::size_t i) {
      return inputs_.manifest.samples[i].label.has_value();
    });
    summary_.labelOrigin = given ? "given" : "pseudo";
    scales_ = measureMarginScales(inputs_, context_);
  }

  int predict(const models::Classifier& model, const data::Image& image) const {
    const models::ModelInfo& info = model.info();
    const at::Tensor input = models::toTensor(data::preprocess(image, info.profile, info.inputSize));
    return static_cast<int>(
        models::predictedClasses(protect::batchedLogits(model, input, true), info).item<std::int64_t>());
  }

  void seeClean(std::size_t index, const PreparedImage& prepared) {
    const data::Sample& sample = inputs_.manifest.samples[index];
    cleanTargets_.clear();
    targetTruth_.clear();
    for (std::size_t k = 0; k < targets_.size(); ++k) {
      cleanTargets_.push_back(predict(*targets_[k], prepared.image));
      targetTruth_.push_back(targetLabels_[k](sample).value_or(cleanTargets_.back()));
    }
  }

  /// False when cancelled.
  bool measure(std::size_t index, const PreparedImage& prepared, std::size_t s) {
    TradeOffPoint& point = summary_.points[s];
    ProtectDatasetOptions options;
    options.mode = options_.mode;
    options.budget = options_.budget;
    options.opacityHigh = options_.opacityHigh;
    options.opacityLow = std::min(options.opacityLow, options_.opacityHigh);
    options.layout = point.layout;
    options.logos = point.logos;
    options.logoSize = point.logoSize;
    options.reinforce = point.reinforce;
    options.allowLargeCoverage = true;
    protect::ProtectImageInput input = searchInput(prepared);
    for (const LabelMap& map : inputs_.labelMaps)
      input.labels.push_back(map(inputs_.manifest.samples[index]));
    const RandomStream secret =
        protect::imageStream(littleEndian(options_.seed), prepared.pixelHash, 0, 0, "trade-off");
    const auto begin = Clock::now();
    protect::ProtectedImage result;
    try {
      result = protect::protectImage(input, inputs_.logo, inputs_.models, scales_,
                                     protectImageOptions(options, true), secret, context_);
    } catch (const Error& e) {
      if (e.code() == ErrorCode::Internal) throw;
      summary_.issues.push_back({inputs_.manifest.samples[index].id, e.what(), true});
      return true;
    }
    if (result.outcome == Outcome::Cancelled) return false;
    if (result.encoded.empty()) return true;  // no room for this setting
    ++point.images;
    point.secondsPerImage += secondsSince(begin);
    point.evaluationsPerImage += result.evaluations;
    point.placedSize += result.size.value() * (result.layout == protect::Layout::Tiled ? kTiledReduction : 1);
    point.meanLogos += static_cast<double>(result.placements.size());
    point.coveredFov += result.visibility.coveredFieldOfView;
    point.meanOpacity += result.visibility.meanOpacity;
    point.legibility += result.visibility.legibility;
    point.similarity += result.similarity;
    for (std::size_t k = 0; k < inputs_.models.size(); ++k)
      tallies_[s].sources[k].add(result.labels[k], result.predictedBefore[k], result.predictedAfter[k]);
    for (std::size_t k = 0; k < targets_.size(); ++k)
      tallies_[s].targets[k].add(targetTruth_[k], cleanTargets_[k], predict(*targets_[k], result.image));
    return true;
  }

  void summarise() {
    for (std::size_t s = 0; s < summary_.points.size(); ++s) {
      TradeOffPoint& point = summary_.points[s];
      const auto n = static_cast<double>(point.images);
      for (double* sum :
           {&point.secondsPerImage, &point.evaluationsPerImage, &point.placedSize, &point.meanLogos,
            &point.coveredFov, &point.meanOpacity, &point.legibility, &point.similarity})
        *sum = n > 0 ? *sum / n : std::numeric_limits<double>::quiet_NaN();
      const PointTallies& tallies = tallies_[s];
      point.sourceClean = meanShare(tallies.sources, &Tally::rightClean, &Tally::images);
      point.sourceAccuracy = meanShare(tallies.sources, &Tally::right, &Tally::images);
      point.sourceAsr = meanShare(tallies.sources, &Tally::fooled, &Tally::rightClean);
      point.targetClean = meanShare(tallies.targets, &Tally::rightClean, &Tally::images);
      point.targetAccuracy = meanShare(tallies.targets, &Tally::right, &Tally::images);
      point.targetAsr = meanShare(tallies.targets, &Tally::fooled, &Tally::rightClean);
    }
    choosePresets();
  }

  void choosePresets() {
    const auto lowest = [&](double mostCoverage, auto value) -> std::optional<std::size_t> {
      std::optional<std::size_t> best;
      for (std::size_t i = 0; i < summary_.points.size(); ++i) {
        const TradeOffPoint& point = summary_.points[i];
        // A point must hold for the set, not for the few images that had room.
        if (2 * point.images < summary_.images || point.images == 0 || !(point.coveredFov <= mostCoverage) ||
            std::isnan(value(point)))
          continue;
        const auto key = [&](std::size_t k) {
          return std::pair(value(summary_.points[k]), summary_.points[k].coveredFov);
        };
        if (!best || key(i) < key(*best)) best = i;
      }
      return best;
    };
    const auto source = [](const TradeOffPoint& p) { return p.sourceAccuracy; };
    const auto unseen = [](const TradeOffPoint& p) { return p.targetAccuracy; };
    const auto keep = [&](const char* name, std::optional<std::size_t> index) {
      if (index) summary_.presets[name] = *index;
    };
    keep("discreet", lowest(kDiscreetCoverage, source));
    keep("balanced", lowest(protect::kCoverageLimit, source));
    const double any = std::numeric_limits<double>::infinity();
    keep("strong", targets_.empty() ? lowest(any, source) : lowest(any, unseen));
    for (const TradeOffPoint& point : summary_.points) {
      const auto reach = [&](std::optional<double>& coverage, double accuracy, double aim) {
        if (accuracy <= aim && point.images > 0 && (!coverage || point.coveredFov < *coverage))
          coverage = point.coveredFov;
      };
      reach(summary_.coverageForSource, point.sourceAccuracy, kSourceAim);
      reach(summary_.coverageForUnseen, point.targetAccuracy, kUnseenAim);
    }
  }

  const TradeOffOptions& options_;
  const RunContext& context_;
  ProtectionInputs inputs_;
  std::vector<models::ClassifierPtr> targets_;
  std::vector<LabelMap> targetLabels_;
  std::vector<double> scales_;
  std::vector<std::size_t> chosen_;
  std::vector<int> cleanTargets_;  // of the image in hand
  std::vector<int> targetTruth_;
  std::vector<PointTallies> tallies_;
  TradeOffSummary summary_;
};

}  // namespace

TradeOffSummary measureTradeOff(const TradeOffOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  const auto begin = Clock::now();
  const torch::NoGradGuard noGradients;
  TradeOffSummary summary = TradeOff(options, context).run();
  summary.seconds = secondsSince(begin);
  if (!options.out.empty() && summary.outcome == Outcome::Completed)
    writeTradeOff(options.out, options, summary);
  return summary;
}

}  // namespace medlocker::pipelines
