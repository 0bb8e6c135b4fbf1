// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/manifest.h"

namespace medlocker::data {

std::string_view toString(LesionKind kind) {
  switch (kind) {
    case LesionKind::Microaneurysm:
      return "MA";
    case LesionKind::Haemorrhage:
      return "HE";
    case LesionKind::HardExudate:
      return "EX";
    case LesionKind::SoftExudate:
      return "SE";
    case LesionKind::OpticDisc:
      return "OD";
    case LesionKind::Fovea:
      return "FOVEA";
    case LesionKind::Other:
      return "OTHER";
  }
  return "OTHER";
}

std::optional<LesionKind> parseLesionKind(std::string_view code) {
  for (const LesionKind kind : kLesionKinds)
    if (toString(kind) == code) return kind;
  return std::nullopt;
}

}  // namespace medlocker::data
