// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/grant_access.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <set>

#include "core/certificate/grant.h"
#include "core/common/files.h"
#include "core/common/run_record.h"
#include "core/pipelines/owner_run.h"
#include "core/pipelines/protected_files.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
namespace cert = certificate;

bool isDigits(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "30d", a day (its end counts) or a full time, as a UTC time. The grant's own rules check it further.
std::string expiryOf(const std::string& text) {
  if (text.empty()) return {};
  if (text.back() == 'd' && isDigits(text.substr(0, text.size() - 1)) && text.size() <= 6) {
    const auto end = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now()) +
                     std::chrono::hours(24) * std::stoi(text);
    const auto day = std::chrono::floor<std::chrono::days>(end);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{end - day};
    char out[96];
    std::snprintf(out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
    return out;
  }
  if (text.size() == 10) return text + "T23:59:59Z";
  return text;
}

/// Turns names into image ids; each must lead to at least one.
class ImageNames {
 public:
  explicit ImageNames(const OwnerRun& run) : run_(run) {
    for (const cert::Leaf& leaf : run.certificate.leaves) known_.insert(leaf.imageId);
    for (const cert::CommittedRecord& record : run.list.records) known_.insert(record.record.imageId);
  }

  void add(const std::string& name, std::set<Id16>& ids) const {
    if (name.size() == 32 && name.find_first_not_of("0123456789abcdef") == std::string::npos) {
      const Id16 id = id16FromHex(name);
      if (!known_.count(id)) throw Error(ErrorCode::InputRejected, "the run has no image with this id", name);
      ids.insert(id);
      return;
    }
    const fs::path path = find(name);
    const std::vector<ProtectedUnit> units =
        fs::is_directory(path) ? protectedUnitsBelow(path) : protectedUnitsOf(path);
    if (units.empty()) throw Error(ErrorCode::InputRejected, "holds no protected image", name);
    for (const ProtectedUnit& unit : units) addUnit(unit, ids);
  }

 private:
  fs::path find(const std::string& name) const {
    for (const fs::path& path : {fs::path(name), run_.folder / name, run_.folder / kImagesFolder / name})
      if (fs::exists(path)) return path;
    throw Error(ErrorCode::NotFound, "is neither a file of the run nor an image id", name);
  }

  /// By samples, so that a renamed or rewrapped file is found too. Equal images have several ids.
  void addUnit(const ProtectedUnit& unit, std::set<Id16>& ids) const {
    const FileFingerprint fingerprint = fingerprintUnit(unit);
    bool found = false;
    for (const cert::CommittedRecord& record : run_.list.records)
      for (const Digest& pixels : fingerprint.pixelHashes)
        if (record.record.protPixelSha256 == pixels) {
          ids.insert(record.record.imageId);
          found = true;
        }
    if (!found) throw Error(ErrorCode::InputRejected, "is not a protected image of this run", unit.name());
  }

  const OwnerRun& run_;
  std::set<Id16> known_;
};

}  // namespace

std::vector<OptionIssue> GrantAccessOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (run.empty()) issues.push_back({"run", "is required"});
  if (ownerKey.empty()) issues.push_back({"key", "the owner's secret key is required"});
  if (out.empty()) issues.push_back({"out", "is required"});
  if (recipient.has_value() == !grantPassphrase.empty())
    issues.push_back({"to", "a grant is made either for a recipient's public key or for a passphrase"});
  return issues;
}

GrantAccessSummary grantAccess(const GrantAccessOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  if (fs::exists(options.out))
    throw Error(ErrorCode::InputRejected, "exists already; it is not overwritten", options.out.string());
  context.report({"Opening the run", 0, 0, ""});
  const cert::OwnerSecretKey owner = cert::readOwnerSecretKey(options.ownerKey, secretOf(options.passphrase));
  const OwnerRun run = openOwnerRun(options.run, owner);

  GrantAccessSummary summary;
  summary.out = options.out;
  summary.runId = toHex(run.list.secrets.runId);
  cert::GrantRequest request;
  request.createdUtc = utcNow();
  request.expiresUtc = expiryOf(options.expires);
  if (!request.expiresUtc.empty() && request.expiresUtc < request.createdUtc)
    throw Error(ErrorCode::InvalidArgument, "--expires lies in the past");
  if (options.recipient) {
    const cert::RecipientPublicKey recipient = cert::readRecipientPublicKey(*options.recipient);
    summary.recipientFingerprint = toHex(recipient.fingerprint());
    request.recipient = recipient;
  } else {
    request.recipient = cert::SecretString(options.grantPassphrase);
  }
  if (!options.images.empty()) {
    std::set<Id16> ids;
    const ImageNames names(run);
    for (std::size_t i = 0; i < options.images.size(); ++i) {
      context.report({"Finding the images", static_cast<std::int64_t>(i),
                      static_cast<std::int64_t>(options.images.size()), options.images[i]});
      names.add(options.images[i], ids);
    }
    request.images = std::vector<Id16>(ids.begin(), ids.end());
    summary.wholeRun = false;
    summary.images = static_cast<std::int64_t>(ids.size());
  } else {
    std::set<Id16> ids;
    for (const cert::CommittedRecord& record : run.list.records) ids.insert(record.record.imageId);
    summary.images = static_cast<std::int64_t>(ids.size());
  }
  const std::string grant = cert::createGrant(request, run.list.secrets, owner);
  // A passphrase grant is as good as its passphrase against anybody who holds the file.
  if (options.recipient)
    writeFileAtomically(options.out, grant);
  else
    writePrivateFileAtomically(options.out, asBytes(grant));
  summary.expiresUtc = request.expiresUtc;
  if (!summary.expiresUtc.empty())
    summary.notices.emplace_back(
        "the expiry is advisory: a program without a connection cannot enforce it, and who unlocked images "
        "before keeps them");
  summary.notices.emplace_back(
      "a grant cannot be taken back once it was handed over; new keys mean a new protection run");
  return summary;
}

std::string GrantAccessSummary::briefReport() const {
  std::string text = "Grant for run " + runId + ": " +
                     (wholeRun ? "the whole run, " + std::to_string(images) + " images"
                               : std::to_string(images) + (images == 1 ? " image" : " images")) +
                     ", for " +
                     (recipientFingerprint.empty() ? std::string("whoever knows the passphrase")
                                                   : "the recipient " + recipientFingerprint.substr(0, 16)) +
                     (expiresUtc.empty() ? std::string() : ", until " + expiresUtc) + ".\n" + out.string();
  for (const std::string& notice : notices) text += "\nNote: " + notice;
  return text;
}

Json GrantAccessSummary::toJson() const {
  return {
      {"schema", "medlocker/grant-result/1"},
      {"outcome", "completed"},
      {"grant", out.string()},
      {"run_id", runId},
      {"recipient_fingerprint", recipientFingerprint.empty() ? Json(nullptr) : Json(recipientFingerprint)},
      {"scope", wholeRun ? "run" : "images"},
      {"images", images},
      {"expires_utc", expiresUtc.empty() ? Json(nullptr) : Json(expiresUtc)},
      {"notices", notices}};
}

}  // namespace medlocker::pipelines
