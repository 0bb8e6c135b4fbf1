// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/dicom/dicom_writer.h"

#include <dcmtk/dcmdata/dcpixel.h>

#include "core/common/error.h"
#include "core/data/dicom/dicom_image.h"
#include "core/data/dicom/frame_decoder.h"
#include "core/data/dicom/loaded_file.h"

namespace medlocker::data::dicom {
namespace {

constexpr const char* kRestoredDescription =
    "samples restored from a protected copy; identical to those of the source image";
const DcmTagKey kPaletteTags[] = {DCM_PaletteColorLookupTableUID,
                                  DCM_RedPaletteColorLookupTableDescriptor,
                                  DCM_GreenPaletteColorLookupTableDescriptor,
                                  DCM_BluePaletteColorLookupTableDescriptor,
                                  DCM_RedPaletteColorLookupTableData,
                                  DCM_GreenPaletteColorLookupTableData,
                                  DCM_BluePaletteColorLookupTableData,
                                  DCM_SegmentedRedPaletteColorLookupTableData,
                                  DCM_SegmentedGreenPaletteColorLookupTableData,
                                  DCM_SegmentedBluePaletteColorLookupTableData};
const DcmTagKey kStaleTags[] = {DCM_SmallestImagePixelValue,
                                DCM_LargestImagePixelValue,
                                DCM_SmallestPixelValueInSeries,
                                DCM_LargestPixelValueInSeries,
                                DCM_RETIRED_SmallestImagePixelValueInPlane,
                                DCM_RETIRED_LargestImagePixelValueInPlane,
                                DCM_ExtendedOffsetTable,
                                DCM_ExtendedOffsetTableLengths};

class Rewriter {
 public:
  Rewriter(ByteView source, const std::string& name, const DecodeLimits& limits)
      : name_(name), loaded_(loadFile(source, name, limits)), dataset_(loaded_.dataset()) {
    requireImage(loaded_.scan, name, limits);
  }

  const Prescan& scan() const { return loaded_.scan; }
  DcmDataset& dataset() { return dataset_; }
  std::vector<std::string>& notices() { return notices_; }

  void put(const DcmTagKey& tag, const std::string& value) {
    check(dataset_.putAndInsertString(tag, value.c_str()));
  }
  void put(const DcmTagKey& tag, std::uint16_t value) { check(dataset_.putAndInsertUint16(tag, value)); }

  void replacePixels(std::span<const Image> frames) {
    const PixelDescription& pixels = loaded_.scan.pixels;
    if (frames.size() != pixels.frames)
      throw Error(ErrorCode::InvalidArgument, "all frames of a DICOM file are written together", name_);
    Bytes all;
    bool lossy = loaded_.scan.lossyFlag;
    for (std::uint32_t frame = 0; frame < pixels.frames; ++frame) {
      const Image& image = frames[frame];
      requireFits(image, frames.front());
      const StoredFrame before = decodeFrame(loaded_.bytes, loaded_.scan, dataset_, frame, name_, lossy);
      const Bytes stored = storedBytesOf(image, before, pixels);
      if (frame == 0) all.reserve(stored.size() * pixels.frames);
      all.insert(all.end(), stored.begin(), stored.end());
    }
    const Image& first = frames.front();
    const bool colour = first.channels() == 3;
    const bool sameForm = colour == (pixels.samplesPerPixel == 3) &&
                          static_cast<std::uint32_t>(first.bitsAllocated()) == pixels.bitsAllocated;
    dataset_.remove(DCM_PixelData);
    if (colour) {
      put(DCM_SamplesPerPixel, std::uint16_t{3});
      put(DCM_PlanarConfiguration, std::uint16_t{0});
      put(DCM_PhotometricInterpretation, "RGB");
    }
    if (!sameForm) {
      put(DCM_BitsAllocated, static_cast<std::uint16_t>(first.bitsAllocated()));
      put(DCM_BitsStored, static_cast<std::uint16_t>(first.bits()));
      put(DCM_HighBit, static_cast<std::uint16_t>(first.bits() - 1));
      put(DCM_PixelRepresentation, std::uint16_t{0});
    }
    if (pixels.photometric == "PALETTE COLOR")
      for (const DcmTagKey& tag : kPaletteTags) dataset_.remove(tag);
    if (lossy) put(DCM_LossyImageCompression, "01");
    insertPixels(all, first.bitsAllocated() == 16);
    for (const DcmTagKey& tag : kStaleTags) dataset_.remove(tag);
  }

