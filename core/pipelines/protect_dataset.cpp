// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/protect_dataset.h"

#include <chrono>
#include <future>

#include "core/common/run_record.h"
#include "core/pipelines/clean_margins.h"
#include "core/pipelines/protect_item.h"
#include "core/pipelines/protection_finish.h"
#include "core/pipelines/protection_folder.h"
#include "core/pipelines/protection_inputs.h"
#include "core/pipelines/protection_summary.h"

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
  ProtectRun(const ProtectDatasetOptions& options, const RunContext& context)
      : options_(options), context_(context), inputs_(openProtectionInputs(options, context)) {
    summary_.out = options_.out;
    summary_.samples = static_cast<std::int64_t>(inputs_.manifest.samples.size());
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
    writeRecord(summary_.outcome == Outcome::Completed ? "completed" : "cancelled");
    return summary_;
  }

 private:
  ProtectDatasetSummary describePlan() {
    for (std::size_t i = 0; i < inputs_.manifest.samples.size(); ++i) {
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
    std::vector<std::size_t> pending;
    for (std::size_t i = 0; i < samples.size(); ++i)
      if (!folder_->isDone(samples[i].id, inputs_.outputs[i])) pending.push_back(i);
    const auto total = static_cast<std::int64_t>(samples.size());
    summary_.resumedItems = total - static_cast<std::int64_t>(pending.size());

    // The next image is read while the current one is searched; one ahead bounds the memory.
    std::future<PreparedImage> next;
    const auto prefetch = [&](std::size_t p) {
      if (p < pending.size())
        next = std::async(std::launch::async, [&, i = pending[p]] { return protector.prepare(i); });
    };
    prefetch(0);
    for (std::size_t p = 0; p < pending.size(); ++p) {
      const std::string& id = samples[pending[p]].id;
      if (context_.stopRequested()) {
        summary_.outcome = Outcome::Cancelled;
        if (next.valid()) next.wait();
        return;
      }
      context_.report({"Protecting", summary_.resumedItems + static_cast<std::int64_t>(p), total, id});
      const auto begin = Clock::now();
      std::future<PreparedImage> current = std::move(next);
      std::optional<JournalEntry> entry;
      std::optional<PreparedImage> prepared;
      try {
        prepared = current.get();
      } catch (const Error& e) {
        entry = failedEntry(id, e);
      }
      prefetch(p + 1);
      if (prepared) {
        try {
          entry = protector.protect(pending[p], *prepared);
        } catch (const Error& e) {
          // A full disk would fail every image; what concerns this image alone is listed with it.
          if (e.code() == ErrorCode::Io || e.code() == ErrorCode::Internal) throw;
          entry = failedEntry(id, e);
        }
      }
      if (!entry) {
        summary_.outcome = Outcome::Cancelled;
        if (next.valid()) next.wait();
        return;
      }
      entry->details["seconds"] = secondsSince(begin);
      folder_->journal().append(*entry);
    }
    context_.report({"Protecting", total, total, ""});
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
      blank += inputs_.manifest.samples[i].array && summary_.items[i].output.empty();
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
  const ProtectionInputs inputs_;
  std::optional<ProtectionFolder> folder_;
  ProtectDatasetSummary summary_;
};

}  // namespace

ProtectDatasetSummary protectDataset(const ProtectDatasetOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  return ProtectRun(options, context).run();
}

}  // namespace medlocker::pipelines
