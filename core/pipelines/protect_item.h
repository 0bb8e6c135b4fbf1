// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/pipelines/item_codec.h"
#include "core/pipelines/prepared_image.h"
#include "core/pipelines/protection_folder.h"
#include "core/pipelines/protection_inputs.h"
#include "core/pipelines/search_monitor.h"
#include "core/protect/protect_image.h"
#include "core/protect/shared_batches.h"

namespace medlocker::pipelines {

/// A lattice's logos are so many times smaller than the size asked for.
inline constexpr double kTiledReduction = 3;

/// The run's options as one image's options: search, layout of the logos, goal, limits.
protect::ProtectImageOptions protectImageOptions(const ProtectDatasetOptions& options, bool haveModels);

/// Protects one item of a run: search, sealed record and payload, protected file. References stay the
/// caller's. Thread-safe for different items, whose searches share `batches` and are
/// told to `monitor`, where there is one.
class ItemProtector {
 public:
  ItemProtector(const ProtectDatasetOptions& options, const ProtectionInputs& inputs,
                std::vector<double> marginScales, const ProtectionFolder& folder,
                protect::SharedBatches& batches, const RunContext& context, SearchMonitor* monitor = nullptr);

  /// Reads sample `index`. Throws Error naming the file.
  PreparedImage prepare(std::size_t index) const;

  /// The journal's line about the item, whose files are written by then. Empty when the user cancelled in
  /// the middle of the search: the item is simply done again. Throws Error; Io and Internal concern the run,
  /// everything else this item alone.
  std::optional<JournalEntry> protect(std::size_t index, const PreparedImage& prepared) const;

  /// All frames of one multi-frame file (indices of the samples, in order of the frames). The file is written
  /// once all of them have a place; where one has none, or is unreadable, none is released and each line says
  /// why. As protect() otherwise.
  std::optional<std::vector<JournalEntry>> protectFrames(const std::vector<std::size_t>& indices) const;

 private:
  JournalEntry startEntry(std::size_t index, const PreparedImage& prepared) const;
  bool isWritten(const protect::ProtectedImage& result) const;
  /// Where bytes, format and frame of an item are decided.
  protect::ProtectImageInput inputOf(std::size_t index, const PreparedImage& prepared,
                                     ItemCodec& codec) const;
  protect::ProtectedImage search(std::size_t index, protect::ProtectImageInput input,
                                 const PreparedImage& prepared) const;
  /// Sealed record and payload.
  void seal(std::size_t index, const PreparedImage& prepared, const protect::ProtectedImage& result,
            const std::optional<Digest>& fileSha256, JournalEntry& entry) const;
  /// Payload kinds patch and file are made of files, which only exist here.
  void keepOriginalFile(std::size_t index, const PreparedImage& prepared, ByteView encoded,
                        protect::ProtectedImage& result) const;
  /// Puts the sealed payloads of one file's items into it. `details` gets a notice where it has no room.
  void carryPayloads(std::span<const std::size_t> indices, std::span<const PreparedImage> prepared,
                     std::span<const protect::ProtectedImage> results, Bytes& file, Json& details) const;
  bool keepsOriginalFile() const { return options_.payload == "patch" || options_.payload == "file"; }

  const ProtectDatasetOptions& options_;
  const ProtectionInputs& inputs_;
  std::vector<double> marginScales_;
  const ProtectionFolder& folder_;
  protect::SharedBatches& batches_;
  const RunContext& context_;
  SearchMonitor* monitor_;  ///< null: nobody watches
  protect::ProtectImageOptions imageOptions_;
};

}  // namespace medlocker::pipelines
