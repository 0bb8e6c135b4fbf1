// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/common/hash.h"
#include "core/data/field_of_view.h"
#include "core/data/image.h"
#include "core/data/manifest.h"
#include "core/models/classifier.h"
#include "core/segmentation/box_file.h"
#include "core/segmentation/protected_regions.h"
#include "core/segmentation/segmenter.h"

namespace medlocker::pipelines {

/// One photograph, read and understood, before any search. Everything but the hashes is in display
/// orientation (spec 13.1).
struct PreparedImage {
  data::Image image;
  int orientation = 1;  ///< EXIF orientation of the stored samples
  Digest fileSha256{};  ///< of the source file; for an array item of its samples
  Digest pixelHash{};   ///< of the stored samples
  data::ValueWindow window;
  data::FloatImage view;
  data::FieldOfView fieldOfView;
  segmentation::ProtectedRegions regions;
  std::vector<std::string> notices;
};

/// Who says where lesions are. A sample's masks come first, then the segmenter, then the boxes of boxes.json
/// as they are, then what a model looks at. A person's edits are applied to any of them. Shared by threads.
struct LesionSources {
  segmentation::BoxFile boxes;  ///< boxes.json
  std::shared_ptr<const segmentation::Segmenter> segmenter;
  models::ClassifierPtr saliency;
  int saliencyThreshold = 150;
};

/// Reads one sample and finds what must stay uncovered. Throws Error naming the file. Thread-safe.
PreparedImage prepareImage(const data::Sample& sample, const LesionSources& lesions,
                           const data::DecodeLimits& limits = {});

}  // namespace medlocker::pipelines
