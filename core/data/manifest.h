// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/common/error.h"
#include "core/common/run_context.h"
#include "core/data/image_io.h"

namespace medlocker::data {

enum class LesionKind { Microaneurysm, Haemorrhage, HardExudate, SoftExudate, OpticDisc, Fovea, Other };
/// Short codes MA HE EX SE OD FOVEA OTHER.
std::string_view toString(LesionKind kind);
std::optional<LesionKind> parseLesionKind(std::string_view code);
inline constexpr std::array<LesionKind, 7> kLesionKinds{
    LesionKind::Microaneurysm, LesionKind::Haemorrhage, LesionKind::HardExudate, LesionKind::SoftExudate,
    LesionKind::OpticDisc,     LesionKind::Fovea,       LesionKind::Other};

struct MaskRef {
  LesionKind kind = LesionKind::Other;
  std::filesystem::path path;
};

enum class Split { Unspecified, Train, Validation, Test };
/// unspecified, train, val, test.
std::string_view toString(Split split);

/// Where the pixels of one sample are when it is not a file of its own.
struct ArrayRef {
  std::string array;       ///< array name inside the npz
  std::int64_t index = 0;  ///< first axis
};

/// One photograph. `id` is the path relative to the dataset root with '/' separators (npz:
/// "<file>/<array>/<index>"); unique, and stable between runs; outputs keep it.
struct Sample {
  std::string id;
  std::filesystem::path path;
  std::optional<ArrayRef> array;
  std::optional<int> label;  ///< index into Manifest::classes
  bool gradable = true;      ///< false: the dataset says it cannot be graded (DDR label 5); kept and visible
  std::string group;         ///< patient or other unit that must not straddle a split; empty: itself
  Split split = Split::Unspecified;
  std::vector<MaskRef> masks;
};

/// What was found and what became of it. Both equations hold for every opened dataset:
/// images = samples + masks + refusedImages and labelRows = usedRows + repeatedRows + refusedRows.
struct Accounting {
  std::int64_t images = 0;         ///< image-like files and array items below the root
  std::int64_t masks = 0;          ///< of these: lesion masks
  std::int64_t refusedImages = 0;  ///< of these: left out, each with an issue
  std::int64_t labelRows = 0;      ///< rows of all label files used
  std::int64_t usedRows = 0;       ///< rows that name a sample and give its label, if they have one
  std::int64_t repeatedRows = 0;   ///< rows that say again what an earlier row says
  std::int64_t refusedRows = 0;    ///< rows that could not be used, each with an issue
  std::int64_t otherFiles = 0;     ///< files that are neither images nor label files; not read
};

/// A recognised dataset. Pixels are not loaded. Samples are sorted by id. Immutable after opening; safe to
/// share.
struct Manifest {
  std::filesystem::path root;
  std::string layout;                ///< name of the recogniser
  std::vector<std::string> classes;  ///< empty: no labels
  std::vector<Sample> samples;
  std::vector<ItemIssue>
      issues;  ///< rows without file, files without row, bad labels …; every named item is accounted for
  std::vector<std::string> notices;
  std::vector<std::filesystem::path> sidecars;  ///< label files etc., relative to root, copied by exports
  Accounting accounting;

  /// Labelled samples per class.
  std::vector<std::size_t> countsPerClass() const;
};

struct OpenOptions {
  std::optional<std::filesystem::path> masksFolder;  ///< extra folder searched for masks by file name
  std::string layout;                                ///< empty: recognise; else the name of one recogniser
  DecodeLimits limits;
};

/// Runs the ordered list of recognisers over a folder or file; the plain folder is last and always fits a
/// folder with images. A file may be an npz, one image, or a label file: then the dataset is what its rows
/// name. Class folders become classes in natural order ("2_x" before "10_x"), except that a class called
/// normal, healthy, negative or no_dr comes first, so that the index grows with severity. A top folder named
/// masks beside a dataset is taken for its masks folder where the options name none. Throws
/// Error(NotFound/InputRejected) when nothing fits. See loaders/ for one file per layout.
Manifest openDataset(const std::filesystem::path& path, const OpenOptions& options = {});

/// Names of all layouts in the order in which they are tried.
std::vector<std::string> layoutNames();

/// Reads the pixels of one sample (file, or one item of an npz array, read in memory). Thread-safe. Throws
/// Error(NotFound/Io/InputRejected) naming the file.
DecodedImage readSample(const Sample& sample, const DecodeLimits& limits = {});

/// Fills Split::Train/Validation/Test of samples that have none, never splitting a group, stratified by label
/// where possible. Deterministic in `seed`, independent of sample order. Fractions in [0,1]; their sum with
/// train is 1.
void assignSplits(Manifest& manifest, double validationFraction, double testFraction, std::uint64_t seed);

/// Groups that occur in more than one split: the same patient on both sides. Sorted.
std::vector<std::string> groupsAcrossSplits(const Manifest& manifest);

/// SHA-256 over ids, labels and file hashes (hex): the dataset fingerprint in reports. Files are streamed on
/// up to `threads` threads (0: one per core); the value does not depend on it. A file that cannot be read
/// counts as "unreadable" instead of ending the run.
std::string datasetFingerprint(const Manifest& manifest, int threads = 0);

}  // namespace medlocker::data
