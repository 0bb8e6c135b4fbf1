// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/npz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "core/common/error.h"
#include "core/common/files.h"
#include "tests/support/temp_folder.h"

namespace medlocker::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Bytes npyOf(const std::string& dictionary, const Bytes& data = {}, int major = 1) {
  std::string text = dictionary + "\n";
  std::string head = "\x93NUMPY";
  head += static_cast<char>(major);
  head += '\0';
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i) head += static_cast<char>((text.size() >> (8 * i)) & 0xFF);
  head += text;
  Bytes bytes(head.begin(), head.end());
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

std::string refusal(const Bytes& bytes, const NpyLimits& limits = {}) {
  try {
    parseNpy(bytes, limits);
  } catch (const Error& error) {
    EXPECT_TRUE(error.code() == ErrorCode::InputRejected || error.code() == ErrorCode::Unsupported)
        << error.what();
    return error.what();
  }
  return "accepted";
}

NpyArray ramp(std::int64_t n) {
  Bytes data(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 7);
  return makeNpyArray(NpyType::UInt8, {n}, data);
}

TEST(Npy, ReadsWhatNumPyWrites) {
  // numpy.save of numpy.array([[1, 2, 3]], dtype='<u2'), as bytes.
  const Bytes data{1, 0, 2, 0, 3, 0};
  const Bytes file = npyOf("{'descr': '<u2', 'fortran_order': False, 'shape': (1, 3), }", data);
  for (const Bytes& bytes : {file, npyOf("{'shape':(1,3),'fortran_order':False,\"descr\":'<u2'}", data, 2)}) {
    const NpyArray array = parseNpy(bytes);
    EXPECT_EQ(array.header.type, NpyType::UInt16);
    EXPECT_THAT(array.header.shape, ElementsAre(1, 3));
    EXPECT_EQ(array.header.itemCount, 3U);
    EXPECT_EQ(array.integerAt(2), 3);
  }
}

TEST(Npy, ReadsScalarsAndEmptyArrays) {
  EXPECT_EQ(parseNpy(npyOf("{'descr': '|u1', 'fortran_order': False, 'shape': ()}", {9})).integerAt(0), 9);
  EXPECT_EQ(parseNpy(npyOf("{'descr': '<i8', 'fortran_order': False, 'shape': (0, 5)}")).header.itemCount,
            0U);
}

TEST(Npy, ReadsEveryIntegerType) {
  const auto at = [](const char* type, const Bytes& data) {
    return parseNpy(
               npyOf(std::string("{'descr': '") + type + "', 'fortran_order': False, 'shape': (1,)}", data))
        .integerAt(0);
  };
  EXPECT_EQ(at("|b1", {1}), 1);
  EXPECT_EQ(at("<i4", {0xFE, 0xFF, 0xFF, 0xFF}), -2);
  EXPECT_EQ(at("<i8", {5, 0, 0, 0, 0, 0, 0, 0}), 5);
  EXPECT_EQ(at("<f4", {0, 0, 0x40, 0x40}), 3);
  EXPECT_THROW(at("<f4", {0, 0, 0x20, 0x40}), Error);  // 2.5
  EXPECT_THROW(at("<f4", {0, 0, 0xC0, 0x7F}), Error);  // NaN
}

TEST(Npy, RefusesOtherKindsOfArrays) {
  const auto with = [](const std::string& descr, const std::string& order = "False",
                       const std::string& shape = "(1,)") {
    return refusal(
        npyOf("{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + "}", {0}));
  };
  EXPECT_EQ(with("'|u1'"), "accepted");
  EXPECT_THAT(with("'|O'"), HasSubstr("'|O'"));
  EXPECT_THAT(with("'>i4'"), HasSubstr("not read"));
  EXPECT_THAT(with("'<f8'"), HasSubstr("not read"));
  EXPECT_THAT(with("[('a', '|u1')]"), HasSubstr("structured"));
  EXPECT_THAT(with("'|u1'", "True"), HasSubstr("Fortran"));
  EXPECT_THAT(with("'|u1'", "0"), HasSubstr("fortran_order"));
  EXPECT_THAT(with("'|u1'", "False", "(1)"), HasSubstr("tuple"));
  EXPECT_THAT(with("'|u1'", "False", "(-1,)"), HasSubstr("not a number"));
  EXPECT_THAT(with("'|u1'", "False", "(1L,)"), HasSubstr("malformed"));
  EXPECT_THAT(with("'|u1'", "False", "(1, 1, 1, 1, 1, 1, 1, 1, 1)"), HasSubstr("too many dimensions"));
  EXPECT_THAT(with("'|u1'", "False", "(2,)"), HasSubstr("1 bytes of data"));
}

TEST(Npy, RefusesBrokenHeaders) {
  const std::string good = "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }";
  EXPECT_EQ(refusal(npyOf(good, {0})), "accepted");
  EXPECT_THAT(refusal(npyOf(good + "x", {0})), HasSubstr("text follows"));
  EXPECT_THAT(refusal(npyOf("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (1,)}", {0})),
              HasSubstr("repeated"));
  EXPECT_THAT(refusal(npyOf("{'descr': '|u1', 'shape': (1,)}", {0})), HasSubstr("missing"));
  EXPECT_THAT(refusal(npyOf("", {})), HasSubstr("npy header"));
  Bytes version3 = npyOf(good, {0});
  version3[6] = 3;
  EXPECT_THAT(refusal(version3), HasSubstr("version 3.0"));
  Bytes magic = npyOf(good, {0});
  magic[1] = 'n';
  EXPECT_THAT(refusal(magic), HasSubstr("not an npy file"));
  const Bytes whole = npyOf(good, {0});
  for (std::size_t n = 0; n < whole.size(); ++n)
    EXPECT_NE(refusal(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n))), "accepted") << n;
}

