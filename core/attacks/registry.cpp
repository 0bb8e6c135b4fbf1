// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/registry.h"

#include <charconv>

#include "core/attacks/pgd.h"
#include "core/common/error.h"

namespace medlocker::attacks {
namespace {

/// Number after `prefix`, if that is all there is: "pgd-20" with "pgd-" gives 20.
std::optional<int> numberAfter(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  int value = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
  if (error != std::errc() || end != name.data() + name.size() || value < 1) return std::nullopt;
  return value;
}

void applyOverrides(PgdOptions& options, const AttackSettings& settings) {
  if (settings.steps) options.steps = *settings.steps;
  if (settings.step) options.step = *settings.step;
  if (settings.restarts) options.restarts = *settings.restarts;
  if (settings.draws) options.draws = *settings.draws;
}

std::unique_ptr<Attack> makePgdFamily(std::string_view name, const AttackSettings& settings) {
  PgdOptions options;
  if (name == "fgsm") {
    options = fgsmOptions(settings.threat);
    if (settings.draws) options.draws = *settings.draws;
    return std::make_unique<PgdAttack>(options);
  }
  if (name == "i-fgsm") {
    options = iterativeFgsmOptions(settings.threat, settings.steps.value_or(10));
  } else if (name == "cw") {
    options = clampedMarginPgdOptions(settings.threat, settings.kappa.value_or(50));
    if (settings.threat.norm == Norm::L2) options.step = defaultPgdStep(settings);
  } else if (const auto steps = name == "pgd" ? std::optional(20) : numberAfter(name, "pgd-")) {
    options.id = "pgd-" + std::to_string(*steps);
    options.threat = settings.threat;
    options.steps = *steps;
    options.step = defaultPgdStep(settings);
  } else {
    return nullptr;
  }
  applyOverrides(options, settings);
  return std::make_unique<PgdAttack>(options);
}

/// One entry per family: makes the attack if the name is one of its own. First answer wins.
using Maker = std::unique_ptr<Attack> (*)(std::string_view name, const AttackSettings& settings);
constexpr Maker kMakers[] = {makePgdFamily};

}  // namespace

double defaultPgdStep(const AttackSettings& settings) {
  if (settings.threat.norm == Norm::L2) return settings.threat.epsilon / 4;
  return settings.imageSide <= 64 ? 2.0 / 255 : 1.0 / 255;
}

std::vector<AttackListing> listAttacks() {
  return {{"fgsm", "one gradient step of length epsilon"},
          {"i-fgsm", "ten gradient steps without a random start"},
          {"pgd-20", "projected gradient ascent, 20 steps from a random start (pgd-N: N steps)"},
          {"pgd-100", "the same with 100 steps"},
          {"cw", "projected gradient ascent on the clamped margin"}};
}

std::unique_ptr<Attack> makeAttack(std::string_view name, const AttackSettings& settings) {
  for (const Maker make : kMakers)
    if (auto attack = make(name, settings)) return attack;
  std::string known;
  for (const AttackListing& listing : listAttacks()) known += (known.empty() ? "" : ", ") + listing.name;
  throw Error(ErrorCode::InvalidArgument,
              "there is no attack '" + std::string(name) + "'; known are " + known);
}

}  // namespace medlocker::attacks
