// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/import_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/common/files.h"
#include "core/models/foreign_weights.h"
#include "tests/support/temp_folder.h"

namespace medlocker::pipelines {
namespace {

using test::TempFolder;
using ::testing::HasSubstr;

ImportOptions smallImport(const TempFolder& folder) {
  ImportOptions options;
  // Made by tests/golden/make_checkpoints.py.
  options.file = std::filesystem::path(MEDLOCKER_SOURCE_DIR) / "tests/golden/checkpoints/resnet8.pth";
  options.out = folder / "model";
  options.arch = "resnet8";
  options.classes = numberedClasses(3);
  options.inputSize = 32;
  return options;
}

std::string issueFields(const ImportOptions& options) {
  std::string fields;
  for (const OptionIssue& issue : options.validate()) fields += issue.field + " ";
  return fields;
}

TEST(ImportOptions, NameWhatIsWrong) {
  const TempFolder folder;
  EXPECT_EQ(issueFields(smallImport(folder)), "");
  ImportOptions options = smallImport(folder);
  options.arch = "resnet19";
  EXPECT_EQ(issueFields(options), "arch ");
  options = smallImport(folder);
  options.mean = {0.F, 0.F, 0.F};
  EXPECT_EQ(issueFields(options), "mean ");
  options = smallImport(folder);
  options.head = "linear";
  EXPECT_EQ(issueFields(options), "head ");
  options = smallImport(folder);
  options.normalisation = Normalisation::Dataset;
  EXPECT_EQ(issueFields(options), "normalisation ");
  EXPECT_THROW(numberedClasses(1), Error);
}

TEST(Import, MakesAModelThatComputesWhatTheWeightsSay) {
  const TempFolder folder;
  const ImportOptions options = smallImport(folder);
  const ImportSummary summary = importModel(options);
  EXPECT_EQ(summary.sourceFormat, "torch-zip");
  EXPECT_EQ(summary.sourceSha256, toHex(sha256File(options.file)));
  EXPECT_TRUE(std::filesystem::exists(folder / "model" / "run.json"));

  const models::ClassifierPtr model = models::loadClassifier(folder / "model");
  EXPECT_EQ(model->info().classes, (std::vector<std::string>{"0", "1", "2"}));
  EXPECT_EQ(model->info().name, "resnet8");
  EXPECT_EQ(model->info().training.at("imported").at("sha256"), summary.sourceSha256);

  const auto network = models::makeNetwork("resnet8", {.outputs = 3, .inputSize = 32, .initialise = false});
  models::loadForeignWeights(*network, models::readForeignWeights(options.file).tensors);
  network->eval();
  const auto images = torch::full({1, 3, 32, 32}, 0.25F);
  const auto mean = torch::tensor({0.485F, 0.456F, 0.406F}).reshape({1, 3, 1, 1});
  const auto stddev = torch::tensor({0.229F, 0.224F, 0.225F}).reshape({1, 3, 1, 1});
  const torch::NoGradGuard guard;
  EXPECT_TRUE(torch::equal(model->logits(images), network->forward((images - mean) / stddev)));
}

TEST(Import, LeavesAFolderWithContentAlone) {
  const TempFolder folder;
  writeFileAtomically(folder / "model" / "note.txt", std::string_view("mine"));
  try {
    importModel(smallImport(folder));
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::InputRejected);
    EXPECT_THAT(e.what(), HasSubstr("not empty"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "model" / "model.json"));
}

TEST(Import, WritesNothingWhereTheWeightsDoNotFit) {
  const TempFolder folder;
  ImportOptions options = smallImport(folder);
  options.classes = numberedClasses(5);
  try {
    importModel(options);
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("resnet8.pth"));
    EXPECT_THAT(e.what(), HasSubstr("3 outputs"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "model"));
}

}  // namespace
}  // namespace medlocker::pipelines
