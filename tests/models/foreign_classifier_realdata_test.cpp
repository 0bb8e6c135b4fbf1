// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0

// The six reference networks, in their process of their own, give the logits that were computed for them
// elsewhere.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/common/files.h"
#include "core/data/csv.h"
#include "core/data/npz.h"
#include "core/models/foreign_classifier.h"
#include "tests/support/temp_folder.h"

namespace medlocker::models {
namespace {

namespace fs = std::filesystem;

/// N×3×n×n in [0,1] from uint8 N×n×n×3 or N×n×n.
torch::Tensor imagesOf(const fs::path& npz) {
  const data::NpyArray array = data::NpzReader(npz).read("test_images");
  torch::Tensor images =
      torch::from_blob(const_cast<std::uint8_t*>(array.data.data()), array.header.shape, torch::kByte)
          .to(torch::kFloat) /
      255;
  if (images.dim() == 3) return images.unsqueeze(1).expand({-1, 3, -1, -1}).contiguous();
  return images.permute({0, 3, 1, 2}).contiguous();
}

torch::Tensor expectedLogits(const fs::path& csv) {
  const std::string text = readTextFile(csv);
  std::vector<float> values;
  std::size_t at = text.find('\n') + 1;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    int column = 0;
    for (std::size_t cell = at; cell < end; ++column) {
      const std::size_t next = std::min(text.find(',', cell), end);
      if (column >= 2) values.push_back(std::stof(text.substr(cell, next - cell)));
      cell = next + 1;
    }
    at = end + 1;
  }
  return torch::tensor(values).reshape({-1, 10});
}

class ReferenceNetwork : public ::testing::TestWithParam<const char*> {};

TEST_P(ReferenceNetwork, GivesTheExpectedLogits) {
  MEDLOCKER_REQUIRE_DATA(dataRoot);
  const std::string name = GetParam();
  const bool grey = name.starts_with("mnist");
  const fs::path folder = dataRoot / "robustness-ref";
  const ClassifierPtr model = openForeignClassifier(folder / "models" / (name + ".pt"),
                                                    {.inputSize = name.starts_with("resnet") ? 32 : 0});
  EXPECT_EQ(model->info().inputSize, grey ? 28 : 32);
  EXPECT_EQ(model->info().classes.size(), 10U);
  const auto images = imagesOf(folder / "data" / (grey ? "mnist_sdp200.npz" : "cifar10_sdp200.npz"));
  const auto expected = expectedLogits(folder / "models" / (name + ".expected_logits.csv"));
  const auto logits = model->logits(images);
  ASSERT_EQ(logits.sizes(), expected.sizes());
  // The file has six decimals; both sides compute in float32, in another order of sums. 1e-5 is five units in
  // the last place of resnet20's largest logits (37), which differ by up to 1.34e-5 on some processors.
  EXPECT_LT((logits - expected).abs().max().item<double>(), name == "resnet20" ? 2e-5 : 1e-5);
  EXPECT_TRUE(torch::equal(logits.argmax(1), expected.argmax(1)));
}

INSTANTIATE_TEST_SUITE_P(Six, ReferenceNetwork,
                         ::testing::Values("cifar_cnn_a_adv", "cifar_cnn_a_mix4", "mnist_cnn_a_adv",
                                           "resnet20", "resnet2b", "resnet4b"),
                         [](const auto& instance) { return std::string(instance.param); });

}  // namespace
}  // namespace medlocker::models
