// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
//
// A tree of DICOM files without other photographs. Every frame of a multi-frame file is a sample of its own.
// Labels come from a table at the top that names the files; lesion masks from DICOM segmentations that refer
// to them. Patients are told apart by their ID, of which only a running number is kept.
#include <algorithm>
#include <map>

#include "core/common/files.h"
#include "core/data/csv.h"
#include "core/data/dicom/dicom_image.h"
#include "core/data/dicom/frame_sample.h"
#include "core/data/dicom/prescan.h"
#include "core/data/dicom/segmentation.h"
#include "core/data/loaders/dicom_layout.h"
#include "core/data/loaders/label_table.h"
#include "core/data/loaders/mask_files.h"

namespace medlocker::data {
namespace {

constexpr std::string_view kNameColumns[] = {"id_code",  "image", "image_id", "image name",
                                             "filename", "file",  "name"};
constexpr std::string_view kLabelColumns[] = {"diagnosis", "label", "grade", "level", "retinopathy grade"};

std::optional<std::size_t> firstColumn(const CsvTable& table, std::span<const std::string_view> names) {
  for (const std::string_view name : names)
    if (const auto column = table.column({name})) return column;
  return std::nullopt;
}

bool isInMasksFolder(std::string_view name) {
  const std::string top = lowerAscii(topFolderOf(name));
  return top == "masks" || top == "mask";
}

class DicomOpener {
 public:
  explicit DicomOpener(const DatasetTree& tree) : tree_(tree), builder_(tree, "dicom") {}

  std::optional<Manifest> open() {
    for (std::size_t file = 0; file < tree_.files.size(); ++file)
      if (tree_.files[file].kind == FileKind::Dicom) look(file);
    if (pictures_.empty()) return std::nullopt;
    joinTable();
    attachSegmentations();
    describeIdentities();
    Manifest manifest = builder_.finish();
    expandFrames(manifest);
    return manifest;
  }

 private:
  struct Picture {
    std::string id;
    std::uint32_t frames = 1;
  };

  void look(std::size_t file) {
    const std::string& name = tree_.files[file].name;
    try {
      const Bytes bytes = readFile(tree_.pathOf(file), DecodeLimits{}.maxFileBytes);
      if (sniffFormat(bytes) != FileFormat::Dicom) {
        builder_.refuse(file,
                        bytes.empty() ? "is empty" : "does not hold a DICOM file, but is named like one");
        return;
      }
      const dicom::Prescan scan = dicom::prescan(bytes, name);
      if (scan.sopClass == dicom::kSegmentationStorage || scan.sopClass == dicom::kLabelMapStorage) {
        segmentations_.push_back({file, dicom::readSegmentationInfo(bytes, name)});
        return;
      }
      if (!scan.hasPixelData && !scan.hasFloatPixelData && scan.pixels.rows == 0) {
        setAside(file, "is a DICOM file without pixel data: not a photograph");
        return;
      }
      dicom::requireImage(scan, name);
      add(file, scan);
    } catch (const Error& e) {
      builder_.refuse(file, e.message());
    }
  }

  /// No photograph, and nothing is lost.
  void setAside(std::size_t file, const std::string& why) {
    builder_.markContainer(file);
    ++builder_.accounting().otherFiles;
    builder_.note(tree_.files[file].name, why);
  }

  void add(std::size_t file, const dicom::Prescan& scan) {
    Sample& sample = builder_.sampleOf(file);
    if (scan.patientKey != Digest{}) {
      const auto [at, isNew] = patients_.emplace(scan.patientKey, patients_.size() + 1);
      sample.group = "patient " + std::to_string(at->second);
    }
    if (const Split split = splitOfPath(sample.id); split != Split::Unspecified) sample.split = split;
    pictures_.push_back({sample.id, scan.pixels.frames});
    if (!byInstance_.emplace(scan.sopInstance, file).second)
      builder_.note(sample.id, "has the same SOP Instance UID as another file");
    // Masks of the original are masks of its protected copy, which names it as its source.
    if (!scan.sourceInstance.empty()) bySource_.emplace(scan.sourceInstance, file);
    named_ += scan.namesPatient;
    burnedIn_ += scan.burnedInAnnotation;
  }

