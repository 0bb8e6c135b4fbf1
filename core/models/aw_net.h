// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/models/architecture_state.h"
#include "core/models/aw_layers.h"

namespace medlocker::models {

/// How evaluation chooses between the branches of MixBN (attacks specification, 10.4).
enum class AwRoute {
  Soft,        ///< mixed by the detector's probability; keeps the whole network differentiable
  Hard,        ///< the likelier branch
  ForceClean,  ///< always the clean branch
  ForceAdv,    ///< always the adversarial branch
  Fixed,       ///< mixed by a fixed probability
};
std::string_view toString(AwRoute route);
/// Names: soft, hard, force_clean, force_adv, fixed. Throws Error(InputRejected).
AwRoute parseAwRoute(std::string_view name);

/// Settings of an AW-Net that are no tensors.
struct AwSettings {
  AwRoute route = AwRoute::Soft;
  double fixedProbability = 0.5;   ///< of the route fixed
  double detectorTemperature = 1;  ///< T_d: p = sigmoid(d / T_d)
  bool signals = true;             ///< false: ablation without filter modulation
  bool mixedNorm = true;           ///< false: ablation with one normalisation for both kinds of image
  bool signalsAfterNorm = false;   ///< site post_bn (ablation) instead of pre_bn
  Json teachers = Json::object();  ///< SHA-256 of the teachers, by role

  void requireValid() const;  ///< throws Error(InputRejected)
};

/// Which static network is made dynamic.
struct AwLayout {
  bool preActivation = false;        ///< wide residual network instead of residual network
  std::vector<int> blocks;           ///< per stage
  std::vector<std::int64_t> widths;  ///< per stage
  std::int64_t stemWidth = 16;
};

class AwBlockImpl;

/// Adversarial weight-varied network: a residual network whose 3×3 filters are scaled per image by a router,
/// with batch normalisation that is split between clean and adversarial images (attacks specification,
/// section 10). In training mode the domain of the batch is set first; in evaluation mode every image is
/// routed on its own, so results do not depend on what else is in the batch. Concurrent forwards are safe in
/// evaluation mode only.
class AwNet : public Network, public ArchitectureState {
 public:
  AwNet(const AwLayout& layout, const NetworkOptions& options);
  torch::Tensor forward(torch::Tensor images) override;
  void initialise() override;

  Json architectureState() const override;
  void setArchitectureState(const Json& state) override;
  const AwSettings& settings() const { return settings_; }
  void setSettings(const AwSettings& settings);

  /// Of the next training batches.
  void setDomain(AwDomain domain) { domain_ = domain; }
  /// Detector logits d [B] of the last forward in training mode, with its graph.
  const torch::Tensor& lastDetector() const { return lastDetector_; }

  /// Detector logits d [B] before the temperature, in any mode.
  torch::Tensor detect(const torch::Tensor& images);
  /// Signals per dynamic layer [B,C].
  std::vector<torch::Tensor> signalsOf(const torch::Tensor& images);
  /// Logits with given signals (for attacks on a frozen surrogate), routed as the settings say.
  torch::Tensor forwardWithSignals(const torch::Tensor& images, const std::vector<torch::Tensor>& signals);
  /// Output channels of every dynamic layer.
  const std::vector<std::int64_t>& dynamicWidths() const { return dynamicWidths_; }

 private:
  torch::Tensor run(const torch::Tensor& normalised, const AwPass& pass);
  AwPass evaluationPass(const torch::Tensor& features);

  AwSettings settings_;
  AwDomain domain_ = AwDomain::Clean;
  torch::Tensor lastDetector_;
  bool preActivation_;
  std::vector<std::int64_t> dynamicWidths_;
  Conv conv1_{nullptr};
  MixBatchNorm bn1_{nullptr};
  std::vector<std::shared_ptr<AwBlockImpl>> blocks_;
  Linear fc_{nullptr};
  AwRouter router_{nullptr};
};

AwLayout awResNet8Layout();
AwLayout awResNet18Layout();
AwLayout awWideResNet34Layout();

}  // namespace medlocker::models
