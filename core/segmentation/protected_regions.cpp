// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/segmentation/protected_regions.h"

#include <algorithm>
#include <array>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "core/data/dicom/segmentation.h"
#include "core/data/orientation.h"

namespace medlocker::segmentation {
namespace {

using data::Box;
using data::LesionKind;

constexpr int kMaxComponents = 100'000;

bool isAnatomy(LesionKind kind) {
  return kind == LesionKind::OpticDisc || kind == LesionKind::Fovea;
}

struct Component {
  Box box;
  std::int64_t pixels = 0;
  int label = 0;
};

/// 8-connected components of a 0/1 map, in label order.
std::vector<Component> componentsOf(std::vector<std::uint8_t>& map, int width, int height, cv::Mat& labels) {
  const cv::Mat view(height, width, CV_8UC1, map.data());
  cv::Mat stats;
  cv::Mat centroids;
  const int count = cv::connectedComponentsWithStats(view, labels, stats, centroids, 8, CV_32S);
  if (count - 1 > kMaxComponents)
    throw Error(ErrorCode::InputRejected, "the lesion mask holds " + std::to_string(count - 1) +
                                              " separate regions, which looks like noise");
  std::vector<Component> components;
  for (int label = 1; label < count; ++label) {
    const int x = stats.at<int>(label, cv::CC_STAT_LEFT);
    const int y = stats.at<int>(label, cv::CC_STAT_TOP);
    components.push_back(
        {{x, y, x + stats.at<int>(label, cv::CC_STAT_WIDTH), y + stats.at<int>(label, cv::CC_STAT_HEIGHT)},
         stats.at<int>(label, cv::CC_STAT_AREA),
         label});
  }
  return components;
}

class RegionMaker {
 public:
  RegionMaker(std::span<const LesionMask> masks, const data::FieldOfView& fov, const RegionOptions& options)
      : masks_(masks), fov_(fov), options_(options) {
    regions_.width = fov.width;
    regions_.height = fov.height;
    regions_.frame = fov.frame;
    regions_.margin = options.margin.value_or(defaultMargin(fov.frame));
    regions_.source = masks.empty() ? BoxSource::None : options.source;
    regions_.lesionMask.resize(static_cast<std::size_t>(fov.width) * static_cast<std::size_t>(fov.height));
  }

  ProtectedRegions make() {
    for (const LesionMask& mask : masks_) {
      if (mask.mask.width != fov_.width || mask.mask.height != fov_.height)
        throw Error(ErrorCode::InputRejected,
                    "the mask has " + std::to_string(mask.mask.width) + "×" +
                        std::to_string(mask.mask.height) + " pixels, its image " +
                        std::to_string(fov_.width) + "×" + std::to_string(fov_.height),
                    mask.name);
      for (const std::string& notice : mask.mask.notices)
        regions_.notes.push_back(mask.name.empty() ? notice : mask.name + ": " + notice);
    }
    lesions();
    anatomy();
    if (regions_.boxes.empty()) regions_.notes.emplace_back("NO_BOXES: no lesion is marked");
    return std::move(regions_);
  }

 private:
  std::size_t indexOf(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(fov_.width) + static_cast<std::size_t>(x);
  }

