// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/codecs/mask_threshold.h"

#include <algorithm>

namespace medlocker::data::codecs {
namespace {

constexpr int kNoiseDivisor = 4;          ///< values up to a quarter of the largest are noise
constexpr double kSuspiciousShare = 0.5;  ///< more marked than not: perhaps an inverted mask

/// Maximum over the channels of every pixel, in display sense (high is marked).
template <typename Sample>
std::vector<std::uint16_t> brightestChannel(std::span<const Sample> samples, const Image& image) {
  const auto channels = static_cast<std::size_t>(image.channels());
  const auto most = static_cast<std::uint16_t>(image.bitsAllocated() == 8 ? 0xFF : 0xFFFF);
  std::vector<std::uint16_t> out(samples.size() / channels);
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::uint16_t value = samples[i * channels];
    for (std::size_t c = 1; c < channels; ++c)
      value = std::max<std::uint16_t>(value, samples[i * channels + c]);
    out[i] = image.metadata.inverted ? static_cast<std::uint16_t>(most - value) : value;
  }
  return out;
}

}  // namespace

MaskImage thresholdMask(const DecodedImage& decoded, const ReadRequest& request) {
  const Image& image = decoded.image;
  if (image.isSigned()) refuse(request, "is a mask with signed samples: not supported");
  const std::vector<std::uint16_t> values = image.bitsAllocated() == 8
                                                ? brightestChannel(image.samples8(), image)
                                                : brightestChannel(image.samples16(), image);
  MaskImage mask;
  mask.width = image.width();
  mask.height = image.height();
  mask.values.assign(values.size(), 0);
  for (const std::string& notice : decoded.notices)
    if (notice.find("palette") == std::string::npos) mask.notices.push_back(notice);

  const int most = *std::max_element(values.begin(), values.end());
  if (most == 0) return mask;
  const bool twoValued =
      std::all_of(values.begin(), values.end(), [&](std::uint16_t v) { return v == 0 || v == most; });
  const int fullScale = image.maxValue();
  if (!twoValued && most < fullScale / kNoiseDivisor) {
    if (!image.metadata.lossySource)
      refuse(request, "is not a plain mask: its values run from 0 to " + std::to_string(most) + " of " +
                          std::to_string(fullScale) +
                          ", so lesions cannot be told from noise or label numbers");
    mask.notices.push_back("mask has values up to " + std::to_string(most) + " of " +
                           std::to_string(fullScale) +
                           " only: compression noise on black, read as no lesion");
    return mask;
  }
  const int threshold = twoValued ? most - 1 : most / kNoiseDivisor;
  std::size_t marked = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    mask.values[i] = static_cast<std::uint8_t>(values[i] > threshold);
    marked += mask.values[i];
  }
  if (marked == values.size()) refuse(request, "marks every pixel: a lesion mask has a black background");
  if (!twoValued)
    mask.notices.push_back("mask was not two-valued: values above " + std::to_string(threshold) + " of " +
                           std::to_string(most) + " count as lesion");
  if (static_cast<double>(marked) > kSuspiciousShare * static_cast<double>(values.size()))
    mask.notices.emplace_back("mask marks more than half of the image: is it inverted?");
  return mask;
}

}  // namespace medlocker::data::codecs
