// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/dataset_browser.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/data/field_of_view.h"
#include "core/data/image.h"
#include "core/data/image_io.h"
#include "core/data/manifest.h"
#include "core/data/orientation.h"
#include "core/data/resample.h"
#include "core/pipelines/region_box.h"
#include "core/segmentation/box_file.h"
#include "core/segmentation/protected_regions.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

/// The scale that brings the longer side to at most `maxSide`, never above 1.
double shrinkage(int width, int height, int maxSide) {
  return std::min(1.0, static_cast<double>(maxSide) / std::max({width, height, 1}));
}

PreviewImage previewOf(const data::Image& image, int maxSide) {
  const data::FloatImage full = data::floatView(image);
  const double scale = shrinkage(full.width, full.height, std::max(maxSide, 16));
  const int width = std::max(1, static_cast<int>(std::lround(full.width * scale)));
  const int height = std::max(1, static_cast<int>(std::lround(full.height * scale)));
  data::FloatImage small = data::resizeRegion(full, {0, 0, full.width, full.height}, width, height);
  if (image.metadata.orientation != 1) small = data::oriented(small, image.metadata.orientation);
  const data::Orientation orientation(image.metadata.orientation, image.width(), image.height());
  PreviewImage preview;
  preview.width = small.width;
  preview.height = small.height;
  preview.sourceWidth = orientation.displayWidth();
  preview.sourceHeight = orientation.displayHeight();
  preview.rgb.resize(small.values.size());
  std::transform(small.values.begin(), small.values.end(), preview.rgb.begin(), [](float value) {
    return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.F, 1.F) * 255.F));
  });
  return preview;
}

RegionBox shownBox(const segmentation::ProtectedBox& box, const data::Orientation& orientation) {
  return regionBox(box, orientation.toDisplay(box.box));
}

segmentation::ProtectedBox protectedBox(const RegionBox& box, const data::Orientation& orientation,
                                        segmentation::BoxSource source) {
  segmentation::ProtectedBox result;
  result.box = orientation.toStored(data::Box{box.x0, box.y0, box.x1, box.y1});
  result.kind = data::parseLesionKind(box.kind).value_or(data::LesionKind::Other);
  result.source = source;
  return result;
}

segmentation::BoxSource parseSource(const std::string& name) {
  for (const auto source : {segmentation::BoxSource::Segmentation, segmentation::BoxSource::Annotation,
                            segmentation::BoxSource::Saliency, segmentation::BoxSource::User})
    if (segmentation::toString(source) == name) return source;
  return segmentation::BoxSource::Annotation;
}

std::string depthText(const data::Image& image) {
  std::string text = std::to_string(image.bits()) + " bit, ";
  text += image.channels() == 3 ? "colour" : "grey";
  if (!image.alpha.empty()) text += ", alpha";
  if (image.isSigned()) text += ", signed";
  return text;
}

}  // namespace

std::vector<std::int64_t> BrowsedDataset::countsPerClass() const {
  std::vector<std::int64_t> counts(classes.size(), 0);
  for (const BrowsedSample& sample : samples)
    if (sample.label && sample.gradable) ++counts.at(static_cast<std::size_t>(*sample.label));
  return counts;
}

std::int64_t BrowsedDataset::withMasks() const {
  return std::count_if(samples.begin(), samples.end(), [](const BrowsedSample& s) { return s.masks > 0; });
}

std::optional<std::size_t> BrowsedDataset::indexOf(const std::string& id) const {
  const auto found =
      std::lower_bound(samples.begin(), samples.end(), id,
                       [](const BrowsedSample& s, const std::string& key) { return s.id < key; });
  if (found == samples.end() || found->id != id) return std::nullopt;
  return static_cast<std::size_t>(found - samples.begin());
}

struct DatasetBrowser::Impl {
  data::Manifest manifest;
};

DatasetBrowser::DatasetBrowser(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
}
DatasetBrowser::~DatasetBrowser() = default;

std::shared_ptr<const DatasetBrowser> DatasetBrowser::open(const fs::path& path,
                                                           const std::optional<fs::path>& masks) {
  data::OpenOptions options;
  options.masksFolder = masks;
  auto impl = std::make_unique<Impl>();
  impl->manifest = data::openDataset(path, options);
  std::shared_ptr<DatasetBrowser> browser(new DatasetBrowser(std::move(impl)));
  const data::Manifest& manifest = browser->impl_->manifest;
  BrowsedDataset& dataset = browser->dataset_;
  dataset.path = path;
  dataset.layout = manifest.layout;
  dataset.classes = manifest.classes;
  dataset.issues = manifest.issues;
  dataset.notices = manifest.notices;
  dataset.samples.reserve(manifest.samples.size());
  for (std::size_t i = 0; i < manifest.samples.size(); ++i) {
    const data::Sample& sample = manifest.samples[i];
    dataset.samples.push_back({sample.id, sample.label, sample.gradable, sample.group,
                               std::string(data::toString(sample.split)),
                               static_cast<int>(sample.masks.size())});
  }
  return browser;
}

PreviewImage DatasetBrowser::preview(std::size_t index, int maxSide) const {
  return previewOf(data::readSample(impl_->manifest.samples.at(index)).image, maxSide);
}

