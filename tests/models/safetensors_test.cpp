// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cstring>

#include "core/common/error.h"
#include "core/common/files.h"
#include "tests/support/temp_folder.h"

namespace medlocker::models {
namespace {

using ::testing::HasSubstr;

Bytes fileOf(const std::string& header, std::size_t dataSize) {
  const std::uint64_t size = header.size();
  Bytes file(8 + size + dataSize);
  std::memcpy(file.data(), &size, 8);
  std::memcpy(file.data() + 8, header.data(), size);
  return file;
}

std::string refusal(const Bytes& file) {
  try {
    parseSafetensors(file);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::InputRejected);
    return e.what();
  }
  return "accepted";
}

std::string entry(const std::string& name, const std::string& type, const std::string& shape,
                  const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets +
         "}";
}

TEST(Safetensors, RoundTripsEveryType) {
  TensorMap tensors;
  for (const auto type : {torch::kFloat64, torch::kFloat32, torch::kFloat16, torch::kBFloat16, torch::kInt64,
                          torch::kInt32, torch::kUInt8, torch::kBool})
    tensors[std::string("t.") + c10::toString(type)] = torch::arange(6).reshape({2, 3}).remainder(2).to(type);
  tensors["scalar"] = torch::tensor(2.5F);
  tensors["empty"] = torch::empty({0, 4});
  tensors["strided"] = torch::arange(12.F).reshape({3, 4}).t();
  const Bytes file = serialiseSafetensors(tensors, {{"format", "pt"}});
  const Safetensors back = parseSafetensors(file);
  ASSERT_EQ(back.tensors.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor& other = back.tensors.at(name);
    EXPECT_EQ(other.scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(torch::equal(other, tensor)) << name;
  }
  EXPECT_EQ(back.metadata.at("format"), "pt");
  EXPECT_EQ(serialiseSafetensors(back.tensors, back.metadata), file);
}

TEST(Safetensors, AlignsEveryTensor) {
  const TensorMap tensors{{"a", torch::ones({3}, torch::kUInt8)},
                          {"b", torch::ones({1}, torch::kFloat64)},
                          {"c", torch::ones({3}, torch::kFloat16)},
                          {"d", torch::ones({5}, torch::kFloat32)}};
  const Bytes file = serialiseSafetensors(tensors);
  std::uint64_t headerSize = 0;
  std::memcpy(&headerSize, file.data(), 8);
  EXPECT_EQ(headerSize % 8, 0U);
  const auto entries =
      parseSafetensorsHeader(std::string_view(reinterpret_cast<const char*>(file.data()) + 8, headerSize),
                             file.size() - 8 - headerSize);
  ASSERT_EQ(entries.size(), 4U);
  for (const auto& item : entries) EXPECT_EQ(item.begin % c10::elementSize(item.type), 0U) << item.name;
}

TEST(Safetensors, ReadsAFileOfAnotherWriter) {
  // Space padding and a data order that differs from the order of names are legal.
  Bytes file =
      fileOf("{" + entry("b", "U8", "[2]", "[0,2]") + "," + entry("a", "U8", "[1,1]", "[2,3]") + "}   ", 3);
  file[file.size() - 3] = 7;
  file[file.size() - 1] = 9;
  const Safetensors content = parseSafetensors(file);
  EXPECT_EQ(content.tensors.at("b")[0].item<int>(), 7);
  EXPECT_EQ(content.tensors.at("a").item<int>(), 9);
}

TEST(Safetensors, RefusesInconsistentFilesWithTheReason) {
  EXPECT_THAT(refusal({}), HasSubstr("shorter than its header length"));
  EXPECT_THAT(refusal(Bytes(8, 0xFF)), HasSubstr("header length is impossible"));
  EXPECT_THAT(refusal(fileOf("[]", 0)), HasSubstr("does not begin"));
  EXPECT_THAT(refusal(fileOf(" {}", 0)), HasSubstr("does not begin"));
  EXPECT_THAT(refusal(fileOf("{", 0)), HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal(fileOf("{}", 1)), HasSubstr("bytes follow"));
  const std::string one = entry("a", "F32", "[2]", "[0,8]");
  EXPECT_EQ(refusal(fileOf("{" + one + "}", 8)), "accepted");
  EXPECT_THAT(refusal(fileOf("{" + one + "," + one + "}", 8)), HasSubstr("twice"));
  EXPECT_THAT(refusal(fileOf("{" + one + "}", 7)), HasSubstr("outside the file"));
  EXPECT_THAT(refusal(fileOf("{" + one + "}", 9)), HasSubstr("bytes follow"));
  EXPECT_THAT(refusal(fileOf("{" + entry("a", "F32", "[3]", "[0,8]") + "}", 8)), HasSubstr("disagrees"));
  EXPECT_THAT(refusal(fileOf("{" + entry("a", "F32", "[2]", "[8,0]") + "}", 8)), HasSubstr("outside"));
  EXPECT_THAT(refusal(fileOf("{" + entry("a", "F32", "[-2]", "[0,8]") + "}", 8)), HasSubstr("bad shape"));
  EXPECT_THAT(refusal(fileOf("{" + entry("a", "F32", "[2.0]", "[0,8]") + "}", 8)), HasSubstr("bad shape"));
  EXPECT_THAT(refusal(fileOf("{" + entry("a", "F8", "[8]", "[0,8]") + "}", 8)),
              HasSubstr("unsupported type"));
  EXPECT_THAT(refusal(fileOf("{" + entry("a", "BOOL", "[1]", "[0,1]") + "}", 1)), "accepted");
  EXPECT_THAT(refusal(fileOf("{" + one + "," + entry("b", "F32", "[2]", "[4,12]") + "}", 12)),
              HasSubstr("overlaps"));
  EXPECT_THAT(refusal(fileOf("{" + one + "," + entry("b", "F32", "[1]", "[12,16]") + "}", 16)),
              HasSubstr("gap"));
  EXPECT_THAT(refusal(fileOf(R"({"__metadata__":{"a":1}})", 0)), HasSubstr("metadata"));
  EXPECT_THAT(refusal(fileOf(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}})", 0)),
              HasSubstr("exactly"));
}

TEST(Safetensors, RefusesSizesThatOverflow) {
  EXPECT_THAT(refusal(fileOf("{" + entry("a", "U8", "[4294967296,4294967296]", "[0,0]") + "}", 0)),
              HasSubstr("too large"));
  EXPECT_THAT(refusal(fileOf("{" + entry("a", "F32", "[18446744073709551615]", "[0,4]") + "}", 4)),
              HasSubstr("too large"));
  EXPECT_THAT(refusal(fileOf(
                  "{" + entry("a", "U8", "[0,18446744073709551615,18446744073709551615]", "[0,0]") + "}", 0)),
              HasSubstr("too large"));
}

TEST(Safetensors, RefusesTruthValuesOtherThanZeroAndOne) {
  Bytes file = fileOf("{" + entry("a", "BOOL", "[1]", "[0,1]") + "}", 1);
  file.back() = 2;
  EXPECT_THAT(refusal(file), HasSubstr("truth value"));
}

TEST(Safetensors, NamesTheFileAndDigestsWhatItParsed) {
  const test::TempFolder folder;
  const Bytes file = serialiseSafetensors({{"x", torch::ones({2})}});
  writeFileAtomically(folder / "ok.safetensors", file);
  Digest digest{};
  readSafetensors(folder / "ok.safetensors", &digest);
  EXPECT_EQ(digest, sha256(file));
  writeFileAtomically(folder / "bad.safetensors", std::string_view("nonsense and more"));
  try {
    readSafetensors(folder / "bad.safetensors");
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("bad.safetensors"));
  }
}

TEST(Safetensors, RefusesToWriteWhatItCouldNotRead) {
  EXPECT_THROW(serialiseSafetensors({{"", torch::ones({1})}}), Error);
  EXPECT_THROW(serialiseSafetensors({{"__metadata__", torch::ones({1})}}), Error);
  EXPECT_THROW(serialiseSafetensors({{"c", torch::ones({1}, torch::kComplexFloat)}}), Error);
  EXPECT_THROW(serialiseSafetensors({{"u", at::Tensor()}}), Error);
}

}  // namespace
}  // namespace medlocker::models
