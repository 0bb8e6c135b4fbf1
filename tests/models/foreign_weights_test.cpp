// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0

// The files come from tests/golden/make_checkpoints.py; value i of a storage is i/8 - 1.
#include "core/models/foreign_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/models/torch_file.h"
#include "tests/support/temp_folder.h"

namespace medlocker::models {
namespace {

using ::testing::HasSubstr;

std::filesystem::path sample(const std::string& name) {
  return std::filesystem::path(MEDLOCKER_SOURCE_DIR) / "tests/golden/checkpoints" / name;
}

std::string refusal(const std::filesystem::path& file) {
  try {
    readForeignWeights(file);
    return "accepted";
  } catch (const Error& e) {
    return e.what();
  }
}

class PlainState : public ::testing::TestWithParam<std::string> {};

TEST_P(PlainState, GivesEveryTensorWithTypeShapeAndValues) {
  const ForeignWeights weights = readForeignWeights(sample(GetParam()));
  const TensorMap& t = weights.tensors;
  ASSERT_EQ(t.size(), 7U);
  // Storage values 2..7 seen through strides (1, 2).
  EXPECT_TRUE(torch::equal(t.at("weight"), torch::tensor({{2.F, 4.F, 6.F}, {3.F, 5.F, 7.F}}) / 8 - 1));
  EXPECT_TRUE(torch::equal(t.at("bias"), torch::tensor({9.F, 10.F, 11.F}) / 8 - 1));
  EXPECT_EQ(t.at("half").scalar_type(), torch::kHalf);
  EXPECT_TRUE(torch::equal(t.at("half").to(torch::kFloat), torch::arange(4).reshape({2, 2}) / 8. - 1.));
  EXPECT_EQ(t.at("double").scalar_type(), torch::kDouble);
  EXPECT_EQ(t.at("num_batches_tracked").item<std::int64_t>(), 7);
  EXPECT_EQ(t.at("num_batches_tracked").dim(), 0);
  EXPECT_TRUE(torch::equal(t.at("flags"), torch::tensor({true, false, true})));
  EXPECT_EQ(t.at("empty").sizes(), (std::vector<std::int64_t>{0, 4}));
  EXPECT_EQ(toHex(weights.sha256), toHex(sha256File(sample(GetParam()))));
}

INSTANTIATE_TEST_SUITE_P(Layouts, PlainState, ::testing::Values("state.pth", "state_legacy.pth"),
                         [](const auto& instance) {
                           return std::string(instance.param == "state.pth" ? "Zip" : "Legacy");
                         });

TEST(ForeignWeights, FindsTheStateDictInATrainingCheckpoint) {
  for (const char* name : {"training.pth", "training_legacy.pth"}) {
    const ForeignWeights weights = readForeignWeights(sample(name));
    ASSERT_EQ(weights.tensors.size(), 2U) << name;
    // Without the "module." that both names share.
    EXPECT_TRUE(torch::equal(weights.tensors.at("a"), torch::tensor({0.F, 1.F, 2.F}) / 8 - 1));
    EXPECT_TRUE(torch::equal(weights.tensors.at("b"), torch::tensor({0.F, 1.F}) / 8 - 1));
  }
}

TEST(ForeignWeights, ReadsSafetensorsByContent) {
  const test::TempFolder folder;
  writeFileAtomically(folder / "weights.bin", serialiseSafetensors({{"a", torch::ones({2})}}));
  const ForeignWeights weights = readForeignWeights(folder / "weights.bin");
  EXPECT_EQ(weights.format, "safetensors");
  EXPECT_TRUE(torch::equal(weights.tensors.at("a"), torch::ones({2})));
}

TEST(ForeignWeights, RefusesWhatIsNoStateDictAndNamesTheFile) {
  EXPECT_THAT(refusal(sample("call.pth")), HasSubstr("os.getenv"));
  EXPECT_THAT(refusal(sample("call.pth")), HasSubstr("call.pth"));
  EXPECT_THAT(refusal(sample("deflated.pth")), HasSubstr("packed"));
  EXPECT_THAT(refusal(sample("script.pt")), HasSubstr("TorchScript"));
  EXPECT_THAT(refusal(sample("../make_checkpoints.py")), HasSubstr("neither"));
  EXPECT_THAT(refusal(sample("no_such_file.pth")), HasSubstr("no_such_file.pth"));
}

TEST(ForeignWeights, NoticesDamage) {
  for (const char* name : {"state.pth", "state_legacy.pth"}) {
    const Bytes good = readFile(sample(name));
    for (std::size_t length = 0; length < good.size(); length += 7)
      EXPECT_THROW(TorchFile(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length))), Error)
          << name << " cut to " << length;
  }
  // A changed value inside a member: its checksum no longer holds.
  Bytes changed = readFile(sample("resnet8.pth"));
  changed[changed.size() / 2] ^= 1;
  EXPECT_THROW(TorchFile{changed}, Error);
}

