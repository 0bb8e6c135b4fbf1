// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/dicom/segmentation.h"

#include <dcmtk/dcmdata/dcpixel.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/data/dicom/loaded_file.h"
#include "core/data/loaders/mask_files.h"

namespace medlocker::data::dicom {
namespace {

constexpr int kMostSegments = 255;
constexpr std::string_view kPhotographStorage = "1.2.840.10008.5.1.4.1.1.77.1.4";  // VL Photographic Image

struct Code {
  const char* value;
  const char* scheme;
  const char* meaning;
};
// Lesion types have no codes here that we could vouch for: a private scheme says what is meant.
constexpr const char* kOwnScheme = "99MEDLOCKER";
constexpr Code kAbnormal{"49755003", "SCT", "Morphologically Abnormal Structure"};
constexpr Code kAnatomical{"123037004", "SCT", "Anatomical Structure"};

Code typeOf(LesionKind kind) {
  switch (kind) {
    case LesionKind::Microaneurysm:
      return {"MA", kOwnScheme, "Microaneurysm"};
    case LesionKind::Haemorrhage:
      return {"HE", kOwnScheme, "Retinal haemorrhage"};
    case LesionKind::HardExudate:
      return {"EX", kOwnScheme, "Hard exudate"};
    case LesionKind::SoftExudate:
      return {"SE", kOwnScheme, "Soft exudate"};
    case LesionKind::OpticDisc:
      return {"OD", kOwnScheme, "Optic disc"};
    case LesionKind::Fovea:
      return {"FOVEA", kOwnScheme, "Fovea"};
    case LesionKind::Other:
      break;
  }
  return {"OTHER", kOwnScheme, "Lesion"};
}

LesionKind kindOf(const std::string& label, const std::string& meaning) {
  if (const auto kind = parseLesionKind(label)) return *kind;
  if (const auto kind = lesionOfFolder(label)) return *kind;
  if (const auto kind = lesionOfFolder(meaning)) return *kind;
  return LesionKind::Other;
}

class SegmentationReader {
 public:
  SegmentationReader(ByteView bytes, const std::string& name, const DecodeLimits& limits)
      : name_(name), loaded_(loadFile(bytes, name, limits)), dataset_(loaded_.dataset()), limits_(limits) {
    requireReadable();
    readSegments();
  }

  SegmentationInfo info() {
    SegmentationInfo info;
    info.sourceInstance = sourceInstance();
    for (const Segment& segment : out_.segments)
      if (std::find(info.kinds.begin(), info.kinds.end(), segment.kind) == info.kinds.end())
        info.kinds.push_back(segment.kind);
    return info;
  }

  Segmentation read() {
    out_.sourceInstance = sourceInstance();
    const std::size_t area = static_cast<std::size_t>(out_.width) * out_.height;
    for (Segment& segment : out_.segments) segment.mask.assign(area, 0);
    if (labelMap_)
      readLabelMap(area);
    else
      readBinary(area);
    return std::move(out_);
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorCode::InputRejected, why, name_);
  }

  void requireReadable() {
    const Prescan& scan = loaded_.scan;
    const PixelDescription& p = scan.pixels;
    labelMap_ = scan.sopClass == kLabelMapStorage;
    if (!labelMap_ && scan.sopClass != kSegmentationStorage) refuse("is not a DICOM segmentation");
    const std::string type = textOf(dataset_, DCM_SegmentationType);
    if (!labelMap_ && type != "BINARY")
      refuse("is a segmentation of type " + type.substr(0, 16) + "; BINARY is read");
    if (!scan.hasPixelData) refuse("holds no masks");
    if (scan.encapsulated) refuse("is a compressed segmentation, which is not read");
    const std::uint64_t area = static_cast<std::uint64_t>(p.rows) * p.columns;
    if (area == 0 || p.rows > static_cast<std::uint32_t>(limits_.maxSide) ||
        p.columns > static_cast<std::uint32_t>(limits_.maxSide) || area > limits_.maxPixels)
      refuse("claims a size that is not allowed");
    if (p.samplesPerPixel != 1 || p.bitsAllocated != (labelMap_ ? 8U : 1U))
      refuse("has a form of pixel data that is not read in a segmentation");
    const std::uint64_t bits = area * p.frames * p.bitsAllocated;
    const std::uint64_t wanted = (bits + 7) / 8;
    if (scan.nativePixels.length != wanted && scan.nativePixels.length != wanted + wanted % 2)
      refuse("is truncated or damaged: its pixel data has the wrong length");
    out_.width = static_cast<int>(p.columns);
    out_.height = static_cast<int>(p.rows);
  }