  void renewUids(const std::string& scope, bool series) {
    put(DCM_SOPInstanceUID, deriveUid(scope, loaded_.scan.sopInstance));
    if (!series) return;
    const std::string old = textOf(dataset_, DCM_SeriesInstanceUID);
    if (!old.empty()) put(DCM_SeriesInstanceUID, deriveUid(scope, old));
  }

  /// Value 1 of Image Type, and of Frame Type in functional groups.
  void markDerived() {
    forEachItem(dataset_, [&](DcmItem& item) {
      for (const DcmTagKey& tag : {DCM_ImageType, DCM_FrameType}) {
        OFString values;
        if (item.findAndGetOFStringArray(tag, values).bad() || values.empty()) continue;
        const std::string text(values.c_str(), values.length());
        const std::size_t cut = text.find('\\');
        std::string derived = "DERIVED" + (cut == std::string::npos ? std::string() : text.substr(cut));
        if (tag == DCM_ImageType) nameDerivation(derived);
        check(item.putAndInsertString(tag, derived.c_str()));
      }
    });
    if (!dataset_.tagExists(DCM_ImageType)) put(DCM_ImageType, "DERIVED\\PRIMARY");
  }

  void removeWhatNoLongerHolds() {
    bool signatures = false;
    forEachItem(dataset_, [&](DcmItem& item) {
      for (const DcmTagKey& tag : {DCM_DigitalSignaturesSequence, DCM_MACParametersSequence})
        if (item.tagExists(tag)) {
          item.findAndDeleteElement(tag);
          signatures = true;
        }
      item.findAndDeleteElement(DCM_IconImageSequence);
    });
    if (signatures)
      notices_.emplace_back("digital signatures of the DICOM file were removed: they no longer verify");
  }

  void referTo(const std::string& sopClass, const std::string& instance) {
    dataset_.findAndDeleteElement(DCM_SourceImageSequence);
    DcmItem* item = nullptr;
    check(dataset_.findOrCreateSequenceItem(DCM_SourceImageSequence, item, -2));
    check(item->putAndInsertString(DCM_ReferencedSOPClassUID, sopClass.c_str()));
    check(item->putAndInsertString(DCM_ReferencedSOPInstanceUID, instance.c_str()));
    DcmItem* purpose = nullptr;
    check(item->findOrCreateSequenceItem(DCM_PurposeOfReferenceCodeSequence, purpose, -2));
    check(purpose->putAndInsertString(DCM_CodeValue, "121322"));
    check(purpose->putAndInsertString(DCM_CodingSchemeDesignator, "DCM"));
    check(purpose->putAndInsertString(DCM_CodeMeaning, "Source image for image processing operation"));
  }

  void describe(const std::string& text) {
    const std::string before = textOf(dataset_, DCM_DerivationDescription);
    constexpr std::size_t kMostChars = 1024;
    std::string value = text;
    if (!before.empty() && !before.starts_with(kDerivation) && text.size() + 2 + before.size() <= kMostChars)
      value += "; " + before;
    put(DCM_DerivationDescription, value);
  }

  void writeFlag(const std::string& note) {
    removeFlag();
    Uint16 block = 0x10;
    while (block < 0xFF && dataset_.tagExists(DcmTagKey(kPrivateGroup, block))) ++block;
    check(dataset_.putAndInsertString(DcmTag(kPrivateGroup, block, EVR_LO), kPrivateCreator));
    check(dataset_.putAndInsertString(DcmTag(privateElement(block, kNoteElement), EVR_ST), note.c_str()));
  }

  void removeFlag() {
    for (const Uint16 block : privateBlocksOf(dataset_)) {
      dataset_.findAndDeleteElement(DcmTagKey(kPrivateGroup, block));
      for (const Uint16 element : {kNoteElement, kPayloadElement})
        dataset_.findAndDeleteElement(privateElement(block, element));
    }
  }

  WrittenFile finish() { return {saveFile(*loaded_.file, name_), std::move(notices_)}; }

