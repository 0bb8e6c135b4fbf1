// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/common/error.h"
#include "core/models/aw_net.h"
#include "core/models/densenet.h"
#include "core/models/efficientnet.h"
#include "core/models/inception_v3.h"
#include "core/models/mobilenet_v2.h"
#include "core/models/mobilenet_v3.h"
#include "core/models/network.h"
#include "core/models/resnet.h"
#include "core/models/vgg.h"
#include "core/models/vision_transformer.h"
#include "core/models/wide_resnet.h"

namespace medlocker::models {
namespace {

using Factory = std::shared_ptr<Network> (*)(const NetworkOptions&);

struct Entry {
  ArchitectureInfo info;
  Factory make;
  int sizeMultiple = 1;
};

template <ResNetLayout (*Layout)()>
std::shared_ptr<Network> residual(const NetworkOptions& options) {
  return std::make_shared<ResNet>(Layout(), options);
}

template <AwLayout (*Layout)()>
std::shared_ptr<Network> weightVaried(const NetworkOptions& options) {
  return std::make_shared<AwNet>(Layout(), options);
}

template <int BlocksPerGroup, int WidenFactor>
std::shared_ptr<Network> wideResidual(const NetworkOptions& options) {
  return std::make_shared<WideResNet>(WideResNetLayout{BlocksPerGroup, WidenFactor}, options);
}

template <typename Net>
std::shared_ptr<Network> simple(const NetworkOptions& options) {
  return std::make_shared<Net>(options);
}

const std::vector<Entry>& registry() {
  static const std::vector<Entry> entries = {
      {{"resnet8", "small residual net (3x3 stem, 16-32-64 channels) for small images", 64, 16},
       residual<resnet8Layout>},
      {{"resnet18_small", "residual net, 18 layers, 3x3 stem without pooling, for small images", 32, 16},
       residual<resnet18SmallLayout>},
      {{"wrn_10_2", "small wide residual net (depth 10, factor 2) for small images and quick trials", 32, 16},
       wideResidual<1, 2>},
      {{"wrn_34_10", "wide residual net (depth 34, factor 10) for small images, large", 32, 16},
       wideResidual<5, 10>},
      {{"mobilenet_v2_small", "mobile net with inverted residuals for small images", 32, 16},
       simple<MobileNetV2Small>},
      {{"aw_resnet8", "AW-Net on resnet8: filters and normalisation follow the image (method aw-net)", 64,
        16},
       weightVaried<awResNet8Layout>},
      {{"aw_resnet18_small", "AW-Net on resnet18_small (method aw-net)", 32, 16},
       weightVaried<awResNet18Layout>},
      {{"aw_wrn_34_10", "AW-Net on wrn_34_10, large (method aw-net)", 32, 16},
       weightVaried<awWideResNet34Layout>},
      {{"resnet18", "residual net, 18 layers", 224, 32}, residual<resnet18Layout>},
      {{"resnet34", "residual net, 34 layers", 224, 32}, residual<resnet34Layout>},
      {{"resnet50", "residual net with bottlenecks, 50 layers", 224, 32}, residual<resnet50Layout>},
      {{"vgg16_bn", "plain deep net with batch normalisation, 16 layers, large", 224, 32}, simple<Vgg16>},
      {{"densenet121", "densely connected net, 121 layers", 224, 32}, simple<DenseNet121>},
      {{"mobilenet_v3_large", "small mobile net with squeeze and excitation", 224, 32},
       simple<MobileNetV3Large>},
      {{"efficientnet_b0", "small mobile net with compound scaling", 224, 32}, simple<EfficientNetB0>},
      {{"inception_v3", "inception net with an auxiliary head while training", 299, 75}, simple<InceptionV3>},
      {{"vit_b_16", "vision transformer, patches of 16, input size a multiple of 16", 224, 32},
       simple<VisionTransformerB16>,
       16},
  };
  return entries;
}

}  // namespace

const std::vector<ArchitectureInfo>& architectures() {
  static const std::vector<ArchitectureInfo> infos = [] {
    std::vector<ArchitectureInfo> list;
    for (const Entry& entry : registry()) list.push_back(entry.info);
    return list;
  }();
  return infos;
}

std::shared_ptr<Network> makeNetwork(const std::string& arch, const NetworkOptions& options) {
  for (const Entry& entry : registry()) {
    if (entry.info.name != arch) continue;
    if (options.outputs < 1 || options.outputs > 100'000)
      throw Error(ErrorCode::InvalidArgument, "a classifier has 1 to 100000 outputs");
    if (options.inputSize < entry.info.minInputSize || options.inputSize > 4096)
      throw Error(ErrorCode::InvalidArgument, arch + " takes an input size from " +
                                                  std::to_string(entry.info.minInputSize) + " to 4096, not " +
                                                  std::to_string(options.inputSize));
    if (options.inputSize % entry.sizeMultiple != 0)
      throw Error(ErrorCode::InvalidArgument, arch + " takes an input size that is a multiple of " +
                                                  std::to_string(entry.sizeMultiple) + ", not " +
                                                  std::to_string(options.inputSize));
    if (options.dropout >= 1)
      throw Error(ErrorCode::InvalidArgument, "the dropout probability must be below 1");
    auto network = entry.make(options);
    network->arch_ = arch;
    network->options_ = options;
    if (options.initialise) network->initialise();
    return network;
  }
  std::string known;
  for (const Entry& entry : registry()) known += (known.empty() ? "" : ", ") + entry.info.name;
  throw Error(ErrorCode::InvalidArgument, "unknown architecture '" + arch + "'; known are " + known);
}

}  // namespace medlocker::models
