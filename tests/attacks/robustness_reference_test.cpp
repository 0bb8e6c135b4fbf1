// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <torch/script.h>
#include <torch/torch.h>

#include <cstring>
#include <memory>
#include <sstream>

#include "core/attacks/registry.h"
#include "core/data/csv.h"
#include "core/data/npz.h"
#include "tests/support/temp_folder.h"

namespace medlocker::attacks {
namespace {

namespace fs = std::filesystem;

/// One network of the reference set with its 200 images.
struct Reference {
  std::shared_ptr<torch::jit::Module> network;
  at::Tensor images;    // [200,C,H,W] in [0,1]
  at::Tensor labels;    // int64
  at::Tensor expected;  // logits
  double epsilon = 0;
  std::int64_t cleanCorrect = 0;
  std::int64_t pgdCorrect = 0;
  std::vector<std::int64_t> cleanPerClass;

  Target target() const {
    return Target("reference", 10, [held = network](const at::Tensor& input, const Pass&) {
      return held->forward({input}).toTensor();
    });
  }
};

std::int64_t numberOf(std::string_view text) {
  return std::stoll(std::string(text));
}

Reference load(const fs::path& root, const std::string& model, const std::string& data) {
  Reference reference;
  const data::CsvTable results = data::readCsv(root / "reference_results.csv");
  for (const data::CsvRow& row : results.rows) {
    if (row.cell(0) != model || row.cell(1) != data) continue;
    const std::string size(row.cell(3));
    reference.epsilon = parsePixelUnits(size);
    reference.cleanCorrect = numberOf(row.cell(4));
    reference.pgdCorrect = numberOf(row.cell(5));
    std::istringstream perClass{std::string(row.cell(7))};
    for (std::int64_t n = 0; perClass >> n;) reference.cleanPerClass.push_back(n);
  }
  const data::NpzReader arrays(root / "data" / (data + ".npz"));
  const data::NpyArray pixels = arrays.read("test_images");
  const data::NpyArray labels = arrays.read("test_labels");
  std::vector<std::int64_t> shape = pixels.header.shape;
  if (shape.size() == 3) shape.push_back(1);
  at::Tensor bytes = torch::empty(shape, torch::kUInt8);
  std::memcpy(bytes.data_ptr(), pixels.data.data(), pixels.data.size());
  reference.images = (bytes.to(torch::kFloat32) / 255).permute({0, 3, 1, 2}).contiguous();
  std::vector<std::int64_t> classes;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(shape[0]); ++i)
    classes.push_back(labels.integerAt(i));
  reference.labels = torch::tensor(classes, torch::kInt64);
  const data::CsvTable logits = data::readCsv(root / "models" / (model + ".expected_logits.csv"));
  std::vector<float> values;
  for (const data::CsvRow& row : logits.rows)
    for (std::size_t k = 0; k < 10; ++k) values.push_back(std::stof(std::string(row.cell(2 + k))));
  reference.expected = torch::tensor(values).view({-1, 10});
  reference.network =
      std::make_shared<torch::jit::Module>(torch::jit::load((root / "models" / (model + ".pt")).string()));
  reference.network->eval();
  return reference;
}

class RobustnessReference : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(RobustnessReference, CleanCountsAgreeAndAttacksAreAtLeastAsStrong) {
  MEDLOCKER_REQUIRE_DATA(data);
  torch::set_num_threads(1);
  const Reference reference = load(data / "robustness-ref", GetParam().first, GetParam().second);
  Target target = reference.target();
  AttackBatch batch{reference.images, reference.labels, {}};
  for (std::int64_t i = 0; i < batch.images.size(0); ++i) batch.samples.push_back(i);
  const at::Tensor logits = target.exactLogits(batch.images);
  // The reference logits are printed with six decimals and were made by the same library on another
  // processor.
  EXPECT_LT((logits - reference.expected).abs().max().item<double>(), 2e-5);
  const at::Tensor right = topClass(logits).eq(batch.labels);
  EXPECT_EQ(right.sum().item<std::int64_t>(), reference.cleanCorrect);
  for (std::int64_t c = 0; c < 10; ++c)
    EXPECT_EQ((right & batch.labels.eq(c)).sum().item<std::int64_t>(),
              reference.cleanPerClass[static_cast<std::size_t>(c)]);

  AttackSettings settings;
  settings.threat = {Norm::Linf, reference.epsilon};
  settings.imageSide = 32;
  settings.steps = 50;
  at::Tensor left = right.nonzero().squeeze(1);
  for (const char* name : {"apgd-ce", "apgd-dlr", "apgd-t"}) {
    if (left.numel() == 0) break;
    settings.targets = 3;
    const AttackResult result = makeAttack(name, settings)->run(target, batch.select(left), 0);
    EXPECT_EQ(result.rejected, 0);
    left = left.index_select(0, result.success.logical_not().nonzero().squeeze(1));
    RecordProperty(std::string(name) + " left", static_cast<int>(left.numel()));
  }
  EXPECT_LE(left.numel(), reference.pgdCorrect);
  // Far below would mean a budget that is not kept.
  EXPECT_GE(left.numel(), reference.pgdCorrect - 10);
}

INSTANTIATE_TEST_SUITE_P(AllSix, RobustnessReference,
                         ::testing::Values(std::pair{"cifar_cnn_a_adv", "cifar10_sdp200"},
                                           std::pair{"cifar_cnn_a_mix4", "cifar10_sdp200"},
                                           std::pair{"resnet2b", "cifar10_sdp200"},
                                           std::pair{"resnet4b", "cifar10_sdp200"},
                                           std::pair{"resnet20", "cifar10_sdp200"},
                                           std::pair{"mnist_cnn_a_adv", "mnist_sdp200"}),
                         [](const auto& info) { return std::string(info.param.first); });

}  // namespace
}  // namespace medlocker::attacks
