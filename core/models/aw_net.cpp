// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/aw_net.h"

#include <set>

#include "core/common/error.h"

namespace medlocker::models {
namespace {

constexpr const char* kSchema = "medlocker/aw-net/1";

[[noreturn]] void reject(const std::string& reason) {
  throw Error(ErrorCode::InputRejected, reason);
}

const char* siteName(bool afterNorm) {
  return afterNorm ? "post_bn" : "pre_bn";
}

}  // namespace

std::string_view toString(AwRoute route) {
  switch (route) {
    case AwRoute::Soft:
      return "soft";
    case AwRoute::Hard:
      return "hard";
    case AwRoute::ForceClean:
      return "force_clean";
    case AwRoute::ForceAdv:
      return "force_adv";
    case AwRoute::Fixed:
      return "fixed";
  }
  return "soft";
}

AwRoute parseAwRoute(std::string_view name) {
  for (const AwRoute route :
       {AwRoute::Soft, AwRoute::Hard, AwRoute::ForceClean, AwRoute::ForceAdv, AwRoute::Fixed})
    if (toString(route) == name) return route;
  reject("a route is one of soft, hard, force_clean, force_adv, fixed; not '" + std::string(name) + "'");
}

void AwSettings::requireValid() const {
  if (!(fixedProbability >= 0 && fixedProbability <= 1)) reject("the fixed probability must lie in 0..1");
  if (!(detectorTemperature > 0 && std::isfinite(detectorTemperature)))
    reject("the detector temperature must be above 0");
  if (!teachers.is_object()) reject("the teachers must be an object");
}

/// Two dynamic 3×3 convolutions and a shortcut, in the order of either family.
class AwBlockImpl : public torch::nn::Module {
 public:
  AwBlockImpl(std::int64_t in, std::int64_t out, std::int64_t stride, bool preActivation,
              std::size_t firstSignal)
      : preActivation_(preActivation),
        firstSignal_(firstSignal),
        conv1(register_module("conv1", Conv(squareConv(in, out, 3, stride)))),
        bn1(register_module("bn1", MixBatchNorm(preActivation ? in : out))),
        conv2(register_module("conv2", Conv(squareConv(out, out, 3)))),
        bn2(register_module("bn2", MixBatchNorm(out))) {
    if (stride == 1 && in == out) return;
    shortcutConv = register_module("shortcut", Conv(squareConv(in, out, 1, stride)));
    if (!preActivation) shortcutNorm = register_module("shortcutNorm", MixBatchNorm(out));
  }

  torch::Tensor forward(const torch::Tensor& x, const AwPass& pass) {
    return preActivation_ ? forwardPreActivation(x, pass) : forwardPostActivation(x, pass);
  }

  void initialise() {
    for (const Conv& conv : {conv1, conv2}) initKaimingNormal(conv->weight, /*fanOut=*/true);
    if (shortcutConv) initKaimingNormal(shortcutConv->weight, /*fanOut=*/true);
    bn1->initialise();
    bn2->initialise();
    if (shortcutNorm) shortcutNorm->initialise();
  }

 private:
  torch::Tensor modulated(const torch::Tensor& convolved, const AwPass& pass, std::size_t which) const {
    return pass.signals.empty() ? convolved : scaleChannels(convolved, pass.signals[firstSignal_ + which]);
  }

  torch::Tensor convNorm(const torch::Tensor& x, Conv& conv, MixBatchNorm& norm, const AwPass& pass,
                         std::size_t which) {
    if (pass.signalsAfterNorm) return modulated(norm(conv(x), pass), pass, which);
    return norm(modulated(conv(x), pass, which), pass);
  }

  torch::Tensor forwardPostActivation(const torch::Tensor& x, const AwPass& pass) {
    torch::Tensor out = torch::relu(convNorm(x, conv1, bn1, pass, 0));
    out = convNorm(out, conv2, bn2, pass, 1);
    return torch::relu(out + (shortcutConv ? shortcutNorm(shortcutConv(x), pass) : x));
  }

  /// The second convolution is followed by no normalisation of its own, so its signal acts on the filter at
  /// either site.
  torch::Tensor forwardPreActivation(const torch::Tensor& x, const AwPass& pass) {
    const torch::Tensor activated = torch::relu(bn1(x, pass));
    const torch::Tensor out = torch::relu(convNorm(activated, conv1, bn2, pass, 0));
    return modulated(conv2(out), pass, 1) + (shortcutConv ? shortcutConv(activated) : x);
  }

  bool preActivation_;
  std::size_t firstSignal_;

