// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/attacks/attack.h"
#include "core/attacks/transfer/patch_mask_search.h"
#include "core/attacks/transfer/transfer_loop.h"

namespace medlocker::attacks {

/// What some transfer attacks need besides the source.
struct TransferResources {
  AdmixPool pool;                                ///< undefined: the current batch
  std::vector<models::ClassifierPtr> simulated;  ///< judges of masks; needed for learned masks
  MaskSearchOptions search;                      ///< also the geometry of random masks
  std::optional<std::vector<MaskSearchResult>>
      searched;  ///< populations found before, one per image of the batch
};

/// MI, NI, DI, TI, SI, Admix, VT, PGN, patch masks and their combinations on one target, which may be an
/// ensemble (source_ensemble.h) of the same fusion. run() follows the rule that images the target already
/// gets wrong stay as they are; perturb() attacks every image it is given, which a transfer table needs, for
/// success there is judged by other models.
class TransferAttack : public Attack {
 public:
  /// Throws Error(InvalidArgument) for options that are not valid, and for learned masks without simulated
  /// models.
  explicit TransferAttack(TransferOptions options, TransferResources resources = {});
  std::string id() const override { return transferAttackName(options_); }
  const Threat& threat() const override { return threat_; }
  Json parameters() const override;
  Perturbation perturb(Target& target, const AttackInput& input) const override;

  const TransferOptions& options() const { return options_; }

 protected:
  at::Tensor reportedLoss(const at::Tensor& logits, const at::Tensor& labels) const override;

 private:
  MaskSet masksFor(Target& target, const AttackInput& input) const;

  TransferOptions options_;
  TransferResources resources_;
  Threat threat_;
};

/// The masks of an attack from searched (or random) populations.
MaskSet maskSetOf(const std::vector<MaskSearchResult>& searched, const MaskSearchOptions& options,
                  const PatchGeometry& geometry, const at::Tensor& images);

}  // namespace medlocker::attacks
