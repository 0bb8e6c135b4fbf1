// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/common/files.h"
#include "core/common/json.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"

namespace medlocker {
namespace {

namespace fs = std::filesystem;
using test::BackgroundProcess;
using test::runProcess;

/// A port that was free a moment ago.
int freePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ::close(fd);
  return ntohs(address.sin_port);
}

std::vector<std::string> trainCommand(const fs::path& set, const fs::path& out, const std::string& method,
                                      std::vector<std::string> more = {}) {
  std::vector<std::string> command{test::medlockerBinary(),
                                   "train",
                                   set.string(),
                                   "--method",
                                   method,
                                   "--arch",
                                   "resnet8",
                                   "--input-size",
                                   "16",
                                   "--batch",
                                   "10",
                                   "--seed",
                                   "3",
                                   "--threads",
                                   "1",
                                   "--quiet",
                                   "--out",
                                   out.string(),
                                   "--loader-threads",
                                   "1"};
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

struct TrainingProcesses : testing::Test {
  void SetUp() override {
    const auto made = runProcess({test::medlockerBinary(), "synth", "--out", (folder / "set").string(),
                                  "--count", "44", "--size", "96", "--layout", "folders", "--seed", "2"});
    ASSERT_EQ(made.status, 0) << made.err;
  }

  Json historyOf(const fs::path& run) { return parseJsonStrictly(readTextFile(run / "history.json")); }

  /// Two processes on this machine, started as torchrun starts them.
  void trainTogether(const fs::path& out, const std::string& method, const std::vector<std::string>& more) {
    std::map<std::string, std::string> environment{
        {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "127.0.0.1"}, {"MASTER_PORT", std::to_string(freePort())}};
    environment["RANK"] = "1";
    BackgroundProcess second(trainCommand(folder / "set", out, method, more), environment);
    environment["RANK"] = "0";
    const auto done = runProcess(trainCommand(folder / "set", out, method, more), environment);
    ASSERT_EQ(done.status, 0) << done.err;
    ASSERT_EQ(second.wait(), 0);
  }

  test::TempFolder folder;
};

TEST_F(TrainingProcesses, TwoGiveTheLossesOfOne) {
  // Plain, and with an attack through batch statistics, a per-class state and two kinds of forward passes.
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases{
      {"standard", {"--epochs", "2", "--norm-images", "20"}},
      {"trades", {"--epochs", "1", "--attack-steps", "2", "--lr", "0.01"}}};
  for (const auto& [method, more] : cases) {
    const fs::path alone = folder / (method + "-1"), together = folder / (method + "-2");
    const auto done = runProcess(trainCommand(folder / "set", alone, method, more));
    ASSERT_EQ(done.status, 0) << done.err;
    trainTogether(together, method, more);
    const Json one = historyOf(alone).at("epochs"), two = historyOf(together).at("epochs");
    ASSERT_EQ(one.size(), two.size());
    for (std::size_t e = 0; e < one.size(); ++e) {
      // Sums in another order round differently; the steps of an attack are signs, so they rarely feel it.
      EXPECT_NEAR(one[e].at("train_loss").get<double>(), two[e].at("train_loss").get<double>(), 1e-5)
          << method << ", epoch " << e + 1;
    }
    EXPECT_TRUE(fs::exists(together / "model.safetensors"));
  }
}

TEST_F(TrainingProcesses, WrongVariablesAreNamed) {
  const auto done = runProcess(trainCommand(folder / "set", folder / "run", "standard", {"--epochs", "1"}),
                               {{"WORLD_SIZE", "2"}, {"RANK", "2"}, {"MASTER_ADDR", "127.0.0.1"}});
  EXPECT_EQ(done.status, 2) << done.err;
  EXPECT_NE(done.err.find("RANK"), std::string::npos) << done.err;
}

TEST_F(TrainingProcesses, EndsWithAnAuditWhereAskedFor) {
  const fs::path out = folder / "audited";
  const auto done = runProcess(trainCommand(folder / "set", out, "fgsm-rs",
                                            {"--epochs", "1", "--test-fraction", "0.3", "--audit", "fgsm"}));
  ASSERT_EQ(done.status, 0) << done.err;
  EXPECT_NE(done.out.find("Audit on the test part"), std::string::npos) << done.out;
  const Json audit = parseJsonStrictly(readTextFile(out / "audit" / "audit.json"));
  const Json record = parseJsonStrictly(readTextFile(out / "run.json"));
  EXPECT_EQ(audit.at("results").at(0).at("per_class").size(), 5U);
  std::int64_t audited = 0;
  for (const Json& entry : audit.at("results").at(0).at("per_class"))
    audited += entry.at("n").get<std::int64_t>();
  EXPECT_EQ(audited, record.at("dataset").at("used").at("test").get<std::int64_t>());
  EXPECT_EQ(record.at("audit").at("part"), "test");
}

}  // namespace
}  // namespace medlocker