 public:
  Conv conv1;
  MixBatchNorm bn1;
  Conv conv2;
  MixBatchNorm bn2;
  Conv shortcutConv{nullptr};
  MixBatchNorm shortcutNorm{nullptr};
};

AwNet::AwNet(const AwLayout& layout, const NetworkOptions& options) : preActivation_(layout.preActivation) {
  std::int64_t channels = layout.stemWidth;
  conv1_ = register_module("conv1", Conv(squareConv(3, channels, 3)));
  if (!preActivation_) bn1_ = register_module("bn1", MixBatchNorm(channels));
  for (std::size_t stage = 0; stage < layout.blocks.size(); ++stage) {
    Group group = register_module("layer" + std::to_string(stage + 1), Group());
    for (int i = 0; i < layout.blocks[stage]; ++i) {
      const std::int64_t width = layout.widths[stage];
      const std::int64_t stride = stage > 0 && i == 0 ? 2 : 1;
      blocks_.push_back(group->add(
          std::to_string(i),
          std::make_shared<AwBlockImpl>(channels, width, stride, preActivation_, dynamicWidths_.size())));
      dynamicWidths_.insert(dynamicWidths_.end(), 2, width);
      channels = width;
    }
  }
  if (preActivation_) bn1_ = register_module("bn1", MixBatchNorm(channels));
  fc_ = register_module("fc", Linear(channels, options.outputs));
  router_ = register_module("router", AwRouter(dynamicWidths_, options.inputSize));
}

torch::Tensor AwNet::run(const torch::Tensor& normalised, const AwPass& pass) {
  torch::Tensor x = conv1_(normalised);
  if (!preActivation_) x = torch::relu(bn1_(x, pass));
  for (const auto& block : blocks_) x = block->forward(x, pass);
  if (preActivation_) x = torch::relu(bn1_(x, pass));
  return fc_(torch::adaptive_avg_pool2d(x, {1, 1}).flatten(1));
}

AwPass AwNet::evaluationPass(const torch::Tensor& features) {
  AwPass pass;
  pass.signalsAfterNorm = settings_.signalsAfterNorm;
  const torch::Tensor d = router_->detector(features);
  switch (settings_.mixedNorm ? settings_.route : AwRoute::ForceClean) {
    case AwRoute::Soft:
      pass.adversarial = torch::sigmoid(d / settings_.detectorTemperature);
      break;
    case AwRoute::Hard:
      pass.adversarial = d.gt(0).to(torch::kFloat);
      break;
    case AwRoute::ForceClean:
      pass.adversarial = torch::zeros_like(d);
      break;
    case AwRoute::ForceAdv:
      pass.adversarial = torch::ones_like(d);
      break;
    case AwRoute::Fixed:
      pass.adversarial = torch::full_like(d, settings_.fixedProbability);
      break;
  }
  return pass;
}

torch::Tensor AwNet::forward(torch::Tensor images) {
  const torch::Tensor x = normalise(images);
  const torch::Tensor features = router_->features(x);
  AwPass pass;
  if (is_training()) {
    lastDetector_ = router_->detector(features);
    pass.batchStatistics = true;
    pass.domain = settings_.mixedNorm ? domain_ : AwDomain::Clean;
    pass.signalsAfterNorm = settings_.signalsAfterNorm;
  } else {
    pass = evaluationPass(features);
  }
  if (settings_.signals) pass.signals = router_->signals(features);
  return run(x, pass);
}

torch::Tensor AwNet::detect(const torch::Tensor& images) {
  return router_->detector(router_->features(normalise(images)));
}

std::vector<torch::Tensor> AwNet::signalsOf(const torch::Tensor& images) {
  return router_->signals(router_->features(normalise(images)));
}

torch::Tensor AwNet::forwardWithSignals(const torch::Tensor& images,
                                        const std::vector<torch::Tensor>& signals) {
  const torch::Tensor x = normalise(images);
  AwPass pass = evaluationPass(router_->features(x));
  pass.signals = signals;
  return run(x, pass);
}

void AwNet::initialise() {
  initKaimingNormal(conv1_->weight, /*fanOut=*/true);
  bn1_->initialise();
  for (const auto& block : blocks_) block->initialise();
  initLinearDefault(*fc_);
  router_->initialise();
}

void AwNet::setSettings(const AwSettings& settings) {
  settings.requireValid();
  settings_ = settings;
}

Json AwNet::architectureState() const {
  return {{"schema", kSchema},
          {"route", std::string(toString(settings_.route))},
          {"fixed_probability", settings_.fixedProbability},
          {"detector_temperature", settings_.detectorTemperature},
          {"signals", settings_.signals},
          {"mixed_norm", settings_.mixedNorm},
          {"site", siteName(settings_.signalsAfterNorm)},
          {"teachers", settings_.teachers}};
}

void AwNet::setArchitectureState(const Json& state) {
  static const std::set<std::string> known = {
      "schema",     "route", "fixed_probability", "detector_temperature", "signals",
      "mixed_norm", "site",  "teachers"};
  if (!state.is_object()) reject("the settings of an AW-Net ('network') are missing");
  for (const auto& item : state.items())
    if (!known.contains(item.key())) reject("unknown setting '" + item.key() + "' of an AW-Net");
  try {
    if (state.at("schema").get<std::string>() != kSchema)
      reject("the AW-Net settings are of schema '" + state.at("schema").get<std::string>() +
             "', this version reads '" + kSchema + "'");
    AwSettings settings;
    settings.route = parseAwRoute(state.at("route").get<std::string>());
    settings.fixedProbability = state.at("fixed_probability").get<double>();
    settings.detectorTemperature = state.at("detector_temperature").get<double>();
    settings.signals = state.at("signals").get<bool>();
    settings.mixedNorm = state.at("mixed_norm").get<bool>();
    const std::string site = state.at("site").get<std::string>();
    if (site != siteName(false) && site != siteName(true)) reject("the signal site is pre_bn or post_bn");
    settings.signalsAfterNorm = site == siteName(true);
    settings.teachers = state.at("teachers");
    setSettings(settings);
  } catch (const Json::exception&) {
    reject("a setting of the AW-Net is missing or of a wrong type");
  }
}

AwLayout awResNet8Layout() {
  return {.blocks = {1, 1, 1}, .widths = {16, 32, 64}, .stemWidth = 16};
}

AwLayout awResNet18Layout() {
  return {.blocks = {2, 2, 2, 2}, .widths = {64, 128, 256, 512}, .stemWidth = 64};
}

AwLayout awWideResNet34Layout() {
  return {.preActivation = true, .blocks = {5, 5, 5}, .widths = {160, 320, 640}, .stemWidth = 16};
}

}  // namespace medlocker::models
