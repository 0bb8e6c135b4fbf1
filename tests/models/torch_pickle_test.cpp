// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/torch_pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/common/error.h"

namespace medlocker::models {
namespace {

using ::testing::HasSubstr;
using Kind = PickleValue::Kind;

/// Bytes of a pickle in protocol 2 with `body` between its head and the final stop.
Bytes pickle(const std::string& body) {
  const std::string text = std::string("\x80\x02", 2) + body + ".";
  return {text.begin(), text.end()};
}

std::string zeros(std::size_t count) {
  return std::string(count, '\0');
}

std::string text(const std::string& value) {
  return std::string("X") + static_cast<char>(value.size()) + zeros(3) + value;
}

std::string whole(std::int32_t value) {
  std::string bytes("J");
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(static_cast<std::uint32_t>(value) >> (8 * i));
  return bytes;
}

std::string storage(std::int32_t elements, const std::string& type = "FloatStorage") {
  return "(" + text("storage") + "ctorch\n" + type + "\n" + text("0") + text("cpu") + whole(elements) + "tQ";
}

/// A tensor of rank 2 as torch.save describes it.
std::string tensor(std::int32_t elements, std::int32_t offset, std::array<std::int32_t, 2> size,
                   std::array<std::int32_t, 2> stride) {
  return "ctorch._utils\n_rebuild_tensor_v2\n(" + storage(elements) + whole(offset) + whole(size[0]) +
         whole(size[1]) + "\x86" + whole(stride[0]) + whole(stride[1]) + "\x86" + "\x89" + "}tR";
}

std::string refusal(const Bytes& bytes, const PickleLimits& limits = {}) {
  PickleTree tree;
  try {
    tree.parse(bytes, nullptr, limits);
    return "accepted";
  } catch (const Error& e) {
    EXPECT_TRUE(e.code() == ErrorCode::InputRejected || e.code() == ErrorCode::Unsupported);
    return e.what();
  }
}

TEST(TorchPickle, ReadsPlainValues) {
  PickleTree tree;
  std::size_t used = 0;
  Bytes bytes = pickle("(NK\x07" + whole(-2) + text("a") + "G?\xc0" + zeros(6) + "\x88t");
  bytes.push_back('x');  // belongs to whatever follows
  PickleRef value = tree.parse(bytes, &used);
  EXPECT_EQ(used, bytes.size() - 1);
  ASSERT_EQ(value->kind, Kind::Tuple);
  ASSERT_EQ(value->items.size(), 6U);
  EXPECT_EQ(value->items[0]->kind, Kind::None);
  EXPECT_EQ(value->items[1]->integer, 7);
  EXPECT_EQ(value->items[2]->integer, -2);
  EXPECT_EQ(value->items[3]->text, "a");
  EXPECT_EQ(value->items[4]->number, 0.125);
  EXPECT_EQ(value->items[5]->kind, Kind::Bool);
}

TEST(TorchPickle, NegativeLongsKeepTheirSign) {
  PickleTree tree;
  EXPECT_EQ(tree.parse(pickle("\x8a\x01\xfe"))->integer, -2);
  EXPECT_EQ(tree.parse(pickle(std::string("\x8a\x02\x00\x01", 4)))->kind, Kind::Int);
  EXPECT_EQ(tree.parse(pickle(std::string("\x8a\x00", 2)))->integer, 0);
}

TEST(TorchPickle, ReadsATensorWithinItsStorage) {
  PickleTree tree;
  PickleRef value = tree.parse(pickle(tensor(12, 2, {2, 3}, {1, 2})));
  ASSERT_EQ(value->kind, Kind::Tensor);
  EXPECT_EQ(value->offset, 2U);
  EXPECT_EQ(value->shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(value->strides, (std::vector<std::int64_t>{1, 2}));
  ASSERT_EQ(tree.storages().size(), 1U);
  EXPECT_EQ(tree.storages()[0]->elements, 12U);
}

TEST(TorchPickle, RefusesTensorsOutsideTheirStorage) {
  EXPECT_THAT(refusal(pickle(tensor(6, 0, {2, 3}, {3, 1}))), "accepted");
  EXPECT_THAT(refusal(pickle(tensor(6, 1, {2, 3}, {3, 1}))), HasSubstr("outside"));
  EXPECT_THAT(refusal(pickle(tensor(6, 0, {2, 3}, {4, 1}))), HasSubstr("outside"));
  EXPECT_THAT(refusal(pickle(tensor(6, 0, {2, 2}, {0x7fffffff, 1}))), HasSubstr("outside"));
  EXPECT_THAT(refusal(pickle(tensor(6, 0x7fffffff, {1, 1}, {1, 1}))), HasSubstr("outside"));
  EXPECT_THAT(refusal(pickle(tensor(6, 0, {-2, 3}, {3, 1}))), HasSubstr("from 0 on"));
  EXPECT_THAT(refusal(pickle(tensor(6, 0, {2, 3}, {-3, 1}))), HasSubstr("from 0 on"));
}

TEST(TorchPickle, RefusesTensorsThatBlowTheirStorageUp) {
  EXPECT_THAT(refusal(pickle(tensor(1, 0, {0x7fffffff, 0x7fffffff}, {0, 0}))), HasSubstr("larger"));
}

TEST(TorchPickle, RefusesEveryOtherNameAndNeverCallsIt) {
  EXPECT_THAT(refusal(pickle("cposix\nsystem\n" + text("true") + "\x85R")), HasSubstr("'posix.system'"));
  EXPECT_THAT(refusal(pickle("c__builtin__\neval\n" + text("1") + "\x85R")), HasSubstr("eval"));
  EXPECT_THAT(refusal(pickle(text("os") + text("getcwd") + "\x93)R")), HasSubstr("'os.getcwd'"));
  EXPECT_THAT(refusal(pickle("ctorch\nFloatStorage\n)R")), HasSubstr("calls"));
  // INST, OBJ, NEWOBJ, extension registry, protocol-0 numbers.
  for (const char* body : {"(ios\nsystem\n", "(o", "N)\x81", "\x82\x01", "I1\n"})
    EXPECT_THAT(refusal(pickle(body)), HasSubstr("does not need")) << body;
}

TEST(TorchPickle, RefusesStreamsThatDoNotBalance) {
  for (const std::string& body : {std::string(), std::string("NN"), std::string("t"), std::string("h\x05"),
                                  std::string("("), std::string("Na"), std::string("}Ns"),
                                  std::string("\x85"), std::string("X\xff\xff\xff\x7f"), std::string("R")})
    EXPECT_NE(refusal(pickle(body)), "accepted") << body;
  Bytes cut = pickle(tensor(6, 0, {2, 3}, {3, 1}));
  for (std::size_t length = 0; length < cut.size(); ++length)
    EXPECT_NE(refusal(Bytes(cut.begin(), cut.begin() + static_cast<std::ptrdiff_t>(length))), "accepted");
}

TEST(TorchPickle, BoundsWhatAShortStreamCanMake) {
  PickleLimits limits;
  limits.maxValues = 1000;
  EXPECT_THAT(refusal(pickle("(" + std::string(2000, 'N') + "t"), limits), HasSubstr("too many"));
  // A list that takes itself in again and again.
  std::string grows = "]q\x01(";
  for (int i = 0; i < 900; ++i) grows += "h\x01";
  grows += "e";
  std::string body;
  for (int i = 0; i < 20; ++i) body += grows;
  EXPECT_NE(refusal(pickle(body), limits), "accepted");
  EXPECT_THAT(refusal(pickle(storage(0x7fffffff, "DoubleStorage")), {.maxStorageBytes = 1 << 20}),
              HasSubstr("too large"));
}

TEST(TorchPickle, RefusesOneStorageOfTwoKinds) {
  const std::string both = "(" + storage(4) + storage(4, "LongStorage") + "t";
  EXPECT_THAT(refusal(pickle(both)), HasSubstr("two sizes or number types"));
}

}  // namespace
}  // namespace medlocker::models
