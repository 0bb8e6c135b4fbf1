// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Internal to the DICOM code of the data module: the only header here that includes DCMTK's.

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/common/hash.h"

namespace medlocker::data::dicom {

/// Registers the decoders and silences DCMTK's log, which would quote attribute values. Called by parse().
void startToolkit();

/// The parsed file; call only with bytes that passed prescan(). Throws Error(InputRejected), never quoting
/// values.
std::unique_ptr<DcmFileFormat> parse(ByteView bytes, const std::string& name);

/// The condition's number alone: its text may quote attribute values.
std::string describe(const OFCondition& condition);

/// Text of an element, without padding; empty where absent.
std::string textOf(DcmItem& item, const DcmTagKey& tag, unsigned long position = 0);
std::optional<double> numberOf(DcmItem& item, const DcmTagKey& tag, unsigned long position = 0);
/// US or SS, whichever is stored; the bits of the 16-bit number.
std::optional<std::uint16_t> wordOf(DcmItem& item, const DcmTagKey& tag, unsigned long position = 0);
/// First item of a sequence, or null.
DcmItem* itemOf(DcmItem& item, const DcmTagKey& sequence, long number = 0);

/// Private block of this product: creator and its elements. Group and block are those we reserve when we
/// write; readers look the creator up.
inline constexpr const char* kPrivateCreator = "MEDLOCKER 1";
inline constexpr Uint16 kPrivateGroup = 0x0099;
inline constexpr Uint16 kNoteElement = 1;
inline constexpr Uint16 kPayloadElement = 2;
/// Blocks of that group which our creator reserves, ascending.
std::vector<Uint16> privateBlocksOf(DcmItem& dataset);
inline DcmTagKey privateElement(Uint16 block, Uint16 element) {
  return {kPrivateGroup, static_cast<Uint16>((block << 8) | element)};
}
/// Text of the flag of a protected file in our private block; empty: none.
std::string protectedNoteOf(DcmItem& dataset);

}  // namespace medlocker::data::dicom
