// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/protect_dataset.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <map>

#include "core/common/outcome_name.h"
#include "core/common/run_record.h"
#include "core/data/dicom/frame_sample.h"
#include "core/pipelines/clean_margins.h"
#include "core/pipelines/protect_item.h"
#include "core/pipelines/protection_finish.h"
#include "core/pipelines/protection_folder.h"
#include "core/pipelines/protection_inputs.h"
#include "core/pipelines/protection_summary.h"
#include "core/pipelines/watch_protection.h"

namespace medlocker::pipelines {
namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

JournalEntry failedEntry(const std::string& item, const Error& error) {
  return {item, "ERROR", "", "", "", "", {{"reason", error.what()}}};
}

class ProtectRun {
 public:
  ProtectRun(const ProtectDatasetOptions& options, const RunContext& context,
             const ProtectionObserver& observer)
      : options_(options),
        context_(context),
        observer_(observer),
        inputs_(openProtectionInputs(options, context)) {
    summary_.out = options_.out;
    chooseShard();
    summary_.samples = std::count(isMine_.begin(), isMine_.end(), true);
    summary_.issues = inputs_.manifest.issues;
    summary_.notices = inputs_.notices;
    for (const models::ClassifierPtr& model : inputs_.models)
      summary_.sourceModels.push_back(model->info().name);
  }

  ProtectDatasetSummary run() {
    if (options_.dryRun) return describePlan();
    folder_.emplace(ProtectionFolder::open(options_, protectionIdentity(options_, inputs_), inputs_.owner));
    summary_.runId = folder_->runId();
    if (!folder_->journal().finalised()) {
      writeRecord("running");
      processAll();
      if (summary_.outcome == Outcome::Completed) finish();
    }
    collect();
    if (summary_.outcome == Outcome::Completed) noteBlanks();
    summary_.seconds = secondsSince(begin_);
    writeRecord(outcomeName(summary_.outcome));
    return summary_;
  }

 private:
  /// Every shardCount-th file; the frames of a file stay together. Without shards all.
  void chooseShard() {
    std::map<std::string, std::size_t> files;
    for (const data::Sample& sample : inputs_.manifest.samples) {
      const std::string name = data::isFrame(sample) ? data::fileIdOf(sample) : sample.id;
      const std::size_t number = files.emplace(name, files.size()).first->second;
      isMine_.push_back(number % static_cast<std::size_t>(options_.shardCount) ==
                        static_cast<std::size_t>(options_.shardIndex - 1));
    }
  }

  ProtectDatasetSummary describePlan() {
    for (std::size_t i = 0; i < inputs_.manifest.samples.size(); ++i) {
      if (!isMine_[i]) continue;
      ProtectedItem item;
      item.id = inputs_.manifest.samples[i].id;
      item.output = inputs_.outputs[i].path;
      item.status = "PLANNED";
      ++summary_.statusCounts[item.status];
      summary_.items.push_back(std::move(item));
    }
    return summary_;
  }

  void processAll() {
    const ItemProtector protector(options_, inputs_, measureMarginScales(inputs_, context_), *folder_,
                                  context_);
    const std::vector<data::Sample>& samples = inputs_.manifest.samples;
    const std::vector<std::vector<std::size_t>> pending = pendingUnits();
    const std::int64_t total = summary_.samples;
    std::int64_t done = total;
    for (const auto& unit : pending) done -= static_cast<std::int64_t>(unit.size());
    summary_.resumedItems = done;

    // The next image is read while the current one is searched; one ahead bounds the memory.
    std::future<PreparedImage> next;
    const auto prefetch = [&](std::size_t p) {
      if (p < pending.size() && !data::isFrame(samples[pending[p].front()]))
        next = std::async(std::launch::async, [&, i = pending[p].front()] { return protector.prepare(i); });
    };
    prefetch(0);
    for (std::size_t p = 0; p < pending.size(); ++p) {
      const std::size_t first = pending[p].front();
      if (context_.stopRequested()) {
        summary_.outcome = Outcome::Cancelled;
        if (next.valid()) next.wait();
        return;
      }
      context_.report({"Protecting", done, total, samples[first].id});
      const auto begin = Clock::now();
      std::optional<std::vector<JournalEntry>> entries;
      if (data::isFrame(samples[first])) {
        prefetch(p + 1);
        entries = protectFrames(protector, pending[p]);
      } else {
        std::future<PreparedImage> current = std::move(next);
        entries = protectOne(protector, first, current, [&] { prefetch(p + 1); });
      }
      if (!entries) {
        summary_.outcome = Outcome::Cancelled;
        if (next.valid()) next.wait();
        return;
      }
      for (std::size_t e = 0; e < entries->size(); ++e) {
        JournalEntry& entry = (*entries)[e];
        entry.details["seconds"] = secondsSince(begin) / static_cast<double>(entries->size());
        folder_->journal().append(entry);
        if (observer_) observer_(describeItem(samples[pending[p].at(e)], entry));
      }
      done += static_cast<std::int64_t>(entries->size());
    }
    context_.report({"Protecting", total, total, ""});
  }

