// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/common/error.h"
#include "core/common/random.h"
#include "core/data/image.h"
#include "core/data/manifest.h"

namespace medlocker::data {

enum class Eye { Left, Right };
std::string_view toString(Eye eye);  ///< "left", "right"

/// Shape of the lit area. Cut: the circle is cropped at top and bottom, as many fundus cameras do.
enum class FundusShape { Circle, Cut };

/// Number of grades of the international clinical diabetic retinopathy scale: 0 none, 1 mild, 2 moderate,
/// 3 severe non-proliferative, 4 proliferative.
inline constexpr int kGradeCount = 5;

struct SyntheticFundusOptions {
  int width = 512;  ///< pixels, 96..8192
  int height = 512;
  int grade = 0;  ///< 0..4
  Eye eye = Eye::Right;
  int bits = 8;  ///< 8 or 16 per sample
  /// 0: large lesions of strong contrast; 1: realistically small and faint ones. Does not change the eye.
  double difficulty = 0.3;
  /// false draws the same eye before the lesions were added: outside the masks the two are identical.
  bool lesions = true;
  std::optional<FundusShape> shape;  ///< empty: chosen by the patient's camera

  std::vector<OptionIssue> validate() const;
};

/// A position in pixels (pixel centres at +0.5) and a radius.
struct FundusCircle {
  double x = 0;
  double y = 0;
  double radius = 0;
};

/// The lesions of one kind: which pixels they changed, and how many were drawn.
struct LesionLayer {
  LesionKind kind = LesionKind::Other;
  std::vector<std::uint8_t> mask;  ///< width*height, 0 or 1
  int count = 0;                   ///< lesions drawn (hard exudates: clusters)
  std::int64_t area = 0;           ///< ones in the mask
};

/// One procedural fundus photograph with its exact truth. No patient and no photograph stands behind it.
struct SyntheticFundus {
  Image image;  ///< RGB
  int grade = 0;
  Eye eye = Eye::Right;
  /// Microaneurysm, Haemorrhage, HardExudate, SoftExudate, Other (neovascularisation and fibrous tissue),
  /// OpticDisc, in this order and always all six. A lesion pixel is one that the lesion changed by at least
  /// kLesionThreshold in some channel; smaller changes are not drawn. The disc's mask is its outline.
  std::vector<LesionLayer> layers;
  FundusCircle fieldOfView;
  FundusCircle opticDisc;  ///< mean radius
  FundusCircle fovea;      ///< radius 0

  const LesionLayer& layer(LesionKind kind) const;
};

/// As a fraction of the full sample range.
inline constexpr float kLesionThreshold = 2.0F / 255.0F;

/// Draws one eye. `patient` fixes the camera, pigmentation and both eyes' anatomy and lesions; it is not
/// advanced. All anatomy is placed in units of the field's radius, so the same patient at another size is the
/// same eye at another resolution. Single-threaded and deterministic; safe to call from many threads. Throws
/// Error(InvalidArgument) for invalid options.
SyntheticFundus renderSyntheticFundus(const SyntheticFundusOptions& options, const RandomStream& patient);

}  // namespace medlocker::data
