// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/data/loaders/dataset_tree.h"
#include "core/data/manifest.h"

namespace medlocker::data {

/// Collects samples and issues for one layout and sees to it that every image-like file is accounted for. The
/// tree must outlive it. Not thread-safe.
class ManifestBuilder {
 public:
  ManifestBuilder(const DatasetTree& tree, std::string_view layout);

  const DatasetTree& tree() const { return tree_; }
  void setClasses(std::vector<std::string> classes) { manifest_.classes = std::move(classes); }

  /// The file becomes a sample with id, path and group filled in. The reference stays valid until the next
  /// call. A file is made a sample once; asking again returns the same one.
  Sample& sampleOf(std::size_t file);
  Sample* findSample(std::size_t file);
  bool isFree(std::size_t file) const { return uses_[file] == Use::Free; }
  /// The file is a mask of the sample that `ofFile` is.
  void addMask(std::size_t file, std::size_t ofFile, LesionKind kind);
  /// Samples that are not files of their own (npz); counted as one image each.
  void addArraySample(Sample sample);
  void markSidecar(std::size_t file);
  /// The file holds samples as arrays and needs no account of its own.
  void markContainer(std::size_t file) { uses_[file] = Use::Container; }
  void refuse(std::size_t file, const std::string& reason);
  void note(const std::string& item, const std::string& reason) {
    manifest_.issues.push_back({item, reason, false});
  }
  void issue(const std::string& item, const std::string& reason) {
    manifest_.issues.push_back({item, reason, true});
  }
  void notice(const std::string& text) { manifest_.notices.push_back(text); }
  Accounting& accounting() { return manifest_.accounting; }

  /// Images of a supported format that nothing has claimed yet.
  std::vector<std::size_t> freeImages() const;

  /// Turns what is left into issues and notices, sorts, and hands the manifest over.
  Manifest finish();

 private:
  void settleRest();

  enum class Use : std::uint8_t { Free, Sample, Mask, Sidecar, Container, Refused };

  const DatasetTree& tree_;
  Manifest manifest_;
  std::vector<Use> uses_;
  std::unordered_map<std::size_t, std::size_t> sampleOfFile_;
};

/// The patient behind names such as "10_left", "P002_R" or "x-OD": what stands before the eye; empty where
/// the name does not end in one.
std::string patientOfName(std::string_view baseName);

/// Train, val/valid/validation, test and the like (also "a. Training Set"); Unspecified for other names.
Split splitOfFolder(std::string_view folderName);

/// The five international grades that most retinopathy sets use, as class names.
std::vector<std::string> retinopathyGrades();

}  // namespace medlocker::data