  void lesions() {
    std::int64_t outside = 0;
    const bool wholeFrame = options_.source == BoxSource::Annotation;
    const Box& g = fov_.frame;
    for (const LesionMask& mask : masks_) {
      if (isAnatomy(mask.kind)) continue;
      for (int y = 0; y < fov_.height; ++y)
        for (int x = 0; x < fov_.width; ++x) {
          const std::size_t at = indexOf(x, y);
          if (mask.mask.values[at] == 0) continue;
          const bool inside =
              wholeFrame ? x >= g.x0 && x < g.x1 && y >= g.y0 && y < g.y1 : fov_.mask[at] != 0;
          if (inside)
            regions_.lesionMask[at] = 1;
          else
            ++outside;
        }
    }
    if (outside > 0)
      regions_.notes.push_back(std::to_string(outside) + " marked pixels lie outside the " +
                               (wholeFrame ? "analysis frame" : "field of view") + " and were left out");

    cv::Mat labels;
    std::vector<Component> components = componentsOf(regions_.lesionMask, fov_.width, fov_.height, labels);
    dropSmall(components, labels);
    const std::vector<LesionKind> kinds = kindsOf(components, labels);
    std::vector<ProtectedBox> tight;
    std::vector<ProtectedBox> wide;
    for (std::size_t i = 0; i < components.size(); ++i) {
      ProtectedBox item{components[i].box, kinds[i], options_.source, components[i].pixels};
      tight.push_back(item);
      item.box = data::intersect(data::dilate(item.box, regions_.margin), g);
      wide.push_back(item);
    }
    regions_.boxes = mergeBoxes(std::move(wide), regions_.margin, options_.mergeLimit);
    regions_.tightBoxes = mergeBoxes(std::move(tight), 0, options_.mergeLimit);
  }

  void dropSmall(std::vector<Component>& components, const cv::Mat& labels) {
    const int least = options_.minComponentPixels.value_or(options_.source == BoxSource::Annotation ? 1 : 4);
    std::vector<bool> dropped(components.size() + 1);
    std::int64_t count = 0;
    for (const Component& component : components)
      if (component.pixels < least) {
        dropped[static_cast<std::size_t>(component.label)] = true;
        ++count;
      }
    if (count == 0) return;
    forEachLabel(labels, [&](std::size_t at, int label) {
      if (dropped[static_cast<std::size_t>(label)]) regions_.lesionMask[at] = 0;
    });
    std::erase_if(components, [&](const Component& c) { return c.pixels < least; });
    regions_.notes.push_back(std::to_string(count) + " regions under " + std::to_string(least) +
                             " pixels were dropped");
  }

  /// Of each component: the kind with most pixels in it; the first in the order of the enumeration when
  /// equal.
  std::vector<LesionKind> kindsOf(const std::vector<Component>& components, const cv::Mat& labels) const {
    std::vector<std::size_t> byLabel(1);
    for (std::size_t i = 0; i < components.size(); ++i) {
      byLabel.resize(static_cast<std::size_t>(components[i].label) + 1);
      byLabel.back() = i;
    }
    std::vector<std::array<std::int64_t, data::kLesionKinds.size()>> votes(components.size());
    for (const LesionMask& mask : masks_) {
      if (isAnatomy(mask.kind)) continue;
      forEachLabel(labels, [&](std::size_t at, int label) {
        if (mask.mask.values[at] != 0 && regions_.lesionMask[at] != 0)
          ++votes[byLabel[static_cast<std::size_t>(label)]][static_cast<std::size_t>(mask.kind)];
      });
    }
    std::vector<LesionKind> kinds;
    for (const auto& vote : votes)
      kinds.push_back(static_cast<LesionKind>(std::max_element(vote.begin(), vote.end()) - vote.begin()));
    return kinds;
  }

  /// Visits the labelled pixels.
  template <typename Visit>
  void forEachLabel(const cv::Mat& labels, Visit visit) const {
    for (int y = 0; y < fov_.height; ++y) {
      const int* row = labels.ptr<int>(y);
      for (int x = 0; x < fov_.width; ++x)
        if (row[x] != 0) visit(indexOf(x, y), row[x]);
    }
  }

  /// Bounding box and pixel count of a structure that is one region in the eye. Parts under a tenth of its
  /// largest part are specks of the mask and must not blow the box up.
  std::pair<Box, std::int64_t> extentOf(LesionKind kind) {
    std::vector<std::uint8_t> map(regions_.lesionMask.size());
    bool any = false;
    for (const LesionMask& mask : masks_) {
      if (mask.kind != kind) continue;
      any = true;
      for (std::size_t at = 0; at < map.size(); ++at) map[at] |= mask.mask.values[at] != 0 ? 1 : 0;
    }
    Box box{fov_.width, fov_.height, 0, 0};
    std::int64_t pixels = 0;
    if (!any) return {box, pixels};
    cv::Mat labels;
    const std::vector<Component> parts = componentsOf(map, fov_.width, fov_.height, labels);
    std::int64_t largest = 0;
    for (const Component& part : parts) largest = std::max(largest, part.pixels);
    for (const Component& part : parts) {
      if (part.pixels * 10 < largest) continue;
      box = data::boundingBox(box, part.box);
      pixels += part.pixels;
    }
    return {box, pixels};
  }

