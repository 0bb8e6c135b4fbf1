// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/dicom/dicom_image.h"

#include <algorithm>
#include <cmath>

#include "core/common/error.h"
#include "core/data/codecs/byte_order.h"
#include "core/data/codecs/codec.h"
#include "core/data/dicom/frame_decoder.h"
#include "core/data/dicom/loaded_file.h"

namespace medlocker::data::dicom {
namespace {

ImageInfo infoOf(const Prescan& scan) {
  ImageInfo info;
  info.sopClass = scan.sopClass;
  info.sopInstance = scan.sopInstance;
  info.modality = scan.modality;
  info.transferSyntax = scan.transferSyntax;
  info.width = static_cast<int>(scan.pixels.columns);
  info.height = static_cast<int>(scan.pixels.rows);
  info.frames = scan.pixels.frames;
  info.namesPatient = scan.namesPatient;
  info.burnedInAnnotation = scan.burnedInAnnotation;
  info.patientKey = scan.patientKey;
  return info;
}

Palette readPalette(DcmDataset& dataset, const std::string& name) {
  const auto refuse = [&](const char* why) { throw Error(ErrorCode::InputRejected, why, name); };
  struct Names {
    DcmTagKey descriptor;
    DcmTagKey data;
  };
  const Names names[3] = {{DCM_RedPaletteColorLookupTableDescriptor, DCM_RedPaletteColorLookupTableData},
                          {DCM_GreenPaletteColorLookupTableDescriptor, DCM_GreenPaletteColorLookupTableData},
                          {DCM_BluePaletteColorLookupTableDescriptor, DCM_BluePaletteColorLookupTableData}};
  Palette palette;
  std::size_t entries = 0;
  for (std::size_t c = 0; c < 3; ++c) {
    const auto count = wordOf(dataset, names[c].descriptor, 0);
    const auto first = wordOf(dataset, names[c].descriptor, 1);
    const auto bits = wordOf(dataset, names[c].descriptor, 2);
    if (!count || !first || !bits || (*bits != 8 && *bits != 16))
      refuse("is damaged: the palette is incomplete");
    const std::size_t wanted = *count == 0 ? 65536 : *count;
    if (c == 0) {
      entries = wanted;
      palette.first = *first;
    } else if (wanted != entries || palette.first != *first) {
      refuse("has palettes of unequal size, which are not read");
    }
    const Uint16* words = nullptr;
    unsigned long stored = 0;
    if (dataset.findAndGetUint16Array(names[c].data, words, &stored).bad() || !words)
      refuse("is damaged: the palette is missing (segmented palettes are not read)");
    auto& channel = palette.channels[c];
    if (stored >= wanted) {
      channel.assign(words, words + wanted);
    } else if (*bits == 8 && stored == (wanted + 1) / 2) {
      for (std::size_t i = 0; i < wanted; ++i)
        channel.push_back(static_cast<std::uint16_t>(i % 2 == 0 ? words[i / 2] & 0xFF : words[i / 2] >> 8));
    } else {
      refuse("is damaged: the palette is too short");
    }
  }
  // Sixteen-bit entries are reduced where that loses nothing: v·257, v·256, or 8-bit values as they are.
  const auto all = [&](auto&& holds) {
    return std::all_of(palette.channels.begin(), palette.channels.end(), [&](const auto& channel) {
      return std::all_of(channel.begin(), channel.end(), holds);
    });
  };
  const bool plain = all([](std::uint16_t v) { return v <= 255; });
  const bool scaled =
      all([](std::uint16_t v) { return v % 257 == 0; }) || all([](std::uint16_t v) { return v % 256 == 0; });
  palette.eightBit = plain || scaled;
  if (palette.eightBit && !plain)
    for (auto& channel : palette.channels)
      for (std::uint16_t& v : channel) v = static_cast<std::uint16_t>(v >> 8);
  return palette;
}

/// The attribute's item: at the top level, or in the functional groups of the frame or of all frames.
template <typename Has>
DcmItem* findInGroups(DcmDataset& dataset, std::uint32_t frame, const DcmTagKey& macro, Has has) {
  if (has(dataset)) return &dataset;
  DcmItem* groups[2] = {itemOf(dataset, DCM_PerFrameFunctionalGroupsSequence, static_cast<long>(frame)),
                        itemOf(dataset, DCM_SharedFunctionalGroupsSequence)};
  for (DcmItem* group : groups)
    if (group)
      if (DcmItem* item = itemOf(*group, macro); item && has(*item)) return item;
  return nullptr;
}

/// Display window in stored values (spec 1.2), and whether a negative slope turns bright into dark.
void applyWindow(DcmDataset& dataset, std::uint32_t frame, ImageMetadata& metadata) {
  const auto hasBoth = [](const DcmTagKey& a, const DcmTagKey& b) {
    return [a, b](DcmItem& item) { return numberOf(item, a) && numberOf(item, b); };
  };
  DcmItem* rescale = findInGroups(dataset, frame, DCM_PixelValueTransformationSequence,
                                  hasBoth(DCM_RescaleSlope, DCM_RescaleIntercept));
  const double slope = rescale ? *numberOf(*rescale, DCM_RescaleSlope) : 1;
  const double intercept = rescale ? *numberOf(*rescale, DCM_RescaleIntercept) : 0;
  if (slope == 0 || !std::isfinite(slope) || !std::isfinite(intercept)) return;
  if (slope < 0) metadata.inverted = !metadata.inverted;
  DcmItem* voi =
      findInGroups(dataset, frame, DCM_FrameVOILUTSequence, hasBoth(DCM_WindowCenter, DCM_WindowWidth));
  if (!voi) return;
  const double centre = *numberOf(*voi, DCM_WindowCenter);
  const double width = *numberOf(*voi, DCM_WindowWidth);
  if (!std::isfinite(centre) || !std::isfinite(width) || !(width >= 1)) return;
  // PS3.3 C.11.2.1.2: LINEAR is darkest at c - 0.5 - (w-1)/2 and brightest at c - 0.5 + (w-1)/2.
  const bool exact = textOf(*voi, DCM_VOILUTFunction) == "LINEAR_EXACT";
  const double low = exact ? centre - width / 2 : centre - 0.5 - (width - 1) / 2;
  const double high = exact ? centre + width / 2 : centre - 0.5 + (width - 1) / 2;
  const double a = (low - intercept) / slope;
  const double b = (high - intercept) / slope;
  metadata.windowLo = std::min(a, b);
  metadata.windowHi = std::max(a, b);
}

void applyPadding(DcmDataset& dataset, const PixelDescription& pixels, ImageMetadata& metadata) {
  const auto word = wordOf(dataset, DCM_PixelPaddingValue);
  if (!word) return;
  metadata.paddingValue = pixels.isSigned ? static_cast<std::int16_t>(*word) : static_cast<int>(*word);
}

void applyProfile(DcmDataset& dataset, ImageMetadata& metadata) {
  const Uint8* bytes = nullptr;
  unsigned long count = 0;
  DcmItem* holder = &dataset;
  if (!dataset.tagExists(DCM_ICCProfile)) holder = itemOf(dataset, DCM_OpticalPathSequence);
  if (holder && holder->findAndGetUint8Array(DCM_ICCProfile, bytes, &count).good() && bytes)
    metadata.iccProfile.assign(bytes, bytes + count);
}

}  // namespace

struct DicomImage::Impl {
  Impl(ByteView bytes, std::string nameOfFile, const DecodeLimits& limits)
      : name(std::move(nameOfFile)), loaded(loadFile(bytes, name, limits)) {
    requireImage(loaded.scan, name, limits);
    info = infoOf(loaded.scan);
    note = protectedNoteOf(loaded.dataset());
  }

