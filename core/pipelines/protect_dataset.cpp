// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/protect_dataset.h"

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <future>
#include <limits>
#include <set>

#include "core/certificate/certificate.h"
#include "core/certificate/owner_keys.h"
#include "core/certificate/private_store.h"
#include "core/common/files.h"
#include "core/common/run_record.h"
#include "core/pipelines/model_set.h"
#include "core/pipelines/output_plan.h"
#include "core/pipelines/prepared_image.h"
#include "core/pipelines/protected_files.h"
#include "core/pipelines/run_journal.h"
#include "core/protect/payload.h"
#include "core/protect/protect_image.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
namespace cert = certificate;

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// 32 bytes from a user's 64-bit seed.
std::optional<cert::SecretKey32> runSeedOf(const std::optional<std::uint64_t>& seed) {
  if (!seed) return std::nullopt;
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(*seed >> (8 * i));
  const Digest digest = Sha256().update("medlocker/run-seed/1").update(bytes).finish();
  return cert::SecretKey32(digest);
}

/// What must not change between a run and its resumption: everything that decides the bytes.
Json identityOf(const ProtectDatasetOptions& options, const data::Manifest& manifest,
                const std::vector<models::ClassifierPtr>& models, const protect::Logo& logo) {
  Json identity = options.toJson();
  for (const char* field : {"device", "threads", "batch", "resume", "dry_run", "out", "dataset", "logo",
                            "models", "key", "masks", "boxes"})
    identity.erase(field);
  Sha256 samples;
  for (const data::Sample& sample : manifest.samples) {
    samples.update(sample.id + "\n" + (sample.label ? std::to_string(*sample.label) : "-") + "\n");
    for (const data::MaskRef& mask : sample.masks) samples.update(mask.path.filename().string() + "\n");
  }
  identity["samples_sha256"] = toHex(samples.finish());
  Json weights = Json::array();
  for (const models::ClassifierPtr& model : models) weights.push_back(model->info().sha256);
  identity["model_sha256"] = weights;
  identity["logo_sha256"] = toHex(logo.sha256);
  return identity;
}

class ProtectRun {
 public:
  ProtectRun(const ProtectDatasetOptions& options, const RunContext& context)
      : options_(options), context_(context) {}

  ProtectDatasetSummary run() {
    openInputs();
    if (options_.dryRun) return describePlan();
    openRunFolder();
    if (!journal_->finalised()) {
      measureCleanMargins();
      processAll();
      if (summary_.outcome == Outcome::Completed) finalise();
    }
    collectSummary();
    return summary_;
  }

 private:
  // --- before anything is written
  // -------------------------------------------------------------------------------------------------

  void openInputs() {
    device_ = resolveDevice(options_.device);
    if (!device_.note.empty()) summary_.notices.push_back("running on the CPU: " + device_.note);
    if (!fs::exists(options_.dataset))
      throw Error(ErrorCode::NotFound, "does not exist", options_.dataset.string());
    const fs::path datasetFolder =
        fs::is_directory(options_.dataset) ? options_.dataset : options_.dataset.parent_path();
    if (isInside(options_.out, datasetFolder) && !options_.allowOutputInside)
      throw Error(ErrorCode::InputRejected, "the output folder lies inside the dataset; choose another one",
                  options_.out.string());
    if (fs::is_directory(options_.dataset) && isInside(options_.dataset, options_.out))
      throw Error(ErrorCode::InputRejected, "the dataset lies inside the output folder",
                  options_.out.string());
    logo_ = protect::loadLogo(options_.logo);
    owner_ = cert::readOwnerSecretKey(
        options_.ownerKey,
        options_.passphrase.empty() ? std::nullopt : std::optional<cert::SecretString>(options_.passphrase));
    models_ = openModels(options_.models, device_.kind);
    context_.report({"Reading the dataset", 0, 0, ""});
    data::OpenOptions opening;
    opening.masksFolder = options_.masks;
    manifest_ = data::openDataset(options_.dataset, opening);
    if (manifest_.samples.empty())
      throw Error(ErrorCode::InputRejected, "holds no photograph that can be used",
                  options_.dataset.string());
    if (options_.boxes) edits_ = segmentation::readBoxFile(*options_.boxes);
    for (const models::ClassifierPtr& model : models_) {
      labelMaps_.emplace_back(manifest_, model->info());
      summary_.sourceModels.push_back(model->info().name);
    }
    outputs_ = planOutputs(manifest_);
    summary_.out = options_.out;
    summary_.samples = static_cast<std::int64_t>(manifest_.samples.size());
    summary_.issues = manifest_.issues;
    summary_.notices.insert(summary_.notices.end(), manifest_.notices.begin(), manifest_.notices.end());
    if (models_.empty())
      summary_.notices.emplace_back("no model was given: placement only, no adversarial effect");
  }

