// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "core/common/json.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"

namespace medlocker {
namespace {

using test::medlockerBinary;
using test::ProcessResult;
using test::runProcess;
using test::TempFolder;

Json lastJsonLine(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  const std::size_t begin = text.rfind('\n', end);
  return Json::parse(text.substr(begin == std::string::npos ? 0 : begin + 1,
                                 end - (begin == std::string::npos ? 0 : begin + 1) + 1));
}

TEST(CommandLine, HelpListsEveryCommandAndSucceeds) {
  const ProcessResult result = runProcess({medlockerBinary(), "--help"});
  EXPECT_EQ(result.status, 0);
  for (const char* command :
       {"demo", "synth", "inspect", "train", "models", "keygen", "protect", "verify", "restore", "evaluate"})
    EXPECT_NE(result.out.find(command), std::string::npos) << command;
}

TEST(CommandLine, EveryCommandExplainsItself) {
  for (const char* command : {"demo", "synth", "inspect", "train", "models", "keygen", "protect", "verify",
                              "restore", "evaluate"}) {
    const ProcessResult result = runProcess({medlockerBinary(), command, "--help"});
    EXPECT_EQ(result.status, 0) << command;
    EXPECT_NE(result.out.find("--json"), std::string::npos) << command;
  }
}

TEST(CommandLine, VersionIsPrinted) {
  const ProcessResult result = runProcess({medlockerBinary(), "--version"});
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out.rfind("medlocker ", 0), 0U);
}

TEST(CommandLine, WrongUsageExitsWithTwo) {
  EXPECT_EQ(runProcess({medlockerBinary(), "no-such-command"}).status, 2);
  EXPECT_EQ(runProcess({medlockerBinary(), "inspect"}).status, 2);
  EXPECT_EQ(runProcess({medlockerBinary(), "inspect", ".", "--no-such-flag"}).status, 2);
  EXPECT_EQ(runProcess({medlockerBinary(), "inspect", ".", "--device", "abacus"}).status, 2);
}

TEST(CommandLine, MissingInputExitsWithThreeAndNamesIt) {
  const ProcessResult result = runProcess({medlockerBinary(), "inspect", "/no/such/folder"});
  EXPECT_EQ(result.status, 3);
  EXPECT_NE(result.err.find("/no/such/folder"), std::string::npos);
}

TEST(CommandLine, JsonErrorsAreOneResultLine) {
  const ProcessResult result = runProcess({medlockerBinary(), "inspect", "/no/such/folder", "--json"});
  EXPECT_EQ(result.status, 3);
  const Json line = lastJsonLine(result.out);
  EXPECT_EQ(line.at("event"), "result");
  EXPECT_EQ(line.at("status"), 3);
  EXPECT_TRUE(line.contains("error"));
}

TEST(CommandLine, CompletionAndManualCoverEveryCommand) {
  const ProcessResult completion = runProcess({medlockerBinary(), "--print-completion"});
  const ProcessResult manual = runProcess({medlockerBinary(), "--print-manual"});
  EXPECT_EQ(completion.status, 0);
  EXPECT_EQ(manual.status, 0);
  for (const char* command : {"demo", "inspect", "train", "protect", "verify", "restore", "evaluate"}) {
    EXPECT_NE(completion.out.find(std::string("    ") + command + ")"), std::string::npos) << command;
    std::string title = command;
    std::transform(title.begin(), title.end(), title.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    EXPECT_NE(manual.out.find(".SH \"" + title + "\""), std::string::npos) << command;
  }
  // The script must be one that bash accepts.
  EXPECT_EQ(runProcess({"bash", "-n", "-c", completion.out}).status, 0);
}

TEST(CommandLine, LogoOfTheProgramIsTakenByName) {
  const TempFolder folder;
  const auto at = [&](const char* name) { return (folder / name).string(); };
  const auto protect = [&](const char* logo) {
    return runProcess({medlockerBinary(), "protect", at("set"), "--logo", logo, "--mode", "random", "--key",
                       at("keys/owner.key"), "--out", at("run"), "--quiet"});
  };
  ASSERT_EQ(
      runProcess({medlockerBinary(), "synth", "--out", at("set"), "--count", "2", "--size", "128"}).status,
      0);
  ASSERT_EQ(runProcess({medlockerBinary(), "keygen", "--out", at("keys"), "--no-passphrase"}).status, 0);
  const ProcessResult unknown = protect("no-such-logo");
  EXPECT_EQ(unknown.status, 3);
  EXPECT_NE(unknown.err.find("no-such-logo"), std::string::npos) << unknown.err;
  const ProcessResult known = protect("medlocker");
  EXPECT_EQ(known.status, 0) << known.err;
}

TEST(Keygen, WritesFourFilesAndNeverOverwrites) {
  const TempFolder folder;
  const std::vector<std::string> command{medlockerBinary(), "keygen", "--out", (folder / "keys").string(),
                                         "--no-passphrase"};
  EXPECT_EQ(runProcess(command).status, 0);
  for (const char* name : {"owner.pub", "owner.key", "recipient.pub", "recipient.key"})
    EXPECT_TRUE(std::filesystem::exists(folder / "keys" / name));
  const auto before = test::folderHashes(folder / "keys");
  EXPECT_NE(runProcess(command).status, 0);
  EXPECT_EQ(test::folderHashes(folder / "keys"), before);
}

TEST(Keygen, NeedsAPassphraseUnlessToldOtherwise) {
  const TempFolder folder;
  const ProcessResult result = runProcess({medlockerBinary(), "keygen", "--out", (folder / "keys").string()},
                                          {{"MEDLOCKER_PASSPHRASE", ""}});
  EXPECT_EQ(result.status, 2);
  EXPECT_NE(result.err.find("passphrase"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder / "keys" / "owner.key"));
}

/// What OpenMP's runtime says of itself when it is loaded.
std::string openMpSettings(const std::vector<std::string>& variables) {
  std::vector<std::string> command{"env",
                                   "-u",
                                   "OMP_WAIT_POLICY",
                                   "-u",
                                   "GOMP_SPINCOUNT",
                                   "-u",
                                   "KMP_BLOCKTIME",
                                   "OMP_DISPLAY_ENV=verbose"};
  command.insert(command.end(), variables.begin(), variables.end());
  command.push_back(medlockerBinary());
  command.push_back("--version");
  const ProcessResult result = runProcess(command);
  EXPECT_EQ(result.status, 0);
  return result.err;
}

TEST(CommandLine, IdleThreadsSleepUnlessTheUserSaysOtherwise) {
  // The policy reads PASSIVE also where nobody set one; how long a thread spins tells the difference.
  EXPECT_NE(openMpSettings({}).find("GOMP_SPINCOUNT = '0'"), std::string::npos);
  EXPECT_NE(openMpSettings({"OMP_WAIT_POLICY=active"}).find("OMP_WAIT_POLICY = 'ACTIVE'"), std::string::npos);
  EXPECT_NE(openMpSettings({"GOMP_SPINCOUNT=10"}).find("GOMP_SPINCOUNT = '10'"), std::string::npos);
}

}  // namespace
}  // namespace medlocker
