// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/common/error.h"
#include "core/common/files.h"
#include "tests/support/temp_folder.h"

namespace medlocker::models {
namespace {

using ::testing::HasSubstr;

ModelInfo smallInfo() {
  ModelInfo info;
  info.name = "small";
  info.arch = "resnet8";
  info.classes = {"none", "mild", "severe"};
  info.inputSize = 32;
  info.profile = data::PreprocessProfile::Circle;
  info.mean = {0.4566F, 0.3154F, 0.2196F};
  info.stddev = {0.2554F, 0.1859F, 0.1547F};
  info.referableFrom = 1;
  info.training = Json{{"method", "standard"}, {"accuracy", 0.1}};
  return info;
}

std::shared_ptr<Network> smallNetwork() {
  torch::manual_seed(5);
  return makeNetwork("resnet8", {.outputs = 3, .inputSize = 32});
}

std::string messageOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

TEST(ModelFile, SavesAndLoadsEverything) {
  const test::TempFolder folder;
  const auto network = smallNetwork();
  const ModelInfo saved = saveModel(folder / "run", *network, smallInfo());
  EXPECT_EQ(saved.sha256, toHex(sha256File(folder / "run/model.safetensors")));
  ModelInfo info;
  const auto loaded = loadNetwork(folder / "run", info);
  EXPECT_EQ(modelInfoToJson(info), modelInfoToJson(saved));
  EXPECT_EQ(info.mean, smallInfo().mean);
  const auto a = stateDict(*network);
  const auto b = stateDict(*loaded);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].first, b[i].first);
    EXPECT_TRUE(torch::equal(a[i].second, b[i].second)) << a[i].first;
  }
  for (const auto& parameter : loaded->parameters()) EXPECT_TRUE(parameter.requires_grad());
}

TEST(ModelFile, SavingTwiceGivesTheSameBytes) {
  const test::TempFolder folder;
  saveModel(folder / "a", *smallNetwork(), smallInfo());
  saveModel(folder / "b", *smallNetwork(), smallInfo());
  for (const char* name : {"model.safetensors", "model.json"})
    EXPECT_EQ(readFile(folder / "a" / name), readFile(folder / "b" / name)) << name;
}

TEST(ModelFile, AcceptsASafetensorsFileBesideItsJson) {
  const test::TempFolder folder;
  saveModel(folder / "best.safetensors", *smallNetwork(), smallInfo());
  EXPECT_TRUE(std::filesystem::exists(folder / "best.json"));
  EXPECT_EQ(loadClassifier(folder / "best.safetensors")->info().name, "small");
}

TEST(ModelFile, RefusesWeightsOfAnotherDigest) {
  const test::TempFolder folder;
  saveModel(folder / "run", *smallNetwork(), smallInfo());
  Bytes weights = readFile(folder / "run/model.safetensors");
  weights.back() ^= 1;
  writeFileAtomically(folder / "run/model.safetensors", weights);
  const std::string message = messageOf([&] { loadClassifier(folder / "run"); });
  EXPECT_THAT(message, HasSubstr("SHA-256"));
  EXPECT_THAT(message, HasSubstr("model.safetensors"));
}

TEST(ModelFile, SaysWhatIsMissing) {
  const test::TempFolder folder;
  EXPECT_THAT(messageOf([&] { loadClassifier(folder / "absent"); }), HasSubstr("does not exist"));
  EXPECT_THAT(messageOf([&] { loadClassifier(folder.path()); }), HasSubstr("no model here"));
  saveModel(folder / "run", *smallNetwork(), smallInfo());
  std::filesystem::remove(folder / "run/model.json");
  EXPECT_THAT(messageOf([&] { loadClassifier(folder / "run"); }), HasSubstr("model.json is missing"));
  writeFileAtomically(folder / "x.pth", std::string_view("x"));
  EXPECT_THAT(messageOf([&] { loadClassifier(folder / "x.pth"); }), HasSubstr("medlocker import"));
}

