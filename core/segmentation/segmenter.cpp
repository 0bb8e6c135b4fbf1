// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/segmentation/segmenter.h"

#include <torch/torch.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <set>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/data/resample.h"
#include "core/models/model_file.h"
#include "core/segmentation/unet.h"

namespace medlocker::segmentation {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSchema = "medlocker/segmenter/1";
constexpr int kMinComponentPixels = 4;
constexpr int kLeastShortSide = 64;
constexpr int kMostShortSide = 8192;
constexpr int kUsualShortSide = 1024;  // spec 2.1

/// Parameters and buffers by name.
std::vector<std::pair<std::string, torch::Tensor>> stateOf(const UNet& network) {
  std::vector<std::pair<std::string, torch::Tensor>> state;
  for (const auto& item : network.named_parameters()) state.emplace_back(item.key(), item.value());
  for (const auto& item : network.named_buffers()) state.emplace_back(item.key(), item.value());
  return state;
}

std::shared_ptr<UNet> emptyNetwork(const SegmenterInfo& info) {
  return std::make_shared<UNet>(kSegmenterChannels, static_cast<int>(kSegmentedKinds.size()), info.width,
                                info.depth,
                                /*initialise=*/false);
}

/// First positions of tiles along one axis: they overlap by at least `overlap` and the last one ends at the
/// edge.
std::vector<int> tileStarts(int length, int tile, int overlap) {
  std::vector<int> starts{0};
  while (starts.back() + tile < length)
    starts.push_back(std::min(starts.back() + tile - overlap, length - tile));
  return starts;
}

int roundedUp(int value, int multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

/// Regions with fewer than `least` pixels vanish.
void dropSmallComponents(cv::Mat& map, int least) {
  cv::Mat labels;
  cv::Mat stats;
  cv::Mat centroids;
  const int count = cv::connectedComponentsWithStats(map, labels, stats, centroids, 8, CV_32S);
  std::vector<std::uint8_t> kept(static_cast<std::size_t>(count));
  for (int i = 1; i < count; ++i)
    kept[static_cast<std::size_t>(i)] = stats.at<int>(i, cv::CC_STAT_AREA) >= least ? 1 : 0;
  for (int y = 0; y < map.rows; ++y)
    for (int x = 0; x < map.cols; ++x)
      map.at<std::uint8_t>(y, x) = kept[static_cast<std::size_t>(labels.at<int>(y, x))];
}

}  // namespace

std::vector<OptionIssue> SegmentOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (!(threshold >= 0.1 && threshold <= 0.9))
    issues.push_back({"threshold", "must lie between 0.1 and 0.9"});
  if (shortSide != 0 && (shortSide < kLeastShortSide || shortSide > kMostShortSide))
    issues.push_back({"short_side", "must be 0 (as trained), or lie between 64 and 8192"});
  if (tileSide < 128 || tileSide > 4096 || tileSide % 64 != 0)
    issues.push_back({"tile_side", "must be a multiple of 64 between 128 and 4096"});
  if (overlap < 0 || overlap > tileSide / 2)
    issues.push_back({"overlap", "must lie between 0 and half a tile"});
  return issues;
}

std::vector<float> segmenterPlanes(const data::FloatImage& view) {
  const cv::Mat colour(view.height, view.width, CV_32FC3, const_cast<float*>(view.values.data()));
  const int radius = std::max(2, std::min(view.width, view.height) / 24);
  cv::Mat mean;
  cv::blur(colour, mean, {2 * radius + 1, 2 * radius + 1}, {-1, -1}, cv::BORDER_REFLECT_101);
  const auto pixels = static_cast<std::size_t>(view.width) * static_cast<std::size_t>(view.height);
  std::vector<float> planes(kSegmenterChannels * pixels);
  const auto* means = mean.ptr<float>();
  for (std::size_t i = 0; i < pixels; ++i)
    for (std::size_t c = 0; c < 3; ++c) {
      planes[c * pixels + i] = view.values[3 * i + c];
      // Brought to about the spread of the colours themselves.
      planes[(3 + c) * pixels + i] = 8 * (view.values[3 * i + c] - means[3 * i + c]);
    }
  return planes;
}

Segmenter::Segmenter(const UNet& network, SegmenterInfo info, DeviceKind device)
    : info_(std::move(info)), device_(device), network_(emptyNetwork(info_)) {
  const torch::NoGradGuard guard;
  const auto source = stateOf(network);
  const auto target = stateOf(*network_);
  if (source.size() != target.size()) throw Error(ErrorCode::Internal, "segmenters of different structure");
  for (std::size_t i = 0; i < source.size(); ++i) target[i].second.copy_(source[i].second);
  network_->eval();
  network_->fold();
  for (torch::Tensor& parameter : network_->parameters()) {
    if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
    parameter.set_requires_grad(false);
  }
  if (device_ == DeviceKind::Cuda) network_->to(torch::kCUDA);
}

Segmenter::~Segmenter() = default;

