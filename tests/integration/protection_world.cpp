// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/protection_world.h"

#include <torch/torch.h>

#include <stdexcept>

#include "core/common/resources.h"
#include "core/models/network.h"
#include "tests/support/process.h"

namespace medlocker::test {
namespace {

namespace fs = std::filesystem;

void run(const std::vector<std::string>& command) {
  const ProcessResult result = runProcess(command);
  if (result.status != 0) throw std::runtime_error(command[1] + " failed: " + result.err);
}

/// Untrained, but a real file of a real architecture; the search has gradients of opinion to work with all
/// the same.
fs::path saveTinyModel(const fs::path& folder, const std::string& name, std::uint64_t seed) {
  torch::manual_seed(seed);
  const auto network = models::makeNetwork("resnet8", {.outputs = 5, .inputSize = 64});
  models::ModelInfo info;
  info.name = name;
  info.arch = "resnet8";
  info.classes = {"0_no_dr", "1_mild", "2_moderate", "3_severe", "4_proliferative"};  // as synth calls them
  info.inputSize = 64;
  network->eval();
  models::saveModel(folder, *network, info);
  return folder;
}

}  // namespace

std::vector<std::string> ProtectionWorld::protectCommand(const fs::path& out,
                                                         const std::vector<std::string>& more) const {
  std::vector<std::string> command{
      medlockerBinary(), "protect",    dataset.string(), "--logo", logo.string(), "--key", ownerKey.string(),
      "--out",           out.string(), "--budget",       "40",     "--seed",      "7",     "--quiet",
      "--threads",       "1"};
  for (const fs::path& model : models) command.insert(command.end(), {"--model", model.string()});
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

ProtectionWorld makeProtectionWorld(const fs::path& root, int images, int side) {
  ProtectionWorld world;
  world.root = root;
  world.dataset = root / "dataset";
  run({medlockerBinary(), "synth", "--out", world.dataset.string(), "--count", std::to_string(images),
       "--size", std::to_string(side), "--seed", "3", "--quiet"});
  run({medlockerBinary(), "keygen", "--out", (root / "keys").string(), "--no-passphrase"});
  world.ownerKey = root / "keys" / "owner.key";
  world.ownerPublic = root / "keys" / "owner.pub";
  world.models = {saveTinyModel(root / "models" / "a", "a", 1), saveTinyModel(root / "models" / "b", "b", 2)};
  world.logo = fs::path(MEDLOCKER_SOURCE_DIR) / "resources" / "logos" / "medlocker.png";
  return world;
}

}  // namespace medlocker::test