  void joinTable() {
    std::vector<LabelTable> tables;
    for (std::size_t file = 0; file < tree_.files.size(); ++file) {
      if (!isWantedTable(tree_, file) || !folderOf(tree_.files[file].name).empty()) continue;
      const CsvTable header = readTableHeader(tree_, file);
      if (!firstColumn(header, kNameColumns) || !firstColumn(header, kLabelColumns)) continue;
      const CsvTable table = readCsv(tree_.pathOf(file));
      LabelTable labels;
      labels.file = file;
      labels.rows = labelRows(table, *firstColumn(table, kNameColumns), firstColumn(table, kLabelColumns));
      tables.push_back(std::move(labels));
    }
    if (tables.size() != 1) {
      if (!tables.empty())
        builder_.notice("several tables could give labels; none is used. Open one of them by itself");
      return;
    }
    builder_.setClasses(retinopathyGrades());
    joinLabels(builder_, tables, {});
  }

  std::optional<std::size_t> pictureOf(const std::string& instance) const {
    for (const auto* index : {&byInstance_, &bySource_})
      if (const auto found = index->find(instance); found != index->end()) return found->second;
    return std::nullopt;
  }

  /// A segmentation is the masks of the picture it refers to, one for each kind of lesion in it.
  void attachSegmentations() {
    for (const auto& [file, info] : segmentations_) {
      const std::optional<std::size_t> picture = pictureOf(info.sourceInstance);
      if (!picture) {
        setAside(file, "is a DICOM segmentation of no picture of the dataset");
        continue;
      }
      builder_.addMask(file, *picture, info.kinds.front());
      Sample& sample = builder_.sampleOf(*picture);
      for (std::size_t i = 1; i < info.kinds.size(); ++i)
        sample.masks.push_back({info.kinds[i], tree_.pathOf(file)});
    }
  }

  void describeIdentities() {
    if (named_ > 0)
      builder_.notice(std::to_string(named_) + " DICOM " + (named_ == 1 ? "file carries" : "files carry") +
                      " a patient's name or ID: protection does not remove it");
    if (burnedIn_ > 0)
      builder_.notice(std::to_string(burnedIn_) + " DICOM " + (burnedIn_ == 1 ? "file says" : "files say") +
                      " that identifying text is burned into the picture: protection does not remove it");
  }

  void expandFrames(Manifest& manifest) const {
    std::map<std::string_view, std::uint32_t> frames;
    for (const Picture& picture : pictures_)
      if (picture.frames > 1) frames.emplace(picture.id, picture.frames);
    if (frames.empty()) return;
    std::vector<Sample> expanded;
    for (Sample& sample : manifest.samples) {
      const auto found = frames.find(sample.id);
      if (found == frames.end()) {
        expanded.push_back(std::move(sample));
        continue;
      }
      manifest.accounting.images += found->second - 1;
      for (std::uint32_t frame = 0; frame < found->second; ++frame) {
        Sample one = sample;
        std::string number = std::to_string(frame);
        // A fixed width, so that names sort as numbers do.
        if (number.size() < 6) number.insert(0, 6 - number.size(), '0');
        one.id += std::string(kFrameMark) + number;
        one.array = ArrayRef{std::string(kFrameArray), frame};
        if (one.group.empty()) one.group = sample.id;  // frames of one file are one eye
        expanded.push_back(std::move(one));
      }
    }
    manifest.samples = std::move(expanded);
    std::sort(manifest.samples.begin(), manifest.samples.end(),
              [](const Sample& a, const Sample& b) { return a.id < b.id; });
  }

  const DatasetTree& tree_;
  ManifestBuilder builder_;
  std::vector<Picture> pictures_;
  std::map<std::string, std::size_t> byInstance_;
  std::map<std::string, std::size_t> bySource_;
  std::vector<std::pair<std::size_t, dicom::SegmentationInfo>> segmentations_;
  std::map<Digest, std::size_t> patients_;
  std::int64_t named_ = 0;
  std::int64_t burnedIn_ = 0;
};

}  // namespace

std::optional<Manifest> openDicom(const DatasetTree& tree) {
  bool any = false;
  for (const TreeFile& file : tree.files) {
    if (file.kind == FileKind::Image && !isInMasksFolder(file.name)) return std::nullopt;
    any |= file.kind == FileKind::Dicom;
  }
  if (!any) return std::nullopt;
  // A file that the user named must be a DICOM file or a table of them.
  if (!tree.onlyFile.empty())
    if (const auto only = tree.find(tree.onlyFile);
        only && tree.files[*only].kind != FileKind::Dicom && tree.files[*only].kind != FileKind::Table)
      return std::nullopt;
  return DicomOpener(tree).open();
}

}  // namespace medlocker::data