TEST(ModelFile, RefusesBadDescriptionsNamingTheField) {
  const Json good = [] {
    Json json = modelInfoToJson(smallInfo());
    json["sha256"] = std::string(64, 'a');
    return json;
  }();
  EXPECT_NO_THROW(modelInfoFromJson(good));
  const auto with = [&](const char* name, const Json& value) {
    Json json = good;
    json[name] = value;
    return messageOf([&] { modelInfoFromJson(json); });
  };
  for (const auto& [name, value] : good.items()) {
    Json json = good;
    json.erase(name);
    EXPECT_THAT(messageOf([&] { modelInfoFromJson(json); }), HasSubstr("'" + name + "'"));
  }
  EXPECT_THAT(with("schema", "medlocker/model/2"), HasSubstr("medlocker/model/1"));
  EXPECT_THAT(with("extra", 1), HasSubstr("unknown field 'extra'"));
  EXPECT_THAT(with("sha256", "AA"), HasSubstr("sha256"));
  EXPECT_THAT(with("classes", Json::array({"a", "a"})), HasSubstr("differ"));
  EXPECT_THAT(with("classes", Json::array({"a"})), HasSubstr("classes"));
  EXPECT_THAT(with("classes", Json::array({"a", 1})), HasSubstr("classes"));
  EXPECT_THAT(with("head", "sigmoid"), HasSubstr("sigmoid"));
  EXPECT_THAT(with("input_size", 0), HasSubstr("input_size"));
  EXPECT_THAT(with("input_size", 1ULL << 40), HasSubstr("input_size"));
  EXPECT_THAT(with("input_size", 224.5), HasSubstr("input_size"));
  EXPECT_THAT(with("mean", Json::array({1, 2})), HasSubstr("mean"));
  EXPECT_THAT(with("std", Json::array({1, 1, 0})), HasSubstr("std"));
  EXPECT_THAT(with("std", Json::array({1, 1, 1e300})), HasSubstr("std"));
  EXPECT_THAT(with("training", "yes"), HasSubstr("training"));
}

TEST(ModelFile, ListsTheFirstDifferences) {
  const auto network = smallNetwork();
  TensorMap tensors;
  for (const auto& [name, tensor] : stateDict(*network)) tensors[name] = tensor.clone();
  tensors.erase("bn1.num_batches_tracked");
  EXPECT_NO_THROW(loadStateDict(*network, tensors));
  tensors.erase("conv1.weight");
  tensors["fc.bias"] = torch::zeros({10});
  tensors["head.weight"] = torch::zeros({1});
  const std::string message = messageOf([&] { loadStateDict(*network, tensors); });
  EXPECT_THAT(message, HasSubstr("missing conv1.weight"));
  EXPECT_THAT(message, HasSubstr("fc.bias is [10] instead of [3]"));
  EXPECT_THAT(message, HasSubstr("unexpected head.weight"));
}

TEST(ModelFile, RefusesWeightsThatAreNotNumbers) {
  const auto network = smallNetwork();
  TensorMap tensors;
  for (const auto& [name, tensor] : stateDict(*network)) tensors[name] = tensor.clone();
  tensors["fc.bias"][1] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(messageOf([&] { loadStateDict(*network, tensors); }), HasSubstr("fc.bias"));
}

TEST(ModelFile, RefusesAnUnknownArchitecture) {
  const test::TempFolder folder;
  saveModel(folder / "run", *smallNetwork(), smallInfo());
  Json json = parseJsonStrictly(readTextFile(folder / "run/model.json"));
  json["arch"] = "resnet9";
  writeFileAtomically(folder / "run/model.json", json.dump());
  const std::string message = messageOf([&] { loadClassifier(folder / "run"); });
  EXPECT_THAT(message, HasSubstr("resnet9"));
  EXPECT_THAT(message, HasSubstr("model.json"));
}

}  // namespace
}  // namespace medlocker::models
