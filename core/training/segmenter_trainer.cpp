// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/segmenter_trainer.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/common/error.h"
#include "core/common/random.h"
#include "core/data/resample.h"
#include "core/segmentation/unet.h"
#include "core/training/checkpoint.h"
#include "core/training/optimiser.h"

namespace medlocker::training {
namespace {

using segmentation::kSegmentedKinds;
using segmentation::kSegmenterChannels;
using segmentation::UNet;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kKinds = kSegmentedKinds.size();
constexpr int kMaxNonFiniteSteps = 20;
constexpr double kValidationThreshold = 0.35;

float fromHalf(std::uint16_t bits) {
  return static_cast<float>(c10::Half(bits, c10::Half::from_bits()));
}

/// Where a tile lies in an image and what happens to it.
struct TileDraw {
  std::size_t image = 0;
  double centreX = 0;
  double centreY = 0;
  double zoom = 1;
  int turn = 0;  ///< quarter turns
  bool flip = false;
  std::array<float, 3> gain{1, 1, 1};
  float offset = 0;
};

/// Positions of lesion pixels by kind: images that have the kind, and where.
class LesionIndex {
 public:
  explicit LesionIndex(const std::vector<SegmenterImage>& images) {
    for (std::size_t i = 0; i < images.size(); ++i) {
      std::array<std::vector<std::uint32_t>, kKinds> found;
      for (std::size_t p = 0; p < images[i].truth.size(); ++p)
        for (std::size_t k = 0; k < kKinds; ++k)
          if ((images[i].truth[p] >> k & 1) != 0) found[k].push_back(static_cast<std::uint32_t>(p));
      for (std::size_t k = 0; k < kKinds; ++k)
        if (!found[k].empty()) places_[k].push_back({i, std::move(found[k])});
    }
    for (std::size_t k = 0; k < kKinds; ++k)
      if (!places_[k].empty()) kinds_.push_back(k);
  }
  bool empty() const { return kinds_.empty(); }

  /// Always the same number of values from the stream.
  void place(TileDraw& draw, const std::vector<SegmenterImage>& images, double lesionShare, int tileSide,
             RandomStream& stream) const {
    const bool onLesion = stream.uniform() < lesionShare;
    const double a = stream.uniform();
    const double b = stream.uniform();
    const double c = stream.uniform();
    const double jitterX = stream.uniform(-0.25, 0.25) * tileSide;
    const double jitterY = stream.uniform(-0.25, 0.25) * tileSide;
    const auto pick = [](double u, std::size_t count) {
      return std::min(static_cast<std::size_t>(u * static_cast<double>(count)), count - 1);
    };
    if (!onLesion) {
      draw.image = pick(a, images.size());
      draw.centreX = b * images[draw.image].width;
      draw.centreY = c * images[draw.image].height;
      return;
    }
    const auto& places = places_[kinds_[pick(a, kinds_.size())]];
    const Place& where = places[pick(b, places.size())];
    const std::uint32_t at = where.pixels[pick(c, where.pixels.size())];
    draw.image = where.image;
    const auto width = static_cast<std::uint32_t>(images[draw.image].width);
    draw.centreX = at % width + jitterX / draw.zoom;
    draw.centreY = at / width + jitterY / draw.zoom;
  }

