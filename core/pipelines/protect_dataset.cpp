// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/protect_dataset.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <exception>
#include <future>
#include <map>
#include <stop_token>

#include "core/common/one_compute_thread.h"
#include "core/common/outcome_name.h"
#include "core/common/run_record.h"
#include "core/data/dicom/frame_sample.h"
#include "core/pipelines/clean_margins.h"
#include "core/pipelines/images_in_flight.h"
#include "core/pipelines/protect_item.h"
#include "core/pipelines/protection_finish.h"
#include "core/pipelines/protection_folder.h"
#include "core/pipelines/protection_inputs.h"
#include "core/pipelines/protection_summary.h"
#include "core/pipelines/shared_time.h"
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
             const ProtectionObserver& observer, SearchMonitor* monitor)
      : options_(options),
        context_(context),
        observer_(observer),
        monitor_(monitor),
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

  using Entries = std::optional<std::vector<JournalEntry>>;  ///< empty: cancelled

  void processAll() {
    const std::vector<data::Sample>& samples = inputs_.manifest.samples;
    const std::vector<std::vector<std::size_t>> pending = pendingUnits();
    const std::int64_t total = summary_.samples;
    std::int64_t done = total;
    for (const auto& unit : pending) done -= static_cast<std::int64_t>(unit.size());
    summary_.resumedItems = done;

    // The searches stop for the user, and for an error that ends the run.
    std::stop_source halt;
    const std::stop_callback forwardStop(context_.token(), [&halt] { halt.request_stop(); });
    const RunContext searching(halt.get_token(), context_.sink());
    // Cores are used by passes and images side by side. Each of them computes on one thread: some networks
    // round differently with another number, which must not show in the result.
    const OneComputeThread oneEach;
    SearchRoom room(options_.imagesInFlight);
    batches_.emplace(inputs_.device.kind == DeviceKind::Cuda ? 1 : oneEach.before());
    const ItemProtector protector(options_, inputs_, measureMarginScales(inputs_, context_, &*batches_),
                                  *folder_, *batches_, searching, monitor_);
    const auto begin = [&](std::size_t turn) {
      return std::async(std::launch::async, [&, turn]() -> Entries {
        setComputeThreads(1);  // OpenMP counts them for each thread that computes
        try {
          return protectUnit(protector, pending[turn], room, turn, searching);
        } catch (...) {
          halt.request_stop();
          throw;
        }
      });
    };
    // Besides those that are searched and the one that is read, some that ended before an earlier one did.
    const std::size_t most = 2 * room.most() + 1;
    std::deque<std::future<Entries>> inFlight;
    std::exception_ptr failure;
    bool cancelled = false;
    std::size_t begun = 0;
    for (std::size_t p = 0;; ++p) {
      while (begun < pending.size() && inFlight.size() < most && !halt.stop_requested())
        inFlight.push_back(begin(begun++));
      if (inFlight.empty()) break;
      // Everything below is in the order of the images, whichever search ends first.
      try {
        context_.report({"Protecting", done, total, samples[pending[p].front()].id});
        Entries entries = inFlight.front().get();
        cancelled = cancelled || !entries;
        if (entries && !failure) {
          for (std::size_t e = 0; e < entries->size(); ++e) {
            const JournalEntry& entry = (*entries)[e];
            folder_->journal().append(entry);
            if (observer_) observer_(describeItem(samples[pending[p].at(e)], entry));
          }
          done += static_cast<std::int64_t>(entries->size());
        }
      } catch (...) {
        halt.request_stop();
        if (!failure) failure = std::current_exception();
        if (inFlight.front().valid()) inFlight.front().wait();
      }
      inFlight.pop_front();
    }
    if (failure) std::rethrow_exception(failure);
    if (cancelled || begun < pending.size())
      summary_.outcome = Outcome::Cancelled;
    else
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

  /// One unit with its part of the time: reading and searching, without waiting for room.
  Entries protectUnit(const ItemProtector& protector, const std::vector<std::size_t>& unit, SearchRoom& room,
                      std::size_t turn, const RunContext& searching) {
    SearchRoom::Place place(room, turn);  // destroyed last: it bounds the memory of what follows
    if (searching.stopRequested()) return std::nullopt;
    const bool frames = data::isFrame(inputs_.manifest.samples[unit.front()]);
    double seconds = 0;
    Entries entries;
    std::optional<PreparedImage> prepared;
    try {
      const SharedTime::Share reading(time_, seconds);
      if (!frames) prepared = protector.prepare(unit.front());
    } catch (const Error& e) {
      entries = failedEntries(unit, e);
    }
    if (!entries) {
      place.enter(prepared ? static_cast<std::int64_t>(prepared->view.width) * prepared->view.height : 0);
      if (searching.stopRequested()) return std::nullopt;
      const SharedTime::Share search(time_, seconds);
      entries = searchUnit(protector, unit, prepared);
    }
    if (entries)
      for (JournalEntry& entry : *entries)
        entry.details["seconds"] = seconds / static_cast<double>(entries->size());
    return entries;
  }

  /// What concerns these images alone is listed with them; throws what concerns the run.
  Entries searchUnit(const ItemProtector& protector, const std::vector<std::size_t>& unit,
                     const std::optional<PreparedImage>& prepared) const {
    try {
      if (!prepared) return protector.protectFrames(unit);
      std::optional<JournalEntry> entry = protector.protect(unit.front(), *prepared);
      if (!entry) return std::nullopt;
      return std::vector<JournalEntry>{std::move(*entry)};
    } catch (const Error& e) {
      // A full disk would fail every image.
      if (e.code() == ErrorCode::Io || e.code() == ErrorCode::Internal) throw;
      return failedEntries(unit, e);
    }
  }

  std::vector<JournalEntry> failedEntries(const std::vector<std::size_t>& unit, const Error& error) const {
    std::vector<JournalEntry> entries;
    for (const std::size_t index : unit)
      entries.push_back(failedEntry(inputs_.manifest.samples[index].id, error));
    return entries;
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
      const protect::BatchCounts work = batches_ ? batches_->counts() : protect::BatchCounts();
      record["forward_batches"] = {{"passes", work.passes}, {"rows", work.rows}, {"filled_up", work.filled}};
      record["summary"] = summary_.toJson();
    }
    writeRunJson(options_.out, std::move(record));
  }

  Clock::time_point begin_ = Clock::now();  // first: opening the inputs counts
  const ProtectDatasetOptions& options_;
  const RunContext& context_;
  const ProtectionObserver& observer_;
  SearchMonitor* monitor_;
  const ProtectionInputs inputs_;
  std::vector<bool> isMine_;  ///< per sample: belongs to this shard
  std::optional<ProtectionFolder> folder_;
  std::optional<protect::SharedBatches> batches_;
  SharedTime time_;
  ProtectDatasetSummary summary_;
};

}  // namespace

ProtectDatasetSummary protectDataset(const ProtectDatasetOptions& options, const RunContext& context) {
  return watchProtection(options, context, {});
}

ProtectDatasetSummary watchProtection(const ProtectDatasetOptions& options, const RunContext& context,
                                      const ProtectionObserver& observer, SearchMonitor* monitor) {
  throwIfInvalid(options.validate());
  return ProtectRun(options, context, observer, monitor).run();
}

}  // namespace medlocker::pipelines
