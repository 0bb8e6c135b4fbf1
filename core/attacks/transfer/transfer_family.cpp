// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/transfer/transfer_family.h"

#include "core/attacks/transfer/transfer_attack.h"
#include "core/common/error.h"

namespace medlocker::attacks {

std::unique_ptr<Attack> makeTransferFamily(std::string_view name, const AttackSettings& settings) {
  auto options = findTransferAttack(name);
  if (!options) return nullptr;
  const auto refuse = [&name](const char* reason) {
    throw Error(ErrorCode::InvalidArgument, reason, std::string(name));
  };
  if (settings.threat.norm != Norm::Linf) refuse("transfer attacks have an L-infinity budget");
  if (options->masks == MaskKind::Learned)
    refuse("learned masks need simulated models; use 'medlocker transfer'");
  if (options->ensemble) refuse("an ensemble needs several sources; use 'medlocker transfer'");
  options->epsilon = settings.threat.epsilon;
  if (settings.steps) options->steps = *settings.steps;
  if (settings.step) options->stepSize = *settings.step;
  return std::make_unique<TransferAttack>(*options);
}

std::vector<AttackListing> listTransferAttacks() {
  return {{"mi-fgsm", "iterated gradient sign with momentum"},
          {"ni-fgsm", "the same with a look-ahead"},
          {"di-fgsm", "random resizing and padding before every gradient"},
          {"ti-fgsm", "smoothed gradients"},
          {"si-fgsm", "mean gradient over scaled copies"},
          {"admix", "other images mixed in, with momentum and scaled copies"},
          {"vmi-fgsm", "momentum with variance tuning"},
          {"pgn", "momentum towards flat maxima (mi+di+ti …: any combination joined by '+')"}};
}

}  // namespace medlocker::attacks
