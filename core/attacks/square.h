// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "core/attacks/attack.h"

/// Square attack, a score-based black-box attack by random search (Andriushchenko et al. 2020; specification,
/// 5).
namespace medlocker::attacks {

/// Share of the image that query number `query` (from 0) changes; `rescale` stretches the schedule, which is
/// made for 10,000 queries, to `queries`.
double squareShare(std::int64_t query, std::int64_t queries, double initialShare, bool rescale);
/// Side of the square window for that share, 1..min(height,width).
int squareSide(double share, int height, int width);

/// Sets the window [row,row+side)×[column,column+side) of one image's candidate to ±epsilon around `clean`:
/// P_inf(x, x_best + 2·epsilon·sign·1_window). clean, best: [C,H,W]; sign: [C].
at::Tensor squareLinfStep(const at::Tensor& clean, const at::Tensor& best, double epsilon, int row,
                          int column, int side, const at::Tensor& sign);
/// The signed pattern eta(s) of the L2 attack, [side,side] with unit L2 norm; `transposed`: columns for rows.
at::Tensor squareL2Pattern(int side, bool transposed);

struct SquareOptions {
  std::string id = "square";
  Threat threat;
  int queries = 5000;
  double initialShare = 0.8;
  int restarts = 1;
  bool rescale = false;
};

class SquareAttack : public Attack {
 public:
  explicit SquareAttack(SquareOptions options);
  std::string id() const override { return options_.id; }
  const Threat& threat() const override { return options_.threat; }
  Json parameters() const override;
  Perturbation perturb(Target& target, const AttackInput& input) const override;

 protected:
  at::Tensor reportedLoss(const at::Tensor& logits, const at::Tensor& labels) const override;

 private:
  SquareOptions options_;
};

}  // namespace medlocker::attacks