 private:
  struct Place {
    std::size_t image = 0;
    std::vector<std::uint32_t> pixels;
  };
  std::array<std::vector<Place>, kKinds> places_;
  std::vector<std::size_t> kinds_;
};

TileDraw drawTile(const SegmenterTrainOptions& options, const std::vector<SegmenterImage>& images,
                  const LesionIndex& lesions, RandomStream stream) {
  TileDraw draw;
  draw.zoom = std::exp(stream.uniform(std::log(options.zoomLow), std::log(options.zoomHigh)));
  draw.turn = static_cast<int>(stream.below(4));
  draw.flip = stream.chance(0.5);
  const double contrast = stream.uniform(0.8, 1.25);
  for (float& gain : draw.gain) gain = static_cast<float>(contrast * stream.uniform(0.9, 1.1));
  draw.offset = static_cast<float>(stream.uniform(-0.08, 0.08));
  lesions.place(draw, images, options.lesionShare, options.tileSide, stream);
  return draw;
}

/// Writes one tile: 6 planes of side×side values (black outside the photograph) and one truth per kind,
/// nearest.
void renderTile(const SegmenterImage& image, const TileDraw& draw, int side, float* planes, float* truth) {
  const auto pixels = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  const auto area = static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
  constexpr int kCos[] = {1, 0, -1, 0};
  constexpr int kSin[] = {0, 1, 0, -1};
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      const auto out =
          static_cast<std::size_t>(y) * static_cast<std::size_t>(side) + static_cast<std::size_t>(x);
      double u = x + 0.5 - side / 2.0;
      const double v = y + 0.5 - side / 2.0;
      if (draw.flip) u = -u;
      const double sourceX = draw.centreX + (kCos[draw.turn] * u - kSin[draw.turn] * v) / draw.zoom;
      const double sourceY = draw.centreY + (kSin[draw.turn] * u + kCos[draw.turn] * v) / draw.zoom;
      const bool inside = sourceX >= 0 && sourceY >= 0 && sourceX < image.width && sourceY < image.height;
      if (!inside) {
        for (int c = 0; c < kSegmenterChannels; ++c) planes[static_cast<std::size_t>(c) * area + out] = 0;
        for (std::size_t k = 0; k < kKinds; ++k) truth[k * area + out] = 0;
        continue;
      }
      const auto nearest = static_cast<std::size_t>(sourceY) * static_cast<std::size_t>(image.width) +
                           static_cast<std::size_t>(sourceX);
      for (std::size_t k = 0; k < kKinds; ++k)
        truth[k * area + out] = (image.truth[nearest] >> k & 1) != 0 ? 1.F : 0.F;
      const double fx = std::clamp(sourceX - 0.5, 0.0, image.width - 1.0);
      const double fy = std::clamp(sourceY - 0.5, 0.0, image.height - 1.0);
      const auto x0 = static_cast<std::size_t>(fx);
      const auto y0 = static_cast<std::size_t>(fy);
      const std::size_t x1 = std::min(x0 + 1, static_cast<std::size_t>(image.width - 1));
      const std::size_t y1 = std::min(y0 + 1, static_cast<std::size_t>(image.height - 1));
      const auto wx = static_cast<float>(fx - static_cast<double>(x0));
      const auto wy = static_cast<float>(fy - static_cast<double>(y0));
      const auto width = static_cast<std::size_t>(image.width);
      for (std::size_t c = 0; c < kSegmenterChannels; ++c) {
        const std::uint16_t* plane = image.planes.data() + c * pixels;
        const float top = fromHalf(plane[y0 * width + x0]) * (1 - wx) + fromHalf(plane[y0 * width + x1]) * wx;
        const float low = fromHalf(plane[y1 * width + x0]) * (1 - wx) + fromHalf(plane[y1 * width + x1]) * wx;
        const float value = top * (1 - wy) + low * wy;
        planes[c * area + out] = draw.gain[c % 3] * value + (c < 3 ? draw.offset : 0.F);
      }
    }
}

/// Mean and deviation of the colours where the photograph is not black.
void measureColours(const std::vector<SegmenterImage>& images, segmentation::SegmenterInfo& info) {
  std::array<double, 3> sum{};
  std::array<double, 3> squares{};
  double count = 0;
  for (const SegmenterImage& image : images) {
    const auto pixels = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
    for (std::size_t i = 0; i < pixels; i += 7) {
      std::array<double, 3> value{};
      for (std::size_t c = 0; c < 3; ++c) value[c] = fromHalf(image.planes[c * pixels + i]);
      if (value[0] + value[1] + value[2] < 0.1) continue;
      for (std::size_t c = 0; c < 3; ++c) {
        sum[c] += value[c];
        squares[c] += value[c] * value[c];
      }
      ++count;
    }
  }
  for (std::size_t c = 0; c < 3 && count > 0; ++c) {
    const double mean = sum[c] / count;
    info.mean[c] = static_cast<float>(mean);
    info.stddev[c] =
        static_cast<float>(std::max(0.02, std::sqrt(std::max(0.0, squares[c] / count - mean * mean))));
  }
}

/// Weight of a kind's cross-entropy: the square root of how rare it is, against kRarity. Both its pixels and
/// the others carry it, so probabilities keep their order between kinds; weighting positives alone raised
/// them all.
torch::Tensor kindWeights(const std::vector<SegmenterImage>& images) {
  constexpr double kRarity = 0.1;
  std::vector<float> weights;
  for (std::size_t k = 0; k < kKinds; ++k) {
    double positive = 0;
    double all = 0;
    for (const SegmenterImage& image : images) {
      for (const std::uint8_t bits : image.truth) positive += bits >> k & 1;
      all += static_cast<double>(image.truth.size());
    }
    weights.push_back(
        positive > 0 ? static_cast<float>(std::clamp(std::sqrt(kRarity * all / positive), 1.0, 20.0)) : 1.F);
  }
  return torch::tensor(weights);
}

/// Sum over kinds of weighted binary cross-entropy, and the mean over kinds of 1 - soft Dice (Milletari et
/// al. 2016, arXiv:1606.04797, squares in the denominator, with one pixel of smoothing). Kinds the dataset
/// says nothing of are left out.
torch::Tensor segmentationLoss(const torch::Tensor& logits, const torch::Tensor& truth,
                               const torch::Tensor& weights, const torch::Tensor& used) {
  const torch::Tensor crossEntropy =
      at::binary_cross_entropy_with_logits(logits, truth, {}, {}, at::Reduction::None).mean({0, 2, 3});
  const torch::Tensor p = logits.sigmoid();
  const torch::Tensor overlap = (p * truth).sum({0, 2, 3});
  const torch::Tensor dice = 1 - (2 * overlap + 1) / ((p * p).sum({0, 2, 3}) + truth.sum({0, 2, 3}) + 1);
  return (crossEntropy * weights * used).sum() + (dice * used).sum() / used.sum();
}

Json figuresToJson(const KindFigures& figures) {
  Json list = Json::array();
  for (const segmentation::SegmentationFigures& f : figures)
    list.push_back({f.truePixels, f.dice, f.iou, f.precision, f.recall, f.aupr});
  return list;
}

double numberOrNan(const Json& json) {
  return json.is_number() ? json.get<double>() : std::nan("");
}

KindFigures figuresFromJson(const Json& json) {
  KindFigures figures;
  for (std::size_t k = 0; k < kKinds; ++k)
    figures[k] = {json.at(k).at(0).get<std::int64_t>(), numberOrNan(json.at(k).at(1)),
                  numberOrNan(json.at(k).at(2)),        numberOrNan(json.at(k).at(3)),
                  numberOrNan(json.at(k).at(4)),        numberOrNan(json.at(k).at(5))};
  return figures;
}

class Run {
 public:
  Run(const SegmenterTrainOptions& options, const std::vector<SegmenterImage>& train,
      const std::vector<SegmenterImage>& validation, const std::filesystem::path& folder,
      const RunContext& context)
      : options_(options),
        train_(train),
        validation_(validation),
        context_(context),
        store_(folder / "checkpoint"),
        lesions_(train),
        weights_(kindWeights(train)) {
    if (lesions_.empty())
      throw Error(ErrorCode::InputRejected,
                  "no training image has a marked lesion, so there is nothing to learn");
    std::vector<float> used;
    for (std::size_t k = 0; k < kKinds; ++k) {
      bool any = false;
      for (const SegmenterImage& image : train) any = any || (image.known >> k & 1) != 0;
      used.push_back(any ? 1.F : 0.F);
    }
    used_ = torch::tensor(used);
    result_.info.width = options.width;
    result_.info.depth = options.depth;
    for (const SegmenterImage& image : train)
      result_.info.trainedShortSide =
          std::max(result_.info.trainedShortSide, std::min(image.width, image.height));
    measureColours(train, result_.info);
    torch::manual_seed(RandomStream::fromSeed(options.seed, "segmenter/weights").nextU64());
    network_ =
        std::make_shared<UNet>(kSegmenterChannels, static_cast<int>(kKinds), options.width, options.depth);
    std::vector<NamedParameter> parameters;
    for (auto& item : network_->named_parameters()) {
      if (item.value().dim() == 4)
        item.value().set_data(item.value().contiguous(torch::MemoryFormat::ChannelsLast));
      item.value().set_requires_grad(true);
      parameters.push_back({item.key(), item.value()});
    }
    optimiser_ = std::make_unique<Optimiser>(std::move(parameters), options.optimiser);
    const auto tiles = static_cast<std::int64_t>(train.size()) * options.tilesPerImage;
    stepsPerEpoch_ = std::max<std::int64_t>(1, tiles / options.batchSize);
  }

