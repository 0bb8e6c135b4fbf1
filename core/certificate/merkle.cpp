// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/merkle.h"

#include <bit>

#include "core/common/error.h"

namespace medlocker::certificate {
namespace {

constexpr std::uint8_t kLeafPrefix[] = {0x00};
constexpr std::uint8_t kInnerPrefix[] = {0x01};

Digest innerHash(const Digest& left, const Digest& right) {
  return Sha256().update(ByteView(kInnerPrefix)).update(left).update(right).finish();
}

std::uint64_t splitPoint(std::uint64_t count) {
  return std::bit_floor(count - 1);
}

}  // namespace

Digest merkleLeafHash(ByteView data) {
  return Sha256().update(ByteView(kLeafPrefix)).update(data).finish();
}

Digest merkleRoot(std::span<const Digest> leafHashes) {
  if (leafHashes.empty()) return sha256({});
  if (leafHashes.size() == 1) return leafHashes[0];
  const std::uint64_t split = splitPoint(leafHashes.size());
  return innerHash(merkleRoot(leafHashes.first(split)), merkleRoot(leafHashes.subspan(split)));
}

std::vector<Digest> merklePath(std::span<const Digest> leafHashes, std::uint64_t index) {
  if (index >= leafHashes.size()) throw Error(ErrorCode::InvalidArgument, "the tree has no such leaf");
  if (leafHashes.size() == 1) return {};
  const std::uint64_t split = splitPoint(leafHashes.size());
  const auto left = leafHashes.first(split);
  const auto right = leafHashes.subspan(split);
  std::vector<Digest> path = index < split ? merklePath(left, index) : merklePath(right, index - split);
  path.push_back(index < split ? merkleRoot(right) : merkleRoot(left));
  return path;
}

namespace {

/// Root of the subtree that holds the leaf, taking siblings from the end of `path`; false when the lengths do
/// not fit.
bool rootFromPath(const Digest& leafHash, std::uint64_t index, std::uint64_t count,
                  std::span<const Digest> path, Digest& root) {
  if (count == 1) {
    root = leafHash;
    return path.empty();
  }
  if (path.empty()) return false;
  const std::uint64_t split = splitPoint(count);
  const bool goLeft = index < split;
  Digest below{};
  if (!rootFromPath(leafHash, goLeft ? index : index - split, goLeft ? split : count - split,
                    path.first(path.size() - 1), below))
    return false;
  root = goLeft ? innerHash(below, path.back()) : innerHash(path.back(), below);
  return true;
}

}  // namespace

bool merklePathHolds(const Digest& leafHash, std::uint64_t index, std::uint64_t count,
                     std::span<const Digest> path, const Digest& root) {
  if (index >= count) return false;
  Digest computed{};
  return rootFromPath(leafHash, index, count, path, computed) && computed == root;
}

}  // namespace medlocker::certificate
