// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/safetensors.h"

#include <torch/torch.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/common/json.h"

namespace medlocker::models {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the format is little endian and is copied as it is");

constexpr std::uint64_t kMaxHeaderBytes = 16ULL << 20;
constexpr std::uint64_t kMaxFileBytes = 16ULL << 30;
constexpr std::size_t kMaxTensors = 100'000;
constexpr std::size_t kMaxRank = 8;
constexpr std::size_t kMaxNameBytes = 1024;
constexpr const char* kMetadataKey = "__metadata__";

struct TypeName {
  std::string_view name;
  at::ScalarType type;
  std::uint64_t bytes;
};

constexpr TypeName kTypes[] = {
    {"F64", at::ScalarType::Double, 8}, {"I64", at::ScalarType::Long, 8},
    {"F32", at::ScalarType::Float, 4},  {"I32", at::ScalarType::Int, 4},
    {"F16", at::ScalarType::Half, 2},   {"BF16", at::ScalarType::BFloat16, 2},
    {"U8", at::ScalarType::Byte, 1},    {"BOOL", at::ScalarType::Bool, 1},
};

[[noreturn]] void reject(const std::string& reason) {
  throw Error(ErrorCode::InputRejected, "not a valid safetensors file: " + reason);
}

/// Names come from the file; only harmless characters are repeated in messages.
std::string quoted(const std::string& name) {
  std::string text;
  for (const char c : name.substr(0, 80)) text += c >= 0x20 && c < 0x7f ? c : '?';
  return "'" + text + "'";
}

const TypeName& typeByName(const Json& value, const std::string& tensor) {
  if (value.is_string())
    for (const TypeName& type : kTypes)
      if (type.name == value.get_ref<const std::string&>()) return type;
  reject("tensor " + quoted(tensor) + " has an unsupported type");
}

const TypeName* typeOf(at::ScalarType scalar) {
  for (const TypeName& type : kTypes)
    if (type.type == scalar) return &type;
  return nullptr;
}

SafetensorsEntry parseEntry(const std::string& name, const Json& value, std::uint64_t dataSize) {
  if (name.empty() || name.size() > kMaxNameBytes) reject("a tensor name is empty or too long");
  if (!value.is_object() || value.size() != 3 || !value.contains("dtype") || !value.contains("shape") ||
      !value.contains("data_offsets"))
    reject("tensor " + quoted(name) + " must have exactly dtype, shape and data_offsets");
  const TypeName& type = typeByName(value["dtype"], name);
  SafetensorsEntry entry;
  entry.name = name;
  entry.type = type.type;

  const Json& shape = value["shape"];
  if (!shape.is_array() || shape.size() > kMaxRank) reject("tensor " + quoted(name) + " has a bad shape");
  std::uint64_t bytes = type.bytes;
  bool empty = false;
  for (const Json& side : shape) {
    if (!side.is_number_unsigned()) reject("tensor " + quoted(name) + " has a bad shape");
    const auto length = side.get<std::uint64_t>();
    if (length == 0) empty = true;
    // Bounding every partial product (zero sides aside) keeps later arithmetic on the shape in range too.
    if (length > 1 && bytes > kMaxFileBytes / length) reject("tensor " + quoted(name) + " is too large");
    if (length > 1) bytes *= length;
    entry.shape.push_back(static_cast<std::int64_t>(length));
  }
  if (empty) bytes = 0;

  const Json& offsets = value["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned())
    reject("tensor " + quoted(name) + " has bad data offsets");
  entry.begin = offsets[0].get<std::uint64_t>();
  entry.end = offsets[1].get<std::uint64_t>();
  if (entry.begin > entry.end || entry.end > dataSize)
    reject("tensor " + quoted(name) + " lies outside the file");
  if (entry.end - entry.begin != bytes)
    reject("the size of tensor " + quoted(name) + " disagrees with its type and shape");
  return entry;
}

at::Tensor copyTensor(const SafetensorsEntry& entry, ByteView data) {
  const ByteView bytes = data.subspan(entry.begin, entry.end - entry.begin);
  if (entry.type == at::ScalarType::Bool)
    for (const std::uint8_t byte : bytes)
      if (byte > 1) reject("tensor " + quoted(entry.name) + " holds a truth value that is neither 0 nor 1");
  at::Tensor tensor = torch::empty(entry.shape, torch::TensorOptions(entry.type));
  if (!bytes.empty()) std::memcpy(tensor.data_ptr(), bytes.data(), bytes.size());
  return tensor;
}

}  // namespace

std::vector<SafetensorsEntry> parseSafetensorsHeader(std::string_view json, std::uint64_t dataSize,
                                                     std::map<std::string, std::string>* metadata) {
  if (json.empty() || json.front() != '{') reject("the header does not begin with '{'");
  Json header;
  try {
    header = parseJsonStrictly(json);
  } catch (const Error& e) {
    reject("the header is " + e.message());
  }
  if (!header.is_object()) reject("the header is not a JSON object");
  if (header.size() > kMaxTensors) reject("it holds too many tensors");

  std::vector<SafetensorsEntry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name != kMetadataKey) {
      entries.push_back(parseEntry(name, value, dataSize));
      continue;
    }
    if (!value.is_object()) reject("its metadata is not an object of strings");
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) reject("its metadata is not an object of strings");
      if (metadata) metadata->emplace(key, text.get<std::string>());
    }
  }
  std::sort(entries.begin(), entries.end(), [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  std::uint64_t covered = 0;
  for (const SafetensorsEntry& entry : entries) {
    if (entry.begin < covered) reject("tensor " + quoted(entry.name) + " overlaps another");
    if (entry.begin > covered) reject("there is a gap before tensor " + quoted(entry.name));
    covered = entry.end;
  }
  if (covered != dataSize) reject("bytes follow after the last tensor");
  return entries;
}

Safetensors parseSafetensors(ByteView file) {
  if (file.size() < 8) reject("it is shorter than its header length");
  std::uint64_t headerSize = 0;
  std::memcpy(&headerSize, file.data(), 8);
  if (headerSize > kMaxHeaderBytes || headerSize > file.size() - 8) reject("the header length is impossible");
  const ByteView data = file.subspan(8 + headerSize);
  const std::string_view json(reinterpret_cast<const char*>(file.data()) + 8, headerSize);
  Safetensors content;
  for (const SafetensorsEntry& entry : parseSafetensorsHeader(json, data.size(), &content.metadata))
    content.tensors.emplace(entry.name, copyTensor(entry, data));
  return content;
}

Safetensors readSafetensors(const std::filesystem::path& path, Digest* sha256) {
  const Bytes file = readFile(path, kMaxFileBytes);
  if (sha256) *sha256 = medlocker::sha256(file);
  try {
    return parseSafetensors(file);
  } catch (const Error& e) {
    throw e.withContext(path.string());
  }
}

Bytes serialiseSafetensors(const TensorMap& tensors, const std::map<std::string, std::string>& metadata) {
  struct Item {
    const std::string* name;
    at::Tensor tensor;
    const TypeName* type;
  };
  std::vector<Item> items;
  for (const auto& [name, tensor] : tensors) {
    if (name.empty() || name.size() > kMaxNameBytes || name == kMetadataKey)
      throw Error(ErrorCode::InvalidArgument, "a tensor cannot be stored under the name " + quoted(name));
    const TypeName* type = tensor.defined() ? typeOf(tensor.scalar_type()) : nullptr;
    if (!type || tensor.dim() > static_cast<std::int64_t>(kMaxRank))
      throw Error(ErrorCode::InvalidArgument,
                  "tensor " + quoted(name) + " has a type or rank that safetensors cannot hold");
    items.push_back({&name, tensor.detach().to(at::kCPU).contiguous(), type});
  }
  // The map gives the order by name.
  std::stable_sort(items.begin(), items.end(),
                   [](const Item& a, const Item& b) { return a.type->bytes > b.type->bytes; });

  Json header = Json::object();
  if (!metadata.empty()) header[kMetadataKey] = metadata;
  std::uint64_t offset = 0;
  for (const Item& item : items) {
    const std::uint64_t end = offset + item.tensor.nbytes();
    header[*item.name] = {
        {"dtype", item.type->name}, {"shape", item.tensor.sizes().vec()}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const Json::exception&) {
    throw Error(ErrorCode::InvalidArgument, "a tensor name or metadata value is not UTF-8");
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t headerSize = text.size();
  if (headerSize > kMaxHeaderBytes || 8 + headerSize + offset > kMaxFileBytes)
    throw Error(ErrorCode::InvalidArgument, "the tensors are too large for one safetensors file");

  Bytes file(8 + headerSize + offset);
  std::memcpy(file.data(), &headerSize, 8);
  std::memcpy(file.data() + 8, text.data(), text.size());
  std::size_t at = 8 + headerSize;
  for (const Item& item : items) {
    if (item.tensor.nbytes() > 0) std::memcpy(file.data() + at, item.tensor.data_ptr(), item.tensor.nbytes());
    at += item.tensor.nbytes();
  }
  return file;
}

}  // namespace medlocker::models