  /// Samples that are still to be done; the frames of one file are done together.
  std::vector<std::vector<std::size_t>> pendingUnits() const {
    const std::vector<data::Sample>& samples = inputs_.manifest.samples;
    std::map<std::string, std::vector<std::size_t>> files;
    for (std::size_t i = 0; i < samples.size(); ++i)
      if (data::isFrame(samples[i])) files[data::fileIdOf(samples[i])].push_back(i);
    std::vector<std::vector<std::size_t>> units;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (!isMine_[i]) continue;
      if (!data::isFrame(samples[i])) {
        if (!folder_->isDone(samples[i].id, inputs_.outputs[i])) units.push_back({i});
        continue;
      }
      const std::vector<std::size_t>& frames = files.at(data::fileIdOf(samples[i]));
      if (frames.front() != i) continue;
      if (!std::all_of(frames.begin(), frames.end(), [&](std::size_t frame) {
            return folder_->isDone(samples[frame].id, inputs_.outputs[frame]);
          }))
        units.push_back(frames);
    }
    return units;
  }

  std::optional<std::vector<JournalEntry>> protectFrames(const ItemProtector& protector,
                                                         const std::vector<std::size_t>& frames) const {
    try {
      return protector.protectFrames(frames);
    } catch (const Error& e) {
      if (e.code() == ErrorCode::Io || e.code() == ErrorCode::Internal) throw;
      std::vector<JournalEntry> entries;
      for (const std::size_t frame : frames)
        entries.push_back(failedEntry(inputs_.manifest.samples[frame].id, e));
      return entries;
    }
  }

  /// `read` is called when the picture is in memory, so that the next one can be read meanwhile.
  std::optional<std::vector<JournalEntry>> protectOne(const ItemProtector& protector, std::size_t index,
                                                      std::future<PreparedImage>& picture,
                                                      const std::function<void()>& read) const {
    const std::string& id = inputs_.manifest.samples[index].id;
    std::optional<PreparedImage> prepared;
    std::optional<JournalEntry> entry;
    try {
      prepared = picture.get();
    } catch (const Error& e) {
      entry = failedEntry(id, e);
    }
    read();
    if (prepared) {
      try {
        entry = protector.protect(index, *prepared);
      } catch (const Error& e) {
        // A full disk would fail every image; what concerns this image alone is listed with it.
        if (e.code() == ErrorCode::Io || e.code() == ErrorCode::Internal) throw;
        entry = failedEntry(id, e);
      }
    }
    if (!entry) return std::nullopt;
    return std::vector<JournalEntry>{std::move(*entry)};
  }

  void finish() {
    context_.report({"Certifying", 0, 1, ""});
    collect();
    finishProtection(options_, inputs_, *folder_, summary_);
    context_.report({"Certifying", 1, 1, ""});
  }

  void collect() { collectItems(inputs_.manifest, folder_->journal(), inputs_.models.size(), summary_); }

  void noteBlanks() {
    std::int64_t blank = 0;
    for (std::size_t i = 0; i < summary_.items.size(); ++i)
      blank += !inputs_.outputs[i].container.empty() && summary_.items[i].output.empty();
    if (blank > 0)
      summary_.notices.push_back(std::to_string(blank) +
                                 " images were not protected; their places in the npz are blank");
  }

  void writeRecord(const std::string& outcome) const {
    Json models = Json::array();
    for (const models::ClassifierPtr& model : inputs_.models)
      models.push_back({{"model", model->info().name}, {"sha256", model->info().sha256}});
    Json record = {{"command", "protect"},
                   {"options", options_.toJson()},
                   {"run_id", summary_.runId},
                   {"device", inputs_.device.name},
                   {"inputs",
                    {{"layout", inputs_.manifest.layout},
                     {"samples", inputs_.manifest.samples.size()},
                     {"logo_sha256", toHex(inputs_.logo.sha256)},
                     {"models", models}}},
                   {"outcome", outcome},
                   {"updated_utc", utcNow()}};
    if (outcome != "running") {
      record["counts"] = summary_.statusCounts;
      record["seconds"] = summary_.seconds;
      record["summary"] = summary_.toJson();
    }
    writeRunJson(options_.out, std::move(record));
  }

  Clock::time_point begin_ = Clock::now();  // first: opening the inputs counts
  const ProtectDatasetOptions& options_;
  const RunContext& context_;
  const ProtectionObserver& observer_;
  const ProtectionInputs inputs_;
  std::vector<bool> isMine_;  ///< per sample: belongs to this shard
  std::optional<ProtectionFolder> folder_;
  ProtectDatasetSummary summary_;
};

}  // namespace

ProtectDatasetSummary protectDataset(const ProtectDatasetOptions& options, const RunContext& context) {
  return watchProtection(options, context, {});
}

ProtectDatasetSummary watchProtection(const ProtectDatasetOptions& options, const RunContext& context,
                                      const ProtectionObserver& observer) {
  throwIfInvalid(options.validate());
  return ProtectRun(options, context, observer).run();
}

}  // namespace medlocker::pipelines
