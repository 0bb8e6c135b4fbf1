// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/defences/learned_networks.h"

#include "core/common/error.h"

namespace medlocker::attacks {
namespace {

constexpr int kSmallSide = 64;
constexpr double kResidualScale = 0.2;
constexpr int kDenseParts = 3;
constexpr std::int64_t kFeatures = 64;
constexpr std::int64_t kGrowth = 32;

torch::nn::Conv2d conv3(std::int64_t in, std::int64_t out, std::int64_t stride = 1) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).stride(stride).padding(1));
}

/// `count` times convolution, batch norm, ReLU.
torch::nn::Sequential convBlock(std::int64_t in, std::int64_t out, int count, std::int64_t stride) {
  torch::nn::Sequential block;
  for (int i = 0; i < count; ++i) {
    block->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(i == 0 ? in : out, out, 3)
                                           .stride(i == 0 ? stride : 1)
                                           .padding(1)
                                           .bias(false)));
    block->push_back(torch::nn::BatchNorm2d(out));
    block->push_back(torch::nn::ReLU());
  }
  return block;
}

torch::nn::Sequential eluChain(const std::vector<std::int64_t>& widths) {
  torch::nn::Sequential chain;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    chain->push_back(conv3(widths[i], widths[i + 1]));
    if (i + 2 < widths.size()) chain->push_back(torch::nn::ELU());
  }
  return chain;
}

void initConvolutions(torch::nn::Module& module, double gain) {
  const torch::NoGradGuard noGradients;
  for (const auto& child : module.modules(false))
    if (auto* conv = child->as<torch::nn::Conv2d>()) {
      torch::nn::init::kaiming_normal_(conv->weight, 0, torch::kFanIn, torch::kReLU);
      conv->weight.mul_(gain);
      if (conv->bias.defined()) conv->bias.zero_();
    }
}

}  // namespace

std::string_view toString(LearnedDefenceKind kind) {
  switch (kind) {
    case LearnedDefenceKind::Hgd:
      return "hgd";
    case LearnedDefenceKind::ComDefend:
      return "comdefend";
    case LearnedDefenceKind::Nrp:
      return "nrp";
  }
  return "hgd";
}

LearnedDefenceKind parseLearnedDefence(std::string_view name) {
  for (const auto kind : {LearnedDefenceKind::Hgd, LearnedDefenceKind::ComDefend, LearnedDefenceKind::Nrp})
    if (toString(kind) == name) return kind;
  throw Error(ErrorCode::InvalidArgument,
              "a trained defence is one of hgd, comdefend, nrp; not '" + std::string(name) + "'");
}

GuidedDenoiserImpl::GuidedDenoiserImpl(int side) {
  const std::vector<std::int64_t> widths = side <= kSmallSide
                                               ? std::vector<std::int64_t>{32, 64, 128}
                                               : std::vector<std::int64_t>{64, 128, 256, 256, 256};
  const std::size_t levels = widths.size();
  for (std::size_t level = 0; level < levels; ++level)
    encoder_.push_back(register_module("encoder" + std::to_string(level),
                                       convBlock(level == 0 ? 3 : widths[level - 1], widths[level],
                                                 level == 0 ? 2 : 3, level == 0 ? 1 : 2)));
  std::int64_t below = widths.back();
  for (std::size_t level = levels - 1; level-- > 0;) {
    decoder_.push_back(
        register_module("decoder" + std::to_string(level),
                        convBlock(below + widths[level], widths[level], level == 0 ? 2 : 3, 1)));
    below = widths[level];
  }
  output_ = register_module("output", torch::nn::Conv2d(torch::nn::Conv2dOptions(below, 3, 1)));
}

void GuidedDenoiserImpl::initialise() {
  initConvolutions(*this, 1);
  // The denoiser begins as the identity.
  const torch::NoGradGuard noGradients;
  output_->weight.mul_(1e-2);
}