  void readSegments() {
    for (long i = 0; i <= kMostSegments; ++i) {
      DcmItem* item = itemOf(dataset_, DCM_SegmentSequence, i);
      if (!item) break;
      Segment segment;
      const auto number = wordOf(*item, DCM_SegmentNumber);
      if (!number) refuse("is damaged: a segment has no number");
      if (labelMap_ && *number == 0) continue;  // the background
      segment.number = *number;
      segment.label = textOf(*item, DCM_SegmentLabel);
      DcmItem* type = itemOf(*item, DCM_SegmentedPropertyTypeCodeSequence);
      segment.kind = kindOf(segment.label, type ? textOf(*type, DCM_CodeMeaning) : std::string());
      segment.algorithmType = textOf(*item, DCM_SegmentAlgorithmType);
      segment.algorithmName = textOf(*item, DCM_SegmentAlgorithmName);
      if (DcmItem* algorithm = itemOf(*item, DCM_SegmentationAlgorithmIdentificationSequence))
        segment.algorithmVersion = textOf(*algorithm, DCM_AlgorithmVersion);
      if (!byNumber_.emplace(segment.number, out_.segments.size()).second)
        refuse("is damaged: two segments have one number");
      out_.segments.push_back(std::move(segment));
    }
    if (out_.segments.empty()) refuse("is damaged: it describes no segments");
  }

  /// From the first frame's derivation, the shared one, or the list of references.
  std::string sourceInstance() {
    for (const DcmTagKey& groups : {DCM_PerFrameFunctionalGroupsSequence, DCM_SharedFunctionalGroupsSequence})
      if (DcmItem* group = itemOf(dataset_, groups))
        if (DcmItem* derivation = itemOf(*group, DCM_DerivationImageSequence))
          if (DcmItem* source = itemOf(*derivation, DCM_SourceImageSequence))
            if (std::string uid = textOf(*source, DCM_ReferencedSOPInstanceUID); !uid.empty()) return uid;
    if (DcmItem* series = itemOf(dataset_, DCM_ReferencedSeriesSequence))
      if (DcmItem* instance = itemOf(*series, DCM_ReferencedInstanceSequence))
        return textOf(*instance, DCM_ReferencedSOPInstanceUID);
    return {};
  }

  void readLabelMap(std::size_t area) {
    if (loaded_.scan.pixels.frames != 1) refuse("is a label map of several frames, which is not read");
    const ByteView values = ByteView(loaded_.bytes).subspan(loaded_.scan.nativePixels.offset, area);
    for (std::size_t i = 0; i < area; ++i)
      if (const auto found = byNumber_.find(values[i]); found != byNumber_.end())
        out_.segments[found->second].mask[i] = 1;
  }

