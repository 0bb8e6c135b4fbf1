// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "core/data/manifest.h"
#include "tests/support/temp_folder.h"

namespace medlocker::data {

/// A dataset folder made of names. Opening a dataset reads no pixels, so any bytes do for the images.
class TestTree {
 public:
  TestTree& file(const std::string& name, const std::string& content = "pixels") {
    const auto path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
    return *this;
  }
  TestTree& files(const std::vector<std::string>& names) {
    for (const std::string& name : names) file(name);
    return *this;
  }
  const std::filesystem::path& path() const { return folder_.path(); }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

 private:
  test::TempFolder folder_;
};

inline const Sample& sampleNamed(const Manifest& manifest, const std::string& id) {
  for (const Sample& sample : manifest.samples)
    if (sample.id == id) return sample;
  ADD_FAILURE() << "no sample " << id;
  static const Sample kNone;
  return kNone;
}

inline bool hasSample(const Manifest& manifest, const std::string& id) {
  for (const Sample& sample : manifest.samples)
    if (sample.id == id) return true;
  return false;
}

/// The reasons given for one item.
inline std::string reasonsOf(const Manifest& manifest, const std::string& item) {
  std::string all;
  for (const ItemIssue& issue : manifest.issues)
    if (issue.item == item) all += (all.empty() ? "" : " | ") + issue.reason;
  return all;
}

inline std::size_t fatalIssues(const Manifest& manifest) {
  std::size_t count = 0;
  for (const ItemIssue& issue : manifest.issues) count += issue.fatalForItem ? 1 : 0;
  return count;
}

/// Nothing named or found is lost.
inline void expectBalanced(const Manifest& manifest) {
  const Accounting& a = manifest.accounting;
  EXPECT_EQ(a.images, static_cast<std::int64_t>(manifest.samples.size()) + a.masks + a.refusedImages);
  EXPECT_EQ(a.labelRows, a.usedRows + a.repeatedRows + a.refusedRows);
  std::size_t masks = 0;
  for (std::size_t i = 0; i < manifest.samples.size(); ++i) {
    masks += manifest.samples[i].masks.size();
    if (i > 0) {
      EXPECT_LT(manifest.samples[i - 1].id, manifest.samples[i].id);
    }
  }
  EXPECT_GE(static_cast<std::int64_t>(fatalIssues(manifest)), a.refusedImages);
  EXPECT_GE(masks, static_cast<std::size_t>(a.masks));
}

}  // namespace medlocker::data
