// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "core/attacks/attack.h"
#include "core/pipelines/transfer_run.h"

namespace medlocker::pipelines {

namespace fs = std::filesystem;
using attacks::MaskKind;

void TransferRun::take(const std::string& what, const CraftRecord& record) {
  CraftRecord& all = records_[what];
  if (all.answers.empty()) all.answers.resize(record.answers.size());
  for (std::size_t t = 0; t < record.answers.size(); ++t) {
    all.answers[t].resize(record.answers[t].size());
    for (std::size_t d = 0; d < record.answers[t].size(); ++d)
      all.answers[t][d].insert(all.answers[t][d].end(), record.answers[t][d].begin(),
                               record.answers[t][d].end());
  }
  all.sourceAnswers.insert(all.sourceAnswers.end(), record.sourceAnswers.begin(), record.sourceAnswers.end());
  all.counts += record.counts;
  all.rejected += record.rejected;
  for (const std::string& warning : record.warnings) attacks::addWarning(summary_.notices, warning);
}

void TransferRun::takeMasks(const Chunk& chunk) {
  for (std::size_t s = 0; s < sets_.size(); ++s) {
    const auto entry = journal_->entries().find(keyOf(chunk, sets_[s].name + "/masks"));
    if (entry == journal_->entries().end()) continue;
    const auto searched = masksFromJson(entry->second.details.at("images"));
    MaskReport& report = maskReports_[s];
    report.source = sets_[s].name;
    report.forwards += entry->second.details.at("forwards").get<std::int64_t>();
    report.backwards += entry->second.details.at("backwards").get<std::int64_t>();
    const attacks::PatchGeometry geometry = attacks::geometryFor(search_, chunk.batch.images);
    report.rows = geometry.rows;
    report.columns = geometry.columns;
    for (const attacks::MaskSearchResult& image : searched) {
      const auto add = [](std::vector<double>& sum, const std::vector<double>& values) {
        sum.resize(values.size(), 0.0);
        for (std::size_t i = 0; i < values.size(); ++i) sum[i] += values[i];
      };
      add(report.best, image.best);
      add(report.mean, image.mean);
      add(report.heatMap, attacks::dropFrequency(image.population));
      ++report.images;
    }
  }
}

const std::vector<int>& TransferRun::cleanOf(std::size_t target, std::size_t defence) const {
  return records_.at("clean").answers[target][defence];
}

void TransferRun::summarise() {
  summary_.images = static_cast<std::int64_t>(labels_.size());
  summary_.imagesPerClass.assign(set_.classes.size(), 0);
  for (const int label : labels_) ++summary_.imagesPerClass.at(static_cast<std::size_t>(label));
  if (labels_.empty())
    throw Error(ErrorCode::InputRejected, "no image could be read", options_.dataset.string());
  for (std::size_t t = 0; t < targets_.size(); ++t)
    for (std::size_t d = 0; d <= defences_.size(); ++d) {
      CleanRow row;
      row.target = targets_[t]->info().name;
      row.defence = d == 0 ? kUndefended : defenceNames_[d - 1];
      const std::vector<int>& clean = cleanOf(t, d);
      row.images = static_cast<std::int64_t>(clean.size());
      for (std::size_t i = 0; i < clean.size(); ++i) {
        row.correct += clean[i] == labels_[i];
        row.abstained += clean[i] < 0;
      }
      row.accuracy = audit::wilsonRate(row.correct, row.images);
      summary_.clean.push_back(row);
    }
  for (const Craft& craft : crafts_) summariseCraft(craft);
  for (auto& [index, report] : maskReports_) {
    for (auto* values : {&report.best, &report.mean, &report.heatMap})
      for (double& value : *values) value /= static_cast<double>(report.images);
    summary_.masks.push_back(report);
  }
  summariseMaskEffects();
  journal_->markFinalised();
}

void TransferRun::summariseCraft(const Craft& craft) {
  const CraftRecord& record = records_.at(nameOf(craft));
  const SourceSet& source = sets_[craft.source];
  const std::string attack = attacks::transferAttackName(attacks_[craft.attack]);
  WhiteBoxRow own;
  own.source = source.name;
  own.attack = attack;
  own.defence = craft.defence < 0 ? kUndefended : defenceNames_[static_cast<std::size_t>(craft.defence)];
  own.cell = audit::transferCell(labels_, sourceClean(craft.source), record.sourceAnswers);
  own.forwards = record.counts.forwards;
  own.backwards = record.counts.backwards;
  own.rejected = record.rejected;
  summary_.whiteBox.push_back(own);
  for (std::size_t t = 0; t < targets_.size(); ++t)
    for (std::size_t d = 0; d <= defences_.size(); ++d) {
      const std::vector<int>& attacked = record.answers[t][d];
      if (attacked.empty()) continue;
      TransferRow row;
      row.source = source.name;
      row.target = targets_[t]->info().name;
      row.attack = attack;
      row.defence = d == 0 ? kUndefended : defenceNames_[d - 1];
      row.setting = std::string(attacks::toString(d == 0 ? attacks::DefenceSetting::Oblivious : setting_));
      row.cell = audit::transferCell(labels_, cleanOf(t, d), attacked);
      summary_.rows.push_back(row);
    }
}

const std::vector<int>& TransferRun::sourceClean(std::size_t source) const {
  return records_.at("clean").answers[targets_.size() + source][0];
}

void TransferRun::summariseMaskEffects() {
  // Crafts that differ in their masks only, by base attack.
  std::map<std::string, std::map<MaskKind, std::vector<const Craft*>>> groups;
  for (const Craft& craft : crafts_) {
    attacks::TransferOptions base = attacks_[craft.attack];
    base.masks = MaskKind::None;
    groups[attacks::transferAttackName(base)][attacks_[craft.attack].masks].push_back(&craft);
  }
  for (const auto& [base, byMask] : groups) {
    if (!byMask.contains(MaskKind::Learned)) continue;
    for (const MaskKind control : {MaskKind::Random, MaskKind::None}) {
      const auto found = byMask.find(control);
      if (found == byMask.end()) continue;
      for (std::size_t d = 0; d <= defences_.size(); ++d)
        addMaskEffect(base, control, d == 0 ? kUndefended : defenceNames_[d - 1],
                      byMask.at(MaskKind::Learned), found->second, {d});
      std::vector<std::size_t> every;
      for (std::size_t d = 0; d <= defences_.size(); ++d) every.push_back(d);
      if (!defences_.empty())
        addMaskEffect(base, control, "any", byMask.at(MaskKind::Learned), found->second, every);
    }
  }
}

void TransferRun::addMaskEffect(const std::string& base, MaskKind control, const std::string& defence,
                                const std::vector<const Craft*>& learned,
                                const std::vector<const Craft*>& others,
                                const std::vector<std::size_t>& defences) {
  std::vector<audit::PairedAnswers> pairs;
  for (std::size_t k = 0; k < std::min(learned.size(), others.size()); ++k) {
    const CraftRecord& first = records_.at(nameOf(*learned[k]));
    const CraftRecord& second = records_.at(nameOf(*others[k]));
    for (std::size_t t = 0; t < targets_.size(); ++t)
      for (const std::size_t d : defences)
        if (!first.answers[t][d].empty() && !second.answers[t][d].empty())
          pairs.push_back({cleanOf(t, d), first.answers[t][d], second.answers[t][d]});
  }
  if (pairs.empty()) return;
  summary_.maskEffects.push_back(
      {base, control == MaskKind::Random ? "random" : "none", defence,
       audit::pairedEffect(labels_, pairs, kBootstrapResamples,
                           RandomStream::fromSeed(options_.seed, "transfer/bootstrap"))});
}

}  // namespace medlocker::pipelines