  std::string name;
  LoadedFile loaded;
  ImageInfo info;
  std::string note;
};

DicomImage::DicomImage(ByteView bytes, std::string name, const DecodeLimits& limits)
    : impl_(std::make_unique<Impl>(bytes, std::move(name), limits)) {
}
DicomImage::~DicomImage() = default;
DicomImage::DicomImage(DicomImage&&) noexcept = default;
DicomImage& DicomImage::operator=(DicomImage&&) noexcept = default;

const ImageInfo& DicomImage::info() const {
  return impl_->info;
}

DecodedImage DicomImage::readFrame(std::uint32_t frame) const {
  const PixelDescription& pixels = impl_->loaded.scan.pixels;
  if (frame >= pixels.frames)
    throw Error(ErrorCode::InvalidArgument, "has no frame " + std::to_string(frame), impl_->name);
  DcmDataset& dataset = impl_->loaded.dataset();
  bool lossy = impl_->loaded.scan.lossyFlag;
  const StoredFrame stored =
      decodeFrame(impl_->loaded.bytes, impl_->loaded.scan, dataset, frame, impl_->name, lossy);
  DecodedImage out;
  out.format = FileFormat::Dicom;
  try {
    out.image = samplesOf(stored, pixels);
    if (pixels.photometric == "PALETTE COLOR") {
      out.image = paletteToRgb(out.image, readPalette(dataset, impl_->name));
      out.notices.emplace_back("palette image converted to RGB");
    }
  } catch (const Error& e) {
    throw e.withContext(impl_->name);
  }
  if (pixels.photometric.starts_with("YBR")) out.notices.emplace_back("YBR colours converted to RGB");
  ImageMetadata& metadata = out.image.metadata;
  metadata.lossySource = lossy;
  metadata.inverted = pixels.photometric == "MONOCHROME1";
  metadata.protectedNote = impl_->note;
  if (out.image.channels() == 1) {
    applyWindow(dataset, frame, metadata);
    applyPadding(dataset, pixels, metadata);
  }
  applyProfile(dataset, metadata);
  if (impl_->loaded.scan.namesPatient)
    out.notices.emplace_back("carries a patient's name or ID: protection does not remove it");
  if (impl_->loaded.scan.burnedInAnnotation)
    out.notices.emplace_back(
        "says that identifying text is burned into the picture: protection does not remove it");
  return out;
}

ImageInfo readImageInfo(ByteView bytes, const std::string& name, const DecodeLimits& limits) {
  const Prescan scan = prescan(bytes, name, limits);
  requireImage(scan, name, limits);
  return infoOf(scan);
}

}  // namespace medlocker::data::dicom
