// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/common/hash.h"
#include "core/protect/payload.h"

namespace medlocker::protect {

/// Payloads that give back the original file byte for byte (spec 12.2, level R2): kinds `patch`, `file` and
/// `blocks`, in the same MLR1 container; its fields about samples and boxes are 0. Free functions,
/// thread-safe.
///
/// `file` holds the whole original file. `patch` holds, little endian: length of the original u64, length of
/// the protected file u64, number of parts u32; per part: source u64, length u64, with the bytes themselves
/// following where source is 2^64−1 and otherwise meaning `length` bytes of the protected file from `source`
/// on. Naming the place lets a note that was inserted into the header leave everything behind it unstored.
/// `blocks` holds what data::restoreJpegBlocks() needs beside the protected file.

Bytes encodeFilePayload(ByteView originalFile);

/// Small where the two files share long stretches, as uncompressed DICOM and TIFF do; never wrong.
Bytes encodePatchPayload(ByteView originalFile, ByteView protectedFile);

/// `undo`: JpegBlockEdit::undo of the edit that made the protected file.
Bytes encodeBlocksPayload(ByteView undo);

/// Kind of an encoded payload, from its header alone. Throws Error(InputRejected) where it is not a payload
/// of a known kind.
PayloadKind payloadKindOf(ByteView payload);
/// True for kinds that give back a file rather than samples.
constexpr bool restoresFile(PayloadKind kind) {
  return kind == PayloadKind::Patch || kind == PayloadKind::File || kind == PayloadKind::Blocks;
}

/// The original file. `protectedFile` is not read for kind `file`. Strict, limits before allocation; the
/// caller decides by the file hash whether the result is the original. Throws Error(InputRejected).
Bytes restoreFile(ByteView protectedFile, ByteView payload, const PayloadLimits& limits = {});

}  // namespace medlocker::protect