  void readBinary(std::size_t area) {
    const ByteRange& range = loaded_.scan.nativePixels;
    const bool swapped = loaded_.scan.encoding == Encoding::ExplicitBig && loaded_.scan.pixelWords;
    std::vector<bool> used(out_.segments.size());
    for (std::uint32_t frame = 0; frame < loaded_.scan.pixels.frames; ++frame) {
      DcmItem* group = itemOf(dataset_, DCM_PerFrameFunctionalGroupsSequence, static_cast<long>(frame));
      DcmItem* identification = group ? itemOf(*group, DCM_SegmentIdentificationSequence) : nullptr;
      if (!identification)
        if (DcmItem* shared = itemOf(dataset_, DCM_SharedFunctionalGroupsSequence))
          identification = itemOf(*shared, DCM_SegmentIdentificationSequence);
      const auto number =
          identification ? wordOf(*identification, DCM_ReferencedSegmentNumber) : std::nullopt;
      const auto found = number ? byNumber_.find(*number) : byNumber_.end();
      if (found == byNumber_.end()) refuse("is damaged: a frame belongs to no segment");
      if (used[found->second])
        refuse("has several frames per segment (tiles, or a volume), which are not read");
      used[found->second] = true;
      // Frames follow one another bit by bit, low bit first (PS3.5 8.1.1).
      std::vector<std::uint8_t>& mask = out_.segments[found->second].mask;
      for (std::size_t i = 0; i < area; ++i) {
        const std::size_t bit = frame * area + i;
        const std::size_t byte = swapped ? (bit / 8) ^ 1U : bit / 8;
        if (byte < range.length)
          mask[i] = static_cast<std::uint8_t>((loaded_.bytes[range.offset + byte] >> (bit % 8)) & 1);
      }
    }
  }

  const std::string& name_;
  LoadedFile loaded_;
  DcmDataset& dataset_;
  const DecodeLimits& limits_;
  bool labelMap_ = false;
  Segmentation out_;
  std::map<int, std::size_t> byNumber_;
};

class SegmentationWriter {
 public:
  SegmentationWriter(ByteView source, const std::string& name, int width, int height,
                     std::span<const Segment> segments, const SegmentationWriteOptions& options)
      : name_(name), width_(width), height_(height), segments_(segments), options_(options) {
    requireFits();
    startToolkit();
    if (source.empty()) return;
    source_ = loadFile(source, name, {});
    if (source_->scan.pixels.columns != static_cast<std::uint32_t>(width) ||
        source_->scan.pixels.rows != static_cast<std::uint32_t>(height))
      throw Error(ErrorCode::InvalidArgument, "the masks have another size than the DICOM file", name);
  }

  Bytes write() {
    writePatientAndStudy();
    writeSeries();
    writeEquipment();
    writeImage();
    for (std::size_t i = 0; i < segments_.size(); ++i) writeSegment(i);
    writeDimensions();
    for (std::size_t i = 0; i < segments_.size(); ++i) writeFrame(i);
    writePixels();
    return saveFile(file_, name_);
  }

 private:
  void requireFits() const {
    const auto refuse = [&](const char* why) { throw Error(ErrorCode::InvalidArgument, why, name_); };
    if (segments_.empty() || segments_.size() > kMostSegments) refuse("a segmentation has 1 to 255 segments");
    if (width_ < 1 || height_ < 1 || width_ > 65535 || height_ > 65535)
      refuse("a segmentation cannot have this size");
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      const Segment& segment = segments_[i];
      if (segment.number != static_cast<int>(i) + 1) refuse("segments are numbered from 1, in order");
      if (segment.mask.size() != static_cast<std::size_t>(width_) * height_)
        refuse("a mask has another size than the segmentation");
      if (segment.algorithmType != "AUTOMATIC" && segment.algorithmType != "SEMIAUTOMATIC" &&
          segment.algorithmType != "MANUAL")
        refuse("an algorithm type is AUTOMATIC, SEMIAUTOMATIC or MANUAL");
      if (segment.algorithmType != "MANUAL" && segment.algorithmName.empty())
        refuse("a segment that was not drawn by hand names its algorithm");
    }
  }

