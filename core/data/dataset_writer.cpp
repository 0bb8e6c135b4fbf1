// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/dataset_writer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <numeric>

#include "core/common/files.h"
#include "core/data/dicom/new_photograph.h"
#include "core/data/dicom/segmentation.h"
#include "core/data/npz.h"

namespace medlocker::data {
namespace {

constexpr std::array<std::string_view, kGradeCount> kClassFolders{"0_no_dr", "1_mild", "2_moderate",
                                                                  "3_severe", "4_proliferative"};
constexpr std::string_view kArrayFile = "synthetic_fundus.npz";
constexpr std::string_view kIdridGrading = "B. Disease Grading";
constexpr std::string_view kIdridSegmentation = "A. Segmentation";

struct LayoutName {
  DatasetLayout layout;
  std::string_view name;
};
constexpr std::array<LayoutName, 10> kLayouts{{{DatasetLayout::ClassFolders, "class-folders"},
                                               {DatasetLayout::Aptos, "aptos"},
                                               {DatasetLayout::EyePacs, "eyepacs"},
                                               {DatasetLayout::IdridGrading, "idrid-grading"},
                                               {DatasetLayout::IdridSegmentation, "idrid-segmentation"},
                                               {DatasetLayout::Ddr, "ddr"},
                                               {DatasetLayout::Messidor2, "messidor2"},
                                               {DatasetLayout::Dicom, "dicom"},
                                               {DatasetLayout::Npz, "npz"},
                                               {DatasetLayout::PlainFolder, "folder"}}};

std::string_view extensionOf(FileFormat format) {
  switch (format) {
    case FileFormat::Tiff:
      return ".tif";
    case FileFormat::Bmp:
      return ".bmp";
    default:
      return ".png";
  }
}

std::string idridSet(Split split) {
  return split == Split::Test ? "b. Testing Set" : "a. Training Set";
}

/// IDRiD numbers its mask folders; it has none for new vessels.
std::string idridMaskFolder(LesionKind kind) {
  switch (kind) {
    case LesionKind::Microaneurysm:
      return "1. Microaneurysms";
    case LesionKind::Haemorrhage:
      return "2. Haemorrhages";
    case LesionKind::HardExudate:
      return "3. Hard Exudates";
    case LesionKind::SoftExudate:
      return "4. Soft Exudates";
    case LesionKind::OpticDisc:
      return "5. Optic Disc";
    default:
      return "6. Other";
  }
}

bool usesIdridMasks(DatasetLayout layout) {
  return layout == DatasetLayout::IdridGrading || layout == DatasetLayout::IdridSegmentation;
}

/// Risk of macular oedema as IDRiD grades it: 2 with hard exudate within one disc diameter of the fovea, 1
/// with hard exudate elsewhere, else 0.
int macularRiskOf(const SyntheticFundus& fundus) {
  const LesionLayer& exudate = fundus.layer(LesionKind::HardExudate);
  if (exudate.area == 0) return 0;
  const double reach = 2 * fundus.opticDisc.radius;
  const int width = fundus.image.width();
  for (std::size_t i = 0; i < exudate.mask.size(); ++i) {
    if (!exudate.mask[i]) continue;
    const double dx = static_cast<double>(i % width) + 0.5 - fundus.fovea.x;
    const double dy = static_cast<double>(i / width) + 0.5 - fundus.fovea.y;
    if (dx * dx + dy * dy <= reach * reach) return 2;
  }
  return 1;
}

std::string fixed(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

std::string truthOf(const DatasetEntry& entry, const SyntheticFundus& fundus, int macularRisk) {
  std::string line = "," + entry.group + "," + std::string(toString(entry.eye)) + "," +
                     std::to_string(entry.grade) + "," + std::to_string(macularRisk);
  for (const double value :
       {fundus.fieldOfView.x, fundus.fieldOfView.y, fundus.fieldOfView.radius, fundus.opticDisc.x,
        fundus.opticDisc.y, fundus.opticDisc.radius, fundus.fovea.x, fundus.fovea.y}) {
    line += "," + fixed(value);
  }
  for (const LesionLayer& layer : fundus.layers) {
    if (layer.kind != LesionKind::OpticDisc)
      line += "," + std::to_string(layer.count) + "," + std::to_string(layer.area);
  }
  return line + "\n";
}

constexpr std::string_view kTruthHeader =
    "file,patient,eye,grade,macular_risk,fov_x,fov_y,fov_radius,disc_x,disc_y,disc_radius,fovea_x,fovea_y,ma_"
    "count,ma_"
    "pixels,he_count,he_pixels,ex_clusters,ex_pixels,se_count,se_pixels,other_count,other_pixels\n";

}  // namespace

std::string_view toString(DatasetLayout layout) {
  for (const LayoutName& known : kLayouts) {
    if (known.layout == layout) return known.name;
  }
  return "unknown";
}

DatasetLayout parseDatasetLayout(std::string_view name) {
  if (name == "folders") return DatasetLayout::ClassFolders;
  if (name == "idrid") return DatasetLayout::IdridGrading;
  if (name == "plain") return DatasetLayout::PlainFolder;
  for (const LayoutName& known : kLayouts) {
    if (known.name == name) return known.layout;
  }
  std::string names;
  for (const LayoutName& known : kLayouts) names += (names.empty() ? "" : ", ") + std::string(known.name);
  throw Error(ErrorCode::InvalidArgument, "is not a layout that can be written (" + names + ")",
              std::string(name));
}

std::vector<std::string> datasetLayoutNames() {
  std::vector<std::string> names;
  for (const LayoutName& known : kLayouts) names.emplace_back(known.name);
  return names;
}

bool canHoldSplit(DatasetLayout layout, Split split) {
  switch (split) {
    case Split::Train:
      return true;
    case Split::Validation:
      return layout == DatasetLayout::ClassFolders || layout == DatasetLayout::Aptos ||
             layout == DatasetLayout::Ddr || layout == DatasetLayout::Npz || layout == DatasetLayout::Dicom;
    case Split::Test:
      return layout != DatasetLayout::Messidor2 && layout != DatasetLayout::PlainFolder;
    case Split::Unspecified:
      return false;
  }
  return false;
}

bool holdsLabels(DatasetLayout layout) {
  return layout != DatasetLayout::IdridSegmentation && layout != DatasetLayout::PlainFolder;
}

std::vector<OptionIssue> DatasetWriterOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (format != FileFormat::Png && format != FileFormat::Tiff && format != FileFormat::Bmp) {
    issues.push_back({"format", "must be png, tiff or bmp"});
  }
  if (bits != 8 && bits != 16) issues.push_back({"bits", "must be 8 or 16"});
  if (bits == 16 && format == FileFormat::Bmp) issues.push_back({"format", "bmp has no 16-bit samples"});
  return issues;
}

DatasetWriter::DatasetWriter(std::filesystem::path root, DatasetWriterOptions options,
                             std::vector<DatasetEntry> entries)
    : root_(std::move(root)), options_(std::move(options)), entries_(std::move(entries)) {
  throwIfInvalid(options_.validate());
  byName_.resize(entries_.size());
  std::iota(byName_.begin(), byName_.end(), std::size_t{0});
  std::sort(byName_.begin(), byName_.end(),
            [this](std::size_t a, std::size_t b) { return entries_[a].name < entries_[b].name; });
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const DatasetEntry& entry = entries_[i];
    safeJoin(root_, entry.name + ".png");
    if (entry.name.find_first_of("/,\" ") != std::string::npos) {
      throw Error(ErrorCode::InvalidArgument, "is not a name for an image of a dataset", entry.name);
    }
    if (entry.grade < 0 || entry.grade >= kGradeCount) {
      throw Error(ErrorCode::InvalidArgument, "has a grade outside 0 to 4", entry.name);
    }
    if (!canHoldSplit(options_.layout, entry.split)) {
      throw Error(ErrorCode::InvalidArgument, "the layout " + std::string(toString(options_.layout)) +
                                                  " has no place for the split '" +
                                                  std::string(toString(entry.split)) + "'");
    }
    splits_ |= entry.split != entries_.front().split;
  }
  for (std::size_t i = 1; i < byName_.size(); ++i) {
    if (entries_[byName_[i - 1]].name == entries_[byName_[i]].name) {
      throw Error(ErrorCode::InvalidArgument, "two images have this name", entries_[byName_[i]].name);
    }
  }
  records_.resize(entries_.size());
  if (options_.layout == DatasetLayout::Npz) {
    const std::uint64_t bytes =
        static_cast<std::uint64_t>(options_.width) * options_.height * 3 * (options_.bits / 8);
    if (bytes * entries_.size() > NpyLimits{}.maxArrayBytes) {
      throw Error(ErrorCode::InvalidArgument,
                  "the arrays would be larger than 4 GiB; write fewer or smaller images");
    }
  }
}

