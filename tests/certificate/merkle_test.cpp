// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/merkle.h"

#include <gtest/gtest.h>

#include "core/common/error.h"

namespace medlocker::certificate {
namespace {

std::vector<Digest> leavesOf(const std::vector<std::string>& data) {
  std::vector<Digest> out;
  for (const std::string& item : data) out.push_back(merkleLeafHash(asBytes(item)));
  return out;
}

std::vector<Digest> numberedLeaves(std::size_t count) {
  std::vector<Digest> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(merkleLeafHash(asBytes("leaf " + std::to_string(i))));
  return out;
}

TEST(Merkle, RootsOfTheSpecification) {
  EXPECT_EQ(toHex(merkleRoot(leavesOf({"a", "b", "c"}))),
            "36642e73c2540ab121e3a6bf9545b0a24982cd830eb13d3cd19de3ce6c021ec1");
  EXPECT_EQ(toHex(merkleRoot(leavesOf({"a"}))),
            "022a6979e6dab7aa5ae4c3e5e45f7e977112a7e63593820dbec1ec738a24f93c");
}

// RFC 6962 has the same tree; its test vectors (certificate-transparency reference implementation) are
// independent of ours.
TEST(Merkle, RootsOfCertificateTransparency) {
  std::vector<Digest> leaves;
  const std::vector<std::string> data = {
      "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
  const std::vector<std::string> roots = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                          "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                          "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                          "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                          "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                          "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                          "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  for (std::size_t i = 0; i < data.size(); ++i) {
    leaves.push_back(merkleLeafHash(fromHex(data[i])));
    EXPECT_EQ(toHex(merkleRoot(leaves)), roots[i]) << i;
  }
}

TEST(Merkle, EmptyTreeIsTheHashOfNothing) {
  EXPECT_EQ(toHex(merkleRoot({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Merkle, EveryLeafHasAPathThatHolds) {
  for (std::size_t count = 1; count <= 33; ++count) {
    const auto leaves = numberedLeaves(count);
    const Digest root = merkleRoot(leaves);
    for (std::size_t i = 0; i < count; ++i)
      EXPECT_TRUE(merklePathHolds(leaves[i], i, count, merklePath(leaves, i), root)) << count << " " << i;
  }
  EXPECT_THROW(merklePath(numberedLeaves(3), 3), Error);
}

TEST(Merkle, WrongPlaceSizeOrPathNeverHolds) {
  for (std::size_t count = 1; count <= 17; ++count) {
    const auto leaves = numberedLeaves(count);
    const Digest root = merkleRoot(leaves);
    for (std::size_t i = 0; i < count; ++i) {
      auto path = merklePath(leaves, i);
      for (std::size_t other = 0; other <= count; ++other) {
        if (other == i) continue;
        EXPECT_FALSE(merklePathHolds(leaves[i], other, count, path, root))
            << count << " " << i << " as " << other;
      }
      for (Digest& node : path) {
        node[7] ^= 0x10;
        EXPECT_FALSE(merklePathHolds(leaves[i], i, count, path, root));
        node[7] ^= 0x10;
      }
      path.push_back(root);
      EXPECT_FALSE(merklePathHolds(leaves[i], i, count, path, root));
      path.pop_back();
      if (!path.empty()) {
        path.pop_back();
        EXPECT_FALSE(merklePathHolds(leaves[i], i, count, path, root));
      }
    }
  }
}

TEST(Merkle, AnInnerNodeIsNoLeaf) {
  const auto leaves = numberedLeaves(4);
  const Digest root = merkleRoot(leaves);
  const Digest left = merkleRoot(std::span(leaves).first(2));
  const Digest right = merkleRoot(std::span(leaves).last(2));
  Bytes inner(left.begin(), left.end());
  inner.insert(inner.end(), right.begin(), right.end());
  EXPECT_NE(merkleLeafHash(inner), root);
}

}  // namespace
}  // namespace medlocker::certificate
