// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/checkpoint.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <fstream>

#include "core/common/error.h"
#include "core/common/files.h"
#include "tests/support/temp_folder.h"

namespace medlocker::training {
namespace {

std::size_t filesIn(const std::filesystem::path& folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

Checkpoint makeCheckpoint(int value) {
  return {{{"value", value}}, {{"a", torch::full({2, 3}, value, torch::kFloat)}}};
}

TEST(CheckpointStore, ReadsBackWhatWasSaved) {
  const test::TempFolder folder;
  {
    CheckpointStore store(folder.path());
    EXPECT_FALSE(store.load().has_value());
    const models::TensorMap best{{"w", torch::ones({4})}};
    store.save("1-0", makeCheckpoint(1), &best);
    store.save("2-0", makeCheckpoint(2), nullptr);
  }
  EXPECT_EQ(filesIn(folder.path()), 3U) << "index, state and best; older states are gone";
  CheckpointStore store(folder.path());
  const auto checkpoint = store.load();
  ASSERT_TRUE(checkpoint.has_value());
  EXPECT_EQ(checkpoint->state.at("value"), 2);
  EXPECT_TRUE(torch::equal(checkpoint->tensors.at("a"), torch::full({2, 3}, 2, torch::kFloat)));
  EXPECT_TRUE(torch::equal(store.loadBest().at("w"), torch::ones({4}))) << "kept from the first save";
}

TEST(CheckpointStore, AFailedSaveLeavesTheStateBefore) {
  const test::TempFolder folder;
  CheckpointStore store(folder.path());
  store.save("1-0", makeCheckpoint(1), nullptr);
  for (const char* failing : {"state-2-0.safetensors", "checkpoint.json"}) {
    setWriteFaultHook([failing](const std::filesystem::path& path) {
      if (path.filename() == failing) throw Error(ErrorCode::Io, "disk full", path.string());
    });
    EXPECT_THROW(store.save("2-0", makeCheckpoint(2), nullptr), Error);
    setWriteFaultHook(nullptr);
    CheckpointStore again(folder.path());
    EXPECT_EQ(again.load()->state.at("value"), 1) << failing;
  }
}

TEST(CheckpointStore, DamageIsFoundAndNamed) {
  const test::TempFolder folder;
  CheckpointStore(folder.path()).save("1-0", makeCheckpoint(1), nullptr);
  const auto path = folder / "state-1-0.safetensors";
  Bytes bytes = readFile(path);
  bytes.back() ^= 1;
  writeFileAtomically(path, bytes);
  try {
    CheckpointStore(folder.path()).load();
    FAIL() << "a flipped bit must be noticed";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InputRejected);
    EXPECT_NE(std::string(error.what()).find("SHA-256"), std::string::npos);
  }
}

TEST(CheckpointStore, NamesInTheIndexCannotLeaveTheFolder) {
  const test::TempFolder folder;
  writeFileAtomically(
      folder / "checkpoint.json",
      R"({"schema":"medlocker/checkpoint/1","state":{},"files":{"tensors":{"file":"../x","sha256":""}}})");
  EXPECT_THROW(CheckpointStore(folder.path()).load(), Error);
}

}  // namespace
}  // namespace medlocker::training