  SegmenterTrainResult run(bool resume, const std::function<void(const SegmenterEpoch&)>& observer) {
    int epoch = resume ? restore() : 1;
    if (options_.finish && result_.history.empty())
      throw Error(ErrorCode::InputRejected, "there is no finished epoch to take");
    for (; epoch <= options_.epochs && !options_.finish; ++epoch) {
      SegmenterEpoch record;
      record.epoch = epoch;
      const auto begin = Clock::now();
      if (!trainEpoch(record)) {
        result_.outcome = Outcome::Cancelled;
        break;
      }
      validate(record);
      record.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
      finish(record);
      if (observer) observer(record);
    }
    takeSelected();
    return std::move(result_);
  }

 private:
  std::pair<torch::Tensor, torch::Tensor> makeBatch(int epoch, std::int64_t step) const {
    const int side = options_.tileSide;
    torch::Tensor images = torch::empty({options_.batchSize, kSegmenterChannels, side, side});
    torch::Tensor truth = torch::empty({options_.batchSize, static_cast<std::int64_t>(kKinds), side, side});
    const RandomStream base = RandomStream::fromSeed(options_.seed, "segmenter/tiles");
    for (int i = 0; i < options_.batchSize; ++i) {
      const auto tile = static_cast<std::uint64_t>(step * options_.batchSize + i);
      const TileDraw draw =
          drawTile(options_, train_, lesions_,
                   base.child("epoch", static_cast<std::uint64_t>(epoch)).child("tile", tile));
      renderTile(train_[draw.image], draw, side, images[i].data_ptr<float>(), truth[i].data_ptr<float>());
    }
    for (std::size_t c = 0; c < 3; ++c)
      images.select(1, static_cast<std::int64_t>(c)).sub_(result_.info.mean[c]).div_(result_.info.stddev[c]);
    return {images.contiguous(torch::MemoryFormat::ChannelsLast), truth};
  }

