// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/protected_arrays.h"

#include <algorithm>
#include <cstring>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/pipelines/protected_files.h"

namespace medlocker::pipelines {

namespace fs = std::filesystem;

ArrayImages::ArrayImages(const fs::path& source, const std::vector<const data::Sample*>& samples)
    : source_(source) {
  const data::NpzReader reader(source);
  for (const data::Sample* sample : samples) {
    const std::string& name = sample->array->array;
    if (arrays_.contains(name)) continue;
    const data::NpyHeader header = reader.header(name);
    arrays_.emplace(name, data::makeNpyArray(header.type, header.shape, Bytes(header.dataBytes())));
  }
}

void ArrayImages::set(const data::ArrayRef& item, const data::Image& image) {
  const auto found = arrays_.find(item.array);
  const auto refuse = [&](const char* why) {
    throw Error(ErrorCode::InvalidArgument, "array '" + item.array + "' " + why, source_.string());
  };
  if (found == arrays_.end()) refuse("is not an image array");
  data::NpyArray& array = found->second;
  const std::vector<std::int64_t>& shape = array.header.shape;
  const std::int64_t channels = shape.size() == 4 ? shape[3] : 1;
  if (item.index < 0 || item.index >= shape[0]) refuse("has no such item");
  if (image.height() != shape[1] || image.width() != shape[2] || image.channels() != channels ||
      image.bitsAllocated() != static_cast<int>(8 * data::itemBytes(array.header.type)))
    refuse("holds images of another size or depth");
  const ByteView samples = image.bytes();
  std::memcpy(array.data.data() + static_cast<std::size_t>(item.index) * samples.size(), samples.data(),
              samples.size());
}

Bytes ArrayImages::toNpz(const std::string& note) const {
  return data::rewriteNpz(source_, arrays_, note);
}

bool isBlank(const data::Image& image) {
  const ByteView bytes = image.bytes();
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t value) { return value == 0; });
}

void assembleArrays(const ProtectionInputs& inputs, const ProtectionFolder& folder) {
  std::map<std::string, std::vector<std::size_t>> items;
  for (std::size_t i = 0; i < inputs.outputs.size(); ++i)
    if (!inputs.outputs[i].container.empty()) items[inputs.outputs[i].container].push_back(i);

  for (const auto& [container, indices] : items) {
    std::vector<const data::Sample*> samples;
    for (const std::size_t i : indices) samples.push_back(&inputs.manifest.samples[i]);
    const fs::path& source = samples.front()->path;
    ArrayImages images(source, samples);
    for (const std::size_t i : indices) {
      const auto entry = folder.journal().entries().find(inputs.manifest.samples[i].id);
      if (entry == folder.journal().entries().end() || entry->second.output.empty()) continue;
      const fs::path part = folder.path() / inputs.outputs[i].file;
      const Bytes bytes = readFile(part);
      if (toHex(sha256(bytes)) != entry->second.fileSha256)
        throw Error(ErrorCode::VerificationFailed, "was changed since it was written", part.string());
      images.set(*inputs.manifest.samples[i].array, data::decodeImage(bytes, part.string()).image);
    }
    std::string note = data::NpzReader(source).comment();
    if (!note.empty()) note += "\n";
    note += protectedNoteOf(folder.runId());
    writeFileAtomically(safeJoin(folder.path(), container), images.toNpz(note));
  }
}

}  // namespace medlocker::pipelines
