// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/match_copies.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "core/audit/report/html_text.h"
#include "core/common/files.h"
#include "core/data/field_of_view.h"
#include "core/data/image_io.h"
#include "core/data/preprocess.h"
#include "core/data/working_frame.h"
#include "core/pipelines/owner_images.h"
#include "core/protect/compositor.h"
#include "core/protect/mark_evidence.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
namespace cert = certificate;
using audit::report::numberText;

constexpr int kThumbnailSide = 48;
constexpr std::size_t kCandidates = 4;  ///< images of a run a suspect is fitted to
constexpr double kLikelySame = 0.5;     ///< correlation of thumbnails below which fitting is not tried
constexpr double kMatchPValue = 0.01;

/// The lit frame as a small square, for a first look at which image it may be.
std::vector<float> thumbnailOf(const data::FloatImage& view, const data::FieldOfView& fov) {
  data::FloatImage cut{fov.frame.width(), fov.frame.height(), {}};
  cut.values.reserve(static_cast<std::size_t>(fov.frame.area()) * 3);
  for (int y = fov.frame.y0; y < fov.frame.y1; ++y)
    for (int x = fov.frame.x0; x < fov.frame.x1; ++x)
      for (int c = 0; c < 3; ++c) cut.values.push_back(view.at(x, y, c));
  const protect::GreyImage grey = protect::toGrey(data::resize(cut, kThumbnailSide, kThumbnailSide));
  return protect::highPass(grey, 5).values;
}

/// One image of a run, as its owner knows it.
struct KnownImage {
  const cert::PrivateRecord* record = nullptr;
  std::string name;  ///< of the protected file
  std::vector<float> thumbnail;
};

class KnownRun {
 public:
  KnownRun(const fs::path& folder, const cert::OwnerSecretKey& owner, const RunContext& context,
           std::vector<ItemIssue>& issues)
      : source_(folder, owner) {
    const auto& records = run().list.records;
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (context.stopRequested()) return;
      context.report({"Reading the run", static_cast<std::int64_t>(i),
                      static_cast<std::int64_t>(records.size()), folder.filename().string()});
      KnownImage image;
      image.record = &records[i].record;
      image.name = source_.fileOf(*image.record);
      try {
        const data::FloatImage view = data::floatView(source_.read(*image.record).original);
        image.thumbnail = thumbnailOf(view, data::detectFieldOfView(view));
        images_.push_back(std::move(image));
      } catch (const Error& e) {
        issues.push_back(
            {image.name.empty() ? toHex(records[i].record.imageId) : image.name, e.what(), true});
      }
    }
    if (fs::exists(folder / "run.json")) {
      const Json record = parseJsonStrictly(readTextFile(folder / "run.json"));
      const Json options = record.value("options", Json::object());
      low_ = options.value("opacity_low", low_);
      high_ = options.value("opacity_high", high_);
    }
  }

  const OwnerRun& run() const { return source_.run(); }
  const OwnerImages& source() const { return source_; }
  const std::vector<KnownImage>& images() const { return images_; }
  int opacitySteps() const { return protect::opacitySteps(low_, high_); }

 private:
  OwnerImages source_;
  std::vector<KnownImage> images_;
  double low_ = 0.4;
  double high_ = 0.9;
};

/// A known image at the scale in which positions are counted.
struct Reference {
  protect::RecordedMark mark;
  std::optional<protect::FeasibleMap> feasible;
};