std::string DatasetWriter::imageFolder(std::size_t index) const {
  const DatasetEntry& entry = entries_[index];
  const std::string split(toString(entry.split));
  switch (options_.layout) {
    case DatasetLayout::ClassFolders:
      return (splits_ ? split + "/" : "") + std::string(kClassFolders[entry.grade]) + "/";
    case DatasetLayout::Aptos:
      return split + "_images/";
    case DatasetLayout::EyePacs:
      return split + "/";
    case DatasetLayout::IdridGrading:
      return std::string(kIdridGrading) + "/1. Original Images/" + idridSet(entry.split) + "/";
    case DatasetLayout::IdridSegmentation:
      return std::string(kIdridSegmentation) + "/1. Original Images/" + idridSet(entry.split) + "/";
    case DatasetLayout::Ddr:
      return "DR_grading/" + std::string(entry.split == Split::Validation ? "valid" : split) + "/";
    case DatasetLayout::Messidor2:
      return "IMAGES/";
    case DatasetLayout::Dicom:
      return splits_ ? split + "/" : "";
    case DatasetLayout::Npz:
    case DatasetLayout::PlainFolder:
      return "";
  }
  return "";
}

std::vector<std::string> DatasetWriter::arrayIds(const std::function<bool(std::size_t)>& counts) const {
  std::vector<std::string> ids(entries_.size());
  std::array<std::size_t, 4> next{};
  for (const std::size_t i : byName_) {
    if (!counts(i)) continue;
    char number[24];
    std::snprintf(number, sizeof number, "%06zu", next[static_cast<std::size_t>(entries_[i].split)]++);
    ids[i] = std::string(kArrayFile) + "/" + std::string(toString(entries_[i].split)) + "_images/" + number;
  }
  return ids;
}

