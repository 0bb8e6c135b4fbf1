// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/parameter_restorer.h"

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/common/json.h"
#include "core/data/image_io.h"
#include "core/data/orientation.h"
#include "core/data/preprocess.h"
#include "core/pipelines/recorded_logo.h"
#include "core/protect/compositor.h"
#include "core/protect/removal.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
namespace cert = certificate;

fs::path logoOf(const fs::path& run) {
  const fs::path file = run / "run.json";
  if (!fs::exists(file)) return {};
  return parseJsonStrictly(readTextFile(file)).value("options", Json::object()).value("logo", std::string());
}

protect::Logo openLogo(const OwnerRun& run, const std::optional<fs::path>& given) {
  const fs::path file = given ? *given : logoOf(run.folder);
  if (file.empty() || !fs::exists(file))
    throw Error(ErrorCode::NotFound, "the run's logo was not found (--logo names it)", file.string());
  protect::Logo logo = protect::loadLogo(file);
  if (logo.sha256 != run.certificate.logoSha256)
    throw Error(ErrorCode::InputRejected, "is not the logo of this run", file.string());
  return logo;
}

}  // namespace

ParameterRestorer::ParameterRestorer(OwnerRun run, const std::optional<fs::path>& logo)
    : run_(std::move(run)), logo_(openLogo(run_, logo)) {
  for (std::size_t i = 0; i < run_.list.records.size(); ++i)
    byPixels_.emplace(run_.list.records[i].record.protPixelSha256, i);
}

RestoredFile ParameterRestorer::restore(const fs::path& file, const std::string& name) const {
  data::DecodedImage decoded = data::readImage(file);
  const auto found = byPixels_.find(data::pixelHash(decoded.image));
  if (found == byPixels_.end())
    throw Error(ErrorCode::VerificationFailed,
                "its samples are not those of a protected image of this run (changed, recompressed, or not "
                "protected here)");
  const RecordedLogos logos = rebuildLogos(run_.list.records[found->second].record, logo_);
  // Records count in the orientation in which a picture is seen.
  const data::Image marked = data::inDisplayOrientation(std::move(decoded.image));
  const protect::TargetTile target = protect::makeTargetTile(logos.tile, marked, data::displayWindow(marked));
  std::vector<protect::PlacedTile> placed;
  for (const protect::FilePlacement& at : logos.placements)
    placed.push_back({&target, at.x, at.y, at.alphaCode});
  RestoredFile restored =
      approximateFile(protect::reverseBlend(marked, placed, logos.law), decoded.format, name);
  restored.reason = "the blend was undone by the run's parameters alone";
  return restored;
}

}  // namespace medlocker::pipelines
