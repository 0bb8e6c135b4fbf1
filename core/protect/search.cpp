// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/search.h"

#include <array>
#include <charconv>

#include "core/protect/search_state.h"

namespace medlocker::protect {
namespace {

constexpr std::array<std::pair<SearchMode, std::string_view>, 5> kModes{{{SearchMode::Grid, "grid"},
                                                                         {SearchMode::Evolve, "evolve"},
                                                                         {SearchMode::Gradient, "gradient"},
                                                                         {SearchMode::Hybrid, "hybrid"},
                                                                         {SearchMode::Random, "random"}}};

// Below this, the shares of the stages would be empty.
constexpr int kMinBudget = 16;
constexpr int kMaxBudget = 1'000'000;

std::string shortest(double value) {
  std::string text(32, '\0');
  text.resize(static_cast<std::size_t>(std::to_chars(text.data(), text.data() + text.size(), value).ptr -
                                       text.data()));
  return text;
}

}  // namespace

std::string_view toString(SearchMode mode) {
  for (const auto& [value, name] : kModes)
    if (value == mode) return name;
  return "grid";
}

SearchMode parseSearchMode(std::string_view name) {
  std::string known;
  for (const auto& [value, text] : kModes) {
    if (text == name) return value;
    known += (known.empty() ? "" : ", ") + std::string(text);
  }
  throw Error(ErrorCode::InvalidArgument,
              "unknown search mode \"" + std::string(name) + "\" (" + known + ")");
}

int parseBudget(std::string_view text) {
  if (text == "quick") return 200;
  if (text == "balanced") return 800;
  if (text == "thorough") return 3000;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < kMinBudget || value > kMaxBudget)
    throw Error(ErrorCode::InvalidArgument,
                "the budget must be quick, balanced, thorough or a number from 16 to 1000000");
  return value;
}

std::vector<OptionIssue> SearchOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (budget < kMinBudget || budget > kMaxBudget) issues.push_back({"budget", "must lie in 16..1000000"});
  if (!(opacityLow >= 0.05 && opacityLow <= 1)) issues.push_back({"opacityLow", "must lie in 0.05..1"});
  if (!(opacityHigh >= opacityLow && opacityHigh <= 1))
    issues.push_back({"opacityHigh", "must lie between the lowest opacity and 1"});
  if (!(kappa >= 0 && kappa <= 3)) issues.push_back({"kappa", "must lie in 0..3"});
  const auto range = [&issues](const char* field, double value, double low, double high) {
    if (!(value >= low && value <= high))
      issues.push_back({field, "must lie in " + shortest(low) + ".." + shortest(high)});
  };
  range("evolve.population", evolve.population, 4, 1000);
  range("evolve.generations", evolve.generations, 1, 20);
  range("evolve.hops", evolve.hops, 1, 10);
  range("evolve.crossover", evolve.crossover, 0, 1);
  range("evolve.temperature", evolve.temperature, 0, 100);
  range("gradient.steps", gradient.steps, 1, 1000);
  range("gradient.starts", gradient.starts, 1, 100);
  range("gradient.hybridStarts", gradient.hybridStarts, 1, 100);
  range("gradient.firstStep", gradient.firstStep, 1e-6, 1);
  range("gradient.lastStep", gradient.lastStep, 1e-6, gradient.firstStep);
  return issues;
}

SearchResult searchPlacement(const SearchOptions& options, const FeasibleMap& feasible,
                             CandidateScorer& scorer, const RandomStream& secret, const RunContext& context,
                             const SearchObserver& observer) {
  throwIfInvalid(options.validate());
  if (feasible.count() == 0)
    throw Error(ErrorCode::InvalidArgument, "a search needs at least one feasible position");
  SearchState state(options, feasible, scorer, secret, context, observer);
  SearchResult result;
  result.feasible = feasible.count();
  switch (options.mode) {
    case SearchMode::Grid:
      searchGrid(state, result);
      break;
    case SearchMode::Evolve:
      searchEvolve(state, result);
      break;
    case SearchMode::Gradient:
      searchGradient(state, result);
      break;
    case SearchMode::Hybrid:
      searchHybrid(state, result);
      break;
    case SearchMode::Random:
      searchRandom(state, result);
      break;
  }
  result.evaluations = state.evaluations();
  result.trace = state.takeTrace();
  result.outcome = state.cancelled() ? Outcome::Cancelled : Outcome::Completed;
  return result;
}

}  // namespace medlocker::protect