std::string DatasetWriter::imageId(std::size_t index) const {
  if (options_.layout == DatasetLayout::Npz) return arrayIds([](std::size_t) { return true; })[index];
  return imageFolder(index) + entries_[index].name + extension();
}

std::string DatasetWriter::extension() const {
  return std::string(options_.layout == DatasetLayout::Dicom ? ".dcm" : extensionOf(options_.format));
}

void DatasetWriter::writeDicom(std::size_t index, const SyntheticFundus& fundus) const {
  const DatasetEntry& entry = entries_[index];
  dicom::NewPhotograph photograph;
  photograph.uidScope = options_.provenance;
  // The samples make the instance: two sets of one version share names, but no UIDs.
  photograph.name = entry.name + " " + toHex(pixelHash(fundus.image));
  photograph.patientId = entry.group.empty() ? entry.name : entry.group;
  photograph.leftEye = entry.eye == Eye::Left;
  photograph.comment = options_.provenance;
  const Bytes file = dicom::writeNewPhotograph(fundus.image, photograph);
  std::vector<dicom::Segment> segments;
  for (const LesionLayer& layer : fundus.layers) {
    if (layer.area == 0) continue;
    dicom::Segment segment;
    segment.number = static_cast<int>(segments.size()) + 1;
    segment.kind = layer.kind;
    segment.algorithmName = "medlocker-synth";
    segment.algorithmVersion = "1";
    segment.mask = layer.mask;
    for (std::uint8_t& value : segment.mask) value = value ? 1 : 0;
    segments.push_back(std::move(segment));
  }
  if (options_.masks && !segments.empty())
    writeFileAtomically(
        root_ / "segmentations" / (entry.name + ".dcm"),
        dicom::writeSegmentation(file, entry.name, fundus.image.width(), fundus.image.height(), segments,
                                 {.uidScope = options_.provenance}));
  // Last, so that an image that is there has its masks.
  writeFileAtomically(root_ / imageId(index), file);
}