Reference referenceOf(const KnownRun& run, const KnownImage& image) {
  const auto [original, marked] = run.source().read(*image.record);
  const data::ValueWindow window = data::displayWindow(original);
  const data::FloatImage view = data::floatView(original, window);
  const data::FieldOfView fov = data::detectFieldOfView(view);
  const cert::PrivateRecord& record = *image.record;
  const data::Box frame{static_cast<int>(record.analysisFrame[0]), static_cast<int>(record.analysisFrame[1]),
                        static_cast<int>(record.analysisFrame[2]), static_cast<int>(record.analysisFrame[3])};
  const double rho = std::min(
      1.0, static_cast<double>(data::kDefaultWorkingShortSide) / std::min(frame.width(), frame.height()));
  const int width = std::max(16, static_cast<int>(std::lround(rho * original.width())));
  const int height = std::max(16, static_cast<int>(std::lround(rho * original.height())));
  const double sx = static_cast<double>(width) / original.width();
  const double sy = static_cast<double>(height) / original.height();
  Reference out;
  out.mark.original = protect::toGrey(data::resize(view, width, height));
  out.mark.marked = protect::toGrey(data::resize(data::floatView(marked, window), width, height));
  out.mark.opacity = protect::opacityValue(static_cast<int>(record.alphaCode));
  const int x0 = std::clamp(static_cast<int>(std::lround(sx * static_cast<double>(record.x))), 0, width - 2);
  const int y0 = std::clamp(static_cast<int>(std::lround(sy * static_cast<double>(record.y))), 0, height - 2);
  const int w = std::clamp(static_cast<int>(std::lround(sx * static_cast<double>(record.w))), 2, width - x0);
  const int h = std::clamp(static_cast<int>(std::lround(sy * static_cast<double>(record.h))), 2, height - y0);
  out.mark.logo = {x0, y0, x0 + w, y0 + h};
  protect::BinaryMap lit(width, height);
  out.mark.fieldOfView.resize(lit.values.size());
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const int nx = std::min(original.width() - 1, static_cast<int>((x + 0.5) / sx));
      const int ny = std::min(original.height() - 1, static_cast<int>((y + 0.5) / sy));
      lit.at(x, y) = fov.contains(nx, ny) ? 1 : 0;
    }
  out.mark.fieldOfView = lit.values;
  protect::BinaryMap blocked(width, height);
  for (const auto& box : record.wsmBoxes)
    blocked.fill({static_cast<int>(std::floor(sx * static_cast<double>(box[0]))),
                  static_cast<int>(std::floor(sy * static_cast<double>(box[1]))),
                  static_cast<int>(std::ceil(sx * static_cast<double>(box[2]))),
                  static_cast<int>(std::ceil(sy * static_cast<double>(box[3])))});
  // The rules of the search, loosened as its ladder does until something is free.
  for (const double share : {0.98, 0.9, 0.75, 0.0}) {
    out.feasible.emplace(blocked, lit,
                         protect::FeasibleRules{.logoWidth = w, .logoHeight = h, .minFieldOfView = share});
    if (out.feasible->count() > 0) break;
  }
  if (out.feasible->count() == 0)
    out.feasible.emplace(protect::BinaryMap(width, height), lit,
                         protect::FeasibleRules{.logoWidth = w, .logoHeight = h, .minFieldOfView = 0});
  return out;
}

struct Suspect {
  protect::GreyImage grey;
  std::vector<float> thumbnail;
  std::string stem;
};

Suspect readSuspect(const fs::path& file) {
  const data::FloatImage view = data::floatView(data::readImage(file).image);
  Suspect out;
  out.grey = protect::toGrey(view);
  out.thumbnail = thumbnailOf(view, data::detectFieldOfView(view));
  out.stem = file.stem().string();
  return out;
}