ImageRegions DatasetBrowser::regions(std::size_t index, int overlaySide) const {
  const data::Sample& sample = impl_->manifest.samples.at(index);
  const data::Image image = data::readSample(sample).image;
  const int exif = image.metadata.orientation;
  const data::Orientation orientation(exif, image.width(), image.height());
  const data::FieldOfView fieldOfView = data::detectFieldOfView(data::floatView(image));
  const segmentation::ProtectedRegions found = segmentation::regionsOfSample(sample, fieldOfView);

  ImageRegions regions;
  regions.width = orientation.displayWidth();
  regions.height = orientation.displayHeight();
  for (const auto* list : {&found.boxes, &found.anatomy})
    for (const segmentation::ProtectedBox& box : *list) regions.boxes.push_back(shownBox(box, orientation));
  const data::Box frame = orientation.toDisplay(found.frame);
  regions.frame = {frame.x0, frame.y0, frame.x1, frame.y1, "FRAME", "none"};
  regions.lesionPixels = found.lesionPixels();
  regions.notes = found.notes;
  if (found.lesionMask.empty()) return regions;

  const double scale = shrinkage(image.width(), image.height(), std::max(overlaySide, 16));
  const int width = std::max(1, static_cast<int>(std::lround(image.width() * scale)));
  const int height = std::max(1, static_cast<int>(std::lround(image.height() * scale)));
  // A lesion of a few pixels must stay visible in a small overlay, so a cell counts when any pixel of it
  // does.
  std::vector<std::uint8_t> overlay(static_cast<std::size_t>(width) * height, 0);
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x)
      if (found.lesionMask[static_cast<std::size_t>(y) * image.width() + x] != 0)
        overlay[static_cast<std::size_t>(std::min(height - 1, static_cast<int>(y * scale))) * width +
                std::min(width - 1, static_cast<int>(x * scale))] = 1;
  regions.overlay = exif == 1 ? std::move(overlay) : data::oriented(overlay, width, height, exif);
  regions.overlayWidth = orientation.swapsAxes() ? height : width;
  regions.overlayHeight = orientation.swapsAxes() ? width : height;
  return regions;
}

std::vector<std::pair<std::string, std::string>> DatasetBrowser::details(std::size_t index) const {
  const data::Sample& sample = impl_->manifest.samples.at(index);
  const data::DecodedImage decoded = data::readSample(sample);
  const data::Image& image = decoded.image;
  std::vector<std::pair<std::string, std::string>> rows{
      {"size", std::to_string(image.width()) + " × " + std::to_string(image.height())},
      {"depth", depthText(image)},
      {"format", std::string(data::toString(decoded.format))}};
  for (const data::MaskRef& mask : sample.masks)
    rows.emplace_back("mask", std::string(data::toString(mask.kind)));
  for (const std::string& notice : decoded.notices) rows.emplace_back("note", notice);
  return rows;
}

int DatasetBrowser::orientation(std::size_t index) const {
  return data::readSample(impl_->manifest.samples.at(index)).image.metadata.orientation;
}

PreviewImage previewOfFile(const fs::path& file, int maxSide) {
  return previewOf(data::readImage(file).image, maxSide);
}

namespace {

int orientationOf(const DatasetBrowser& browser, const std::string& id) {
  const std::optional<std::size_t> index = browser.dataset().indexOf(id);
  return index ? browser.orientation(*index) : 1;
}

}  // namespace

std::map<std::string, BoxEdits> readBoxEdits(const fs::path& file, const DatasetBrowser& browser) {
  std::map<std::string, BoxEdits> result;
  for (const auto& [id, boxes] : segmentation::readBoxFile(file)) {
    const data::Orientation orientation(orientationOf(browser, id), boxes.width, boxes.height);
    BoxEdits edits;
    edits.width = orientation.displayWidth();
    edits.height = orientation.displayHeight();
    for (const segmentation::ProtectedBox& box : boxes.boxes)
      if (box.source == segmentation::BoxSource::User) edits.added.push_back(shownBox(box, orientation));
    for (const segmentation::ProtectedBox& box : boxes.removed)
      edits.removed.push_back(shownBox(box, orientation));
    if (!edits.empty()) result.emplace(id, std::move(edits));
  }
  return result;
}

void writeBoxEdits(const fs::path& file, const std::map<std::string, BoxEdits>& edits,
                   const DatasetBrowser& browser) {
  segmentation::BoxFile content;
  for (const auto& [id, edit] : edits) {
    if (edit.empty()) continue;
    const int exif = orientationOf(browser, id);
    const bool swaps = exif >= 5;
    const data::Orientation orientation(exif, swaps ? edit.height : edit.width,
                                        swaps ? edit.width : edit.height);
    segmentation::ImageBoxes boxes;
    boxes.width = swaps ? edit.height : edit.width;
    boxes.height = swaps ? edit.width : edit.height;
    for (const RegionBox& box : edit.added)
      boxes.boxes.push_back(protectedBox(box, orientation, segmentation::BoxSource::User));
    for (const RegionBox& box : edit.removed)
      boxes.removed.push_back(protectedBox(box, orientation, parseSource(box.source)));
    content.emplace(id, std::move(boxes));
  }
  segmentation::writeBoxFile(file, content);
}

}  // namespace medlocker::pipelines