std::string DatasetWriter::maskPath(std::size_t index, LesionKind kind) const {
  const std::string code(toString(kind));
  if (!usesIdridMasks(options_.layout)) return "masks/" + entries_[index].name + "_" + code + ".png";
  return std::string(kIdridSegmentation) + "/2. All Segmentation Groundtruths/" +
         idridSet(entries_[index].split) + "/" + idridMaskFolder(kind) + "/" + entries_[index].name + "_" +
         code + ".tif";
}

std::vector<std::pair<LesionKind, Bytes>> DatasetWriter::encodeMasks(const SyntheticFundus& fundus) const {
  std::vector<std::pair<LesionKind, Bytes>> masks;
  EncodeOptions encode;
  encode.description = options_.provenance;
  for (const LesionLayer& layer : fundus.layers) {
    if (layer.area == 0) continue;
    Image mask(fundus.image.width(), fundus.image.height(), 1);
    std::transform(layer.mask.begin(), layer.mask.end(), mask.samples8().begin(),
                   [](std::uint8_t value) { return value ? std::uint8_t{255} : std::uint8_t{0}; });
    const FileFormat format = usesIdridMasks(options_.layout) ? FileFormat::Tiff : FileFormat::Png;
    masks.emplace_back(layer.kind, encodeImage(mask, format, encode));
  }
  return masks;
}

void DatasetWriter::write(std::size_t index, const SyntheticFundus& fundus) {
  const Image& image = fundus.image;
  if (image.width() != options_.width || image.height() != options_.height || image.bits() != options_.bits) {
    throw Error(ErrorCode::InvalidArgument, "the image is not of the promised size", entries_.at(index).name);
  }
  Record record;
  record.macularRisk = macularRiskOf(fundus);
  record.truth = truthOf(entries_[index], fundus, record.macularRisk);
  if (options_.masks) record.masks = encodeMasks(fundus);
  const auto maskCount = static_cast<std::int64_t>(record.masks.size());
  if (options_.layout == DatasetLayout::Npz) {
    record.samples.assign(image.bytes().begin(), image.bytes().end());
  } else if (options_.layout == DatasetLayout::Dicom) {
    record.masks.clear();
    writeDicom(index, fundus);
  } else {
    for (const auto& [kind, bytes] : record.masks) writeFileAtomically(root_ / maskPath(index, kind), bytes);
    record.masks.clear();
    EncodeOptions encode;
    encode.description = options_.provenance;
    // Last, so that an image that is there has its masks.
    writeFileAtomically(root_ / imageId(index), encodeImage(image, options_.format, encode));
  }
  record.written = true;
  const std::lock_guard lock(mutex_);
  if (!records_[index].written) masksWritten_ += maskCount;
  records_[index] = std::move(record);
}

std::int64_t DatasetWriter::imagesWritten() const {
  const std::lock_guard lock(mutex_);
  return std::count_if(records_.begin(), records_.end(), [](const Record& record) { return record.written; });
}