int Segmenter::shortSideFor(const SegmentOptions& options) const {
  if (options.shortSide > 0) return options.shortSide;
  return info_.trainedShortSide > 0 ? std::clamp(info_.trainedShortSide, kLeastShortSide, kMostShortSide)
                                    : kUsualShortSide;
}

at::Tensor Segmenter::probabilitiesOf(const at::Tensor& input, const SegmentOptions& options) const {
  const torch::NoGradGuard guard;
  const auto height = static_cast<int>(input.size(2));
  const auto width = static_cast<int>(input.size(3));
  // One size for all tiles of an image; small images become one tile.
  const int multiple = network_->sizeMultiple();
  const int tileHeight = std::min(options.tileSide, roundedUp(height, multiple));
  const int tileWidth = std::min(options.tileSide, roundedUp(width, multiple));
  const torch::Tensor padded = height < tileHeight || width < tileWidth
                                   ? torch::constant_pad_nd(input, {0, std::max(0, tileWidth - width), 0,
                                                                    std::max(0, tileHeight - height)})
                                   : input;
  const auto paddedHeight = static_cast<int>(padded.size(2));
  const auto paddedWidth = static_cast<int>(padded.size(3));
  torch::Tensor result = torch::zeros(
      {1, static_cast<std::int64_t>(kSegmentedKinds.size()), paddedHeight, paddedWidth}, torch::kFloat);
  for (const int y : tileStarts(paddedHeight, tileHeight, options.overlap))
    for (const int x : tileStarts(paddedWidth, tileWidth, options.overlap)) {
      torch::Tensor tile = padded.narrow(2, y, tileHeight).narrow(3, x, tileWidth);
      if (device_ == DeviceKind::Cuda) tile = tile.to(torch::kCUDA);
      const torch::Tensor found =
          network_->forward(tile.contiguous(torch::MemoryFormat::ChannelsLast)).sigmoid().to(torch::kCPU);
      torch::Tensor place = result.narrow(2, y, tileHeight).narrow(3, x, tileWidth);
      place.copy_(torch::maximum(place, found));
    }
  return result.narrow(2, 0, height).narrow(3, 0, width).contiguous();
}

LesionProbabilities Segmenter::probabilities(const data::FloatImage& view,
                                             const data::FieldOfView& fieldOfView,
                                             const SegmentOptions& options) const {
  throwIfInvalid(options.validate());
  const int nativeShort = std::min(view.width, view.height);
  LesionProbabilities result;
  result.width = view.width;
  result.height = view.height;
  const int shortSide = shortSideFor(options);
  if (nativeShort > shortSide) {
    const double scale = static_cast<double>(shortSide) / nativeShort;
    result.width = std::max(1, static_cast<int>(std::lround(view.width * scale)));
    result.height = std::max(1, static_cast<int>(std::lround(view.height * scale)));
  }
  const data::Box whole{0, 0, view.width, view.height};
  const bool same = result.width == view.width && result.height == view.height;
  const data::FloatImage scaled =
      same ? data::FloatImage{} : data::resizeRegion(view, whole, result.width, result.height);
  const std::vector<float> planes = segmenterPlanes(same ? view : scaled);
  torch::Tensor input = torch::from_blob(const_cast<float*>(planes.data()),
                                         {1, kSegmenterChannels, result.height, result.width})
                            .clone();
  for (int c = 0; c < 3; ++c)
    input.select(1, c)
        .sub_(info_.mean[static_cast<std::size_t>(c)])
        .div_(info_.stddev[static_cast<std::size_t>(c)]);
  const torch::Tensor found = probabilitiesOf(input, options);

  const std::vector<std::uint8_t> inside =
      same ? fieldOfView.mask
           : data::resizeMask(fieldOfView.mask, view.width, view.height, whole, result.width, result.height);
  const auto pixels = static_cast<std::size_t>(result.width) * static_cast<std::size_t>(result.height);
  for (std::size_t k = 0; k < kSegmentedKinds.size(); ++k) {
    const float* values = found.data_ptr<float>() + k * pixels;
    std::vector<float>& map = result.maps.emplace_back(values, values + pixels);
    for (std::size_t i = 0; i < pixels; ++i)
      if (inside[i] == 0) map[i] = 0;
  }
  return result;
}

std::vector<LesionMask> masksFrom(const LesionProbabilities& probabilities, double threshold, int nativeWidth,
                                  int nativeHeight) {
  std::vector<LesionMask> masks;
  for (std::size_t k = 0; k < probabilities.maps.size(); ++k) {
    cv::Mat map(probabilities.height, probabilities.width, CV_8UC1);
    const std::vector<float>& values = probabilities.maps[k];
    for (std::size_t i = 0; i < values.size(); ++i)
      map.data[i] = values[i] >= static_cast<float>(threshold) ? 1 : 0;
    dropSmallComponents(map, kMinComponentPixels);
    if (cv::countNonZero(map) == 0) continue;
    LesionMask mask;
    mask.kind = kSegmentedKinds[k];
    mask.name = std::string(data::toString(mask.kind));
    mask.mask.width = nativeWidth;
    mask.mask.height = nativeHeight;
    cv::Mat native;
    // Nearest by pixel centres: every native pixel takes the value of the cell it lies in.
    cv::resize(map, native, {nativeWidth, nativeHeight}, 0, 0, cv::INTER_NEAREST_EXACT);
    mask.mask.values.assign(native.data, native.data + native.total());
    masks.push_back(std::move(mask));
  }
  return masks;
}

