// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/common/hash.h"
#include "core/data/image_io.h"

/// DICOM files (PS3.5, PS3.10). No header of the toolkit underneath appears in a public header.
namespace medlocker::data::dicom {

/// How the data set is written; a deflated one is inflated first and is then ExplicitLittle.
enum class Encoding { ExplicitLittle, ImplicitLittle, ExplicitBig };

/// Bytes of one fragment of encapsulated pixel data, or of native pixel data as a whole.
struct ByteRange {
  std::size_t offset = 0;
  std::size_t length = 0;
};

/// The attributes that decide how pixel bytes become samples. Absent ones are 0 or empty.
struct PixelDescription {
  std::uint32_t rows = 0;
  std::uint32_t columns = 0;
  std::uint32_t samplesPerPixel = 0;
  std::uint32_t frames = 1;
  std::uint32_t bitsAllocated = 0;
  std::uint32_t bitsStored = 0;
  std::uint32_t highBit = 0;
  bool isSigned = false;
  bool planar = false;  ///< colour by plane
  std::string photometric;
};

/// What a walk over the bytes found. It holds no patient attribute: what identifies a patient is noticed, and
/// enters `patientKey` as a hash that must not leave the process.
struct Prescan {
  std::string transferSyntax;
  ByteRange transferSyntaxValue;  ///< where it is written
  std::string sopClass;
  std::string sopInstance;
  std::string sourceInstance;  ///< first reference of the Source Image Sequence; empty: none
  std::string modality;
  Encoding encoding = Encoding::ExplicitLittle;
  /// Deflated files: the whole file with its data set inflated. All offsets below are into this one then.
  Bytes inflated;

  PixelDescription pixels;
  bool hasPixelData = false;
  bool hasFloatPixelData = false;
  bool encapsulated = false;
  bool pixelWords = false;             ///< native pixel data with VR OW (or implicit): 16-bit words
  ByteRange nativePixels;              ///< not encapsulated
  std::vector<ByteRange> fragments;    ///< encapsulated, without the offset table
  std::vector<std::uint32_t> offsets;  ///< the basic offset table, as stored

  bool namesPatient = false;  ///< Patient's Name or Patient ID is not empty
  bool burnedInAnnotation = false;
  bool lossyFlag = false;  ///< Lossy Image Compression (0028,2110) is 01
  Digest patientKey{};     ///< of Patient ID and its issuer; all zero: no ID
};

/// Nesting of sequences that is followed, the data set itself being level 0.
inline constexpr int kMaxNesting = 16;

/// Walks the whole file before any other parser sees it: every declared length must fit into what holds it,
/// sequences nest at most kMaxNesting deep, undefined lengths are delimited, values that decide about memory
/// occur once. Nothing is allocated by what the file claims, except that a deflated data set is inflated up
/// to limits.maxFileBytes. Understands explicit and implicit little endian, explicit big endian, deflated and
/// encapsulated files with a preamble. Thread-safe. Throws Error(InputRejected) with `name` as context;
/// messages name tags, never values of a patient.
Prescan prescan(ByteView bytes, const std::string& name, const DecodeLimits& limits = {});

/// Refuses, again before memory is claimed, what cannot be read as photographs: no pixel data, float or
/// bit-packed samples, segmentations, contradictions between attributes, and native pixel data that is not
/// exactly as long as rows × columns × samples × frames say (64-bit). Throws as prescan().
void requireImage(const Prescan& scan, const std::string& name, const DecodeLimits& limits = {});

/// Which fragments hold frame `frame`: indices [first, second) of Prescan::fragments. Throws as prescan()
/// where the file does not tell.
std::pair<std::size_t, std::size_t> fragmentsOfFrame(const Prescan& scan, std::uint32_t frame,
                                                     const std::string& name);

// Transfer syntaxes and storage classes that are named in several places.
inline constexpr std::string_view kImplicitLittle = "1.2.840.10008.1.2";
inline constexpr std::string_view kExplicitLittle = "1.2.840.10008.1.2.1";
inline constexpr std::string_view kDeflatedExplicitLittle = "1.2.840.10008.1.2.1.99";
inline constexpr std::string_view kExplicitBig = "1.2.840.10008.1.2.2";
inline constexpr std::string_view kSegmentationStorage = "1.2.840.10008.5.1.4.1.1.66.4";
inline constexpr std::string_view kLabelMapStorage = "1.2.840.10008.5.1.4.1.1.66.7";

}  // namespace medlocker::data::dicom