  void check(const OFCondition& condition) const {
    if (condition.bad())
      throw Error(ErrorCode::Internal,
                  "an attribute of the segmentation cannot be set (" + describe(condition) + ")", name_);
  }
  void put(DcmItem& item, const DcmTagKey& tag, const std::string& value) const {
    check(item.putAndInsertString(tag, value.c_str()));
  }
  void put(DcmItem& item, const DcmTagKey& tag, std::uint16_t value) const {
    check(item.putAndInsertUint16(tag, value));
  }
  DcmItem& add(DcmItem& item, const DcmTagKey& sequence) const {
    DcmItem* added = nullptr;
    check(item.findOrCreateSequenceItem(sequence, added, -2));
    return *added;
  }
  void addCode(DcmItem& item, const DcmTagKey& sequence, const Code& code) const {
    DcmItem& added = add(item, sequence);
    put(added, DCM_CodeValue, code.value);
    put(added, DCM_CodingSchemeDesignator, code.scheme);
    put(added, DCM_CodeMeaning, code.meaning);
  }
  void copy(const DcmTagKey& tag, bool mayBeEmpty = true) {
    DcmElement* element = nullptr;
    if (source_ && source_->dataset().findAndGetElement(tag, element, OFFalse, OFTrue).good() && element) {
      check(dataset().insert(element, OFTrue));
    } else if (mayBeEmpty) {
      check(dataset().insertEmptyElement(tag));
    }
  }
  DcmDataset& dataset() { return *file_.getDataset(); }
  std::string sourceUid() const { return source_ ? source_->scan.sopInstance : name_; }
  std::string uid(const char* what) const {
    return deriveUid(options_.uidScope + "/segmentation/" + what, sourceUid());
  }

  void writePatientAndStudy() {
    copy(DCM_SpecificCharacterSet, false);
    for (const DcmTagKey& tag :
         {DCM_PatientName, DCM_PatientID, DCM_PatientBirthDate, DCM_PatientSex, DCM_StudyDate, DCM_StudyTime,
          DCM_AccessionNumber, DCM_ReferringPhysicianName, DCM_StudyID})
      copy(tag);
    copy(DCM_StudyInstanceUID, false);
    if (!dataset().tagExists(DCM_StudyInstanceUID)) put(dataset(), DCM_StudyInstanceUID, uid("study"));
  }

  void writeSeries() {
    put(dataset(), DCM_SOPClassUID, std::string(kSegmentationStorage));
    put(dataset(), DCM_SOPInstanceUID, uid("instance"));
    put(dataset(), DCM_Modality, "SEG");
    put(dataset(), DCM_SeriesInstanceUID, uid("series"));
    put(dataset(), DCM_SeriesNumber, "100");
    put(dataset(), DCM_InstanceNumber, "1");
    std::string date = options_.contentDate;
    if (date.empty() && source_) date = textOf(source_->dataset(), DCM_ContentDate);
    put(dataset(), DCM_ContentDate, date.empty() ? "19700101" : date);
    put(dataset(), DCM_ContentTime, "000000");
    DcmItem& series = add(dataset(), DCM_ReferencedSeriesSequence);
    put(series, DCM_SeriesInstanceUID,
        source_ ? textOf(source_->dataset(), DCM_SeriesInstanceUID) : uid("photograph series"));
    writeReference(add(series, DCM_ReferencedInstanceSequence));
  }

  /// A photograph that is no DICOM file is named by a UID made of its name.
  void writeReference(DcmItem& item) const {
    put(item, DCM_ReferencedSOPClassUID, source_ ? source_->scan.sopClass : std::string(kPhotographStorage));
    put(item, DCM_ReferencedSOPInstanceUID, source_ ? source_->scan.sopInstance : uid("photograph"));
  }

  void writeEquipment() {
    put(dataset(), DCM_Manufacturer, "MedLocker");
    put(dataset(), DCM_ManufacturerModelName, "MedLocker");
    put(dataset(), DCM_DeviceSerialNumber, "0");
    put(dataset(), DCM_SoftwareVersions, options_.softwareVersion);
  }