TEST(LoadForeignWeights, FillsANetwork) {
  const auto network = makeNetwork("resnet8", {.outputs = 3, .inputSize = 32, .initialise = false});
  loadForeignWeights(*network, readForeignWeights(sample("resnet8.pth")).tensors);
  network->eval();
  // Every tensor begins with the same values; the script says which.
  for (const auto& [name, tensor] : stateDict(*network)) {
    if (name.ends_with("num_batches_tracked")) {
      EXPECT_EQ(tensor.item<std::int64_t>(), 0) << name;
    } else {
      EXPECT_EQ(tensor.flatten()[1].item<float>(), static_cast<float>(at::Half(0.008F))) << name;
    }
  }
}

TEST(LoadForeignWeights, SaysWhatDoesNotFit) {
  const TensorMap tensors = readForeignWeights(sample("resnet8.pth")).tensors;
  const auto problem = [](const std::string& arch, int outputs, const TensorMap& given) -> std::string {
    const auto network = makeNetwork(arch, {.outputs = outputs, .inputSize = 64, .initialise = false});
    try {
      loadForeignWeights(*network, given);
      return "accepted";
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::InputRejected);
      return e.what();
    }
  };
  EXPECT_THAT(problem("resnet8", 5, tensors), HasSubstr("a network with 3 outputs (fc.weight), but 5"));
  EXPECT_THAT(problem("resnet18", 3, tensors), HasSubstr("shape of conv1.weight"));
  TensorMap fewer = tensors;
  fewer.erase("layer1.0.conv1.weight");
  EXPECT_THAT(problem("resnet8", 3, fewer), HasSubstr("missing layer1.0.conv1.weight"));
  TensorMap more = tensors;
  more.emplace("layer9.weight", torch::ones({1}));
  EXPECT_THAT(problem("resnet8", 3, more), HasSubstr("unexpected layer9.weight"));
}

TEST(LoadForeignWeights, UnderstandsTheOldNamesOfDenseNet) {
  const auto source = makeNetwork("densenet121", {.outputs = 2, .inputSize = 32});
  TensorMap old;
  int renamed = 0;
  for (const auto& [name, tensor] : stateDict(*source)) {
    std::string before = name;
    for (const char* part : {"norm1.", "norm2.", "conv1.", "conv2."})
      if (const auto at = before.find(part); at != std::string::npos && before.find("denselayer") < at) {
        before.insert(at + 4, ".");
        ++renamed;
        break;
      }
    old.emplace(before, tensor);
  }
  EXPECT_GT(renamed, 500);
  const auto target = makeNetwork("densenet121", {.outputs = 2, .inputSize = 32, .initialise = false});
  loadForeignWeights(*target, old);
  EXPECT_TRUE(torch::equal(stateDict(*target).front().second, stateDict(*source).front().second));
}

}  // namespace
}  // namespace medlocker::models
