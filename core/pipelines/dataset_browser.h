// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/common/error.h"
#include "core/common/run_context.h"

namespace medlocker::pipelines {

/// A picture ready to be shown: 8-bit R, G, B interleaved, rows top down, display orientation, display window
/// applied. For looking at only; nothing is ever computed from it.
struct PreviewImage {
  int width = 0;
  int height = 0;
  int sourceWidth = 0;  ///< of the full picture in display orientation
  int sourceHeight = 0;
  std::vector<std::uint8_t> rgb;  ///< width*height*3
};

/// A protected region in pixels of the full picture, display orientation, half-open.
struct RegionBox {
  int x0 = 0;
  int y0 = 0;
  int x1 = 0;
  int y1 = 0;
  std::string kind = "OTHER";         ///< MA HE EX SE OD FOVEA OTHER
  std::string source = "annotation";  ///< segmentation annotation saliency user
  bool operator==(const RegionBox&) const = default;
};

/// What one image's masks say, before any edit by a person.
struct ImageRegions {
  int width = 0;  ///< of the full picture, display orientation
  int height = 0;
  std::vector<RegionBox> boxes;  ///< lesions, then disc and fovea
  RegionBox frame;               ///< analysis frame: bounding box of the field of view
  std::int64_t lesionPixels = 0;
  std::vector<std::string> notes;
  /// Lesion pixels for an overlay, width*height of `overlayWidth`×`overlayHeight`, 0 or 1.
  int overlayWidth = 0;
  int overlayHeight = 0;
  std::vector<std::uint8_t> overlay;
};

/// A person's edits of one image: boxes drawn, and automatic boxes removed (spec 2.5: edits always win).
struct BoxEdits {
  int width = 0;  ///< of the full picture, display orientation
  int height = 0;
  std::vector<RegionBox> added;
  std::vector<RegionBox> removed;
  bool empty() const { return added.empty() && removed.empty(); }
  bool operator==(const BoxEdits&) const = default;
};

struct BrowsedSample {
  std::string id;  ///< path relative to the dataset's root
  std::optional<int> label;
  bool gradable = true;
  std::string group;
  std::string split;  ///< train val test unspecified
  int masks = 0;      ///< mask files that belong to it
};

struct BrowsedDataset {
  std::filesystem::path path;
  std::string layout;
  std::vector<std::string> classes;
  std::vector<BrowsedSample> samples;  ///< sorted by id
  std::vector<ItemIssue> issues;
  std::vector<std::string> notices;

  std::vector<std::int64_t> countsPerClass() const;
  std::int64_t withMasks() const;
  /// Position of a sample in `samples`; empty where there is none of that id.
  std::optional<std::size_t> indexOf(const std::string& id) const;
};

/// A dataset opened for looking at: names and labels at once, pixels one by one on demand. Originals are only
/// opened for reading. All const functions are thread-safe. Memory: the list of samples; no pixels are kept.
class DatasetBrowser {
 public:
  /// Throws Error when nothing at `path` can be taken for a dataset.
  static std::shared_ptr<const DatasetBrowser> open(const std::filesystem::path& path,
                                                    const std::optional<std::filesystem::path>& masks = {});
  ~DatasetBrowser();

  const BrowsedDataset& dataset() const { return dataset_; }
  std::size_t size() const { return dataset_.samples.size(); }
  /// Scaled down so that neither side exceeds `maxSide` (>= 16); never enlarged. Throws Error naming the
  /// file.
  PreviewImage preview(std::size_t index, int maxSide) const;
  /// Reads the masks. The overlay's longer side is at most `overlaySide`. Throws Error naming the file.
  ImageRegions regions(std::size_t index, int overlaySide = 1024) const;
  /// Size, depth and format in words, for a details panel. Throws Error naming the file.
  std::vector<std::pair<std::string, std::string>> details(std::size_t index) const;
  /// Stored EXIF orientation 1..8 of the picture.
  int orientation(std::size_t index) const;

 private:
  struct Impl;
  explicit DatasetBrowser(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
  BrowsedDataset dataset_;
};

/// Any image file (a protected copy, a logo) as a preview. Throws Error naming the file.
PreviewImage previewOfFile(const std::filesystem::path& file, int maxSide);

/// boxes.json, as `protect --boxes` takes it. Coordinates in the file are those of the stored picture; the
/// browser supplies the orientation. Unknown sample ids are kept by readBoxEdits and refused by nobody: they
/// are simply not used. Throw Error naming the file.
std::map<std::string, BoxEdits> readBoxEdits(const std::filesystem::path& file,
                                             const DatasetBrowser& browser);
void writeBoxEdits(const std::filesystem::path& file, const std::map<std::string, BoxEdits>& edits,
                   const DatasetBrowser& browser);

}  // namespace medlocker::pipelines
