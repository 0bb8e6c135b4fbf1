// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/common/error.h"
#include "core/data/image.h"
#include "core/data/image_io.h"
#include "core/data/manifest.h"
#include "core/data/synthetic_fundus.h"

namespace medlocker::data {

/// The layouts a synthetic dataset can be written in; openDataset() recognises each by itself.
enum class DatasetLayout {
  ClassFolders,       ///< <class>/<image>; with splits <split>/<class>/<image>
  Aptos,              ///< train.csv (id_code, diagnosis), train_images/; valid.csv, test.csv
  EyePacs,            ///< trainLabels.csv (image, level), train/; testLabels.csv, test/
  IdridGrading,       ///< "B. Disease Grading" with IDRiD's own header; masks in "A. Segmentation"
  IdridSegmentation,  ///< "A. Segmentation" with its masks; no labels
  Ddr,                ///< DR_grading/train.txt (name label), DR_grading/train/; valid, test
  Messidor2,    ///< messidor_data.csv (image_id, adjudicated_dr_grade …), IMAGES/, pairs in messidor-2.csv
  Dicom,        ///< Ophthalmic Photography files, labels.csv (image, diagnosis), masks as DICOM SEG
  Npz,          ///< MedMNIST-style train_images, train_labels, val_…, test_…
  PlainFolder,  ///< images alone; no labels
};
/// The names that openDataset() reports: class-folders aptos eyepacs idrid-grading idrid-segmentation ddr
/// messidor2 dicom npz folder.
std::string_view toString(DatasetLayout layout);
/// Also accepts "folders" (class-folders), "idrid" (idrid-grading) and "plain" (folder). Throws
/// Error(InvalidArgument).
DatasetLayout parseDatasetLayout(std::string_view name);
std::vector<std::string> datasetLayoutNames();

/// Whether the layout has a place for such a split. All have Split::Train.
bool canHoldSplit(DatasetLayout layout, Split split);
bool holdsLabels(DatasetLayout layout);

/// One photograph to come. `name` is the file name without extension.
struct DatasetEntry {
  std::string name;   ///< "S0001_left"
  std::string group;  ///< patient
  Eye eye = Eye::Left;
  int grade = 0;
  Split split = Split::Train;
};

struct DatasetWriterOptions {
  DatasetLayout layout = DatasetLayout::ClassFolders;
  FileFormat format = FileFormat::Png;  ///< Png, Tiff or Bmp; npz holds arrays instead, dicom DICOM files
  int width = 512;
  int height = 512;
  int bits = 8;
  bool masks = true;
  std::string provenance;  ///< one line that goes into README.txt and every PNG and TIFF file

  std::vector<OptionIssue> validate() const;
};

/// Writes a synthetic dataset. Images and masks are written, atomically, as soon as they are handed over;
/// label tables, README.txt and synthetic_truth.csv by finish(). Masks lie where the layout has a place for
/// them (IDRiD), else in `masks/<name>_MA.png` and so on beside the images, where openDataset() finds them; a
/// lesion kind that a photograph does not show has no file. The bytes do not depend on the order of write()
/// calls.
class DatasetWriter {
 public:
  /// `root` must exist. Throws Error(InvalidArgument) for invalid options, repeated or unsafe names, or a
  /// split the layout has no place for.
  DatasetWriter(std::filesystem::path root, DatasetWriterOptions options, std::vector<DatasetEntry> entries);

  const std::vector<DatasetEntry>& entries() const { return entries_; }
  /// The id that openDataset() gives an entry: its image's path relative to the root. Items of an npz have
  /// numbers: theirs hold when every entry is written.
  std::string imageId(std::size_t index) const;

  /// Thread-safe. Throws Error(Io), or Error(InvalidArgument) where the image is not of the promised size.
  void write(std::size_t index, const SyntheticFundus& fundus);

  /// Lists what was written so far, also after a cancelled run; entries never written are left out.
  void finish();

  std::int64_t imagesWritten() const;
  std::int64_t masksWritten() const;

 private:
  struct Record {
    bool written = false;
    int macularRisk = 0;
    std::string truth;  ///< its line of synthetic_truth.csv after the file name
    // Npz alone: an item's number, and with it its masks' names, is known when the last one has come.
    Bytes samples;
    std::vector<std::pair<LesionKind, Bytes>> masks;
  };

  std::string imageFolder(std::size_t index) const;
  std::string maskPath(std::size_t index, LesionKind kind) const;
  std::string extension() const;
  /// The photograph and, where it shows lesions, its segmentation.
  void writeDicom(std::size_t index, const SyntheticFundus& fundus) const;
  std::vector<std::pair<LesionKind, Bytes>> encodeMasks(const SyntheticFundus& fundus) const;
  /// Ids of the items of the npz, where only entries that `counts` accepts have numbers.
  std::vector<std::string> arrayIds(const std::function<bool(std::size_t)>& counts) const;
  std::string table(Split split, const std::string& header,
                    const std::function<std::string(const DatasetEntry&, const Record&)>& row,
                    std::string_view lineEnd = "\n") const;
  bool hasSplit(Split split) const;
  void writeTables() const;
  void writePairs() const;
  void writeArrays();
  void writeReadme() const;

  std::filesystem::path root_;
  DatasetWriterOptions options_;
  std::vector<DatasetEntry> entries_;
  std::vector<std::size_t> byName_;  ///< indices in the order of names
  bool splits_ = false;              ///< more than one split is used

  mutable std::mutex mutex_;
  std::vector<Record> records_;
  std::int64_t masksWritten_ = 0;
};

}  // namespace medlocker::data
