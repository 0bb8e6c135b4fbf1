// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/torch_file.h"

#include <zip.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <set>

#include "core/common/error.h"

namespace medlocker::models {
namespace {

using Kind = PickleValue::Kind;

constexpr std::size_t kMaxMembers = 200'000;

[[noreturn]] void reject(const std::string& reason) {
  throw Error(ErrorCode::InputRejected, "not a readable checkpoint: " + reason);
}

std::string shown(std::string_view text) {
  std::string result;
  for (const char c : text.substr(0, 80)) result += c >= 0x20 && c < 0x7f ? c : '?';
  return result;
}

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;

Archive openZip(ByteView bytes) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  Archive archive(source ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error) : nullptr);
  if (source && !archive) zip_source_free(source);
  const std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (!archive) reject("its zip archive is damaged (" + reason + ")");
  return archive;
}

/// The whole member; libzip compares its checksum at the end.
Bytes readMember(zip_t* archive, zip_uint64_t index, std::uint64_t size) {
  Bytes content(size);
  zip_file_t* file = zip_fopen_index(archive, index, 0);
  if (!file) reject("a member of its zip archive cannot be opened");
  std::size_t done = 0;
  zip_int64_t n = 1;
  while (done < content.size() && (n = zip_fread(file, content.data() + done, content.size() - done)) > 0)
    done += static_cast<std::size_t>(n);
  std::uint8_t extra = 0;
  const bool whole = done == content.size() && zip_fread(file, &extra, 1) == 0;
  zip_fclose(file);
  if (!whole) reject("a member of its zip archive is damaged");
  return content;
}

/// torch.save's first pickle of the older layout: 0x1950a86a20f9469cfc6c, least significant byte first.
constexpr std::array<std::uint8_t, 10> kMagic = {0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};
constexpr std::int64_t kLegacyProtocol = 1001;

bool isStateDict(PickleRef value) {
  if (value->kind != Kind::Dict) return false;
  for (std::size_t i = 1; i < value->items.size(); i += 2)
    if (value->items[i]->kind == Kind::Tensor) return true;
  return false;
}

}  // namespace

bool isZip(ByteView bytes) {
  return bytes.size() >= 4 && bytes[0] == 'P' && bytes[1] == 'K' && bytes[2] == 3 && bytes[3] == 4;
}

TorchFile::TorchFile(Bytes bytes, const PickleLimits& limits) : bytes_(std::move(bytes)) {
  if (isZip(bytes_)) {
    readZip(limits);
  } else {
    layout_ = Layout::Legacy;
    readLegacy(limits);
  }
}

void TorchFile::readZip(const PickleLimits& limits) {
  const Archive archive = openZip(bytes_);
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  if (count <= 0 || static_cast<std::size_t>(count) > kMaxMembers)
    reject("its zip archive has no or too many members");

  struct Member {
    zip_uint64_t index = 0;
    std::uint64_t size = 0;
  };
  std::map<std::string, Member> found;
  std::string prefix;
  bool hasPickle = false;
  bool script = false;
  std::uint64_t total = 0;
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
    zip_stat_t stat;
    constexpr zip_uint64_t kNeeded =
        ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if (zip_stat_index(archive.get(), i, 0, &stat) != 0 || (stat.valid & kNeeded) != kNeeded)
      reject("the directory of its zip archive is damaged");
    const std::string name = stat.name;
    if (stat.comp_method != ZIP_CM_STORE || stat.encryption_method != ZIP_EM_NONE)
      reject("its member '" + shown(name) + "' is packed or encrypted, which torch.save never does");
    // Stored members cannot be larger than the file, and together they are not either.
    total += stat.size;
    if (stat.size > bytes_.size() || total > bytes_.size()) reject("its members overlap");
    if (!found.emplace(name, Member{i, stat.size}).second)
      reject("its member '" + shown(name) + "' occurs twice");
    const std::size_t slash = name.find('/');
    if (slash == std::string::npos) continue;
    if (name.substr(slash) == "/data.pkl") {
      if (hasPickle) reject("it holds more than one pickle");
      hasPickle = true;
      prefix = name.substr(0, slash + 1);
    }
    if (name.substr(slash) == "/constants.pkl") script = true;
  }
  if (script)
    throw Error(ErrorCode::Unsupported,
                "this is a TorchScript program, not a file of weights; it can be audited with "
                "--trust-foreign-model, or its weights saved with torch.save(model.state_dict(), FILE)");
  if (!hasPickle) reject("its zip archive holds no data.pkl, so it was not written by torch.save");
  if (const auto order = found.find(prefix + "byteorder"); order != found.end()) {
    if (order->second.size > 16 ||
        asString(readMember(archive.get(), order->second.index, order->second.size)) != "little")
      throw Error(ErrorCode::Unsupported, "the checkpoint was written on a big-endian machine");
  }
  const Member& pickle = found.at(prefix + "data.pkl");
  if (pickle.size > limits.maxBytes) reject("its pickle is too long");
  root_ = tree_.parse(readMember(archive.get(), pickle.index, pickle.size), nullptr, limits);

  for (PickleRef storage : tree_.storages()) {
    const auto member = found.find(prefix + "data/" + storage->text);
    if (member == found.end()) reject("the data of storage '" + shown(storage->text) + "' are missing");
    if (member->second.size != storage->elements * elementBytes(storage->storageType))
      reject("the data of storage '" + shown(storage->text) + "' are not of the size they should be");
    Bytes& content = members_[storage->text];
    content = readMember(archive.get(), member->second.index, member->second.size);
    storages_.emplace(storage->text, content);
  }
}