SegmenterInfo saveSegmenter(const fs::path& folder, const UNet& network, SegmenterInfo info) {
  models::TensorMap tensors;
  for (const auto& [name, tensor] : stateOf(network)) tensors.emplace(name, tensor);
  const Bytes weights = models::serialiseSafetensors(tensors, {{"format", "pt"}});
  info.sha256 = toHex(sha256(weights));
  Json kinds = Json::array();
  for (const data::LesionKind kind : kSegmentedKinds) kinds.push_back(data::toString(kind));
  const Json json = {{"schema", kSchema},
                     {"name", info.name},
                     {"arch", "unet"},
                     {"sha256", info.sha256},
                     {"kinds", kinds},
                     {"width", info.width},
                     {"depth", info.depth},
                     {"trained_short_side", info.trainedShortSide},
                     {"mean", info.mean},
                     {"std", info.stddev},
                     {"threshold", info.threshold},
                     {"training", info.training}};
  const models::ModelFiles files = models::modelFiles(folder);
  writeFileAtomically(files.weights, weights);
  writeFileAtomically(files.description, json.dump(2) + "\n");
  return info;
}

std::shared_ptr<Segmenter> loadSegmenter(const fs::path& path, DeviceKind device) {
  const models::ModelFiles files = models::modelFiles(path);
  if (!fs::exists(files.description) || !fs::exists(files.weights))
    throw Error(ErrorCode::NotFound, "there is no segmenter here (model.safetensors with model.json)",
                path.string());
  SegmenterInfo info;
  try {
    const Json json = parseJsonStrictly(readTextFile(files.description));
    if (json.at("schema") != kSchema)
      throw Error(ErrorCode::InputRejected,
                  "this is no segmenter (its schema is not '" + std::string(kSchema) + "')");
    info.name = json.at("name").get<std::string>();
    info.sha256 = json.at("sha256").get<std::string>();
    info.width = json.at("width").get<int>();
    info.depth = json.at("depth").get<int>();
    info.trainedShortSide = json.at("trained_short_side").get<int>();
    info.mean = json.at("mean").get<std::array<float, 3>>();
    info.stddev = json.at("std").get<std::array<float, 3>>();
    info.threshold = json.at("threshold").get<double>();
    info.training = json.at("training");
    Json kinds = Json::array();
    for (const data::LesionKind kind : kSegmentedKinds) kinds.push_back(data::toString(kind));
    if (json.at("kinds") != kinds) throw Error(ErrorCode::InputRejected, "it marks other structures");
  } catch (const Json::exception&) {
    throw Error(ErrorCode::InputRejected, "a field of the segmenter's description is missing or wrong",
                files.description.string());
  } catch (const Error& e) {
    throw e.withContext(files.description.string());
  }
  bool plausible = info.width >= 1 && info.width <= 256 && info.depth >= 1 && info.depth <= 6 &&
                   info.threshold >= 0.1 && info.threshold <= 0.9;
  for (const float deviation : info.stddev)
    plausible = plausible && std::isfinite(deviation) && deviation > 0;
  for (const float mean : info.mean) plausible = plausible && std::isfinite(mean);
  if (!plausible)
    throw Error(ErrorCode::InputRejected, "a field of the segmenter's description is out of range",
                files.description.string());
  Digest digest{};
  const models::Safetensors content = models::readSafetensors(files.weights, &digest);
  if (toHex(digest) != info.sha256)
    throw Error(ErrorCode::InputRejected,
                "the weights are not those that model.json describes (SHA-256 differs)",
                files.weights.string());
  const auto network = emptyNetwork(info);
  const torch::NoGradGuard guard;
  std::size_t used = 0;
  for (const auto& [name, target] : stateOf(*network)) {
    const auto found = content.tensors.find(name);
    if (found == content.tensors.end() || found->second.sizes() != target.sizes())
      throw Error(ErrorCode::InputRejected, "the weights do not fit: " + name, files.weights.string());
    target.copy_(found->second);
    if (target.is_floating_point() && !torch::isfinite(target).all().item<bool>())
      throw Error(ErrorCode::InputRejected, "the weights hold a value that is not a finite number in " + name,
                  files.weights.string());
    ++used;
  }
  if (used != content.tensors.size())
    throw Error(ErrorCode::InputRejected, "the weights hold more than the network has",
                files.weights.string());
  return std::make_shared<Segmenter>(*network, std::move(info), device);
}

}  // namespace medlocker::segmentation
