// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/foreign_classifier.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <torch/script.h>
#include <torch/torch.h>
#include <unistd.h>

#include <chrono>

#include "core/common/error.h"
#include "core/common/hash.h"
#include "core/models/process_isolation.h"
#include "tests/support/temp_folder.h"

namespace medlocker::models {
namespace {

using test::TempFolder;
using ::testing::HasSubstr;

/// Saves a TorchScript program with the given body of `forward(self, x)`.
std::filesystem::path program(const TempFolder& folder, const std::string& body,
                              const std::string& name = "net") {
  torch::jit::Module module(name);
  module.define("def forward(self, x):\n" + body);
  const auto file = folder / (name + ".pt");
  module.save(file.string());
  return file;
}

// Fixed to one input size by the number of weights.
constexpr const char* kThreeClasses =
    "  w = torch.arange(9216, dtype=6).reshape(3, 3072) * 0.001\n"
    "  return torch.tanh(x.flatten(1)).matmul(w.t())\n";

torch::Tensor sameInThisProcess(const torch::Tensor& x) {
  return torch::tanh(x.flatten(1))
      .matmul((torch::arange(9216, torch::kFloat).reshape({3, 3072}) * 0.001).t());
}

std::string refusal(const std::filesystem::path& file, const ForeignModelOptions& options = {}) {
  try {
    openForeignClassifier(file, options);
    return "accepted";
  } catch (const Error& e) {
    return e.what();
  }
}

TEST(ForeignClassifier, GivesLogitsAndInputGradients) {
  const TempFolder folder;
  const auto file = program(folder, kThreeClasses);
  const ClassifierPtr model = openForeignClassifier(file);
  EXPECT_EQ(model->info().arch, "torchscript");
  EXPECT_EQ(model->info().inputSize, 32);
  EXPECT_EQ(model->info().classes.size(), 3U);
  EXPECT_EQ(model->info().sha256, toHex(sha256File(file)));

  const auto images = torch::rand({4, 3, 32, 32});
  const auto here = images.clone().set_requires_grad(true);
  const auto there = images.clone().set_requires_grad(true);
  const auto expected = sameInThisProcess(here);
  const auto logits = model->logits(there);
  // The same operators of the same library on the same values.
  EXPECT_TRUE(torch::allclose(logits, expected, 1e-6, 1e-5));
  const auto direction = torch::randn({4, 3});
  (expected * direction).sum().backward();
  (logits * direction).sum().backward();
  EXPECT_TRUE(torch::allclose(there.grad(), here.grad(), 1e-5, 1e-6));
  EXPECT_TRUE(torch::allclose(model->fastLogits(images), expected, 1e-6, 1e-5));
}

TEST(ForeignClassifier, GradientsOfAnEarlierForwardAreStillRight) {
  const TempFolder folder;
  const ClassifierPtr model = openForeignClassifier(program(folder, kThreeClasses));
  const auto a = torch::rand({1, 3, 32, 32}).set_requires_grad(true);
  const auto b = torch::rand({2, 3, 32, 32}).set_requires_grad(true);
  const auto first = model->logits(a);
  model->logits(b).sum().backward();
  first.sum().backward();
  const auto check = a.detach().clone().set_requires_grad(true);
  sameInThisProcess(check).sum().backward();
  EXPECT_TRUE(torch::allclose(a.grad(), check.grad(), 1e-5, 1e-6));
}

TEST(ForeignClassifier, GreyNetworksGetTheMeanOfTheChannels) {
  const TempFolder folder;
  const ClassifierPtr model = openForeignClassifier(program(
      folder,
      "  w = torch.arange(1568, dtype=6).reshape(2, 784) * 0.01\n"
      "  return x.reshape(-1, 784).matmul(w.t()) if x.shape[1] == 1 else x.reshape(-1, 784).matmul(w)\n"));
  EXPECT_EQ(model->info().inputSize, 28);
  const auto images = torch::rand({2, 3, 28, 28}).set_requires_grad(true);
  const auto logits = model->logits(images);
  const auto w = torch::arange(1568, torch::kFloat).reshape({2, 784}) * 0.01;
  EXPECT_TRUE(torch::allclose(logits, images.mean(1).reshape({2, 784}).matmul(w.t()), 1e-5, 1e-4));
  logits.select(1, 1).sum().backward();
  EXPECT_TRUE(torch::allclose(images.grad()[1][2], w[1].reshape({28, 28}) / 3, 1e-5, 1e-5));
}

TEST(ForeignClassifier, SaysWhatIsWrong) {
  const TempFolder folder;
  EXPECT_THAT(refusal(program(folder, "  return x.mean()\n", "scalar")), HasSubstr("no class scores"));
  EXPECT_THAT(refusal(program(folder, "  return x.mean([2, 3])\n", "any_size")),
              HasSubstr("input size must be given"));
  EXPECT_EQ(refusal(program(folder, "  return x.mean([2, 3])\n", "given"), {.inputSize = 48}), "accepted");
  EXPECT_THAT(refusal(std::filesystem::path(MEDLOCKER_SOURCE_DIR) / "tests/golden/checkpoints/state.pth"),
              HasSubstr("cannot be loaded as TorchScript"));
  EXPECT_THAT(refusal(folder / "none.pt"), HasSubstr("none.pt"));
}

TEST(ForeignClassifier, StopsAProgramThatDoesNotEnd) {
  const TempFolder folder;
  const ClassifierPtr model = openForeignClassifier(
      program(folder, std::string("  while float(x.sum()) > 2000.0:\n    x = x + 1.0\n") + kThreeClasses),
      {.inputSize = 32, .timeoutSeconds = 10});
  EXPECT_NO_THROW(model->logits(torch::zeros({1, 3, 32, 32})));
  const auto begin = std::chrono::steady_clock::now();
  try {
    model->logits(torch::ones({1, 3, 32, 32}));
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("did not answer within 10 seconds"));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(120));
  EXPECT_THROW(model->logits(torch::zeros({1, 3, 32, 32})), Error) << "it is gone for good";
}

TEST(ForeignClassifier, NoticesAProcessThatEnds) {
  const TempFolder folder;
  ForeignModelOptions options;
  options.worker = "/bin/true";
  EXPECT_THAT(refusal(program(folder, kThreeClasses), options), HasSubstr("ended unexpectedly"));
  options.worker = "/no/such/program";
  EXPECT_THAT(refusal(program(folder, kThreeClasses), options), HasSubstr("cannot be started"));
}

TEST(ForeignClassifier, IsOpenedOnlyWhenTrusted) {
  const TempFolder folder;
  const auto file = program(folder, "  return x.mean([2, 3])\n");
  EXPECT_THROW(loadClassifier(file), Error);
  const ClassifierPtr model = loadClassifier(file.string() + "@48", {.trustForeignModel = true});
  EXPECT_EQ(model->info().inputSize, 48);
  EXPECT_EQ(model->logits(torch::rand({2, 3, 48, 48})).sizes(), (std::vector<std::int64_t>{2, 3}));
  EXPECT_THROW(model->logits(torch::rand({2, 3, 32, 32})), Error);
}

/// What a fresh process may still do once it is isolated: a bit per thing that went wrong.
int misdeedsAfterIsolation(const std::string& existing, const std::string& fresh) {
  const pid_t child = fork();
  if (child == 0) {
    const Isolation isolation = isolateProcess(2);
    int wrong = isolation.offline() ? 0 : 1;
    if (isolation.systemCallFilter) {
      if (socket(AF_INET, SOCK_STREAM, 0) >= 0) wrong |= 2;
      if (open(existing.c_str(), O_WRONLY) >= 0) wrong |= 4;
      if (open(fresh.c_str(), O_WRONLY | O_CREAT, 0600) >= 0) wrong |= 8;
      if (unlink(existing.c_str()) == 0) wrong |= 16;
      if (fork() == 0) _exit(99);
      if (open(existing.c_str(), O_RDONLY) < 0) wrong |= 32;  // reading goes on working
    }
    _exit(wrong);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Isolation, LeavesNoNetworkNoWritingNoProcesses) {
  const TempFolder folder;
  const std::string existing = (folder / "existing").string();
  close(open(existing.c_str(), O_WRONLY | O_CREAT, 0600));
  EXPECT_EQ(misdeedsAfterIsolation(existing, (folder / "fresh").string()), 0);
  EXPECT_TRUE(std::filesystem::exists(existing));
}

}  // namespace
}  // namespace medlocker::models