  ProtectDatasetSummary describePlan() {
    for (std::size_t i = 0; i < manifest_.samples.size(); ++i) {
      ProtectedItem item;
      item.id = manifest_.samples[i].id;
      item.output = outputs_[i].path;
      item.status = "PLANNED";
      ++summary_.statusCounts[item.status];
      summary_.items.push_back(std::move(item));
    }
    return summary_;
  }

  void openRunFolder() {
    const fs::path journalFile = options_.out / kJournalFile;
    const fs::path privateFolder = options_.out / kPrivateFolder;
    const Json identity = identityOf(options_, manifest_, models_, logo_);
    if (fs::exists(journalFile)) {
      if (!options_.resume)
        throw Error(ErrorCode::InputRejected,
                    "the folder holds a run already; use --resume to go on with it, or another folder",
                    options_.out.string());
      journal_.emplace(RunJournal::open(journalFile));
      if (journal_->header().value("identity", Json()) != identity)
        throw Error(ErrorCode::InputRejected,
                    "the run in this folder was started with other options, models, logo or images, so it "
                    "cannot go on",
                    options_.out.string());
      if (journal_->finalised()) {
        summary_.runId = journal_->header().value("run_id", std::string());
        cert::RunStore::removeWorkFiles(privateFolder);
        return;
      }
      store_.emplace(cert::RunStore::open(privateFolder, owner_));
    } else {
      requireFresh(privateFolder);
      fs::create_directories(options_.out);
      // A crash between the two steps leaves the run's secrets without a journal; they are taken up again.
      store_.emplace(
          cert::RunStore::exists(privateFolder)
              ? cert::RunStore::open(privateFolder, owner_)
              : cert::RunStore::create(privateFolder,
                                       cert::RunSecrets::create(utcNow(), runSeedOf(options_.seed)), owner_));
      journal_.emplace(RunJournal::create(
          journalFile, {{"identity", identity}, {"run_id", toHex(store_->secrets().runId)}}));
    }
    summary_.runId = toHex(store_->secrets().runId);
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(options_.out))
      if (entry.is_regular_file() && entry.path().string().ends_with(kTemporarySuffix))
        fs::remove(entry.path());
    writeRecord("running");
  }

  /// A folder without a journal may only hold what a crash at the very start of a run leaves behind.
  void requireFresh(const fs::path& privateFolder) const {
    if (!fs::exists(options_.out)) return;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(options_.out)) {
      const bool leftover =
          entry.is_directory() || entry.path().string().ends_with(kTemporarySuffix) ||
          (options_.resume && entry.path() == privateFolder / std::string(cert::kRunKeyFile));
      if (!leftover)
        throw Error(ErrorCode::InputRejected, "the output folder is not empty", options_.out.string());
    }
    if (!options_.resume && !fs::is_empty(options_.out))
      throw Error(ErrorCode::InputRejected, "the output folder is not empty", options_.out.string());
  }

  // --- the work
  // -------------------------------------------------------------------------------------------------------------------

  /// Scales of the models' margins: medians over the first images they get right (spec 5). Depends on the
  /// dataset alone.
  void measureCleanMargins() {
    if (models_.empty()) return;
    constexpr std::size_t kMostTried = 256;
    std::vector<std::vector<double>> margins(models_.size());
    const std::size_t tried = std::min(kMostTried, manifest_.samples.size());
    for (std::size_t i = 0; i < tried && !context_.stopRequested(); ++i) {
      if (std::all_of(margins.begin(), margins.end(),
                      [](const auto& m) { return m.size() >= protect::kMostCleanMargins; }))
        break;
      context_.report({"Measuring the models", static_cast<std::int64_t>(i), static_cast<std::int64_t>(tried),
                       manifest_.samples[i].id});
      data::FloatImage view;
      data::FieldOfView fov;
      try {
        const data::DecodedImage decoded = data::readSample(manifest_.samples[i]);
        view = data::floatView(decoded.image);
        fov = data::detectFieldOfView(view);
      } catch (const Error&) {
        continue;  // becomes an issue when its turn comes
      }
      for (std::size_t m = 0; m < models_.size(); ++m) {
        const models::ModelInfo& info = models_[m]->info();
        const at::Tensor input = models::toTensor(data::preprocess(view, fov, info.profile, info.inputSize));
        const at::Tensor logits = protect::batchedLogits(*models_[m], input, true);
        const int own = static_cast<int>(models::predictedClasses(logits, info).item<std::int64_t>());
        const int label = labelMaps_[m](manifest_.samples[i]).value_or(own);
        if (label != own || margins[m].size() >= protect::kMostCleanMargins) continue;
        margins[m].push_back(
            protect::hardMargins(logits, protect::MarginRule::of(info, label, {})).item<double>());
      }
    }
    for (const std::vector<double>& of : margins) scales_.push_back(protect::marginScale(of));
  }

  bool isDone(const data::Sample& sample) const {
    const auto found = journal_->entries().find(sample.id);
    if (found == journal_->entries().end()) return false;
    const JournalEntry& entry = found->second;
    if (entry.output.empty()) return entry.status != "ERROR";  // an unreadable file may be readable now
    const fs::path file = options_.out / entry.output;
    const fs::path sealed = options_.out / entry.sealed;
    return fs::exists(file) && fs::exists(sealed) && toHex(sha256File(file)) == entry.fileSha256 &&
           toHex(sha256File(sealed)) == entry.sealedSha256;
  }

  void processAll() {
    std::vector<std::size_t> pending;
    for (std::size_t i = 0; i < manifest_.samples.size(); ++i)
      if (!isDone(manifest_.samples[i])) pending.push_back(i);
    const auto total = static_cast<std::int64_t>(manifest_.samples.size());
    summary_.resumedItems = total - static_cast<std::int64_t>(pending.size());

    // The next image is read while the current one is searched; one ahead bounds the memory.
    std::future<PreparedImage> next;
    const auto prefetch = [&](std::size_t p) {
      if (p < pending.size())
        next = std::async(std::launch::async,
                          [this, i = pending[p]] { return prepareImage(manifest_.samples[i], edits_); });
    };
    prefetch(0);
    for (std::size_t p = 0; p < pending.size(); ++p) {
      const data::Sample& sample = manifest_.samples[pending[p]];
      if (context_.stopRequested()) {
        summary_.outcome = Outcome::Cancelled;
        if (next.valid()) next.wait();
        return;
      }
      context_.report({"Protecting", summary_.resumedItems + static_cast<std::int64_t>(p), total, sample.id});
      const auto begin = Clock::now();
      std::future<PreparedImage> current = std::move(next);
      std::optional<JournalEntry> entry;
      std::optional<PreparedImage> prepared;
      try {
        prepared = current.get();
      } catch (const Error& e) {
        entry = JournalEntry{sample.id, "ERROR", "", "", "", "", {{"reason", e.what()}}};
      }
      prefetch(p + 1);
      if (prepared) {
        try {
          entry = processOne(pending[p], *prepared);
        } catch (const Error& e) {
          // A full disk would fail every image; what concerns this image alone is listed with it.
          if (e.code() == ErrorCode::Io || e.code() == ErrorCode::Internal) throw;
          entry = JournalEntry{sample.id, "ERROR", "", "", "", "", {{"reason", e.what()}}};
        }
      }
      if (!entry) {
        summary_.outcome = Outcome::Cancelled;
        if (next.valid()) next.wait();
        return;
      }
      entry->details["seconds"] = secondsSince(begin);
      journal_->append(*entry);
    }
    context_.report({"Protecting", total, total, ""});
  }

  /// Empty when the user cancelled in the middle of the search: the image is simply done again.
  std::optional<JournalEntry> processOne(std::size_t index, const PreparedImage& prepared) {
    const data::Sample& sample = manifest_.samples[index];
    JournalEntry entry;
    entry.item = sample.id;
    entry.details = {{"notices", prepared.notices}};
    if (!prepared.image.metadata.protectedNote.empty()) {
      entry.status = "SKIPPED";
      entry.details["reason"] = "carries the product's flag already (" +
                                prepared.image.metadata.protectedNote + "); nothing is protected twice";
      return entry;
    }

    protect::ProtectImageInput input;
    input.image = &prepared.image;
    input.window = prepared.window;
    input.view = &prepared.view;
    input.fieldOfView = &prepared.fieldOfView;
    input.regions = &prepared.regions;
    for (const LabelMap& map : labelMaps_) input.labels.push_back(map(sample));
    input.format = outputs_[index].format;
    input.protectedNote = std::string(data::kProtectedNotePrefix) + "; run " + summary_.runId;
    // Equal images get equal streams, whatever their order or name: duplicates come out alike (spec 14).
    const RandomStream secret =
        protect::imageStream(store_->secrets().runSeed.view(), prepared.pixelHash, 0, 0, "placement");
    const protect::ProtectedImage result =
        protect::protectImage(input, logo_, models_, scales_, imageOptions(), secret, context_);
    if (result.outcome == Outcome::Cancelled) return std::nullopt;
    describe(result, entry);
    const bool written =
        !result.encoded.empty() && (result.status != protect::ProtectionStatus::Weak || options_.writeWeak);
    if (written) write(index, prepared, result, entry);
    return entry;
  }

  protect::ProtectImageOptions imageOptions() const {
    protect::ProtectImageOptions image;
    image.search.mode =
        models_.empty() ? protect::SearchMode::Random : protect::parseSearchMode(options_.mode);
    image.search.budget = options_.budget;
    image.search.opacityLow = options_.opacityLow;
    image.search.opacityHigh = options_.opacityHigh;
    image.goal.kind = options_.referral ? protect::GoalKind::Referral : protect::GoalKind::Untargeted;
    image.law = protect::parseOpacityLaw(options_.law);
    image.sizes = {protect::SizeFactor::fromDouble(options_.logoSize)};
    image.transformDraws = options_.transformDraws;
    image.cropSafe = options_.cropSafe;
    image.allowLesionOverlap = options_.allowLesionOverlap;
    if (options_.allowLargeCoverage) image.coverageLimit.reset();
    return image;
  }

  /// What the summary and `evaluate` need; no parameter of the search goes into the journal.
  void describe(const protect::ProtectedImage& result, JournalEntry& entry) const {
    entry.status = std::string(protect::toString(result.status));
    Json& details = entry.details;
    for (const std::string& note : result.notes) details["notices"].push_back(note);
    details["reason"] = result.reason;
    details["labels"] = result.labels;
    details["label_origin"] = result.labelOrigin;
    details["predicted_before"] = result.predictedBefore;
    details["predicted_after"] = result.predictedAfter;
    details["evaluations"] = result.evaluations;
    if (result.encoded.empty()) return;
    const protect::VisibilityMetrics& visibility = result.visibility;
    details["covered_fov"] = visibility.coveredFieldOfView;
    details["mean_opacity"] = visibility.meanOpacity;
    details["psnr"] = visibility.psnr ? Json(*visibility.psnr) : Json(nullptr);
    details["ssim"] = visibility.ssim;
    details["ssim_lesion_boxes"] = visibility.ssimLesionBoxes;
    details["legibility"] = visibility.legibility;
    details["lesion_overlap_pixels"] = visibility.lesionOverlapPixels;
    details["outside_max_abs_diff"] = visibility.outsideMaxDifference;
  }

  /// Sealed record and payload first, then the image; the journal line that follows makes both count.
  void write(std::size_t index, const PreparedImage& prepared, const protect::ProtectedImage& result,
             JournalEntry& entry) {
    const data::Sample& sample = manifest_.samples[index];
    const cert::PrivateRecord record = recordOf(sample, prepared, result);
    cert::RestorePayload payload;
    payload.origPixelSha256 = prepared.pixelHash;
    payload.origFileSha256 = prepared.fileSha256;
    if (!sample.array) payload.originalSuffix = lowered(sample.path.extension().string());
    payload.payload = result.payload;
    const cert::StoredItem stored = store_->put(record, payload);
    entry.sealed = std::string(kPrivateFolder) + "/" + stored.file.generic_string();
    entry.sealedSha256 = toHex(stored.sha256);
    entry.output = outputs_[index].path;
    entry.fileSha256 = toHex(record.protFileSha256);
    entry.details["image_id"] = toHex(record.imageId);
    writeFileAtomically(safeJoin(options_.out, entry.output), result.encoded);
  }

  cert::PrivateRecord recordOf(const data::Sample& sample, const PreparedImage& prepared,
                               const protect::ProtectedImage& result) const {
    const cert::RunSecrets& secrets = store_->secrets();
    const protect::FilePlacement& placement = result.placements.front();
    cert::PrivateRecord record;
    record.runId = secrets.runId;
    record.imageId = secrets.imageId(sample.id);
    record.status = std::string(protect::toString(result.status));
    record.x = placement.x;
    record.y = placement.y;
    record.w = result.tileSize.width;
    record.h = result.tileSize.height;
    record.alphaCode = placement.alphaCode;
    record.law = std::string(protect::toString(result.law));
    record.sizeNum = result.size.num;
    record.sizeDen = result.size.den;
    record.logoSha256 = logo_.sha256;
    record.tileSha256 = result.tileSha256;
    const data::Box& frame = prepared.fieldOfView.frame;
    record.analysisFrame = {frame.x0, frame.y0, frame.x1, frame.y1};
    record.fovSource = prepared.fieldOfView.fallback ? "fallback" : "detected";
    record.wsmSource = std::string(segmentation::toString(prepared.regions.source));
    for (const auto* list : {&prepared.regions.boxes, &prepared.regions.anatomy, &prepared.regions.userBoxes})
      for (const segmentation::ProtectedBox& box : *list)
        record.wsmBoxes.push_back({box.box.x0, box.box.y0, box.box.x1, box.box.y1});
    record.feasibilityStep = std::string(protect::toString(result.feasibilityStep));
    record.nFeasible = result.feasible;
    record.choiceBits = static_cast<std::int64_t>(std::floor(result.choiceBits));
    record.mode = std::string(protect::toString(result.mode));
    record.budgetUsed = result.evaluations;
    for (const models::ClassifierPtr& model : models_)
      record.sourceModels.push_back(digestFromHex(model->info().sha256));
    record.label = result.labels.empty() ? -1 : result.labels.front();
    record.labelOrigin = result.labelOrigin.empty() ? "none" : result.labelOrigin;
    record.predBefore.assign(result.predictedBefore.begin(), result.predictedBefore.end());
    record.predAfter.assign(result.predictedAfter.begin(), result.predictedAfter.end());
    record.marginBeforeMilli = result.marginBeforeMilli;
    record.marginAfterMilli = result.marginAfterMilli;
    record.origPixelSha256 = prepared.pixelHash;
    record.protPixelSha256 = data::pixelHash(result.image);
    record.origFileSha256 = prepared.fileSha256;
    record.protFileSha256 = sha256(result.encoded);
    record.origNameHmac = secrets.nameHmac(sample.id);
    record.bits = prepared.image.bits();
    record.isSigned = prepared.image.isSigned();
    record.samples = prepared.image.channels();
    record.photometric = prepared.image.channels() == 3     ? "rgb"
                         : prepared.image.metadata.inverted ? "monochrome1"
                                                            : "monochrome2";
    record.payload.kind = result.payloadKind;
    record.payload.length = result.payload.size();
    record.payload.sha256 = sha256(result.payload);
    record.software = std::string("medlocker ") + kVersion;
    record.specVersion = kSpecVersion;
    return record;
  }

  // --- the end
  // --------------------------------------------------------------------------------------------------------------------

  /// Certificate, vault and parameter list; then the journal says so; then the work files go. A crash
  /// anywhere repeats it.
  void finalise() {
    context_.report({"Certifying", 0, 1, ""});
    copySidecars(manifest_, options_.out);
    const std::vector<cert::CommittedRecord> records =
        store_->finish(options_.out / std::string(cert::kVaultFile), owner_);
    collectItems();
    cert::CertificateInfo info;
    info.runId = store_->secrets().runId;
    info.createdUtc = store_->secrets().createdUtc;
    info.seedGiven = store_->secrets().seedGiven;
    info.owner = options_.owner;
    info.datasetTitle = options_.title.empty()
                            ? fs::absolute(options_.dataset).lexically_normal().filename().string()
                            : options_.title;
    info.licence = options_.licence;
    info.statusCounts = summary_.statusCounts;
    info.logoSha256 = logo_.sha256;
    for (const models::ClassifierPtr& model : models_)
      info.models.push_back(
          {model->info().name, model->info().arch, "source", digestFromHex(model->info().sha256)});
    for (std::size_t m = 0; m < models_.size(); ++m) {
      if (!std::isfinite(summary_.accuracyBefore[m])) continue;
      const std::string suffix = std::to_string(m);
      info.metrics["accuracy_before_" + suffix] = std::llround(10000 * summary_.accuracyBefore[m]);
      info.metrics["accuracy_after_" + suffix] = std::llround(10000 * summary_.accuracyAfter[m]);
    }
    info.payloadSuite = "roi+deflate/xchacha20-poly1305";
    const cert::IssuedCertificate issued = cert::issueCertificate(info, records, owner_);
    cert::writeCertificate(options_.out, issued);
    std::map<Id16, std::string> names;
    for (const auto& [item, entry] : journal_->entries())
      if (!entry.output.empty())
        names[id16FromHex(entry.details.at("image_id").get<std::string>())] = entry.output;
    std::vector<cert::Leaf> leaves;
    for (const cert::CommittedRecord& record : records) leaves.push_back(cert::leafOf(record));
    writeFileAtomically(options_.out / std::string(cert::kCsvFile),
                        cert::formatCertificateCsv(leaves, names));
    journal_->markFinalised();
    cert::RunStore::removeWorkFiles(options_.out / kPrivateFolder);
    context_.report({"Certifying", 1, 1, ""});
  }

  /// Items, counts and accuracies from the journal, so that a resumed run reports all of its images.
  void collectItems() {
    summary_.items.clear();
    summary_.statusCounts.clear();
    std::vector<std::int64_t> labelled(models_.size());
    std::vector<std::int64_t> rightBefore(models_.size());
    std::vector<std::int64_t> rightAfter(models_.size());
    for (const data::Sample& sample : manifest_.samples) {
      const auto found = journal_->entries().find(sample.id);
      if (found == journal_->entries().end()) continue;
      const JournalEntry& entry = found->second;
      const Json& details = entry.details;
      ProtectedItem item;
      item.id = sample.id;
      item.output = entry.output;
      item.status = entry.status;
      item.reason = details.value("reason", std::string());
      item.label = sample.label.value_or(-1);
      item.predictedBefore = details.value("predicted_before", std::vector<int>());
      item.predictedAfter = details.value("predicted_after", std::vector<int>());
      item.coveredFraction = details.value("covered_fov", 0.0);
      item.meanOpacity = details.value("mean_opacity", 0.0);
      item.ssim = details.value("ssim", 1.0);
      item.lesionOverlapPixels = details.value("lesion_overlap_pixels", static_cast<std::int64_t>(0));
      item.outsideMaxAbsDiff = details.value("outside_max_abs_diff", static_cast<std::int64_t>(0));
      item.evaluations = details.value("evaluations", 0);
      item.seconds = details.value("seconds", 0.0);
      ++summary_.statusCounts[item.status];
      const auto labels = details.value("labels", std::vector<int>());
      if (details.value("label_origin", std::string()) == "given" && !entry.output.empty())
        for (std::size_t m = 0; m < models_.size() && m < labels.size(); ++m) {
          if (m >= item.predictedBefore.size() || m >= item.predictedAfter.size()) break;
          ++labelled[m];
          rightBefore[m] += item.predictedBefore[m] == labels[m];
          rightAfter[m] += item.predictedAfter[m] == labels[m];
        }
      summary_.items.push_back(std::move(item));
    }
    summary_.accuracyBefore.clear();
    summary_.accuracyAfter.clear();
    for (std::size_t m = 0; m < models_.size(); ++m) {
      const auto n = static_cast<double>(labelled[m]);
      summary_.accuracyBefore.push_back(labelled[m] > 0 ? static_cast<double>(rightBefore[m]) / n
                                                        : std::numeric_limits<double>::quiet_NaN());
      summary_.accuracyAfter.push_back(labelled[m] > 0 ? static_cast<double>(rightAfter[m]) / n
                                                       : std::numeric_limits<double>::quiet_NaN());
    }
  }

  void collectSummary() {
    collectItems();
    summary_.seconds = secondsSince(begin_);
    writeRecord(summary_.outcome == Outcome::Completed ? "completed" : "cancelled");
  }

  void writeRecord(const std::string& outcome) const {
    Json inputs = Json::array();
    for (const models::ClassifierPtr& model : models_)
      inputs.push_back({{"model", model->info().name}, {"sha256", model->info().sha256}});
    Json record = {{"command", "protect"},
                   {"options", options_.toJson()},
                   {"run_id", summary_.runId},
                   {"device", device_.name},
                   {"inputs",
                    {{"layout", manifest_.layout},
                     {"samples", manifest_.samples.size()},
                     {"logo_sha256", toHex(logo_.sha256)},
                     {"models", inputs}}},
                   {"outcome", outcome},
                   {"updated_utc", utcNow()}};
    if (outcome != "running") {
      record["counts"] = summary_.statusCounts;
      record["seconds"] = summary_.seconds;
      record["summary"] = summary_.toJson();
    }
    writeRunJson(options_.out, std::move(record));
  }

  static std::string lowered(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
  }

  const ProtectDatasetOptions& options_;
  const RunContext& context_;
  DeviceInfo device_;
  protect::Logo logo_;
  cert::OwnerSecretKey owner_;
  std::vector<models::ClassifierPtr> models_;
  std::vector<LabelMap> labelMaps_;
  std::vector<double> scales_;
  data::Manifest manifest_;
  segmentation::BoxFile edits_;
  std::vector<OutputTarget> outputs_;
  std::optional<cert::RunStore> store_;
  std::optional<RunJournal> journal_;
  Clock::time_point begin_ = Clock::now();
  ProtectDatasetSummary summary_;
};

}  // namespace

ProtectDatasetSummary protectDataset(const ProtectDatasetOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  return ProtectRun(options, context).run();
}

}  // namespace medlocker::pipelines
