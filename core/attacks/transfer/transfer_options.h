// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/common/error.h"
#include "core/common/json.h"

namespace medlocker::attacks {

/// DI, input diversity (Xie et al. 2019): a random resize and zero padding of what the models see.
struct InputDiversityOptions {
  double probability = 0.5;  ///< of each view being transformed
  double rate = 1.1;         ///< canvas side M = floor(side · rate); 1 = identity
  bool resizeBack = true;    ///< false: models get M×M (they then resize to their own input)
};

enum class KernelShape { Gaussian, Uniform, Linear };
std::string_view toString(KernelShape shape);
/// Names: gaussian, uniform, linear. Throws Error(InvalidArgument).
KernelShape parseKernelShape(std::string_view name);

/// TI, translation invariance (Dong et al. 2019): the gradient is smoothed with a k×k kernel.
struct TranslationOptions {
  KernelShape shape = KernelShape::Gaussian;
  int size = 0;  ///< k, odd; 0: by image side and combination, see kernelSizeFor()
};

/// SI, scale invariance (Lin et al. 2020): mean over x/2^i, i < copies.
struct ScaleOptions {
  int copies = 5;
};

/// Admix (Wang et al. 2021): images of other classes are mixed in before scaling.
struct AdmixOptions {
  int copies = 5;         ///< m1: scales
  int images = 3;         ///< m2: images mixed in
  double strength = 0.2;  ///< eta
};

/// VT, variance tuning (Wang and He 2021).
struct VarianceOptions {
  int neighbours = 20;
  double radius = 1.5;  ///< beta: neighbours lie within beta · epsilon
};

/// PGN, penalised gradient norm (Ge et al. 2023).
struct FlatnessOptions {
  int neighbours = 20;
  double radius = 3.0;   ///< neighbours lie within radius · epsilon
  double balance = 0.5;  ///< gamma: weight of the probe's gradient
};

/// Which masks hide patches of what the models see (see patch_mask.h).
enum class MaskKind {
  None,
  Learned,  ///< LPM: searched per image
  Random,   ///< the control: as many masks with as many dropped patches, drawn at random
};
std::string_view toString(MaskKind kind);

/// How several source models become one loss.
enum class Fusion {
  Logits,       ///< cross-entropy of the weighted mean of logits
  Loss,         ///< weighted mean of cross-entropies
  Probability,  ///< -log of the weighted mean of true-class probabilities
};
std::string_view toString(Fusion fusion);
/// Names: logits, loss, prob. Throws Error(InvalidArgument).
Fusion parseFusion(std::string_view name);

/// One gradient-based transfer attack: the plug-ins of the one loop in transfer_attack.h.
struct TransferOptions {
  double epsilon = 8.0 / 255;  ///< L-infinity budget
  int steps = 10;
  double stepSize = 0;             ///< 0: epsilon / steps
  std::optional<double> momentum;  ///< MI: mu; absent: plain I-FGSM, the step follows the gradient itself
  bool lookAhead = false;          ///< NI (Lin et al. 2020): the gradient is taken ahead of the iterate
  std::optional<InputDiversityOptions> diversity;
  std::optional<TranslationOptions> translation;
  std::optional<ScaleOptions> scale;
  std::optional<AdmixOptions> admix;
  std::optional<VarianceOptions> variance;
  std::optional<FlatnessOptions> flatness;
  MaskKind masks = MaskKind::None;
  bool ensemble = false;  ///< the name asked for all sources as one ensemble
  Fusion fusion = Fusion::Logits;
  bool targeted = false;  ///< labels are targets whose loss is lowered; for perturb(), not for run()

  double step() const { return stepSize > 0 ? stepSize : epsilon / steps; }
  std::vector<OptionIssue> validate() const;
  Json toJson() const;
};

/// k for an image side where none is given: 3 up to 48 pixels, 5 up to 128, above that 7 together with other
/// input transformations and 15 alone.
int kernelSizeFor(const TransferOptions& options, int side);

/// Parses names such as "mi+di+ti", "lpm+mi+di", "random-mask+mi", "ens+vmi+dts", and the presets MI, NI,
/// MI-DI, MI-TI, MI-SI, DTS, VMI, VNI, VMI-DTS, Admix-DT, PGN, LPM-… . '+' and '-' both join, case does not
/// matter, "-fgsm" may follow a name. Momentum comes with mi, ni, vmi, vni, dts, admix and pgn; di, ti, si
/// and vt alone are built on plain I-FGSM. DI and TI together use p = 0.7 (the TI-DIM setting). Throws
/// Error(InvalidArgument) naming the part that is not known.
TransferOptions parseTransferAttack(std::string_view name);
/// The same; empty where a part of the name is not known, so that other attacks can be looked for.
std::optional<TransferOptions> findTransferAttack(std::string_view name);

/// One spelling per combination, for example "lpm+mi+di+ti": the attack's name in results and random streams.
std::string transferAttackName(const TransferOptions& options);

}  // namespace medlocker::attacks
