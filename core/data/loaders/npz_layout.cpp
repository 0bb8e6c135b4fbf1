// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
//
// MedMNIST-style arrays: train_images, train_labels, val_…, test_… in one .npz file, or a folder that holds
// such files. Images are N×H×W or N×H×W×C with C 1 or 3, 8 or 16 bits; labels are N or N×1 integers.
#include <algorithm>
#include <array>

#include "core/common/error.h"
#include "core/data/csv.h"
#include "core/data/loaders/layouts.h"
#include "core/data/loaders/manifest_builder.h"
#include "core/data/npz.h"

namespace medlocker::data {
namespace {

struct Part {
  std::string_view prefix;
  Split split;
};
constexpr std::array<Part, 3> kParts{
    {{"train", Split::Train}, {"val", Split::Validation}, {"test", Split::Test}}};
constexpr std::int64_t kMaxItems = 100'000'000;
constexpr std::int64_t kMaxClasses = 1000;

/// Why this array cannot be a stack of photographs; empty: it can.
std::string problemOfImages(const NpyHeader& header) {
  if (header.type != NpyType::UInt8 && header.type != NpyType::UInt16)
    return "images of type " + std::string(descr(header.type)) + " are not read (only |u1 and <u2)";
  const auto& shape = header.shape;
  if (shape.size() != 3 && shape.size() != 4) return "images are not N×H×W or N×H×W×C";
  if (shape.size() == 4 && shape[3] != 1 && shape[3] != 3)
    return "images have neither 1 nor 3 channels in the last axis";
  if (shape[0] > kMaxItems) return "it holds too many images";
  if (shape[0] > 0 && header.itemCount == 0) return "images are empty";
  return {};
}

/// Refuses what cannot be a dataset, before any sample is made.
void checkParts(const NpzReader& reader) {
  bool any = false;
  for (const Part& part : kParts) {
    const std::string images = std::string(part.prefix) + "_images";
    const std::string labels = std::string(part.prefix) + "_labels";
    if (!reader.has(images)) continue;
    any = true;
    const NpyHeader header = reader.header(images);
    if (const std::string problem = problemOfImages(header); !problem.empty())
      throw Error(ErrorCode::InputRejected, "array '" + images + "': " + problem);
    if (!reader.has(labels)) continue;
    const NpyHeader labelHeader = reader.header(labels);
    if (labelHeader.shape.empty() || labelHeader.shape[0] != header.shape[0])
      throw Error(ErrorCode::InputRejected, "array '" + labels + "' does not have one entry per image (" +
                                                std::to_string(header.shape[0]) + ")");
  }
  if (!any) throw Error(ErrorCode::InputRejected, "holds none of train_images, val_images and test_images");
}

std::string paddedIndex(std::int64_t index) {
  std::string text = std::to_string(index);
  // A fixed width, so that names sort as numbers do.
  if (text.size() < 6) text.insert(0, 6 - text.size(), '0');
  return text;
}

/// Labels of one part before the number of classes is known.
struct PartLabels {
  std::vector<std::optional<std::int64_t>> values;
  bool present = false;
};

class NpzOpener {
 public:
  explicit NpzOpener(ManifestBuilder& builder) : builder_(builder) {}

  void add(std::size_t file) {
    const NpzReader reader(builder_.tree().pathOf(file));
    const std::string& fileName = builder_.tree().files[file].name;
    for (const Part& part : kParts) {
      const std::string images = std::string(part.prefix) + "_images";
      const std::string labels = std::string(part.prefix) + "_labels";
      if (reader.has(images))
        addPart(reader, file, fileName, part, images, labels);
      else if (reader.has(labels))
        builder_.notice("'" + fileName + "' has " + labels + " but no " + images);
    }
    builder_.markContainer(file);
  }

  void finish() {
    if (highest_ < 0) return;
    std::vector<std::string> classes;
    for (std::int64_t i = 0; i <= highest_; ++i) classes.push_back(std::to_string(i));
    builder_.setClasses(std::move(classes));
  }

 private:
  void addPart(const NpzReader& reader, std::size_t file, const std::string& fileName, const Part& part,
               const std::string& images, const std::string& labels) {
    const NpyHeader header = reader.header(images);
    const std::int64_t count = header.shape[0];
    const PartLabels given = readLabels(reader, fileName, labels, count);
    for (std::int64_t i = 0; i < count; ++i) {
      Sample sample;
      sample.id = fileName + "/" + images + "/" + paddedIndex(i);
      sample.path = builder_.tree().pathOf(file);
      sample.array = ArrayRef{images, i};
      sample.split = part.split;
      if (given.present && given.values[static_cast<std::size_t>(i)])
        sample.label = static_cast<int>(*given.values[static_cast<std::size_t>(i)]);
      builder_.addArraySample(std::move(sample));
    }
  }

  PartLabels readLabels(const NpzReader& reader, const std::string& fileName, const std::string& labels,
                        std::int64_t count) {
    PartLabels result;
    const std::string item = fileName + "/" + labels;
    if (!reader.has(labels)) {
      builder_.notice("'" + fileName + "' has no " + labels + "; these images have no label");
      return result;
    }
    const NpyArray array = reader.read(labels);
    if (array.header.shape.size() > 2 || array.header.itemCount != static_cast<std::uint64_t>(count)) {
      builder_.accounting().labelRows += count;
      builder_.accounting().refusedRows += count;
      builder_.issue(
          item, "has several labels per image, which is not supported; the images are kept without labels");
      return result;
    }
    result.present = true;
    result.values.resize(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) {
      Accounting& accounting = builder_.accounting();
      ++accounting.labelRows;
      std::string why;
      try {
        const std::int64_t value = array.integerAt(static_cast<std::uint64_t>(i));
        if (value < 0 || value >= kMaxClasses) {
          why = "the label " + std::to_string(value) + " is out of range";
        } else {
          result.values[static_cast<std::size_t>(i)] = value;
          highest_ = std::max(highest_, value);
        }
      } catch (const Error&) {
        why = "the label is not an integer";
      }
      if (why.empty()) {
        ++accounting.usedRows;
      } else {
        ++accounting.refusedRows;
        builder_.issue(item + "/" + paddedIndex(i), why + "; the image is kept without a label");
      }
    }
    return result;
  }

  ManifestBuilder& builder_;
  std::int64_t highest_ = -1;
};

}  // namespace

std::optional<Manifest> openNpz(const DatasetTree& tree) {
  std::vector<std::size_t> found;
  bool images = false;
  for (std::size_t file = 0; file < tree.files.size(); ++file) {
    images |= tree.files[file].kind == FileKind::Image;
    if (tree.files[file].kind != FileKind::Npz) continue;
    if (!tree.onlyFile.empty() && tree.files[file].name != tree.onlyFile) continue;
    found.push_back(file);
  }
  if (found.empty() || images) return std::nullopt;

  ManifestBuilder builder(tree, "npz");
  NpzOpener opener(builder);
  std::size_t used = 0;
  for (const std::size_t file : found) {
    try {
      checkParts(NpzReader(tree.pathOf(file)));
    } catch (const Error& error) {
      // One bad file among several is an item; the only one is the dataset.
      if (found.size() == 1) throw error.withContext(tree.pathOf(file).string());
      builder.refuse(file, error.message());
      continue;
    }
    opener.add(file);
    ++used;
  }
  if (used == 0) return std::nullopt;
  if (used > 1)
    builder.notice(
        std::to_string(used) +
        " npz files are read as one dataset; they may hold the same photographs at several sizes. Open "
        "one file by itself to use it alone");
  opener.finish();
  return builder.finish();
}

}  // namespace medlocker::data
