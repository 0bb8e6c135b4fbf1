// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/common/hash.h"

/// The Merkle tree of spec 11.3 (as RFC 6962, with SHA-256): leaf SHA-256(0x00 ‖ data), inner node
/// SHA-256(0x01 ‖ left ‖ right), split at the largest power of two below the number of leaves. Thread-safe.
namespace medlocker::certificate {

Digest merkleLeafHash(ByteView data);

/// Root over leaf hashes in order; of no leaves: SHA-256 of nothing.
Digest merkleRoot(std::span<const Digest> leafHashes);

/// The sibling hashes from leaf `index` up to the root. Throws Error(InvalidArgument) when there is no such
/// leaf.
std::vector<Digest> merklePath(std::span<const Digest> leafHashes, std::uint64_t index);

/// True when `path` leads from this leaf at this place of a tree with `count` leaves to `root`; a path that
/// is too long or too short never does.
bool merklePathHolds(const Digest& leafHash, std::uint64_t index, std::uint64_t count,
                     std::span<const Digest> path, const Digest& root);

}  // namespace medlocker::certificate
