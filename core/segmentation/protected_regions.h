// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/data/field_of_view.h"
#include "core/data/image_io.h"
#include "core/data/manifest.h"
#include "core/segmentation/merge_boxes.h"

namespace medlocker::segmentation {

/// What must stay uncovered in one image (watermark semantic mask, spec 2), in native pixels. A value type.
struct ProtectedRegions {
  int width = 0;  ///< of the image
  int height = 0;
  data::Box frame;                     ///< the analysis frame G that all boxes are clipped to
  int margin = 0;                      ///< g in pixels
  BoxSource source = BoxSource::None;  ///< where the lesions come from; None: there is no mask at all
  std::vector<ProtectedBox> boxes;     ///< lesion boxes with margin, merged
  std::vector<ProtectedBox>
      tightBoxes;                     ///< the same lesions with margin 0, for step a of the ladder (spec 7.2)
  std::vector<ProtectedBox> anatomy;  ///< optic disc and fovea; the only ones that may be released
  std::vector<ProtectedBox> userBoxes;     ///< drawn by a person
  std::vector<ProtectedBox> removedBoxes;  ///< removed by a person, kept as a record
  std::vector<std::uint8_t> lesionMask;    ///< width*height, 0 or 1: all lesion pixels inside the frame
  std::vector<std::string> notes;          ///< for the report: mask notices, NO_BOXES …

  std::int64_t lesionPixels() const;
};

/// The coordinates alone.
std::vector<data::Box> boxesOf(const std::vector<ProtectedBox>& boxes);

struct RegionOptions {
  std::optional<int> margin;  ///< g in native pixels; empty: defaultMargin(). 0 is step a of the ladder.
  double mergeLimit = 1.3;    ///< of the common box's area to the sum of areas; 1 or more
  BoxSource source = BoxSource::Annotation;
  /// Components with fewer pixels are dropped. Empty: 4, the speckle of a segmenter (spec 2.2), but 1 for
  /// annotations: a microaneurysm that a person marked may be that small, and no marked pixel may be covered
  /// (9.2).
  std::optional<int> minComponentPixels;
  bool opticDisc = true;  ///< box around the disc where a mask of it exists
  bool fovea = true;      ///< square of two disc diameters around the fovea where a mask of it exists

  std::vector<OptionIssue> validate() const;
};

/// max(4 px, 1 % of the frame's short side, rounded up).
int defaultMargin(const data::Box& frame);

/// One mask of an image.
struct LesionMask {
  data::LesionKind kind = data::LesionKind::Other;
  data::MaskImage mask;
  std::string name;  ///< for messages
};

/// Masks to boxes: union of the lesion kinds, 8-connected components, margin, clipping to the frame, merging,
/// then disc and fovea. A segmenter's pixels count only inside the field of view; annotated ones inside the
/// whole frame, because the field of view is itself an estimate. Deterministic; thread-safe. Throws
/// Error(InputRejected) where a mask is not of the image's size or holds more than 100,000 separate regions,
/// Error(InvalidArgument) for bad options.
ProtectedRegions regionsFromMasks(std::span<const LesionMask> masks, const data::FieldOfView& fieldOfView,
                                  const RegionOptions& options = {});

/// Reads the sample's mask files and does the above. A sample without masks has no boxes, source None and the
/// note NO_BOXES. `orientation`: the EXIF orientation 1..8 that was applied to the picture `fieldOfView` is
/// of; mask files belong to the picture as it is stored (spec 13.1) and are turned alike. Throws Error naming
/// the mask file.
ProtectedRegions regionsOfSample(const data::Sample& sample, const data::FieldOfView& fieldOfView,
                                 const RegionOptions& options = {}, const data::DecodeLimits& limits = {},
                                 int orientation = 1);

}  // namespace medlocker::segmentation
