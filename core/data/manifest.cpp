// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/manifest.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <thread>

#include "core/common/files.h"
#include "core/data/csv.h"
#include "core/data/dicom/dicom_image.h"
#include "core/data/dicom/frame_sample.h"
#include "core/data/loaders/label_table.h"
#include "core/data/loaders/layouts.h"
#include "core/data/loaders/mask_files.h"
#include "core/data/npz.h"

namespace medlocker::data {
namespace {

namespace fs = std::filesystem;

const Layout& layoutNamed(const std::string& name) {
  std::string known;
  for (const Layout& layout : layouts()) {
    if (layout.name == name) return layout;
    known += (known.empty() ? "" : ", ") + std::string(layout.name);
  }
  throw Error(ErrorCode::InvalidArgument, "unknown layout '" + printable(name) + "' (known: " + known + ")");
}

/// What lies at `path`, listed once for all recognisers.
DatasetTree treeOf(const fs::path& path, const OpenOptions& options) {
  std::error_code error;
  if (!fs::exists(path, error)) throw Error(ErrorCode::NotFound, "does not exist", path.string());
  const fs::path leaveOut = options.masksFolder.value_or(fs::path());
  if (fs::is_directory(path)) return scanFolder(path, leaveOut);
  DatasetTree alone = treeOfFile(path);
  if (alone.files.front().kind != FileKind::Table) return alone;
  // A label file: its images lie beside it, or (IDRiD) in a folder beside its own folder.
  const fs::path folder = alone.root;
  DatasetTree tree = scanFolder(folder, leaveOut);
  std::string only = alone.onlyFile;
  const auto file = tree.find(only);
  if (file && folder.has_relative_path() && readTableHeader(tree, *file).column({"image name"})) {
    tree = scanFolder(folder.parent_path(), leaveOut);
    only = folder.filename().string() + "/" + only;
  }
  tree.onlyFile = only;
  return tree;
}

std::optional<Manifest> recognise(const DatasetTree& tree, const Layout* wanted) {
  for (const Layout& layout : layouts()) {
    if (wanted && wanted != &layout) continue;
    if (auto manifest = layout.open(tree)) return manifest;
  }
  return std::nullopt;
}

/// A folder named masks beside a dataset that is recognised without it: its files are that dataset's masks,
/// and not another class or photographs without a row. Plain folders see to their masks themselves.
std::optional<Manifest> openWithMasksBeside(const fs::path& path, const OpenOptions& options,
                                            const Layout* wanted) {
  std::error_code error;
  const fs::path masks = path / "masks";
  if (options.masksFolder || !fs::is_directory(path, error) || !fs::is_directory(masks, error))
    return std::nullopt;
  auto manifest = recognise(scanFolder(path, masks), wanted);
  if (!manifest || manifest->layout == layouts().back().name) return std::nullopt;
  manifest->notices.emplace_back("the folder 'masks' was taken for lesion masks of the other images");
  attachMasksFolder(*manifest, masks);
  return manifest;
}

std::string describeContent(const DatasetTree& tree) {
  std::map<FileKind, std::size_t> counts;
  for (const TreeFile& file : tree.files) ++counts[file.kind];
  if (tree.files.empty()) return "the folder holds no files";
  if (counts[FileKind::Dicom] > 0)
    return "no known layout: none of its " + std::to_string(counts[FileKind::Dicom]) +
           " DICOM files is a picture that can be read";
  if (!tree.onlyFile.empty()) return "is not a label file, npz dataset or image of a known kind";
  return "no known layout: none of its " + std::to_string(tree.files.size()) +
         " files is an image that can be read";
}

/// The line of an archive's comment that is our own flag; empty: there is none.
std::string protectedNoteIn(const std::string& comment) {
  const std::size_t at = comment.find(kProtectedNotePrefix);
  if (at == std::string::npos || (at != 0 && comment[at - 1] != '\n')) return {};
  return comment.substr(at, comment.find('\n', at) - at);
}

DecodedImage readArrayItem(const Sample& sample, const DecodeLimits& limits) {
  const ArrayRef& ref = *sample.array;
  const auto array = cachedArray(sample.path, ref.array);
  const std::string context = sample.path.string() + "/" + ref.array;
  const auto refuse = [&](const std::string& why) { throw Error(ErrorCode::InputRejected, why, context); };
  const auto& shape = array->header.shape;
  const NpyType type = array->header.type;
  if ((type != NpyType::UInt8 && type != NpyType::UInt16) || shape.size() < 3 || shape.size() > 4)
    refuse("is not a stack of 8- or 16-bit images");
  if (ref.index < 0 || ref.index >= shape[0]) refuse("has no item " + std::to_string(ref.index));
  const std::int64_t channels = shape.size() == 4 ? shape[3] : 1;
  if (shape[1] < 1 || shape[2] < 1 || shape[1] > limits.maxSide || shape[2] > limits.maxSide ||
      static_cast<std::uint64_t>(shape[1]) * static_cast<std::uint64_t>(shape[2]) > limits.maxPixels)
    refuse("its images are empty or larger than allowed");
  if (channels != 1 && channels != 3) refuse("its images have neither 1 nor 3 channels");

  DecodedImage decoded;
  decoded.format = FileFormat::Npz;
  decoded.image = Image(static_cast<int>(shape[2]), static_cast<int>(shape[1]), static_cast<int>(channels),
                        type == NpyType::UInt8 ? 8 : 16);
  const std::size_t bytes = decoded.image.bytes().size();
  std::memcpy(decoded.image.bytes().data(), array->data.data() + static_cast<std::size_t>(ref.index) * bytes,
              bytes);
  decoded.image.metadata.protectedNote = protectedNoteIn(array->archiveComment);
  return decoded;
}

}  // namespace

std::string_view toString(Split split) {
  switch (split) {
    case Split::Unspecified:
      return "unspecified";
    case Split::Train:
      return "train";
    case Split::Validation:
      return "val";
    case Split::Test:
      return "test";
  }
  return "unspecified";
}

std::vector<std::size_t> Manifest::countsPerClass() const {
  std::vector<std::size_t> counts(classes.size());
  for (const Sample& sample : samples)
    if (sample.label) ++counts.at(static_cast<std::size_t>(*sample.label));
  return counts;
}

Manifest openDataset(const fs::path& path, const OpenOptions& options) {
  if (options.masksFolder && !fs::is_directory(*options.masksFolder))
    throw Error(ErrorCode::NotFound, "the masks folder does not exist", options.masksFolder->string());
  const Layout* wanted = options.layout.empty() ? nullptr : &layoutNamed(options.layout);
  if (auto manifest = openWithMasksBeside(path, options, wanted)) return std::move(*manifest);
  const DatasetTree tree = treeOf(path, options);
  std::optional<Manifest> manifest = recognise(tree, wanted);
  if (!manifest && wanted)
    throw Error(ErrorCode::InputRejected, "is not in the layout '" + options.layout + "'", path.string());
  if (!manifest) throw Error(ErrorCode::InputRejected, describeContent(tree), path.string());
  if (options.masksFolder) attachMasksFolder(*manifest, *options.masksFolder);
  return std::move(*manifest);
}

std::vector<std::string> layoutNames() {
  std::vector<std::string> names;
  for (const Layout& layout : layouts()) names.emplace_back(layout.name);
  return names;
}

DecodedImage readSample(const Sample& sample, const DecodeLimits& limits) {
  if (!sample.array) return readImage(sample.path, limits);
  if (!isFrame(sample)) return readArrayItem(sample, limits);
  const Bytes bytes = readFile(sample.path, limits.maxFileBytes);
  return dicom::DicomImage(bytes, sample.path.string(), limits).readFrame(frameOf(sample));
}

std::string datasetFingerprint(const Manifest& manifest, int threads) {
  // Files are hashed once each, also where an npz holds many samples.
  std::map<fs::path, std::string> hashes;
  for (const Sample& sample : manifest.samples) hashes.emplace(sample.path, "");
  std::vector<std::pair<const fs::path, std::string>*> work;
  for (auto& entry : hashes) work.push_back(&entry);

  std::atomic<std::size_t> next{0};
  const auto hashSome = [&] {
    for (std::size_t i = next++; i < work.size(); i = next++) {
      try {
        work[i]->second = toHex(sha256File(work[i]->first));
      } catch (const Error&) {
        work[i]->second = "unreadable";
      }
    }
  };
  if (threads <= 0) threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const auto helpers = std::min<std::size_t>(static_cast<std::size_t>(threads), work.size());
  {
    std::vector<std::jthread> pool;
    for (std::size_t i = 1; i < helpers; ++i) pool.emplace_back(hashSome);
    hashSome();
  }

  std::vector<const Sample*> ordered;
  for (const Sample& sample : manifest.samples) ordered.push_back(&sample);
  std::sort(ordered.begin(), ordered.end(), [](const Sample* a, const Sample* b) { return a->id < b->id; });
  Sha256 hash;
  hash.update("medlocker/dataset/1\n");
  for (const Sample* sample : ordered) {
    // Ids hold no control characters, so a line break ends each record beyond doubt.
    hash.update(sample->id + "\t" + (sample->label ? std::to_string(*sample->label) : "-") + "\t" +
                (sample->gradable ? "" : "ungradable") + "\t" + hashes[sample->path] + "\n");
  }
  return toHex(hash.finish());
}

}  // namespace medlocker::data