TEST(Npy, ChecksTheSizeBeforeAllocating) {
  const auto shaped = [](const std::string& shape) {
    return npyOf("{'descr': '<i8', 'fortran_order': False, 'shape': " + shape + "}");
  };
  EXPECT_THAT(refusal(shaped("(4294967296, 4294967296, 4294967296)")), HasSubstr("impossible"));
  EXPECT_THAT(refusal(shaped("(0, 4294967296, 4294967296, 4294967296)")), HasSubstr("impossible"));
  EXPECT_THAT(refusal(shaped("(99999999999999999999,)")), HasSubstr("too large"));
  EXPECT_THAT(refusal(shaped("(1000000000000,)")), HasSubstr("larger than allowed"));
  NpyLimits small;
  small.maxArrayBytes = 15;
  EXPECT_THAT(refusal(shaped("(2,)"), small), HasSubstr("larger than allowed"));
}

TEST(Npy, WritesWhatItReads) {
  const NpyArray array = makeNpyArray(NpyType::UInt16, {2, 3}, Bytes(12, 5));
  const Bytes bytes = serialiseNpy(array);
  EXPECT_EQ((bytes.size() - array.data.size()) % 64, 0U);
  const NpyArray again = parseNpy(bytes);
  EXPECT_EQ(again.header.shape, array.header.shape);
  EXPECT_EQ(again.data, array.data);
  EXPECT_THROW(makeNpyArray(NpyType::UInt16, {2, 3}, Bytes(11)), Error);
}

TEST(Npz, ReadsStoredAndDeflatedMembers) {
  for (const bool deflate : {false, true}) {
    const Bytes bytes = serialiseNpz({{"train_images", ramp(5000)}, {"train_labels", ramp(3)}}, deflate);
    EXPECT_EQ(bytes, serialiseNpz({{"train_images", ramp(5000)}, {"train_labels", ramp(3)}}, deflate));
    const NpzReader reader(bytes, "memory");
    EXPECT_THAT(reader.names(), ElementsAre("train_images", "train_labels"));
    EXPECT_EQ(reader.header("train_images").itemCount, 5000U);
    EXPECT_EQ(reader.read("train_images").data, ramp(5000).data);
    EXPECT_EQ(reader.read("train_labels").data, ramp(3).data);
    EXPECT_THROW(reader.read("test_images"), Error);
  }
}

TEST(Npz, NoticesDamage) {
  const Bytes good = serialiseNpz({{"a", ramp(4000)}}, false);
  Bytes flipped = good;
  flipped[good.size() / 2] ^= 1;  // inside the stored data
  const NpzReader reader(flipped, "flipped.npz");
  try {
    reader.read("a");
    FAIL() << "a flipped bit was not noticed";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("flipped.npz"));
    EXPECT_THAT(error.what(), HasSubstr("'a'"));
  }
  EXPECT_THROW(NpzReader(Bytes(good.begin(), good.end() - 30), "cut"), Error);
  EXPECT_THROW(NpzReader(Bytes{}, "empty"), Error);
  EXPECT_THROW(NpzReader(Bytes(100, 'x'), "text"), Error);
  EXPECT_THROW(NpzReader("/nowhere/x.npz"), Error);
}