  bool trainEpoch(SegmenterEpoch& record) {
    network_->train();
    double loss = 0;
    std::int64_t counted = 0;
    for (std::int64_t step = 0; step < stepsPerEpoch_; ++step) {
      if (context_.stopRequested()) return false;
      const auto [images, truth] = makeBatch(record.epoch, step);
      optimiser_->zeroGradients();
      const torch::Tensor value = segmentationLoss(network_->forward(images), truth, weights_, used_);
      const double number = value.item<double>();
      record.learningRate =
          options_.optimiser.learningRate *
          scheduleFactor(options_.schedule, record.epoch, step, stepsPerEpoch_, options_.epochs);
      bool taken = std::isfinite(number);
      if (taken) {
        value.backward();
        const double norm = optimiser_->gradientNorm();
        taken = std::isfinite(norm);
        const double clip = options_.optimiser.clipNorm;
        if (taken) optimiser_->step(record.learningRate, clip > 0 && norm > clip ? clip / norm : 1.0);
      }
      nonFinite_ = taken ? 0 : nonFinite_ + 1;
      if (nonFinite_ >= kMaxNonFiniteSteps)
        throw Error(ErrorCode::InputRejected,
                    "training diverged: the loss is not a finite number; try a lower learning rate");
      if (taken) {
        loss += number;
        ++counted;
      }
      context_.report({"training", (record.epoch - 1) * stepsPerEpoch_ + step + 1,
                       options_.epochs * stepsPerEpoch_, "epoch " + std::to_string(record.epoch)});
    }
    record.loss = counted > 0 ? loss / static_cast<double>(counted) : std::nan("");
    return true;
  }

  void validate(SegmenterEpoch& record) const {
    record.meanAupr = std::nan("");
    if (validation_.empty()) return;
    const segmentation::Segmenter segmenter(*network_, result_.info);
    std::array<segmentation::SegmentationTally, kKinds> tallies;
    for (const SegmenterImage& image : validation_) {
      const auto pixels = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
      torch::Tensor input = torch::empty({1, kSegmenterChannels, image.height, image.width});
      for (std::size_t i = 0; i < image.planes.size(); ++i)
        input.data_ptr<float>()[i] = fromHalf(image.planes[i]);
      for (std::size_t c = 0; c < 3; ++c)
        input.select(1, static_cast<std::int64_t>(c)).sub_(result_.info.mean[c]).div_(result_.info.stddev[c]);
      const torch::Tensor found = segmenter.probabilitiesOf(input, {});
      for (std::size_t k = 0; k < kKinds; ++k) {
        if ((image.known >> k & 1) == 0) continue;
        tallies[k].add({found.data_ptr<float>() + k * pixels, pixels}, truthOf(image, k));
      }
    }
    double sum = 0;
    int counted = 0;
    for (std::size_t k = 0; k < kKinds; ++k) {
      record.validation[k] = tallies[k].figures(kValidationThreshold);
      if (record.validation[k].truePixels == 0) continue;
      sum += record.validation[k].aupr;
      ++counted;
    }
    if (counted > 0) record.meanAupr = sum / counted;
  }