torch::Tensor GuidedDenoiserImpl::forward(torch::Tensor images) {
  std::vector<torch::Tensor> skips;
  torch::Tensor x = images;
  for (auto& block : encoder_) {
    x = block->forward(x);
    skips.push_back(x);
  }
  std::size_t level = skips.size() - 1;
  for (auto& block : decoder_) {
    const torch::Tensor& skip = skips[--level];
    x = torch::upsample_bilinear2d(x, {skip.size(2), skip.size(3)}, false);
    x = block->forward(torch::cat({x, skip}, 1));
  }
  return images + output_->forward(x);
}

CompressionNetworkImpl::CompressionNetworkImpl()
    : encoder_(eluChain({3, 16, 32, 64, 128, 256, 128, 64, 32, 12})),
      decoder_(eluChain({12, 32, 64, 128, 256, 128, 64, 32, 16, 3})) {
  register_module("encoder", encoder_);
  register_module("decoder", decoder_);
}

void CompressionNetworkImpl::initialise() {
  initConvolutions(*this, 1);
}

torch::Tensor CompressionNetworkImpl::encode(const torch::Tensor& images) {
  return encoder_->forward(images);
}

torch::Tensor CompressionNetworkImpl::decode(const torch::Tensor& code) {
  return decoder_->forward(code).sigmoid();
}

torch::Tensor CompressionNetworkImpl::forward(torch::Tensor images) {
  return decode(torch::round(encode(images).sigmoid()));
}

PurifierNetworkImpl::PurifierNetworkImpl(int side) {
  first_ = register_module("first", conv3(3, kFeatures));
  const int blocks = side <= kSmallSide ? 4 : 23;
  for (int b = 0; b < blocks; ++b) {
    std::vector<std::vector<torch::nn::Conv2d>> parts;
    for (int p = 0; p < kDenseParts; ++p) {
      std::vector<torch::nn::Conv2d> convolutions;
      for (int c = 0; c < 5; ++c)
        convolutions.push_back(
            register_module("block" + std::to_string(b) + "_" + std::to_string(p) + "_" + std::to_string(c),
                            conv3(kFeatures + c * kGrowth, c == 4 ? kFeatures : kGrowth)));
      parts.push_back(std::move(convolutions));
    }
    blocks_.push_back(std::move(parts));
  }
  trunk_ = register_module("trunk", conv3(kFeatures, kFeatures));
  last_ = register_module("last", conv3(kFeatures, 3));
}

void PurifierNetworkImpl::initialise() {
  initConvolutions(*this, 0.1);  // residual branches begin small (Wang et al. 2018, ESRGAN)
}

torch::Tensor PurifierNetworkImpl::forward(torch::Tensor images) {
  const torch::Tensor shallow = first_->forward(images);
  torch::Tensor x = shallow;
  for (auto& block : blocks_) {
    torch::Tensor inner = x;
    for (auto& part : block) {
      torch::Tensor seen = inner;
      torch::Tensor out;
      for (std::size_t c = 0; c < part.size(); ++c) {
        out = part[c]->forward(seen);
        if (c + 1 < part.size()) {
          out = torch::leaky_relu(out, 0.2);
          seen = torch::cat({seen, out}, 1);
        }
      }
      inner = inner + kResidualScale * out;
    }
    x = x + kResidualScale * inner;
  }
  return images + last_->forward(torch::leaky_relu(shallow + trunk_->forward(x), 0.2));
}

std::shared_ptr<models::Network> makeDefenceNetwork(LearnedDefenceKind kind, int side) {
  std::shared_ptr<models::Network> network;
  switch (kind) {
    case LearnedDefenceKind::Hgd:
      network = std::make_shared<GuidedDenoiserImpl>(side);
      break;
    case LearnedDefenceKind::ComDefend:
      network = std::make_shared<CompressionNetworkImpl>();
      break;
    case LearnedDefenceKind::Nrp:
      network = std::make_shared<PurifierNetworkImpl>(side);
      break;
  }
  network->initialise();
  return network;
}

}  // namespace medlocker::attacks