 private:
  /// Ophthalmic Photography asks for value 3, what kind of derived image it is (PS3.3 C.8.17.2.1.4).
  void nameDerivation(std::string& imageType) const {
    if (!loaded_.scan.sopClass.starts_with("1.2.840.10008.5.1.4.1.1.77.1.5.")) return;
    const std::size_t second = imageType.find('\\');
    const std::size_t third = second == std::string::npos ? second : imageType.find('\\', second + 1);
    if (third == std::string::npos) {
      imageType += second == std::string::npos ? "\\PRIMARY\\WATERMARK" : "\\WATERMARK";
      return;
    }
    if (third + 1 == imageType.size() || imageType[third + 1] == '\\')
      imageType.insert(third + 1, "WATERMARK");
  }

  void check(const OFCondition& condition) const {
    if (condition.bad())
      throw Error(ErrorCode::Internal,
                  "an attribute of the DICOM file cannot be set (" + dicom::describe(condition) + ")", name_);
  }

  void requireFits(const Image& image, const Image& first) const {
    const PixelDescription& pixels = loaded_.scan.pixels;
    if (static_cast<std::uint32_t>(image.width()) != pixels.columns ||
        static_cast<std::uint32_t>(image.height()) != pixels.rows || image.channels() != first.channels() ||
        image.bitsAllocated() != first.bitsAllocated() || image.bits() != first.bits() ||
        image.isSigned() != first.isSigned())
      throw Error(ErrorCode::InvalidArgument, "a frame does not fit the DICOM file", name_);
  }

  void insertPixels(const Bytes& all, bool wide) {
    auto pixels = std::make_unique<DcmPixelData>(DCM_PixelData);
    if (wide) {
      pixels->setVR(EVR_OW);
      // Little endian on this side too (asserted in image.cpp).
      check(pixels->putUint16Array(reinterpret_cast<const Uint16*>(all.data()),
                                   static_cast<unsigned long>(all.size() / 2)));
    } else {
      pixels->setVR(EVR_OB);
      check(pixels->putUint8Array(all.data(), static_cast<unsigned long>(all.size())));
    }
    check(dataset_.insert(pixels.get(), OFTrue));
    pixels.release();
  }

  template <typename Visit>
  static void forEachItem(DcmItem& item, const Visit& visit) {
    visit(item);
    for (unsigned long i = 0; i < item.card(); ++i) {
      DcmElement* element = item.getElement(i);
      if (!element || element->ident() != EVR_SQ) continue;
      auto* sequence = static_cast<DcmSequenceOfItems*>(element);
      for (unsigned long k = 0; k < sequence->card(); ++k) forEachItem(*sequence->getItem(k), visit);
    }
  }

  const std::string& name_;
  LoadedFile loaded_;
  DcmDataset& dataset_;
  std::vector<std::string> notices_;
};

}  // namespace

WrittenFile writeProtectedFile(ByteView source, const std::string& name, std::span<const Image> frames,
                               const ProtectedFileOptions& options, const DecodeLimits& limits) {
  if (!options.note.starts_with(kProtectedNotePrefix))
    throw Error(ErrorCode::InvalidArgument, "a protected DICOM file needs its flag text");
  Rewriter rewriter(source, name, limits);
  rewriter.replacePixels(frames);
  rewriter.removeWhatNoLongerHolds();
  if (options.referToSource) rewriter.referTo(rewriter.scan().sopClass, rewriter.scan().sopInstance);
  rewriter.renewUids(options.uidScope, true);
  rewriter.markDerived();
  rewriter.describe(std::string(kDerivation));
  rewriter.writeFlag(options.note);
  return rewriter.finish();
}

WrittenFile writeRestoredFile(ByteView protectedFile, const std::string& name, std::span<const Image> frames,
                              const DecodeLimits& limits) {
  Rewriter rewriter(protectedFile, name, limits);
  rewriter.replacePixels(frames);
  rewriter.renewUids("restored", false);
  rewriter.dataset().findAndDeleteElement(DCM_DerivationDescription);
  rewriter.describe(kRestoredDescription);
  rewriter.removeFlag();
  return rewriter.finish();
}

}  // namespace medlocker::data::dicom
