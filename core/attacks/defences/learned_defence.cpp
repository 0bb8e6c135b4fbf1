// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/defences/learned_defence.h"

#include <torch/torch.h>

#include <algorithm>

#include "core/attacks/defences/learned_networks.h"
#include "core/attacks/transfer/gradient_views.h"
#include "core/common/error.h"
#include "core/common/files.h"
#include "core/models/model_file.h"

namespace medlocker::attacks {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWeightsFile = "defence.safetensors";
constexpr const char* kDescriptionFile = "defence.json";
constexpr double kDynamicDeviation = 0.05;
constexpr double kDynamicBound = 16.0 / 255;

LearnedDefenceInfo infoFromJson(const Json& json) {
  LearnedDefenceInfo info;
  try {
    if (json.at("schema") != kDefenceSchema)
      throw Error(ErrorCode::InputRejected, "is no trained defence of a known version");
    info.kind = parseLearnedDefence(json.at("kind").get<std::string>());
    info.inputSize = json.at("input_size").get<int>();
    info.sha256 = json.at("sha256").get<std::string>();
    info.training = json.at("training");
  } catch (const Json::exception& e) {
    throw Error(ErrorCode::InputRejected, std::string("is no description of a trained defence: ") + e.what());
  } catch (const Error& e) {
    throw Error(ErrorCode::InputRejected, e.message());
  }
  if (info.inputSize < 8 || info.inputSize > 4096)
    throw Error(ErrorCode::InputRejected, "the field 'input_size' must lie in 8..4096");
  return info;
}

}  // namespace

LearnedDefence::LearnedDefence(std::shared_ptr<models::Network> network, LearnedDefenceInfo info,
                               bool dynamic)
    : network_(std::move(network)), info_(std::move(info)), dynamic_(dynamic) {
  network_->eval();
  for (const auto& parameter : network_->parameters()) parameter.set_requires_grad(false);
}

std::string LearnedDefence::name() const {
  return std::string(toString(info_.kind)) + (dynamic_ ? "-dynamic" : "");
}

DefenceProperties LearnedDefence::properties() const {
  // ComDefend rounds its code.
  return {dynamic_, info_.kind != LearnedDefenceKind::ComDefend, true};
}

Json LearnedDefence::settings() const {
  return {{"sha256", info_.sha256}, {"input_size", info_.inputSize}, {"dynamic", dynamic_}};
}

at::Tensor LearnedDefence::transform(const at::Tensor& images, std::span<const RandomStream> streams,
                                     int pass) const {
  at::Tensor shown = images;
  if (dynamic_) {
    at::Tensor noise = torch::empty(images.sizes(), torch::kFloat);
    auto* value = noise.data_ptr<float>();
    const std::int64_t perImage = images.size(0) > 0 ? noise.numel() / images.size(0) : 0;
    for (std::int64_t i = 0; i < images.size(0); ++i) {
      RandomStream stream =
          streams[static_cast<std::size_t>(i)].child("nrp", static_cast<std::uint64_t>(pass));
      for (std::int64_t j = 0; j < perImage; ++j)
        *value++ = static_cast<float>(
            std::clamp(kDynamicDeviation * stream.normal(), -kDynamicBound, kDynamicBound));
    }
    shown = (images + noise).clamp(0, 1);
  }
  const at::Tensor purified = network_->forward(resizeTo(shown, info_.inputSize));
  return resizeTo(purified, images.size(2)).clamp(0, 1);
}

LearnedDefenceInfo saveDefence(const fs::path& folder, const models::Network& network,
                               LearnedDefenceInfo info) {
  models::TensorMap tensors;
  for (const auto& [name, tensor] : models::stateDict(network)) tensors.emplace(name, tensor.detach());
  const Bytes weights = models::serialiseSafetensors(tensors, {{"format", "pt"}});
  info.sha256 = toHex(sha256(weights));
  const Json json = {{"schema", kDefenceSchema},
                     {"kind", toString(info.kind)},
                     {"input_size", info.inputSize},
                     {"sha256", info.sha256},
                     {"training", info.training}};
  // A crash between the two leaves a pair whose SHA-256 disagrees, which loading refuses.
  writeFileAtomically(folder / kWeightsFile, weights);
  writeFileAtomically(folder / kDescriptionFile, json.dump(2) + "\n");
  return info;
}

std::shared_ptr<const LearnedDefence> loadDefence(const fs::path& folder, bool dynamic) {
  const fs::path description = folder / kDescriptionFile;
  const fs::path weights = folder / kWeightsFile;
  if (!fs::exists(description) || !fs::exists(weights))
    throw Error(ErrorCode::NotFound, "there is no trained defence here (defence.safetensors, defence.json)",
                folder.string());
  LearnedDefenceInfo info;
  try {
    info = infoFromJson(parseJsonStrictly(readTextFile(description)));
  } catch (const Error& e) {
    throw e.withContext(description.string());
  }
  Digest digest{};
  const models::Safetensors content = models::readSafetensors(weights, &digest);
  if (toHex(digest) != info.sha256)
    throw Error(ErrorCode::InputRejected, "the weights are not those that defence.json describes",
                weights.string());
  auto network = makeDefenceNetwork(info.kind, info.inputSize);
  try {
    models::loadStateDict(*network, content.tensors);
  } catch (const Error& e) {
    throw e.withContext(weights.string());
  }
  return std::make_shared<LearnedDefence>(std::move(network), std::move(info), dynamic);
}

}  // namespace medlocker::attacks
