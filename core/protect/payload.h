// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/common/hash.h"
#include "core/data/geometry.h"
#include "core/data/image.h"
#include "core/protect/compositor.h"

namespace medlocker::protect {

/// Restoration payload (spec 12.2), plain form; sealing it is the vault's work. Layout `MLR1`, little endian:
/// magic[4], kind u8, bytes_per_sample u8, samples u8, filter u8, codec u8, reserved u8×3, frame u32, x u32,
/// y u32, w u32, h u32, raw_len u64, data_len u64, data[data_len]. Free functions, thread-safe.

enum class PayloadKind : std::uint8_t {
  Roi = 1,       ///< original samples of the box of changed pixels
  Residual = 2,  ///< differences to the known-parameter inverse, with opacities and target samples
  Patch = 3,     ///< differences between the two files (file_payload.h)
  File = 4,      ///< the whole original file (file_payload.h)
  Blocks = 5,    ///< what undoes replaced blocks of a JPEG file (file_payload.h)
};
std::string_view toString(PayloadKind kind);

inline constexpr std::size_t kPayloadHeaderBytes = 48;

/// Checked before anything is allocated.
struct PayloadLimits {
  std::uint64_t maxRawBytes = 1ULL << 31;
  std::uint32_t maxSide = 1U << 20;
};

/// A decoded payload: header fields and the unpacked, unfiltered bytes.
struct Payload {
  PayloadKind kind = PayloadKind::Roi;
  int bytesPerSample = 1;
  int samples = 1;  ///< channels
  std::uint32_t frame = 0;
  data::Box box;  ///< empty (all zero) when no sample was changed
  Bytes raw;      ///< Roi: original samples of the box, row-major, channels interleaved
  /// Roi: `raw` holds differences to the protected samples, modulo 2^(8·bytes).
  bool relative = false;
};

/// Payload of kind `roi`: works at every depth and opacity. `box` must lie in the image or be empty.
/// `relativeTo`: store differences to these samples (filter 2) instead of the samples; small where most of
/// the box is unchanged.
Bytes encodeRoiPayload(const data::Image& original, const data::Box& box, std::uint32_t frame = 0,
                       const data::Image* relativeTo = nullptr);

/// Payload of kind `residual` for tiles whose supports do not overlap; `protectedImage` is what compose()
/// made of `original`. Verified by a trial restoration; nullopt when it would not restore exactly (a sample
/// moved off the padding value, overlapping tiles), then `roi` is the answer.
std::optional<Bytes> encodeResidualPayload(const data::Image& original, const data::Image& protectedImage,
                                           const std::vector<PlacedTile>& tiles, OpacityLaw law,
                                           std::uint32_t frame = 0);

/// Strict: magic, known kinds, zero reserved bytes, exact lengths, no trailing bytes, limits before
/// allocation. Throws Error(InputRejected).
Payload decodePayload(ByteView bytes, const PayloadLimits& limits = {});

/// Puts the original samples back into a copy of `protectedImage` (metadata and alpha are kept as they are).
/// The caller decides by the pixel hash whether the result is the original: this function cannot know. Throws
/// Error(InputRejected) when the payload does not fit the image.
data::Image restoreImage(const data::Image& protectedImage, const Payload& payload);

}  // namespace medlocker::protect
