// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/registry.h"

#include <algorithm>
#include <charconv>

#include "core/attacks/apgd.h"
#include "core/attacks/auto_attack.h"
#include "core/attacks/cw_l2.h"
#include "core/attacks/fab.h"
#include "core/attacks/pgd.h"
#include "core/attacks/square.h"
#include "core/attacks/transfer/transfer_family.h"
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

std::unique_ptr<Attack> makeApgdFamily(std::string_view name, const AttackSettings& settings) {
  ApgdOptions options;
  if (name == "apgd-ce")
    options.loss = ApgdLoss::CrossEntropy;
  else if (name == "apgd-dlr")
    options.loss = ApgdLoss::Dlr;
  else if (name == "apgd-t")
    options.loss = ApgdLoss::TargetedDlr;
  else
    return nullptr;
  options.id = name;
  options.threat = settings.threat;
  options.iterations = settings.steps.value_or(options.iterations);
  options.restarts = settings.restarts.value_or(options.restarts);
  options.targets = settings.targets.value_or(options.targets);
  options.draws = settings.draws.value_or(options.draws);
  return std::make_unique<ApgdAttack>(options);
}

std::unique_ptr<Attack> makeFabFamily(std::string_view name, const AttackSettings& settings) {
  if (name != "fab" && name != "fab-t") return nullptr;
  FabOptions options;
  options.id = name;
  options.threat = settings.threat;
  options.targeted = name == "fab-t";
  options.iterations = settings.steps.value_or(options.iterations);
  options.restarts = settings.restarts.value_or(options.restarts);
  options.targets = settings.targets.value_or(options.targets);
  return std::make_unique<FabAttack>(options);
}

std::unique_ptr<Attack> makeSquareFamily(std::string_view name, const AttackSettings& settings) {
  if (name != "square") return nullptr;
  SquareOptions options;
  options.threat = settings.threat;
  options.queries = settings.queries.value_or(options.queries);
  options.restarts = settings.restarts.value_or(options.restarts);
  return std::make_unique<SquareAttack>(options);
}

std::unique_ptr<Attack> makeCwL2Family(std::string_view name, const AttackSettings& settings) {
  if (name != "cw-l2") return nullptr;
  CwL2Options options;
  options.threat = settings.threat;
  options.kappa = settings.kappa.value_or(options.kappa);
  options.iterations = settings.steps.value_or(options.iterations);
  return std::make_unique<CwL2Attack>(options);
}

std::unique_ptr<Attack> makeAutoAttackFamily(std::string_view name, const AttackSettings& settings) {
  AutoAttackOptions options;
  if (name == "autoattack" || name == "autoattack-standard")
    options.version = AutoAttackVersion::Standard;
  else if (name == "autoattack-plus")
    options.version = AutoAttackVersion::Plus;
  else if (name == "autoattack-rand")
    options.version = AutoAttackVersion::Rand;
  else
    return nullptr;
  options.threat = settings.threat;
  options.iterations = settings.steps.value_or(options.iterations);
  options.queries = settings.queries.value_or(options.queries);
  options.targets = settings.targets.value_or(options.targets);
  options.draws = settings.draws.value_or(options.draws);
  return std::make_unique<AutoAttack>(options);
}

/// One entry per family: makes the attack if the name is one of its own. First answer wins.
using Maker = std::unique_ptr<Attack> (*)(std::string_view name, const AttackSettings& settings);
constexpr Maker kMakers[] = {makePgdFamily,  makeApgdFamily,       makeFabFamily,     makeSquareFamily,
                             makeCwL2Family, makeAutoAttackFamily, makeTransferFamily};

}  // namespace

double defaultPgdStep(const AttackSettings& settings) {
  if (settings.threat.norm == Norm::L2) return settings.threat.epsilon / 4;
  return settings.imageSide <= 64 ? 2.0 / 255 : 1.0 / 255;
}

std::vector<AttackListing> listAttacks() {
  std::vector<AttackListing> attacks = {
      {"fgsm", "one gradient step of length epsilon"},
      {"i-fgsm", "ten gradient steps without a random start"},
      {"pgd-20", "projected gradient ascent, 20 steps from a random start (pgd-N: N steps)"},
      {"pgd-100", "the same with 100 steps"},
      {"cw", "projected gradient ascent on the clamped margin"},
      {"cw-l2", "smallest L2 change by Carlini and Wagner; norm l2 only"},
      {"apgd-ce", "ascent with automatic steps on the cross-entropy"},
      {"apgd-dlr", "ascent with automatic steps on the logit ratio"},
      {"apgd-t", "the same, towards each of the nine likeliest other classes"},
      {"fab", "smallest change that crosses a decision boundary"},
      {"fab-t", "the same, towards each of the nine likeliest other classes"},
      {"square", "random search that sees only the model's answers"},
      {"autoattack", "apgd-ce, apgd-t, fab-t and square one after another"},
      {"autoattack-plus", "six attacks with restarts one after another"},
      {"autoattack-rand", "for models with random answers: averages over draws"}};
  for (AttackListing& listing : listTransferAttacks()) attacks.push_back(std::move(listing));
  return attacks;
}

std::vector<std::string> expandAttackList(std::string_view list) {
  if (list == "quick") return {"fgsm", "pgd-20"};
  if (list == "standard") return {"fgsm", "pgd-20", "cw", "autoattack"};
  if (list == "thorough") return {"fgsm", "pgd-20", "pgd-100", "cw", "autoattack-plus"};
  std::vector<std::string> names;
  while (true) {
    const std::size_t comma = list.find(',');
    const std::string name(list.substr(0, comma));
    if (name.empty()) throw Error(ErrorCode::InvalidArgument, "the list of attacks has an empty entry");
    if (std::find(names.begin(), names.end(), name) != names.end())
      throw Error(ErrorCode::InvalidArgument, "the attack '" + name + "' is listed twice");
    names.push_back(name);
    if (comma == std::string_view::npos) return names;
    list.remove_prefix(comma + 1);
  }
}

double defaultEpsilon(Norm norm, int imageSide) {
  if (norm == Norm::L2) return imageSide <= 64 ? 0.5 : 3.0;
  return imageSide <= 64 ? 8.0 / 255 : 4.0 / 255;
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
