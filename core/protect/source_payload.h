// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/common/hash.h"
#include "core/protect/payload.h"

namespace medlocker::protect {

/// Payloads of JPEG files that stay JPEG: they give back the source file, byte for byte (level R2), in the
/// container of payload.h with all fields about samples and boxes 0. Kind `file` holds the whole file, kind
/// `blocks` what data::restoreJpegBlocks() needs beside the protected file. Free functions, thread-safe.

Bytes encodeWholeFilePayload(ByteView sourceFile);
Bytes encodeBlocksPayload(ByteView undo);

/// Names as recorded: "file" and "blocks".
inline constexpr const char* kWholeFileKind = "file";
inline constexpr const char* kBlocksKind = "blocks";

/// True where the payload is of one of these kinds, judged by its header alone.
bool holdsSourceFile(ByteView payload);

/// The source file. Strict, limits before allocation; the caller decides by the file hash whether it is the
/// original. Throws Error(InputRejected).
Bytes restoreSourceFile(ByteView protectedFile, ByteView payload, const PayloadLimits& limits = {});

}  // namespace medlocker::protect
