// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/merge_runs.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>

#include "core/certificate/vault.h"
#include "core/common/files.h"
#include "core/common/outcome_name.h"
#include "core/common/run_record.h"
#include "core/pipelines/owner_run.h"
#include "core/pipelines/protect_dataset.h"
#include "core/pipelines/protected_files.h"
#include "core/pipelines/protection_finish.h"
#include "core/pipelines/protection_summary.h"
#include "core/pipelines/run_journal.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
namespace cert = certificate;

struct Shard {
  OwnerRun run;
  Json header;  ///< of its journal
  std::map<std::string, JournalEntry> entries;
  Json record;  ///< run.json
  int index = 0;
  int count = 0;
};

Shard openShard(const fs::path& folder, const cert::OwnerSecretKey& owner) {
  Shard shard;
  const fs::path journalFile = folder / kJournalFile;
  if (!fs::exists(journalFile))
    throw Error(ErrorCode::InputRejected, "is not a run of `medlocker protect`", folder.string());
  const RunJournal journal = RunJournal::read(journalFile);
  if (!journal.finalised())
    throw Error(ErrorCode::InputRejected, "this shard is not finished; go on with it by --resume",
                folder.string());
  shard.header = journal.header();
  shard.entries = journal.entries();
  const std::string name = shard.header.value("identity", Json::object()).value("shard", std::string());
  if (std::sscanf(name.c_str(), "%d/%d", &shard.index, &shard.count) != 2)
    throw Error(ErrorCode::InputRejected, "its journal does not say which shard it is", folder.string());
  shard.run = openOwnerRun(folder, owner);
  shard.record = parseJsonStrictly(readTextFile(folder / "run.json"));
  return shard;
}

/// The same in all shards.
Json commonIdentity(const Shard& shard) {
  Json identity = shard.header.value("identity", Json::object());
  identity.erase("shard");
  return identity;
}

void requireWhole(const std::vector<Shard>& shards) {
  const Shard& first = shards.front();
  std::set<int> seen;
  for (const Shard& shard : shards) {
    const std::string folder = shard.run.folder.string();
    if (shard.run.list.secrets.runId != first.run.list.secrets.runId ||
        !shard.run.list.secrets.runKey.equals(first.run.list.secrets.runKey))
      throw Error(ErrorCode::InputRejected,
                  "belongs to another run than the first shard (shards need the same --run-key)", folder);
    if (commonIdentity(shard) != commonIdentity(first))
      throw Error(ErrorCode::InputRejected,
                  "was made with other options, models, logo or images than the first shard", folder);
    if (shard.count != first.count || !seen.insert(shard.index).second)
      throw Error(ErrorCode::InputRejected,
                  "shard " + std::to_string(shard.index) + " of " + std::to_string(shard.count) +
                      " was given twice, or the shards are of different divisions",
                  folder);
  }
  for (int i = 1; i <= first.count; ++i)
    if (!seen.count(i))
      throw Error(ErrorCode::InputRejected,
                  "shard " + std::to_string(i) + " of " + std::to_string(first.count) + " is missing");
}

class Merge {
 public:
  Merge(const MergeRunsOptions& options, const RunContext& context) : options_(options), context_(context) {}

  MergeRunsSummary run() {
    const cert::OwnerSecretKey owner =
        cert::readOwnerSecretKey(options_.ownerKey, secretOf(options_.passphrase));
    for (const fs::path& folder : options_.shards) shards_.push_back(openShard(folder, owner));
    requireWhole(shards_);
    std::sort(shards_.begin(), shards_.end(),
              [](const Shard& a, const Shard& b) { return a.index < b.index; });
    summary_.out = options_.out;
    summary_.runId = toHex(shards_.front().run.list.secrets.runId);
    summary_.shards = static_cast<std::int64_t>(shards_.size());
    fs::create_directories(options_.out);
    if (!copyImages()) {
      summary_.outcome = Outcome::Cancelled;
      return summary_;
    }
    joinPrivatePart(owner);
    certify(owner);
    return summary_;
  }

 private:
  /// Protected files with their hashes checked, then label files and masks. False when cancelled.
  bool copyImages() {
    std::set<std::string> outputs;
    for (const Shard& shard : shards_)
      for (const auto& [item, entry] : shard.entries) {
        if (!entries_.emplace(item, entry).second)
          throw Error(ErrorCode::InputRejected, "two shards did the same image", item);
        if (entry.output.empty()) continue;
        if (context_.stopRequested()) return false;
        context_.report({"Copying", static_cast<std::int64_t>(outputs.size()), 0, item});
        const Bytes bytes = readFile(safeJoin(shard.run.folder, entry.output));
        if (toHex(sha256(bytes)) != entry.fileSha256)
          throw Error(ErrorCode::VerificationFailed, "a protected file was changed since it was written",
                      (shard.run.folder / entry.output).string());
        writeFileAtomically(safeJoin(options_.out, entry.output), bytes);
        outputs.insert(entry.output);
      }
    for (const Shard& shard : shards_) {
      const fs::path images = shard.run.folder / kImagesFolder;
      if (!fs::exists(images)) continue;
      for (const fs::directory_entry& file : fs::recursive_directory_iterator(images)) {
        const std::string name = file.path().lexically_relative(shard.run.folder).generic_string();
        if (!file.is_regular_file() || outputs.count(name)) continue;
        const fs::path target = safeJoin(options_.out, name);
        if (fs::exists(target)) {
          if (sha256File(target) != sha256File(file.path()))
            throw Error(ErrorCode::InputRejected, "differs from the same file of another shard",
                        file.path().string());
          continue;
        }
        writeFileAtomically(target, readFile(file.path()));
      }
    }
    return true;
  }