/// Images of the run that the suspect may be, likeliest first.
std::vector<const KnownImage*> candidatesOf(const KnownRun& run, const Suspect& suspect) {
  std::vector<std::pair<double, const KnownImage*>> ranked;
  for (const KnownImage& image : run.images()) {
    double likeness = protect::correlation(image.thumbnail, suspect.thumbnail);
    // A kept name is worth a try even where a copy was cropped or mirrored.
    if (fs::path(image.name).stem() == suspect.stem) likeness = std::max(likeness, 2.0);
    ranked.emplace_back(likeness, &image);
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<const KnownImage*> out;
  for (const auto& [likeness, image] : ranked) {
    if (out.size() == kCandidates) break;
    if (likeness < kLikelySame && run.images().size() > kCandidates) break;
    out.push_back(image);
  }
  return out;
}

std::string reasonOf(const protect::MarkEvidence& evidence, const CopyMatch& match) {
  if (match.outcome == "MATCH") {
    std::string text =
        "carries the recorded logo at the recorded place (p = " + numberText(evidence.pValue, 3) + ")";
    if (!match.opacityAgrees)
      text += ", but its opacity, about " + numberText(evidence.opacity, 2) +
              ", is not the recorded one, so it adds no evidence";
    return text;
  }
  if (evidence.pValue > kMatchPValue)
    return "it shows the same eye, but at the recorded place there is no more of the recorded logo than at "
           "random places (p = " +
           numberText(evidence.pValue, 3) + "): the original, or a copy of another run";
  return "it shows the same eye and a logo, but the logo fits best at another place than the recorded one";
}

class Matcher {
 public:
  Matcher(const MatchCopiesOptions& options, const RunContext& context)
      : options_(options), context_(context) {}

  MatchCopiesSummary run() {
    const cert::OwnerSecretKey owner =
        cert::readOwnerSecretKey(options_.ownerKey, secretOf(options_.passphrase));
    runs_.reserve(options_.runs.size());
    for (const fs::path& folder : options_.runs) runs_.emplace_back(folder, owner, context_, summary_.issues);
    std::set<Id16> seen;
    for (const KnownRun& run : runs_) {
      if (!seen.insert(run.run().list.secrets.runId).second)
        throw Error(ErrorCode::InvalidArgument, "the same run was given twice", run.run().folder.string());
      RunEvidence evidence;
      evidence.run = run.run().folder.string();
      evidence.runId = toHex(run.run().certificate.runId);
      evidence.owner = run.run().certificate.owner;
      evidence.title = run.run().certificate.datasetTitle;
      summary_.runs.push_back(std::move(evidence));
    }
    for (std::size_t i = 0; i < options_.files.size(); ++i) {
      if (context_.stopRequested()) {
        summary_.outcome = Outcome::Cancelled;
        break;
      }
      context_.report({"Matching", static_cast<std::int64_t>(i),
                       static_cast<std::int64_t>(options_.files.size()),
                       options_.files[i].filename().string()});
      matchFile(options_.files[i]);
    }
    conclude();
    return std::move(summary_);
  }

 private:
  void matchFile(const fs::path& file) {
    std::optional<Suspect> suspect;
    std::string trouble;
    try {
      suspect = readSuspect(file);
    } catch (const Error& e) {
      trouble = e.what();
    }
    // The same original in several runs is fitted once.
    std::map<Digest, protect::Registration> fitted;
    for (std::size_t r = 0; r < runs_.size(); ++r) {
      CopyMatch match;
      match.file = file.string();
      match.run = runs_[r].run().folder.string();
      if (!suspect) {
        match.outcome = "ERROR";
        match.reason = trouble;
      } else {
        matchRun(runs_[r], *suspect, fitted, match);
      }
      // Two copies of one image are one piece of evidence.
      if (match.outcome == "MATCH") {
        if (!match.image.empty() && !counted_.insert({r, match.image}).second) {
          match.bits = 0;
          match.reason += "; another copy of this image was counted already";
        }
        ++summary_.runs[r].matches;
        summary_.runs[r].bits += match.bits;
      }
      summary_.matches.push_back(std::move(match));
    }
  }

  void matchRun(const KnownRun& run, const Suspect& suspect, std::map<Digest, protect::Registration>& fitted,
                CopyMatch& match) const {
    match.outcome = "NOT_REGISTERED";
    match.reason = "it is not a copy of any image of this run: it fits none of them";
    for (const KnownImage* image : candidatesOf(run, suspect)) {
      const Reference reference = referenceOf(run, *image);
      const auto known = fitted.find(image->record->origPixelSha256);
      protect::Registration fit;
      if (known != fitted.end()) {
        fit = known->second;
      } else {
        fit = protect::registerCopy(reference.mark.original, suspect.grey);
        fitted.emplace(image->record->origPixelSha256, fit);
      }
      if (fit.score <= match.registration) continue;
      match.registration = fit.score;
      if (fit.score < protect::kRegisteredScore) continue;
      match.image = image->name;
      std::vector<std::uint8_t> inside;
      const protect::GreyImage seen = protect::warpToReference(
          suspect.grey, fit.map, reference.mark.original.width, reference.mark.original.height, &inside);
      const protect::MarkEvidence evidence = protect::measureMark(
          reference.mark, seen, inside, *reference.feasible,
          RandomStream::fromSeed(options_.seed, "verify/draws/" + toHex(image->record->imageId)),
          options_.draws);
      match.score = evidence.score;
      match.pValue = evidence.pValue;
      match.positionAgrees = evidence.positionAgrees;
      match.opacityAgrees = evidence.opacityAgrees;
      match.outcome = evidence.positionAgrees && evidence.pValue <= kMatchPValue ? "MATCH" : "NO_MATCH";
      match.bits = match.outcome == "MATCH" && evidence.opacityAgrees
                       ? protect::evidenceBits(image->record->nFeasible, run.opacitySteps(),
                                               image->record->choiceBits, image->record->mode != "random")
                       : 0;
      match.reason = reasonOf(evidence, match);
    }
  }

  void conclude() {
    std::stable_sort(summary_.runs.begin(), summary_.runs.end(),
                     [](const RunEvidence& a, const RunEvidence& b) { return a.bits > b.bits; });
    for (RunEvidence& run : summary_.runs) run.level = protect::evidenceLevel(run.bits);
    const RunEvidence& first = summary_.runs.front();
    if (first.level == "none") {
      summary_.conclusion = "The files give no more than " + numberText(first.bits, 1) +
                            " bits for any of the runs; 15 support, 40 " + "are strong. More images add up.";
      return;
    }
    if (summary_.runs.size() > 1 && summary_.runs[1].level != "none") {
      summary_.conclusion =
          "More than one run has evidence: the files seem to be a mixture of copies of several runs, so none "
          "is named.";
      return;
    }
    summary_.named = first.run;
    summary_.conclusion = "The files are copies of the run in " + first.run + " (" + first.runId +
                          "): " + first.level + " evidence, " + numberText(first.bits, 1) + " bits from " +
                          std::to_string(first.matches) + (first.matches == 1 ? " match." : " matches.");
  }

  const MatchCopiesOptions& options_;
  const RunContext& context_;
  std::vector<KnownRun> runs_;
  std::set<std::pair<std::size_t, std::string>> counted_;
  MatchCopiesSummary summary_;
};

}  // namespace