  void addAnatomy(const Box& box, LesionKind kind, std::int64_t pixels) {
    const Box clipped = data::intersect(box, fov_.frame);
    if (!clipped.empty()) regions_.anatomy.push_back({clipped, kind, options_.source, pixels});
  }

  void anatomy() {
    const auto [disc, discPixels] = extentOf(LesionKind::OpticDisc);
    if (options_.opticDisc && discPixels > 0)
      addAnatomy(data::dilate(disc, regions_.margin), LesionKind::OpticDisc, discPixels);
    const auto [fovea, foveaPixels] = extentOf(LesionKind::Fovea);
    if (!options_.fovea || foveaPixels == 0) return;
    if (discPixels == 0) {
      addAnatomy(data::dilate(fovea, regions_.margin), LesionKind::Fovea, foveaPixels);
      regions_.notes.emplace_back(
          "the fovea is marked but the disc is not: its box is the marked area with margin");
      return;
    }
    // A square of side two disc diameters: one diameter to each side of the middle of the mark.
    const int diameter = std::max(disc.width(), disc.height());
    const int x = (fovea.x0 + fovea.x1) / 2;
    const int y = (fovea.y0 + fovea.y1) / 2;
    addAnatomy({x - diameter, y - diameter, x + diameter, y + diameter}, LesionKind::Fovea, foveaPixels);
  }

  std::span<const LesionMask> masks_;
  const data::FieldOfView& fov_;
  const RegionOptions& options_;
  ProtectedRegions regions_;
};

}  // namespace

std::int64_t ProtectedRegions::lesionPixels() const {
  return std::count(lesionMask.begin(), lesionMask.end(), std::uint8_t{1});
}

std::vector<Box> boxesOf(const std::vector<ProtectedBox>& boxes) {
  std::vector<Box> plain;
  plain.reserve(boxes.size());
  for (const ProtectedBox& item : boxes) plain.push_back(item.box);
  return plain;
}

std::vector<OptionIssue> RegionOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (margin && (*margin < 0 || *margin > 10'000))
    issues.push_back({"margin", "must lie between 0 and 10000 pixels"});
  if (!(mergeLimit >= 1 && mergeLimit <= 100)) issues.push_back({"mergeLimit", "must lie between 1 and 100"});
  if (minComponentPixels && *minComponentPixels < 1)
    issues.push_back({"minComponentPixels", "must be at least 1"});
  return issues;
}

int defaultMargin(const Box& frame) {
  return std::max(4, (std::min(frame.width(), frame.height()) + 99) / 100);
}

ProtectedRegions regionsFromMasks(std::span<const LesionMask> masks, const data::FieldOfView& fieldOfView,
                                  const RegionOptions& options) {
  throwIfInvalid(options.validate());
  return RegionMaker(masks, fieldOfView, options).make();
}

ProtectedRegions regionsOfSample(const data::Sample& sample, const data::FieldOfView& fieldOfView,
                                 const RegionOptions& options, const data::DecodeLimits& limits,
                                 int orientation) {
  std::vector<LesionMask> masks;
  for (const data::MaskRef& ref : sample.masks) {
    data::MaskImage mask = data::dicom::readMaskOf(ref, limits);
    if (orientation != 1) {
      mask.values = data::oriented(mask.values, mask.width, mask.height, orientation);
      if (orientation >= 5) std::swap(mask.width, mask.height);
    }
    masks.push_back({ref.kind, std::move(mask), ref.path.filename().string()});
  }
  return regionsFromMasks(masks, fieldOfView, options);
}

}  // namespace medlocker::segmentation