TEST(Npz, RefusesAShapeThatTheArchiveDoesNotHold) {
  // A small file whose header asks for a gigabyte.
  NpyArray liar = ramp(4000);
  liar.header.shape = {1'000'000'000};
  const NpzReader reader(serialiseNpz({{"a", liar}}, true), "liar");
  try {
    reader.read("a");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("asks for 1000000000 bytes"));
  }
}

TEST(Npz, LimitsMembersAndArrays) {
  NpzLimits limits;
  limits.maxMembers = 1;
  const Bytes two = serialiseNpz({{"a", ramp(1)}, {"b", ramp(1)}});
  EXPECT_THROW(NpzReader(two, "two", limits), Error);
  limits = {};
  limits.array.maxArrayBytes = 1000;
  const NpzReader bomb(serialiseNpz({{"a", makeNpyArray(NpyType::UInt8, {1'000'000}, Bytes(1'000'000))}}),
                       "bomb", limits);
  EXPECT_THROW(bomb.read("a"), Error);
  EXPECT_THROW(NpzReader(serialiseNpz({{"../a", ramp(1)}}), "path"), Error);
}

TEST(Npz, RewritesSomeArraysAndCopiesTheRest) {
  const test::TempFolder folder;
  const auto path = folder / "x.npz";
  for (const bool deflate : {false, true}) {
    writeFileAtomically(path, serialiseNpz({{"b", ramp(3000)}, {"a", ramp(3001)}, {"c", ramp(5)}}, deflate));
    NpyArray other = ramp(3001);
    other.data[7] ^= 0xFF;
    const Bytes bytes = rewriteNpz(path, {{"a", other}}, "a remark");
    EXPECT_EQ(rewriteNpz(path, {{"a", other}}, "a remark"), bytes);
    const NpzReader reader(bytes, "rewritten");
    EXPECT_THAT(reader.names(), ElementsAre("b", "a", "c"));
    EXPECT_EQ(reader.read("a").data, other.data);
    EXPECT_EQ(reader.read("b").data, ramp(3000).data);
    EXPECT_EQ(reader.comment(), "a remark");
    // Packed the same way: nothing but the comment tells a rewriting without changes from its source.
    EXPECT_EQ(rewriteNpz(path, {}, "").size(), readFile(path).size());
    EXPECT_THROW(rewriteNpz(path, {{"a", ramp(3000)}}, ""), Error);  // another shape
    EXPECT_THROW(rewriteNpz(path, {{"z", ramp(3000)}}, ""), Error);  // not there
  }
}

TEST(ArrayCache, ReadsAnArrayOnceAndNoticesChanges) {
  const test::TempFolder folder;
  const auto path = folder / "x.npz";
  writeFileAtomically(path, serialiseNpz({{"a", ramp(1000)}}));
  const std::uint64_t before = arrayCacheMisses();
  {
    std::vector<std::jthread> readers;
    for (int t = 0; t < 8; ++t)
      readers.emplace_back([&] {
        for (int i = 0; i < 50; ++i) EXPECT_EQ(cachedArray(path, "a")->data, ramp(1000).data);
      });
  }
  EXPECT_EQ(arrayCacheMisses(), before + 1);
  writeFileAtomically(path, serialiseNpz({{"a", ramp(999)}}));
  EXPECT_EQ(cachedArray(path, "a")->data, ramp(999).data);
  EXPECT_EQ(arrayCacheMisses(), before + 2);
  EXPECT_THROW(cachedArray(path, "b"), Error);
  EXPECT_THROW(cachedArray(path, "b"), Error);  // a failure is not kept
}

TEST(ArrayCache, HoldsNoMoreThanItsBudget) {
  const test::TempFolder folder;
  writeFileAtomically(folder / "x.npz",
                      serialiseNpz({{"a", ramp(1000)}, {"b", ramp(1001)}, {"big", ramp(5000)}}));
  const auto path = folder / "x.npz";
  const std::uint64_t normal = arrayCacheBudget();
  setArrayCacheBudget(1500);
  const std::uint64_t before = arrayCacheMisses();
  cachedArray(path, "a");
  cachedArray(path, "b");  // pushes a out
  EXPECT_EQ(arrayCacheMisses(), before + 2);
  cachedArray(path, "b");
  EXPECT_EQ(arrayCacheMisses(), before + 2);
  cachedArray(path, "a");
  EXPECT_EQ(arrayCacheMisses(), before + 3);
  EXPECT_EQ(cachedArray(path, "big")->data.size(), 5000U);  // larger than the budget: read, not kept
  cachedArray(path, "big");
  EXPECT_EQ(arrayCacheMisses(), before + 5);
  setArrayCacheBudget(normal);
}

}  // namespace
}  // namespace medlocker::data