  void writeImage() {
    DcmItem& d = dataset();
    put(d, DCM_ImageType, "DERIVED\\PRIMARY");
    check(d.insertEmptyElement(DCM_PatientOrientation));
    put(d, DCM_SamplesPerPixel, std::uint16_t{1});
    put(d, DCM_PhotometricInterpretation, "MONOCHROME2");
    put(d, DCM_NumberOfFrames, std::to_string(segments_.size()));
    put(d, DCM_Rows, static_cast<std::uint16_t>(height_));
    put(d, DCM_Columns, static_cast<std::uint16_t>(width_));
    put(d, DCM_BitsAllocated, std::uint16_t{1});
    put(d, DCM_BitsStored, std::uint16_t{1});
    put(d, DCM_HighBit, std::uint16_t{0});
    put(d, DCM_PixelRepresentation, std::uint16_t{0});
    const bool lossy = source_ && source_->scan.lossyFlag;
    put(d, DCM_LossyImageCompression, lossy ? "01" : "00");
    if (lossy) {
      copy(DCM_LossyImageCompressionRatio, false);
      copy(DCM_LossyImageCompressionMethod, false);
    }
    put(d, DCM_SegmentationType, "BINARY");
    put(d, DCM_ContentLabel, options_.contentLabel);
    check(d.insertEmptyElement(DCM_ContentDescription));
    check(d.insertEmptyElement(DCM_ContentCreatorName));
    put(d, DCM_SegmentsOverlap, "UNDEFINED");
  }

  void writeSegment(std::size_t index) {
    const Segment& segment = segments_[index];
    const bool anatomy = segment.kind == LesionKind::OpticDisc || segment.kind == LesionKind::Fovea;
    DcmItem& item = add(dataset(), DCM_SegmentSequence);
    put(item, DCM_SegmentNumber, static_cast<std::uint16_t>(segment.number));
    put(item, DCM_SegmentLabel, segment.label.empty() ? std::string(toString(segment.kind)) : segment.label);
    put(item, DCM_SegmentAlgorithmType, segment.algorithmType);
    addCode(item, DCM_SegmentedPropertyCategoryCodeSequence, anatomy ? kAnatomical : kAbnormal);
    addCode(item, DCM_SegmentedPropertyTypeCodeSequence, typeOf(segment.kind));
    if (segment.algorithmType == "MANUAL") return;
    put(item, DCM_SegmentAlgorithmName, segment.algorithmName);
    DcmItem& algorithm = add(item, DCM_SegmentationAlgorithmIdentificationSequence);
    addCode(algorithm, DCM_AlgorithmFamilyCodeSequence, {"123109", "DCM", "Artificial Intelligence"});
    put(algorithm, DCM_AlgorithmName, segment.algorithmName);
    put(algorithm, DCM_AlgorithmVersion,
        segment.algorithmVersion.empty() ? std::string("unknown") : segment.algorithmVersion);
  }

  void writeDimensions() {
    const std::string organization = uid("dimensions");
    put(add(dataset(), DCM_DimensionOrganizationSequence), DCM_DimensionOrganizationUID, organization);
    DcmItem& index = add(dataset(), DCM_DimensionIndexSequence);
    put(index, DCM_DimensionOrganizationUID, organization);
    check(index.putAndInsertTagKey(DCM_DimensionIndexPointer, DCM_ReferencedSegmentNumber));
    check(index.putAndInsertTagKey(DCM_FunctionalGroupPointer, DCM_SegmentIdentificationSequence));
    put(index, DCM_DimensionDescriptionLabel, "Referenced Segment Number");
    add(dataset(), DCM_SharedFunctionalGroupsSequence);
  }

