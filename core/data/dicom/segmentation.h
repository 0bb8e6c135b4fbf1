// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/common/hash.h"
#include "core/data/manifest.h"

namespace medlocker::data::dicom {

/// One segment of a DICOM segmentation of a 2-D picture.
struct Segment {
  int number = 1;                           ///< Segment Number
  LesionKind kind = LesionKind::Other;      ///< by its label or its property type
  std::string label;                        ///< Segment Label; written from `kind` where empty
  std::string algorithmType = "AUTOMATIC";  ///< AUTOMATIC, SEMIAUTOMATIC, MANUAL
  std::string algorithmName;                ///< needed unless MANUAL
  std::string algorithmVersion;
  std::vector<std::uint8_t> mask;  ///< width*height, 0 or 1, row-major
};

struct Segmentation {
  int width = 0;
  int height = 0;
  std::string sourceInstance;     ///< SOP Instance UID of the picture it was made of; empty: not told
  std::vector<Segment> segments;  ///< in the order of the file; one without a frame has an empty (all 0) mask
};

/// Reads SEG objects of one 2-D picture: BINARY (bit-packed) and label maps (8 bits), native or deflated, one
/// frame per segment at most. Refused: FRACTIONAL, compressed, tiled and three-dimensional ones (more than
/// one frame per segment). The pre-scan runs first. Thread-safe. Throws Error(InputRejected).
Segmentation readSegmentation(ByteView bytes, const std::string& name, const DecodeLimits& limits = {});

/// What a SEG file says of its segments without their masks: the kinds, each once, and the source instance.
struct SegmentationInfo {
  std::string sourceInstance;
  std::vector<LesionKind> kinds;
};
SegmentationInfo readSegmentationInfo(ByteView bytes, const std::string& name,
                                      const DecodeLimits& limits = {});

/// All segments of `kind` of a SEG file as one mask.
MaskImage readSegmentMask(const std::filesystem::path& file, LesionKind kind,
                          const DecodeLimits& limits = {});
/// True where the file is a DICOM SEG (by its first bytes and SOP class); false also where it cannot be read.
bool isSegmentationFile(const std::filesystem::path& file);

/// The mask of a sample: of a file of its own (readMask), or the segments of its kind in a DICOM SEG.
MaskImage readMaskOf(const MaskRef& ref, const DecodeLimits& limits = {});

struct SegmentationWriteOptions {
  std::string uidScope;  ///< UIDs are functions of it and of the source: same arguments, same bytes
  std::string contentLabel = "LESIONS";
  std::string softwareVersion = "1";
  std::string contentDate;  ///< YYYYMMDD; empty: the source's, else 19700101
};

/// A BINARY SEG object of `width`×`height`, one frame per segment, one dimension index (Referenced Segment
/// Number), no frame of reference. `source` is the DICOM file that was segmented: patient and study are its
/// own, and it is referred to; empty: the photograph was no DICOM file, patient attributes stay empty, and it
/// is referred to by a UID made of `name`.
/// Throws Error(InvalidArgument) for segments that do not fit, Error(InputRejected) for the source.
Bytes writeSegmentation(ByteView source, const std::string& name, int width, int height,
                        std::span<const Segment> segments, const SegmentationWriteOptions& options = {});

}  // namespace medlocker::data::dicom