  void joinPrivatePart(const cert::OwnerSecretKey& owner) {
    std::vector<fs::path> vaults;
    for (const Shard& shard : shards_) {
      vaults.push_back(shard.run.folder / std::string(cert::kVaultFile));
      records_.insert(records_.end(), shard.run.list.records.begin(), shard.run.list.records.end());
    }
    cert::sortRecords(records_);
    cert::mergeVaults(vaults, options_.out / std::string(cert::kVaultFile));
    cert::writeParameterList(
        options_.out / std::string(cert::kPrivateFolder) / std::string(cert::kParameterListFile),
        shards_.front().run.list.secrets, records_, owner);
  }

  void certify(const cert::OwnerSecretKey& owner) {
    const cert::PublicCertificate& part = shards_.front().run.certificate;
    Json header = shards_.front().header;
    header["identity"]["shard"] = "1/1";
    RunJournal journal = RunJournal::create(options_.out / kJournalFile, header);
    data::Manifest items;  // what the summary needs of it: ids in order, and labels
    std::map<std::string, int> labels;
    for (const Shard& shard : shards_)
      for (const Json& item : shard.record.value("summary", Json::object()).value("items", Json::array()))
        labels[item.value("id", std::string())] = item.value("label", -1);
    for (const auto& [item, entry] : entries_) {
      journal.append(entry);
      data::Sample sample;
      sample.id = item;
      if (const auto label = labels.find(item); label != labels.end() && label->second >= 0)
        sample.label = label->second;
      items.samples.push_back(std::move(sample));
    }
    ProtectDatasetSummary whole;
    whole.runId = summary_.runId;
    whole.out = options_.out;
    whole.samples = static_cast<std::int64_t>(items.samples.size());
    for (const cert::ModelFingerprint& model : part.models)
      if (model.role == "source") whole.sourceModels.push_back(model.name);
    collectItems(items, journal, whole.sourceModels.size(), whole);
    summary_.statusCounts = whole.statusCounts;
    summary_.samples = whole.samples;

    cert::CertificateInfo info;
    info.runId = part.runId;
    info.createdUtc = part.createdUtc;
    info.seedGiven = part.seedGiven;
    info.owner = part.owner;
    info.datasetTitle = part.datasetTitle;
    info.licence = part.licence;
    info.statusCounts = whole.statusCounts;
    info.logoSha256 = part.logoSha256;
    info.models = part.models;
    info.metrics = accuracyMetrics(whole);
    info.payloadSuite = part.payloadSuite;
    cert::writeCertificate(options_.out, cert::issueCertificate(info, records_, owner));
    std::map<Id16, std::string> names;
    for (const auto& [item, entry] : entries_)
      if (!entry.output.empty())
        names[id16FromHex(entry.details.at("image_id").get<std::string>())] = entry.output;
    std::vector<cert::Leaf> leaves;
    for (const cert::CommittedRecord& record : records_) leaves.push_back(cert::leafOf(record));
    writeFileAtomically(options_.out / std::string(cert::kCsvFile),
                        cert::formatCertificateCsv(leaves, names));

    Json record = shards_.front().record;
    for (const char* field : {"schema", "versions"}) record.erase(field);
    record["options"]["shard"] = "1/1";
    record["options"]["out"] = fs::absolute(options_.out).string();
    record["merged_shards"] = summary_.shards;
    record["counts"] = whole.statusCounts;
    record["summary"] = whole.toJson();
    record["updated_utc"] = utcNow();
    writeRunJson(options_.out, std::move(record));
    journal.markFinalised();
  }

  const MergeRunsOptions& options_;
  const RunContext& context_;
  std::vector<Shard> shards_;
  std::map<std::string, JournalEntry> entries_;
  std::vector<cert::CommittedRecord> records_;
  MergeRunsSummary summary_;
};

}  // namespace

std::vector<OptionIssue> MergeRunsOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (shards.empty()) issues.push_back({"run", "at least one run folder is required"});
  if (ownerKey.empty()) issues.push_back({"key", "the owner's secret key is required"});
  if (out.empty()) issues.push_back({"out", "is required"});
  return issues;
}

MergeRunsSummary mergeRuns(const MergeRunsOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  if (fs::exists(options.out) && !fs::is_empty(options.out))
    throw Error(ErrorCode::InputRejected, "the output folder is not empty", options.out.string());
  for (const fs::path& shard : options.shards)
    if (isInside(options.out, shard))
      throw Error(ErrorCode::InputRejected, "the output folder lies inside a shard", options.out.string());
  return Merge(options, context).run();
}

std::string MergeRunsSummary::briefReport() const {
  if (outcome == Outcome::Cancelled)
    return "Cancelled; nothing was certified. Remove " + out.string() + " before merging again.";
  std::string text = "Run " + runId + " merged from " + std::to_string(shards) +
                     (shards == 1 ? " shard: " : " shards: ") + std::to_string(samples) + " images";
  for (const auto& [status, count] : statusCounts) text += ", " + std::to_string(count) + " " + status;
  return text + ".\n" + out.string();
}

Json MergeRunsSummary::toJson() const {
  return {{"schema", "medlocker/merge/1"},
          {"outcome", outcomeName(outcome)},
          {"out", out.string()},
          {"run_id", runId},
          {"shards", shards},
          {"samples", samples},
          {"status_counts", statusCounts}};
}

}  // namespace medlocker::pipelines
