// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/common/hash.h"

namespace medlocker::data::test {

/// Writes DICOM files byte by byte, right or wrong, independently of any toolkit. Explicit VR little endian.
class DicomBytes {
 public:
  explicit DicomBytes(std::string_view transferSyntax = "1.2.840.10008.1.2.1") {
    bytes_.assign(128, 0);
    raw("DICM");
    text(0x0002, 0x0010, "UI", transferSyntax);
  }

  DicomBytes& raw(std::string_view data) {
    bytes_.insert(bytes_.end(), data.begin(), data.end());
    return *this;
  }
  DicomBytes& u16(unsigned value) {
    bytes_.push_back(static_cast<std::uint8_t>(value));
    bytes_.push_back(static_cast<std::uint8_t>(value >> 8));
    return *this;
  }
  DicomBytes& u32(std::uint32_t value) { return u16(value & 0xFFFF).u16(value >> 16); }
  DicomBytes& tag(unsigned group, unsigned element) { return u16(group).u16(element); }

  DicomBytes& text(unsigned group, unsigned element, std::string_view vr, std::string_view value) {
    std::string padded(value);
    if (padded.size() % 2) padded.push_back(vr == "UI" ? '\0' : ' ');
    return tag(group, element).raw(vr).u16(static_cast<unsigned>(padded.size())).raw(padded);
  }
  DicomBytes& number(unsigned group, unsigned element, unsigned value) {
    return tag(group, element).raw("US").u16(2).u16(value);
  }
  /// Header of an element with a 32-bit length; the value is the caller's.
  DicomBytes& open(unsigned group, unsigned element, std::string_view vr, std::uint32_t length) {
    return tag(group, element).raw(vr).u16(0).u32(length);
  }

  /// What every picture needs before its pixel data.
  DicomBytes& picture(unsigned rows, unsigned columns, unsigned samples = 3, unsigned bits = 8,
                      std::string_view frames = "1", std::string_view photometric = "RGB") {
    text(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.77.1.5.1");
    text(0x0008, 0x0018, "UI", "1.2.3.4");
    number(0x0028, 0x0002, samples);
    text(0x0028, 0x0004, "CS", photometric);
    if (samples > 1) number(0x0028, 0x0006, 0);
    text(0x0028, 0x0008, "IS", frames);
    number(0x0028, 0x0010, rows);
    number(0x0028, 0x0011, columns);
    number(0x0028, 0x0100, bits);
    number(0x0028, 0x0101, bits);
    number(0x0028, 0x0102, bits - 1);
    return number(0x0028, 0x0103, 0);
  }
  DicomBytes& pixels(const Bytes& values) {
    open(0x7FE0, 0x0010, "OW", static_cast<std::uint32_t>(values.size()));
    bytes_.insert(bytes_.end(), values.begin(), values.end());
    return *this;
  }

  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

}  // namespace medlocker::data::test