  std::vector<std::pair<std::string, torch::Tensor>> state() const {
    std::vector<std::pair<std::string, torch::Tensor>> list;
    for (const auto& item : network_->named_parameters()) list.emplace_back(item.key(), item.value());
    for (const auto& item : network_->named_buffers()) list.emplace_back(item.key(), item.value());
    return list;
  }

  void finish(SegmenterEpoch& record) {
    // Without a figure the last epoch counts as the best.
    record.best = !(record.meanAupr <= bestAupr_);
    Checkpoint checkpoint;
    for (const auto& [name, tensor] : state()) checkpoint.tensors["network." + name] = tensor.detach();
    if (record.best) {
      bestAupr_ = std::isfinite(record.meanAupr) ? record.meanAupr : bestAupr_;
      result_.selectedEpoch = record.epoch;
      best_.clear();
      for (const auto& [name, tensor] : state()) best_[name] = tensor.detach().clone();
    }
    result_.history.push_back(record);
    optimiser_->saveState(checkpoint.tensors, "optimiser.");
    Json history = Json::array();
    for (const SegmenterEpoch& e : result_.history)
      history.push_back({{"epoch", e.epoch},
                         {"learning_rate", e.learningRate},
                         {"loss", e.loss},
                         {"mean_aupr", e.meanAupr},
                         {"best", e.best},
                         {"seconds", e.seconds},
                         {"validation", figuresToJson(e.validation)}});
    checkpoint.state = {{"options", options_.toJson()},
                        {"images", {train_.size(), validation_.size()}},
                        {"epoch", record.epoch},
                        {"selected", result_.selectedEpoch},
                        {"history", history}};
    store_.save(std::to_string(record.epoch), checkpoint, record.best ? &best_ : nullptr);
  }

  int restore() {
    const std::optional<Checkpoint> checkpoint = store_.load();
    if (!checkpoint) return 1;
    const Json& saved = checkpoint->state;
    if (saved.at("options") != options_.toJson() ||
        saved.at("images") != Json{train_.size(), validation_.size()})
      throw Error(ErrorCode::InputRejected, "the run to resume was begun with other options or data");
    const torch::NoGradGuard guard;
    for (const auto& [name, tensor] : state()) {
      const auto found = checkpoint->tensors.find("network." + name);
      if (found == checkpoint->tensors.end() || found->second.sizes() != tensor.sizes())
        throw Error(ErrorCode::InputRejected, "the checkpoint does not fit the network");
      tensor.copy_(found->second);
    }
    optimiser_->loadState(checkpoint->tensors, "optimiser.");
    for (const Json& e : saved.at("history")) {
      SegmenterEpoch record;
      record.epoch = e.at("epoch").get<int>();
      record.learningRate = e.at("learning_rate").get<double>();
      record.loss = numberOrNan(e.at("loss"));
      record.meanAupr = numberOrNan(e.at("mean_aupr"));
      record.best = e.at("best").get<bool>();
      record.seconds = e.at("seconds").get<double>();
      record.validation = figuresFromJson(e.at("validation"));
      if (record.best && std::isfinite(record.meanAupr)) bestAupr_ = record.meanAupr;
      result_.history.push_back(record);
    }
    result_.selectedEpoch = saved.at("selected").get<int>();
    best_ = store_.loadBest();
    result_.resumedAtEpoch = saved.at("epoch").get<int>() + 1;
    return result_.resumedAtEpoch;
  }

  void takeSelected() {
    const torch::NoGradGuard guard;
    for (const auto& [name, tensor] : state())
      if (const auto found = best_.find(name); found != best_.end()) tensor.copy_(found->second);
    network_->eval();
    result_.network = network_;
  }

  const SegmenterTrainOptions& options_;
  const std::vector<SegmenterImage>& train_;
  const std::vector<SegmenterImage>& validation_;
  const RunContext& context_;
  CheckpointStore store_;
  LesionIndex lesions_;
  torch::Tensor weights_;
  torch::Tensor used_;
  std::shared_ptr<UNet> network_;
  std::unique_ptr<Optimiser> optimiser_;
  std::int64_t stepsPerEpoch_ = 0;
  int nonFinite_ = 0;
  double bestAupr_ = -1;
  models::TensorMap best_;
  SegmenterTrainResult result_;
};

}  // namespace