void TorchFile::readLegacy(const PickleLimits& limits) {
  ByteView rest = bytes_;
  const auto next = [&] {
    std::size_t used = 0;
    PickleRef value = tree_.parse(rest, &used, limits);
    rest = rest.subspan(used);
    return value;
  };
  // Two bytes of protocol, then the number as a LONG1: compared before anything is parsed, so that any other
  // file gets a plain answer.
  constexpr std::array<std::uint8_t, 4> kStart = {0x80, 2, 0x8a, kMagic.size()};
  if (rest.size() < kStart.size() + kMagic.size() ||
      !std::equal(kStart.begin(), kStart.end(), rest.begin()) ||
      !std::equal(kMagic.begin(), kMagic.end(), rest.begin() + kStart.size()))
    reject("it begins neither like a zip archive nor like an older file of torch.save");
  next();
  PickleRef protocol = next();
  if (protocol->kind != Kind::Int || protocol->integer != kLegacyProtocol)
    reject("the version of its layout is unknown");
  PickleRef system = next();
  PickleRef little = system->find("little_endian");
  if (!little || little->kind != Kind::Bool || little->integer != 1)
    throw Error(ErrorCode::Unsupported, "the checkpoint was written on a big-endian machine");
  root_ = next();
  PickleRef keys = next();
  if (keys->kind != Kind::List) reject("the list of its storages is missing");

  std::map<std::string, PickleRef> wanted;
  for (PickleRef storage : tree_.storages()) wanted.emplace(storage->text, storage);
  for (PickleRef key : keys->items) {
    const auto found = key->kind == Kind::Text ? wanted.find(key->text) : wanted.end();
    if (found == wanted.end()) reject("its list of storages names one that no tensor uses");
    std::int64_t elements = 0;
    if (rest.size() < sizeof elements) reject("it ends inside its data");
    std::memcpy(&elements, rest.data(), sizeof elements);
    rest = rest.subspan(sizeof elements);
    if (elements < 0 || static_cast<std::uint64_t>(elements) != found->second->elements)
      reject("the data of storage '" + shown(key->text) + "' are not of the size they should be");
    const std::uint64_t size = found->second->elements * elementBytes(found->second->storageType);
    if (rest.size() < size) reject("it ends inside its data");
    if (!storages_.emplace(key->text, rest.first(size)).second) reject("a storage is listed twice");
    rest = rest.subspan(size);
  }
  if (storages_.size() != wanted.size()) reject("the data of a storage are missing");
  if (!rest.empty()) reject("bytes follow after its data");
}

ByteView TorchFile::storage(PickleRef storage) const {
  const auto found = storages_.find(storage->text);
  if (found == storages_.end()) throw Error(ErrorCode::Internal, "a storage was not read");
  return found->second;
}

NamedTensors stateDictOf(PickleRef root) {
  PickleRef dict = root;
  if (!isStateDict(dict)) {
    dict = nullptr;
    for (const char* key : {"state_dict", "model_state_dict", "model", "net"})
      if (PickleRef value = root->find(key); value && isStateDict(value)) {
        dict = value;
        break;
      }
  }
  if (!dict)
    throw Error(ErrorCode::InputRejected,
                "the checkpoint holds no state dict (a dictionary of tensors, by itself or as 'state_dict', "
                "'model_state_dict', 'model' or 'net')");
  std::map<std::string, PickleRef> byName;
  for (std::size_t i = 0; i + 1 < dict->items.size(); i += 2) {
    PickleRef key = dict->items[i];
    if (key->kind != Kind::Text || key->text.empty() || key->text.size() > 1024)
      throw Error(ErrorCode::InputRejected, "the state dict has an entry whose name is no text");
    if (dict->items[i + 1]->kind != Kind::Tensor)
      throw Error(ErrorCode::InputRejected,
                  "the entry '" + shown(key->text) + "' of the state dict is no tensor");
    byName[key->text] = dict->items[i + 1];
  }
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view prefix : {"module.", "_orig_mod."}) {
      const bool shared = std::all_of(byName.begin(), byName.end(), [&](const auto& item) {
        return item.first.size() > prefix.size() && item.first.starts_with(prefix);
      });
      if (!shared) continue;
      std::map<std::string, PickleRef> shorter;
      for (const auto& [name, tensor] : byName) shorter.emplace(name.substr(prefix.size()), tensor);
      byName = std::move(shorter);
      again = true;
    }
  }
  return {byName.begin(), byName.end()};
}

}  // namespace medlocker::models