  void writeFrame(std::size_t index) {
    DcmItem& group = add(dataset(), DCM_PerFrameFunctionalGroupsSequence);
    DcmItem& derivation = add(group, DCM_DerivationImageSequence);
    DcmItem& image = add(derivation, DCM_SourceImageSequence);
    writeReference(image);
    put(image, DCM_SpatialLocationsPreserved, "YES");
    addCode(image, DCM_PurposeOfReferenceCodeSequence,
            {"121322", "DCM", "Source image for image processing operation"});
    addCode(derivation, DCM_DerivationCodeSequence, {"113076", "DCM", "Segmentation"});
    check(add(group, DCM_FrameContentSequence)
              .putAndInsertUint32(DCM_DimensionIndexValues, static_cast<Uint32>(index + 1)));
    put(add(group, DCM_SegmentIdentificationSequence), DCM_ReferencedSegmentNumber,
        static_cast<std::uint16_t>(segments_[index].number));
  }

  void writePixels() {
    const std::size_t area = static_cast<std::size_t>(width_) * height_;
    Bytes bits((area * segments_.size() + 7) / 8);
    for (std::size_t s = 0; s < segments_.size(); ++s)
      for (std::size_t i = 0; i < area; ++i)
        if (segments_[s].mask[i]) {
          const std::size_t bit = s * area + i;
          bits[bit / 8] = static_cast<std::uint8_t>(bits[bit / 8] | (1U << (bit % 8)));
        }
    auto pixels = std::make_unique<DcmPixelData>(DCM_PixelData);
    pixels->setVR(EVR_OB);
    check(pixels->putUint8Array(bits.data(), static_cast<unsigned long>(bits.size())));
    check(dataset().insert(pixels.get(), OFTrue));
    pixels.release();
  }

  const std::string& name_;
  int width_;
  int height_;
  std::span<const Segment> segments_;
  const SegmentationWriteOptions& options_;
  std::optional<LoadedFile> source_;
  DcmFileFormat file_;
};

}  // namespace

Segmentation readSegmentation(ByteView bytes, const std::string& name, const DecodeLimits& limits) {
  return SegmentationReader(bytes, name, limits).read();
}

SegmentationInfo readSegmentationInfo(ByteView bytes, const std::string& name, const DecodeLimits& limits) {
  return SegmentationReader(bytes, name, limits).info();
}

MaskImage readSegmentMask(const std::filesystem::path& file, LesionKind kind, const DecodeLimits& limits) {
  const Segmentation segmentation =
      readSegmentation(readFile(file, limits.maxFileBytes), file.string(), limits);
  MaskImage mask;
  mask.width = segmentation.width;
  mask.height = segmentation.height;
  mask.values.assign(static_cast<std::size_t>(mask.width) * mask.height, 0);
  bool found = false;
  for (const Segment& segment : segmentation.segments) {
    if (segment.kind != kind) continue;
    found = true;
    for (std::size_t i = 0; i < mask.values.size(); ++i)
      mask.values[i] = static_cast<std::uint8_t>(mask.values[i] | segment.mask[i]);
  }
  if (!found)
    throw Error(ErrorCode::InputRejected, "has no segment of kind " + std::string(toString(kind)),
                file.string());
  return mask;
}

bool isSegmentationFile(const std::filesystem::path& file) {
  try {
    std::array<char, 132> head{};
    std::ifstream in(file, std::ios::binary);
    in.read(head.data(), head.size());
    if (in.gcount() != static_cast<std::streamsize>(head.size()) || std::string_view(&head[128], 4) != "DICM")
      return false;
    const Prescan scan = prescan(readFile(file, DecodeLimits{}.maxFileBytes), file.string());
    return scan.sopClass == kSegmentationStorage || scan.sopClass == kLabelMapStorage;
  } catch (const Error&) {
    return false;
  }
}

MaskImage readMaskOf(const MaskRef& ref, const DecodeLimits& limits) {
  return isSegmentationFile(ref.path) ? readSegmentMask(ref.path, ref.kind, limits)
                                      : readMask(ref.path, limits);
}

Bytes writeSegmentation(ByteView source, const std::string& name, int width, int height,
                        std::span<const Segment> segments, const SegmentationWriteOptions& options) {
  return SegmentationWriter(source, name, width, height, segments, options).write();
}

}  // namespace medlocker::data::dicom