std::int64_t DatasetWriter::masksWritten() const {
  const std::lock_guard lock(mutex_);
  return masksWritten_;
}

bool DatasetWriter::hasSplit(Split split) const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (records_[i].written && entries_[i].split == split) return true;
  }
  return false;
}

std::string DatasetWriter::table(Split split, const std::string& header,
                                 const std::function<std::string(const DatasetEntry&, const Record&)>& row,
                                 std::string_view lineEnd) const {
  std::string text = header.empty() ? "" : header + std::string(lineEnd);
  for (const std::size_t i : byName_) {
    if (records_[i].written && entries_[i].split == split)
      text += row(entries_[i], records_[i]) + std::string(lineEnd);
  }
  return text;
}

void DatasetWriter::writeTables() const {
  const std::string extension(extensionOf(options_.format));
  if (options_.layout == DatasetLayout::Dicom) {
    std::string text = "image,diagnosis\n";
    for (const std::size_t i : byName_)
      if (records_[i].written) text += entries_[i].name + ".dcm," + std::to_string(entries_[i].grade) + "\n";
    writeFileAtomically(root_ / "labels.csv", text);
    return;
  }
  const auto comma = [](const DatasetEntry& entry, const Record&) {
    return entry.name + "," + std::to_string(entry.grade);
  };
  for (const Split split : {Split::Train, Split::Validation, Split::Test}) {
    if (!hasSplit(split)) continue;
    switch (options_.layout) {
      case DatasetLayout::Aptos: {
        const std::string file =
            split == Split::Validation ? "valid.csv" : std::string(toString(split)) + ".csv";
        writeFileAtomically(root_ / file, table(split, "id_code,diagnosis", comma));
        break;
      }
      case DatasetLayout::EyePacs:
        writeFileAtomically(root_ / (std::string(toString(split)) + "Labels.csv"),
                            table(split, "image,level", comma));
        break;
      case DatasetLayout::IdridGrading: {
        // The original's quirks: a blank after the third title, nine empty columns, CRLF.
        const std::string file = split == Split::Test ? "b. IDRiD_Disease Grading_Testing Labels.csv"
                                                      : "a. IDRiD_Disease Grading_Training Labels.csv";
        writeFileAtomically(root_ / kIdridGrading / "2. Groundtruths" / file,
                            table(
                                split, "Image name,Retinopathy grade,Risk of macular edema ,,,,,,,,,",
                                [](const DatasetEntry& entry, const Record& record) {
                                  return entry.name + "," + std::to_string(entry.grade) + "," +
                                         std::to_string(record.macularRisk) + ",,,,,,,,,";
                                },
                                "\r\n"));
        break;
      }
      case DatasetLayout::Ddr: {
        const std::string file =
            split == Split::Validation ? "valid.txt" : std::string(toString(split)) + ".txt";
        writeFileAtomically(root_ / "DR_grading" / file,
                            table(split, "", [&](const DatasetEntry& entry, const Record&) {
                              return entry.name + extension + " " + std::to_string(entry.grade);
                            }));
        break;
      }
      case DatasetLayout::Messidor2: {
        writeFileAtomically(root_ / "messidor_data.csv",
                            table(split, "image_id,adjudicated_dr_grade,adjudicated_dme,adjudicated_gradable",
                                  [&](const DatasetEntry& entry, const Record& record) {
                                    return entry.name + extension + "," + std::to_string(entry.grade) + "," +
                                           (record.macularRisk == 2 ? "1" : "0") + ",1";
                                  }));
        writePairs();
        break;
      }
      default:
        break;
    }
  }
}

