// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/search_state.h"

namespace medlocker::protect {

void searchRandom(SearchState& state, SearchResult& result) {
  RandomStream stream = state.secret.child("random placement");
  const Position position = state.feasible.draw(stream);
  const Placement placement{position.x, position.y, state.highCode};
  int allowance = 1;
  const auto scored = state.score("random", {&placement, 1}, ScoreStage::Confirm, allowance);
  result.placement = placement;
  result.score = scored.front().score;
}

}  // namespace medlocker::protect
