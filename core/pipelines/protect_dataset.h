// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/common/device.h"
#include "core/common/error.h"
#include "core/common/json.h"
#include "core/common/run_context.h"

namespace medlocker::pipelines {

inline constexpr int kUsualImagesInFlight = 2;

/// Options of one protection run. A plain value: copied into the run, written to run.json (without the
/// passphrase).
struct ProtectDatasetOptions {
  std::filesystem::path dataset;              ///< folder, label file or npz
  std::filesystem::path out;                  ///< created; not inside the dataset unless allowed
  std::filesystem::path logo;                 ///< RGBA PNG of at least 32×32 px
  std::vector<std::filesystem::path> models;  ///< surrogates (source set); empty: placement only, mode random
  std::optional<std::filesystem::path> masks;      ///< extra folder with lesion masks
  std::optional<std::filesystem::path> boxes;      ///< boxes.json with a person's edits; they win
  std::optional<std::filesystem::path> segmenter;  ///< marks lesions of images without masks
  bool saliency = false;  ///< without any mask or segmenter: spare what the first model looks at (spec 2)
  int saliencyThreshold = 150;     ///< of its map, 110..190: higher leaves more room
  std::filesystem::path ownerKey;  ///< minisign-format secret key
  std::string passphrase;          ///< of the owner key; empty: key without one. Never stored.

  std::string mode = "grid";  ///< grid, random, evolve, gradient, hybrid
  int budget = 800;           ///< candidate evaluations per image
  double opacityLow = 0.40;   ///< α_lo
  double opacityHigh = 0.90;  ///< α_hi
  std::string law = "matte";  ///< matte or cap
  double logoSize = 0.25;     ///< s, 1/8 … 2/3; with layout tiled the lattice's logos are a third of that
  std::vector<double> furtherSizes;  ///< tried in order where a size does not mislead every model
  std::string layout = "single";     ///< single, multi or tiled
  int logos = 1;                     ///< 2..4 with layout multi, else 1
  double reinforce = 0;         ///< ε_L: how far the logo's colours may move, 0..0.4 of full scale; 0: off
  bool harden = true;           ///< warp, opacity texture and colour jitter, different in every image
  bool opaqueCore = false;      ///< a fifth of the logo fully opaque
  bool antiInpainting = false;  ///< at least two logos, or a faint lattice
  int transformDraws = 4;       ///< n_T of section 6
  bool referral = false;        ///< only a wrong side of the referable threshold counts as success
  std::optional<int> targetGrade;     ///< lead towards this class index instead of just away
  std::string profile = "medlocker";  ///< or "literature": the published search, as a baseline (spec 18)
  bool cropSafe = false;              ///< keep the logo in the central 80 % of the frame
  bool writeWeak = true;              ///< write files whose prediction did not change (flagged)
  bool allowLesionOverlap = false;
  bool allowLargeCoverage = false;  ///< more than 8.5 % of the field of view
  bool allowOutputInside = false;   ///< output folder inside the dataset folder
  std::string jpeg = "png";         ///< JPEG sources become png, tiff, or stay JPEG: keep, blocks

  std::string payload = "roi";  ///< what restores the original: roi, residual, patch or file
  bool embedPayload = false;    ///< every file carries its sealed payload too, where its format has room
  int shardIndex = 1;           ///< 1..shardCount: this run does every shardCount-th image
  int shardCount = 1;
  /// Sealed key that all shards of a run share, and the run they are merged to; made where it does not exist.
  /// Empty: the run draws its own.
  std::filesystem::path runKey;

  std::string owner;  ///< free text for the certificate
  std::string title;  ///< dataset title; empty: the folder's name
  std::string licence;

  std::optional<std::uint64_t> seed;  ///< given: reproducible, recorded as seed_given, weakens secrecy
  DeviceChoice device = DeviceChoice::Auto;
  int threads = 0;
  /// Images searched at the same time, 1..16; they share forward passes, and the result is the same. 0: up to
  /// kUsualImagesInFlight, as far as they are small enough for the memory that one large photograph takes.
  int imagesInFlight = 0;
  bool resume = false;
  bool dryRun = false;  ///< list what would be done, write nothing

  std::vector<OptionIssue> validate() const;
  Json toJson() const;
  /// The options that decide how one image is searched and marked, as a run of any version recorded them;
  /// those it does not know keep their defaults, as do paths, keys, texts and the seed. Throws
  /// Error(InputRejected) where a field has another type.
  static ProtectDatasetOptions searchFromJson(const Json& json);
};

/// The published black-box search as a baseline (spec 18): mode evolve at its full bound, law cap, opacity
/// 100/255…1, sizes 1/4, 1/2 and 2/3, identity transform only, no hardening, no coverage limit. What follows
/// from `profile` itself: frame of 224 px, no field-of-view condition, no least visible step, no secret
/// choice. Takes one source model.
void applyLiteratureProfile(ProtectDatasetOptions& options);

/// Settings of "discreet", "balanced" or "strong" as measured by measureTradeOff() on the user's own data:
/// layout, logos, size, reinforcement, coverage. Throws Error(InputRejected) naming the file,
/// Error(InvalidArgument) for another name.
void applyPreset(ProtectDatasetOptions& options, const std::string& preset,
                 const std::filesystem::path& tradeOffFile);

/// What happened to one image; everything here may be shown to the owner, nothing here leaves the run folder.
struct ProtectedItem {
  std::string id;      ///< sample id
  std::string output;  ///< path below images/, empty when not written
  std::string status;  ///< PROTECTED PARTIAL WEAK INFEASIBLE SKIPPED ERROR
  std::string reason;  ///< for everything but PROTECTED
  int label = -1;
  std::vector<int> predictedBefore;  ///< per source model
  std::vector<int> predictedAfter;
  double coveredFraction = 0;  ///< of the field of view
  double meanOpacity = 0;
  int logos = 1;
  double ssim = 1;
  std::int64_t lesionOverlapPixels = 0;
  std::int64_t outsideMaxAbsDiff = 0;
  int evaluations = 0;
  double seconds = 0;  ///< of reading and searching it; time with several in flight is divided between them
};

struct ProtectDatasetSummary {
  Outcome outcome = Outcome::Completed;
  std::string runId;
  std::filesystem::path out;
  std::int64_t samples = 0;  ///< N in = N out: sum over statusCounts
  std::map<std::string, std::int64_t> statusCounts;
  std::vector<ProtectedItem> items;
  std::vector<ItemIssue> issues;
  std::vector<std::string> notices;
  std::vector<std::string> sourceModels;  ///< names
  std::vector<double> accuracyBefore;     ///< per source model, on labelled samples; NaN without labels
  std::vector<double> accuracyAfter;
  double seconds = 0;
  std::int64_t resumedItems = 0;

  bool hasItemIssues() const;
  std::string briefReport() const;
  Json toJson() const;
};

/// Finds the lesions, searches for the least conspicuous effective place of the logo, writes the protected
/// copy with certificate, sealed parameter list and vault. Resumable at every moment. Spec sections 1–9,
/// 11, 12.
ProtectDatasetSummary protectDataset(const ProtectDatasetOptions& options, const RunContext& context);

}  // namespace medlocker::pipelines