void DatasetWriter::writePairs() const {
  const std::string extension(extensionOf(options_.format));
  std::map<std::string, std::string> rightOf;
  for (const std::size_t i : byName_) {
    if (records_[i].written && entries_[i].eye == Eye::Right)
      rightOf[entries_[i].group] = entries_[i].name + extension;
  }
  std::string text = "left;right\n";
  for (const std::size_t i : byName_) {
    if (!records_[i].written || entries_[i].eye != Eye::Left) continue;
    const auto right = rightOf.find(entries_[i].group);
    if (right != rightOf.end()) text += entries_[i].name + extension + ";" + right->second + "\n";
  }
  writeFileAtomically(root_ / "messidor-2.csv", text);
}

void DatasetWriter::writeArrays() {
  const std::vector<std::string> ids = arrayIds([this](std::size_t i) { return records_[i].written; });
  std::vector<NamedArray> arrays;
  const NpyType type = options_.bits == 8 ? NpyType::UInt8 : NpyType::UInt16;
  for (const Split split : {Split::Train, Split::Validation, Split::Test}) {
    Bytes pixels;
    Bytes labels;
    for (const std::size_t i : byName_) {
      Record& record = records_[i];
      if (!record.written || entries_[i].split != split) continue;
      pixels.insert(pixels.end(), record.samples.begin(), record.samples.end());
      labels.push_back(static_cast<std::uint8_t>(entries_[i].grade));
      for (const auto& [kind, bytes] : record.masks) {
        // Numbers repeat from split to split, so the array's name becomes a folder.
        const std::string item = ids[i].substr(ids[i].find('/') + 1);
        writeFileAtomically(root_ / "masks" / (item + "_" + std::string(toString(kind)) + ".png"), bytes);
      }
    }
    const auto count = static_cast<std::int64_t>(labels.size());
    if (count == 0) continue;
    const std::string prefix(toString(split));
    arrays.emplace_back(prefix + "_images",
                        makeNpyArray(type, {count, options_.height, options_.width, 3}, std::move(pixels)));
    arrays.emplace_back(prefix + "_labels", makeNpyArray(NpyType::UInt8, {count, 1}, std::move(labels)));
  }
  if (!arrays.empty()) writeFileAtomically(root_ / kArrayFile, serialiseNpz(arrays));
}

void DatasetWriter::writeReadme() const {
  std::string text = "SYNTHETIC DATA. NOT PHOTOGRAPHS OF PATIENTS.\n\n" + options_.provenance +
                     "\n\nEvery picture in this folder was drawn by a program. Nobody's eye is shown, and "
                     "nothing here may be used to\n"
                     "judge a patient or as evidence of how a method performs on real photographs.\n\n"
                     "Layout: " +
                     std::string(toString(options_.layout)) + ". Images: " + std::to_string(imagesWritten()) +
                     ".\nGrades follow the international clinical diabetic retinopathy scale: 0 none, 1 "
                     "mild, 2 moderate, 3 severe\n"
                     "non-proliferative, 4 proliferative.\n";
  if (options_.masks) {
    text +=
        "\nMasks are exact: white where the lesion changed the picture. MA microaneurysms, HE haemorrhages, "
        "EX hard\n"
        "exudates, SE soft exudates, OTHER new vessels and fibrous tissue, OD optic disc. A kind that is not "
        "there has\n"
        "no file.\n";
  }
  text +=
      "\nsynthetic_truth.csv lists, per image, patient, eye, grade, the places of disc and fovea in pixels, "
      "and number\n"
      "and area of the lesions of each kind.\n";
  writeFileAtomically(root_ / "README.txt", text);
}

void DatasetWriter::finish() {
  if (options_.layout == DatasetLayout::Npz) {
    writeArrays();
  } else {
    writeTables();
  }
  const bool npz = options_.layout == DatasetLayout::Npz;
  const std::vector<std::string> ids = arrayIds([this](std::size_t i) { return records_[i].written; });
  std::string truth(kTruthHeader);
  for (const std::size_t i : byName_) {
    if (records_[i].written) truth += (npz ? ids[i] : imageId(i)) + records_[i].truth;
  }
  writeFileAtomically(root_ / "synthetic_truth.csv", truth);
  writeReadme();
}

}  // namespace medlocker::data