std::vector<OptionIssue> MatchCopiesOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (runs.empty()) issues.push_back({"private", "at least one of the owner's run folders is required"});
  if (ownerKey.empty()) issues.push_back({"key", "the owner's secret key is required"});
  if (files.empty()) issues.push_back({"files", "at least one file to match is required"});
  if (draws < 19 || draws > 99999) issues.push_back({"draws", "must be 19 to 99999"});
  return issues;
}

MatchCopiesSummary matchCopies(const MatchCopiesOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  return Matcher(options, context).run();
}

std::string MatchCopiesSummary::briefReport() const {
  std::string text = conclusion;
  for (const RunEvidence& run : runs)
    text += "\n  " + run.run + ": " + std::to_string(run.matches) + " matches, " + numberText(run.bits, 1) +
            " bits (" + run.level + ")";
  for (const CopyMatch& match : matches) {
    text += "\n" + match.file + (runs.size() > 1 ? " against " + match.run : "") + ": " + match.outcome;
    if (!match.image.empty()) text += ", " + match.image;
    text += " – " + match.reason;
  }
  for (const ItemIssue& issue : issues) text += "\n  " + issue.item + ": " + issue.reason;
  return text;
}

Json MatchCopiesSummary::toJson() const {
  Json list = Json::array();
  for (const CopyMatch& match : matches)
    list.push_back({{"file", match.file},
                    {"run", match.run},
                    {"outcome", match.outcome},
                    {"reason", match.reason},
                    {"image", match.image},
                    {"registration", match.registration},
                    {"score", match.score},
                    {"p_value", match.pValue},
                    {"position_agrees", match.positionAgrees},
                    {"opacity_agrees", match.opacityAgrees},
                    {"bits", match.bits}});
  Json evidence = Json::array();
  for (const RunEvidence& run : runs)
    evidence.push_back({{"run", run.run},
                        {"run_id", run.runId},
                        {"owner", run.owner},
                        {"title", run.title},
                        {"matches", run.matches},
                        {"bits", run.bits},
                        {"level", run.level}});
  Json problems = Json::array();
  for (const ItemIssue& issue : issues) problems.push_back({{"item", issue.item}, {"reason", issue.reason}});
  return {{"matches", list},
          {"runs", evidence},
          {"named_run", named.empty() ? Json(nullptr) : Json(named)},
          {"conclusion", conclusion},
          {"issues", problems}};
}

}  // namespace medlocker::pipelines
