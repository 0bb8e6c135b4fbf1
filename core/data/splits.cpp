// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>

#include "core/common/little_endian.h"
#include "core/common/random.h"
#include "core/data/manifest.h"

namespace medlocker::data {
namespace {

/// What must stay together.
struct Unit {
  std::string key;
  std::vector<std::size_t> samples;
  std::map<int, int> counts;  ///< samples per label; -1: no label
  int stratum = -1;           ///< the rarest label among its samples
  std::uint64_t rank = 0;     ///< random place within its stratum
};

std::string keyOf(const Sample& sample) {
  // The prefixes keep a group's name and a sample's id from meaning the same thing.
  return sample.group.empty() ? "sample:" + sample.id : "group:" + sample.group;
}

struct Share {
  Split split;
  double fraction;
};

/// Gives every unit to one of the shares. Labels are dealt with from the rarest to the most frequent; a unit
/// goes where its label is missed most. Depends on keys, labels and seed, not on the order of samples.
void deal(Manifest& manifest, std::vector<Unit> units, const std::vector<Share>& shares, std::uint64_t seed) {
  std::map<int, int> totals;
  for (const Unit& unit : units)
    for (const auto& [label, count] : unit.counts) totals[label] += count;
  for (Unit& unit : units) {
    unit.stratum = unit.counts.begin()->first;
    for (const auto& [label, count] : unit.counts)
      if (std::pair(totals[label], label) < std::pair(totals[unit.stratum], unit.stratum))
        unit.stratum = label;
    unit.rank = RandomStream::derive({asBytes("splits"), littleEndian(seed), asBytes(unit.key)}).nextU64();
  }
  std::sort(units.begin(), units.end(), [&](const Unit& a, const Unit& b) {
    const auto place = [&](const Unit& unit) {
      // Large units first: small ones can still even out what they leave.
      return std::tuple(totals[unit.stratum], unit.stratum, -static_cast<std::int64_t>(unit.samples.size()),
                        unit.rank, unit.key);
    };
    return place(a) < place(b);
  });

  std::vector<std::map<int, double>> missing(shares.size());
  std::vector<double> missingInAll(shares.size());
  for (std::size_t i = 0; i < shares.size(); ++i)
    for (const auto& [label, total] : totals) {
      missing[i][label] = shares[i].fraction * total;
      missingInAll[i] += missing[i][label];
    }
  for (const Unit& unit : units) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < shares.size(); ++i)
      if (std::pair(missing[i][unit.stratum], missingInAll[i]) >
          std::pair(missing[best][unit.stratum], missingInAll[best]))
        best = i;
    for (const std::size_t sample : unit.samples) manifest.samples[sample].split = shares[best].split;
    for (const auto& [label, count] : unit.counts) {
      missing[best][label] -= count;
      missingInAll[best] -= count;
    }
  }
}

/// The samples without a split, by unit.
std::vector<Unit> openUnits(const Manifest& manifest) {
  std::map<std::string, Unit> units;
  for (std::size_t i = 0; i < manifest.samples.size(); ++i) {
    const Sample& sample = manifest.samples[i];
    if (sample.split != Split::Unspecified) continue;
    const std::string key = keyOf(sample);
    Unit& unit = units[key];
    unit.key = key;
    unit.samples.push_back(i);
    ++unit.counts[sample.label.value_or(-1)];
  }
  std::vector<Unit> list;
  for (auto& [key, unit] : units) list.push_back(std::move(unit));
  return list;
}

void checkFraction(double fraction, const char* what) {
  if (!(fraction >= 0 && fraction <= 1))
    throw Error(ErrorCode::InvalidArgument, std::string(what) + " must lie between 0 and 1");
}

}  // namespace

void assignSplits(Manifest& manifest, double validationFraction, double testFraction, std::uint64_t seed) {
  checkFraction(validationFraction, "the validation fraction");
  checkFraction(testFraction, "the test fraction");
  if (validationFraction + testFraction > 1)
    throw Error(ErrorCode::InvalidArgument, "validation and test fraction are more than 1 together");
  // A group of which a part is placed already follows that part.
  std::map<std::string, Split> placed;
  for (const Sample& sample : manifest.samples) {
    if (sample.split == Split::Unspecified) continue;
    const auto [at, isNew] = placed.emplace(keyOf(sample), sample.split);
    if (!isNew) at->second = std::min(at->second, sample.split);  // whatever the order of samples
  }
  for (Sample& sample : manifest.samples)
    if (sample.split == Split::Unspecified)
      if (const auto found = placed.find(keyOf(sample)); found != placed.end()) sample.split = found->second;

  std::vector<Share> shares;
  const double train = 1 - validationFraction - testFraction;
  if (train > 0) shares.push_back({Split::Train, train});
  if (validationFraction > 0) shares.push_back({Split::Validation, validationFraction});
  if (testFraction > 0) shares.push_back({Split::Test, testFraction});
  deal(manifest, openUnits(manifest), shares, seed);
}

std::vector<std::string> groupsAcrossSplits(const Manifest& manifest) {
  std::map<std::string, std::set<Split>> splits;
  for (const Sample& sample : manifest.samples)
    if (!sample.group.empty() && sample.split != Split::Unspecified)
      splits[sample.group].insert(sample.split);
  std::vector<std::string> groups;
  for (const auto& [group, in] : splits)
    if (in.size() > 1) groups.push_back(group);
  return groups;
}

}  // namespace medlocker::data
