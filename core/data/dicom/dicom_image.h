// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "core/common/hash.h"
#include "core/data/image_io.h"

namespace medlocker::data::dicom {

/// What is known of a DICOM picture beside its samples. No patient attribute; `patientKey` and
/// `sopInstance` single out a patient or an instance and must not be written anywhere.
struct ImageInfo {
  std::string sopClass;
  std::string sopInstance;
  std::string modality;
  std::string transferSyntax;
  int width = 0;
  int height = 0;
  std::uint32_t frames = 1;
  bool namesPatient = false;        ///< Patient's Name or Patient ID is not empty
  bool burnedInAnnotation = false;  ///< the file says that identifying text is part of the picture
  Digest patientKey{};              ///< equal for equal patient IDs; all zero: none
};

/// One DICOM picture file, one or more frames (spec 13.4). The length pre-scan (prescan.h) runs before the
/// toolkit sees the bytes. Stored values are given, no window applied:
/// - MONOCHROME1 (metadata `inverted`), MONOCHROME2, 8..16 significant bits, signed or not;
/// - RGB by pixel or plane; YBR_FULL, YBR_FULL_422 and PALETTE COLOR become RGB (notice);
/// - native little and big endian, deflated, RLE, JPEG baseline, extended and lossless, JPEG-LS, JPEG 2000.
/// Bits outside Bits Stored are not part of the samples; the writer keeps them. The display window comes from
/// Window Center and Width and the rescale (mapped back to stored values), also from functional groups.
/// Patient attributes never leave this class. One thread per object. Throws Error(InputRejected) with
/// `name` as context.
class DicomImage {
 public:
  DicomImage(ByteView bytes, std::string name, const DecodeLimits& limits = {});
  ~DicomImage();
  DicomImage(DicomImage&&) noexcept;
  DicomImage& operator=(DicomImage&&) noexcept;

  const ImageInfo& info() const;
  /// Frames count from 0. Throws Error(InvalidArgument) for a frame that does not exist.
  DecodedImage readFrame(std::uint32_t frame) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The same facts by the pre-scan alone, without decoding anything. Throws as DicomImage.
ImageInfo readImageInfo(ByteView bytes, const std::string& name, const DecodeLimits& limits = {});

/// Derivation Description of every protected file; how other software and people recognise one.
inline constexpr std::string_view kDerivation = "visible protective watermark, not for diagnosis";

}  // namespace medlocker::data::dicom