std::vector<OptionIssue> SegmenterTrainOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (width < 1 || width > 256) issues.push_back({"width", "must lie between 1 and 256"});
  if (depth < 1 || depth > 6) issues.push_back({"depth", "must lie between 1 and 6"});
  if (shortSide < 64 || shortSide > 8192) issues.push_back({"short_side", "must lie between 64 and 8192"});
  if (tileSide < 32 || tileSide > 2048 || (depth >= 1 && depth <= 6 && tileSide % (1 << depth) != 0))
    issues.push_back({"tile_side", "must be a multiple of 2^depth between 32 and 2048"});
  if (tilesPerImage < 1 || tilesPerImage > 10'000)
    issues.push_back({"tiles_per_image", "must lie in 1..10000"});
  if (batchSize < 1 || batchSize > 1024) issues.push_back({"batch_size", "must lie in 1..1024"});
  if (epochs < 1 || epochs > 100'000) issues.push_back({"epochs", "must lie in 1..100000"});
  if (!(lesionShare >= 0 && lesionShare <= 1)) issues.push_back({"lesion_share", "must lie in 0..1"});
  if (!(zoomLow >= 0.1 && zoomLow <= zoomHigh && zoomHigh <= 10))
    issues.push_back({"zoom", "must be two magnifications from 0.1 to 10, the lower one first"});
  for (const OptionIssue& issue : optimiser.validate()) issues.push_back(issue);
  for (const OptionIssue& issue : schedule.validate()) issues.push_back(issue);
  return issues;
}

Json SegmenterTrainOptions::toJson() const {
  return {{"width", width},
          {"depth", depth},
          {"short_side", shortSide},
          {"tile_side", tileSide},
          {"tiles_per_image", tilesPerImage},
          {"batch_size", batchSize},
          {"epochs", epochs},
          {"lesion_share", lesionShare},
          {"zoom", {zoomLow, zoomHigh}},
          {"optimiser", toJsonFields(optimiser)},
          {"schedule", toJsonFields(schedule)},
          {"seed", seed}};
}

SegmenterImage prepareSegmenterImage(const data::FloatImage& view,
                                     const std::array<std::vector<std::uint8_t>, 5>& masks, int shortSide) {
  SegmenterImage image;
  const int nativeShort = std::min(view.width, view.height);
  const double scale = nativeShort > shortSide ? static_cast<double>(shortSide) / nativeShort : 1.0;
  image.width = std::max(1, static_cast<int>(std::lround(view.width * scale)));
  image.height = std::max(1, static_cast<int>(std::lround(view.height * scale)));
  const data::Box whole{0, 0, view.width, view.height};
  const std::vector<float> planes = segmentation::segmenterPlanes(
      scale < 1 ? data::resizeRegion(view, whole, image.width, image.height) : view);
  image.planes.reserve(planes.size());
  for (const float value : planes) image.planes.push_back(c10::Half(value).x);
  const auto width = static_cast<std::size_t>(image.width);
  image.truth.resize(width * static_cast<std::size_t>(image.height));
  for (std::size_t k = 0; k < kKinds; ++k) {
    if (masks[k].empty()) continue;
    for (int y = 0; y < view.height; ++y)
      for (int x = 0; x < view.width; ++x) {
        if (masks[k][static_cast<std::size_t>(y) * static_cast<std::size_t>(view.width) +
                     static_cast<std::size_t>(x)] == 0)
          continue;
        const auto toX = static_cast<std::size_t>(static_cast<std::int64_t>(x) * image.width / view.width);
        const auto toY = static_cast<std::size_t>(static_cast<std::int64_t>(y) * image.height / view.height);
        image.truth[toY * width + toX] |= static_cast<std::uint8_t>(1U << k);
      }
  }
  return image;
}

std::vector<std::uint8_t> truthOf(const SegmenterImage& image, std::size_t kind) {
  std::vector<std::uint8_t> truth(image.truth.size());
  for (std::size_t i = 0; i < truth.size(); ++i) truth[i] = image.truth[i] >> kind & 1;
  return truth;
}

SegmenterTrainResult trainSegmenterNetwork(const SegmenterTrainOptions& options,
                                           const std::vector<SegmenterImage>& train,
                                           const std::vector<SegmenterImage>& validation,
                                           const std::filesystem::path& runFolder, bool resume,
                                           const RunContext& context,
                                           const std::function<void(const SegmenterEpoch&)>& observer) {
  throwIfInvalid(options.validate());
  return Run(options, train, validation, runFolder, context).run(resume, observer);
}

}  // namespace medlocker::training
