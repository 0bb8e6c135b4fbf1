// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/common/device.h"
#include "core/common/json.h"
#include "core/data/field_of_view.h"
#include "core/data/image.h"
#include "core/data/manifest.h"
#include "core/segmentation/protected_regions.h"

namespace medlocker::segmentation {

class UNet;

/// What the segmenter marks, in the order of its output channels.
inline constexpr std::array<data::LesionKind, 5> kSegmentedKinds{
    data::LesionKind::Microaneurysm, data::LesionKind::Haemorrhage, data::LesionKind::HardExudate,
    data::LesionKind::SoftExudate, data::LesionKind::OpticDisc};

/// Channels the network sees: colour, and its difference from the mean of the neighbourhood.
inline constexpr int kSegmenterChannels = 6;

/// What model.json says about a segmenter.
struct SegmenterInfo {
  std::string name;
  std::string sha256;        ///< of the weights file
  int width = 16;            ///< channels at full resolution
  int depth = 4;             ///< levels below it
  int trainedShortSide = 0;  ///< short side of the training images as the network saw them
  std::array<float, 3> mean{0, 0, 0};
  std::array<float, 3> stddev{1, 1, 1};
  double threshold = 0.35;  ///< from which a pixel counts where nobody says otherwise, 0.1 … 0.9
  Json training;            ///< record; null when unknown
};

struct SegmentOptions {
  double threshold =
      0.35;  ///< 0.1 … 0.9; low, because a missed lesion is worse than a box too many (spec 2.1)
  /// The image is reduced to this before it is segmented; never enlarged. 0: to what the segmenter was
  /// trained at, because it knows lesions of that size.
  int shortSide = 0;
  int tileSide = 512;  ///< a multiple of 64
  int overlap = 64;    ///< of neighbouring tiles; the maximum counts there

  std::vector<OptionIssue> validate() const;
};

/// Probabilities of one image at the segmentation scale. A value type.
struct LesionProbabilities {
  int width = 0;
  int height = 0;
  /// One map per entry of kSegmentedKinds, width*height values in [0,1]; 0 outside the field of view.
  std::vector<std::vector<float>> maps;
};

/// Both kinds of input channels at one scale: 6 values per pixel, planes one after the other, not normalised.
/// Shared by training and use. `localMean` radius: 1/24 of the short side.
std::vector<float> segmenterPlanes(const data::FloatImage& view);

/// A trained lesion segmenter. Immutable; safe to share between threads.
class Segmenter {
 public:
  /// Takes a copy of the network's weights.
  Segmenter(const UNet& network, SegmenterInfo info, DeviceKind device = DeviceKind::Cpu);
  ~Segmenter();

  const SegmenterInfo& info() const { return info_; }
  /// Short side that images are reduced to; 1024 for a segmenter whose training scale is not known.
  int shortSideFor(const SegmentOptions& options) const;
  /// Spec 2.1: tiled, maximum of overlaps. `view` is the whole photograph in [0,1].
  LesionProbabilities probabilities(const data::FloatImage& view, const data::FieldOfView& fieldOfView,
                                    const SegmentOptions& options = {}) const;
  /// Probabilities of network input as it is (1×6×h×w, normalised): 1×5×h×w on the CPU.
  at::Tensor probabilitiesOf(const at::Tensor& input, const SegmentOptions& options) const;

 private:
  SegmenterInfo info_;
  DeviceKind device_;
  std::shared_ptr<UNet> network_;
};

/// Native files model.safetensors + model.json, as classifiers have them, with a schema of their own. Strict;
/// throws Error naming the file.
SegmenterInfo saveSegmenter(const std::filesystem::path& folder, const UNet& network, SegmenterInfo info);
std::shared_ptr<Segmenter> loadSegmenter(const std::filesystem::path& path,
                                         DeviceKind device = DeviceKind::Cpu);

/// Spec 2.2 in native pixels: where a probability reaches the threshold. Components under 4 pixels at the
/// segmentation scale are dropped. One mask per kind that has any pixel.
std::vector<LesionMask> masksFrom(const LesionProbabilities& probabilities, double threshold, int nativeWidth,
                                  int nativeHeight);

}  // namespace medlocker::segmentation
