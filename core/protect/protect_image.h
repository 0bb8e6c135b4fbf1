// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/common/hash.h"
#include "core/common/random.h"
#include "core/common/run_context.h"
#include "core/data/field_of_view.h"
#include "core/data/image.h"
#include "core/data/image_io.h"
#include "core/data/working_frame.h"
#include "core/models/classifier.h"
#include "core/protect/compositor.h"
#include "core/protect/feasibility_plan.h"
#include "core/protect/forward_batch.h"
#include "core/protect/hardening.h"
#include "core/protect/logo.h"
#include "core/protect/logo_layout.h"
#include "core/protect/objective.h"
#include "core/protect/reinforce.h"
#include "core/protect/search.h"
#include "core/protect/tile_recipe.h"
#include "core/protect/verify_native.h"
#include "core/protect/visibility.h"

namespace medlocker::protect {

/// Protection of one image from samples to the bytes of the protected file (spec 1.5 – 9). Nothing is written
/// here, and no key or name is known here.

/// Spec 7.8.4. ERROR is the caller's: it is an exception here.
enum class ProtectionStatus { Protected, Partial, Weak, Infeasible, Skipped };
/// "PROTECTED" … as recorded.
std::string_view toString(ProtectionStatus status);

struct ProtectImageOptions {
  SearchOptions search;
  ObjectiveOptions objective;  ///< its kappa is taken from `search`
  Goal goal;
  OpacityLaw law = OpacityLaw::Matte;
  /// Tried in order until all source models are fooled; 1/8 … 2/3 each, for Tiled 1/24 … 1/4.
  std::vector<SizeFactor> sizes{{1, 4}};
  Layout layout = Layout::Single;
  int logos = 1;                 ///< Multi: 2..4
  ReinforceOptions reinforce;    ///< ε_L 0: plain colours
  HardeningOptions hardening;    ///< against removal (spec 8)
  bool antiInpainting = false;   ///< at least two logos; Tiled: opacity at most 0.35
  int workingShortSide = 448;    ///< R, 224..1024
  int transformDraws = 4;        ///< n_T, 0..16
  double minFieldOfView = 0.98;  ///< φ; 0 in the literature profile
  bool cropSafe = false;
  bool releaseAnatomy = false;
  bool allowLesionOverlap = false;
  std::optional<double> coverageLimit = kCoverageLimit;  ///< of F; empty: the owner consented to more
  bool residualPayload = false;  ///< payload `residual` where it is exact and smaller, else `roi`

  std::vector<OptionIssue> validate() const;
};

/// How the result becomes bytes. Default: data::encodeImage in `format`.
struct OutputCodec {
  std::function<Bytes(const data::Image&)> encode;
  std::function<data::Image(ByteView)> decode;
  bool lossless = true;  ///< the decoded samples must equal the encoded ones
};

/// References stay the caller's and must live through the call.
struct ProtectImageInput {
  const data::Image* image = nullptr;
  const data::FieldOfView* fieldOfView = nullptr;  ///< of `image`
  const data::FloatImage* view = nullptr;          ///< of `image`, made with `window`
  data::ValueWindow window;
  const segmentation::ProtectedRegions* regions = nullptr;
  std::vector<std::optional<int>>
      labels;  ///< given grade per source model, in its classes; empty list: none given
  data::FileFormat format = data::FileFormat::Png;
  std::string protectedNote;         ///< flag text for the file (13.1)
  std::optional<OutputCodec> codec;  ///< in place of `format`
  std::uint32_t frame = 0;
  BatchParticipant* batches =
      nullptr;  ///< for forward passes shared with other images; the result is the same
};

struct ProtectedImage {
  Outcome outcome = Outcome::Completed;  ///< Cancelled: nothing below is set; the image is to be done again
  ProtectionStatus status = ProtectionStatus::Infeasible;
  std::string reason;              ///< plain sentence for everything but PROTECTED
  std::vector<std::string> notes;  ///< further remarks, for example LESION_COVERED

  // Protected, Partial and Weak only:
  data::Image image;  ///< as decoded from `encoded`
  Bytes encoded;
  Bytes payload;            ///< restores the original samples (12.2)
  std::string payloadKind;  ///< roi or residual
  data::Box changedBox;     ///< tight box of changed samples
  Layout layout = Layout::Single;
  std::vector<FilePlacement> placements;  ///< one per logo; the first is the record's x, y, alpha_code
  PixelSize tileSize;                     ///< w, h; larger than the logo where a warp pads it
  TileRecipe recipe;                      ///< makes the tile again from the logo
  double similarity = 1;                  ///< SSIM of a reinforced tile and its plain one on mid-grey
  OpacityLaw law = OpacityLaw::Matte;
  SizeFactor size;
  Digest tileSha256{};
  FeasibilityStep feasibilityStep = FeasibilityStep::Normal;
  std::int64_t feasible = 0;  ///< N_feas
  double choiceBits = 0;
  SearchMode mode = SearchMode::Grid;
  int evaluations = 0;               ///< of the search and of the native verification
  std::vector<int> labels;           ///< per source model
  std::string labelOrigin = "none";  ///< given, pseudo, none
  std::vector<int> predictedBefore;
  std::vector<int> predictedAfter;
  std::vector<std::int64_t> marginBeforeMilli;  ///< hard margins × 1000, not normalised
  std::vector<std::int64_t> marginAfterMilli;
  VisibilityMetrics visibility;
  std::vector<TracePoint> trace;
};

/// Where the placements of a SearchUpdate lie in the picture. Valid during the call only.
struct SearchSite {
  const data::WorkingFrame& frame;
  PixelSize logo;  ///< of the tile that is placed, in native pixels

  /// Box of a placement in native pixels.
  data::Box boxOf(const Placement& placement) const;
};
/// A SearchObserver that is also told where it looks. Null: nobody watches.
using ImageSearchObserver = std::function<void(const SearchUpdate&, const SearchSite&)>;

/// The image's secret stream (spec 7.9): key from run seed, original pixel hash, frame, occurrence and
/// purpose.
RandomStream imageStream(ByteView runSeed, const Digest& originalPixelHash, std::uint32_t frame,
                         std::uint32_t occurrence, std::string_view purpose);

/// Searches, composes, encodes, decodes, verifies. `marginScales`: one per source (marginScale), empty: 1.
/// Without sources only mode Random is possible. The result depends on the arguments alone, never on threads.
/// Throws Error(InvalidArgument) for options or labels that do not fit, Error(InputRejected) when a model
/// answers with NaN; these concern this image alone.
ProtectedImage protectImage(const ProtectImageInput& input, const Logo& logo,
                            const std::vector<models::ClassifierPtr>& sources,
                            const std::vector<double>& marginScales, const ProtectImageOptions& options,
                            const RandomStream& secret, const RunContext& context = {},
                            const ImageSearchObserver& observer = {});

}  // namespace medlocker::protect
