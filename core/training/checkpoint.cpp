// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/checkpoint.h"

#include "core/common/error.h"
#include "core/common/files.h"

namespace medlocker::training {
namespace {

namespace fs = std::filesystem;
constexpr const char* kSchema = "medlocker/checkpoint/1";
constexpr const char* kIndex = "checkpoint.json";

Json writeTensors(const fs::path& folder, const std::string& file, const models::TensorMap& tensors) {
  const Bytes bytes = models::serialiseSafetensors(tensors);
  writeFileAtomically(folder / file, bytes);
  return {{"file", file}, {"sha256", toHex(sha256(bytes))}};
}

}  // namespace

void CheckpointStore::save(const std::string& name, const Checkpoint& checkpoint,
                           const models::TensorMap* best) {
  Json files = files_;
  files["tensors"] = writeTensors(folder_, "state-" + name + ".safetensors", checkpoint.tensors);
  if (best) files["best"] = writeTensors(folder_, "best-" + name + ".safetensors", *best);
  const Json index = {{"schema", kSchema}, {"files", files}, {"state", checkpoint.state}};
  writeFileAtomically(folder_ / kIndex, index.dump(1) + "\n");
  files_ = files;
  removeOthers();
}

std::optional<Checkpoint> CheckpointStore::load() {
  const fs::path index = folder_ / kIndex;
  std::error_code ignored;
  if (!fs::exists(index, ignored)) return std::nullopt;
  try {
    const Json json = parseJsonStrictly(readTextFile(index));
    if (json.at("schema") != kSchema) throw Error(ErrorCode::InputRejected, "is of another version");
    files_ = json.at("files");
    Checkpoint checkpoint;
    checkpoint.state = json.at("state");
    checkpoint.tensors = readVerified(files_.at("tensors"));
    removeOthers();
    return checkpoint;
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::InputRejected, std::string("is not a checkpoint: ") + error.what(),
                index.string());
  } catch (const Error& error) {
    throw error.withContext(index.string());
  }
}

models::TensorMap CheckpointStore::loadBest() const {
  if (!files_.contains("best")) return {};
  return readVerified(files_.at("best"));
}

models::TensorMap CheckpointStore::readVerified(const Json& reference) const {
  const fs::path path = safeJoin(folder_, reference.at("file").get<std::string>());
  Digest digest{};
  models::TensorMap tensors = models::readSafetensors(path, &digest).tensors;
  if (toHex(digest) != reference.at("sha256").get<std::string>())
    throw Error(ErrorCode::InputRejected, "does not have the SHA-256 recorded for it", path.string());
  return tensors;
}

void CheckpointStore::removeOthers() const {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, ignored)) {
    const std::string file = entry.path().filename().string();
    bool wanted = file == kIndex;
    for (const auto& item : files_.items()) wanted = wanted || item.value().at("file") == file;
    // Only names this class gives out, and leftovers of interrupted writes.
    const bool ours =
        file.starts_with("state-") || file.starts_with("best-") || file.ends_with(kTemporarySuffix);
    if (!wanted && ours) fs::remove(entry.path(), ignored);
  }
}

}  // namespace medlocker::training
