// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/transfer/transfer_loop.h"

#include <torch/torch.h>

#include <map>

#include "core/attacks/noise.h"
#include "core/attacks/threat.h"
#include "core/attacks/transfer/gradient_views.h"
#include "core/common/error.h"

namespace medlocker::attacks {
namespace {

/// A stream that all batches of an attack share (specification, 0.4).
RandomStream sharedStream(std::uint64_t seed, const std::string& attackId) {
  return sampleStream(seed, attackId, 0, -1).child("shared");
}

class Loop {
 public:
  Loop(const TransferOptions& options, const TransferBatch& batch, PassCounts& counts)
      : options_(options), batch_(batch), counts_(counts), shared_(sharedStream(batch.seed, batch.attackId)) {
    const auto side = static_cast<int>(batch.clean.size(2));
    if (options.diversity && batch.clean.size(2) != batch.clean.size(3))
      throw Error(ErrorCode::InvalidArgument, "input diversity takes square images");
    if (options.translation)
      profile_ = kernelProfile(options.translation->shape, kernelSizeFor(options, side));
    for (const std::int64_t sample : batch.samples)
      streams_.push_back(sampleStream(batch.seed, batch.attackId, 0, sample));
    rows_ =
        torch::arange(batch.clean.size(0), torch::TensorOptions(torch::kInt64).device(batch.clean.device()));
  }

  TransferOutcome run() {
    const torch::NoGradGuard noGradients;
    at::Tensor x = batch_.clean.clone();
    at::Tensor momentum = torch::zeros_like(x);
    at::Tensor variance;
    const double alpha = options_.step();
    for (std::int64_t t = 0; t < options_.steps; ++t) {
      beginStep(t);
      const at::Tensor u =
          options_.lookAhead ? lookAhead(x, momentum, options_.momentum.value_or(0), alpha) : x;
      const at::Tensor gradient = smooth(gradientAt(u, t));
      const at::Tensor tuned = variance.defined() ? gradient + variance : gradient;
      momentum = options_.momentum ? accumulateMomentum(momentum, tuned, *options_.momentum) : tuned;
      if (options_.variance && options_.variance->neighbours > 0) variance = smoothedVariance(u, gradient, t);
      x = ascentStep(Norm::Linf, batch_.clean, x, momentum, alpha, options_.epsilon);
    }
    return {x, lonely_};
  }

 private:
  /// Fixes what all gradients of a step share: masks, mixed-in images, the stream of view draws.
  void beginStep(std::int64_t t) {
    views_ = shared_.child("views", static_cast<std::uint64_t>(t));
    plan_ = {};
    plan_.scales = options_.admix ? options_.admix->copies : options_.scale ? options_.scale->copies : 1;
    plan_.diversity = options_.diversity;
    if (!batch_.masks.populations.empty()) chooseMasks(t);
    if (options_.admix && options_.admix->images > 0 && options_.admix->strength > 0) chooseMixIns(t);
  }

  void chooseMasks(std::int64_t t) {
    const MaskSet& set = batch_.masks;
    const auto perStep = static_cast<std::size_t>(set.perStep);
    // A mask that comes round twice in a step is evaluated once and counts twice.
    std::map<std::size_t, double> weights;
    double sum = 0;
    const auto cycle = maskCycle(set.populations.front().size(), perStep, t);
    for (std::size_t j = 0; j < perStep; ++j) {
      const double weight =
          set.accumulation == MaskAccumulation::Released ? static_cast<double>(perStep - j) : 1.0;
      weights[cycle[j]] += weight;
      sum += weight;
    }
    for (const auto& [index, weight] : weights) {
      std::vector<at::Tensor> masks;
      for (const auto& population : set.populations)
        masks.push_back(expandGenes(set.geometry, population.at(index)));
      plan_.masks.push_back(torch::stack(masks).unsqueeze(1).to(batch_.clean.device()));
      plan_.maskWeights.push_back(weight / sum);
    }
    plan_.fill = set.fill;
  }

  void chooseMixIns(std::int64_t t) {
    const bool own = !batch_.pool.images.defined();
    const at::Tensor& images = own ? batch_.clean : batch_.pool.images;
    const at::Tensor poolLabels = (own ? batch_.labels : batch_.pool.labels).cpu();
    const at::Tensor labels = batch_.labels.cpu();
    const std::int64_t n = batch_.clean.size(0);
    std::vector<at::Tensor> chosen(static_cast<std::size_t>(options_.admix->images));
    std::vector<std::vector<at::Tensor>> rows(chosen.size());
    for (std::int64_t i = 0; i < n; ++i) {
      std::vector<std::int64_t> candidates;
      for (std::int64_t p = 0; p < poolLabels.size(0); ++p)
        if (poolLabels[p].item<std::int64_t>() != labels[i].item<std::int64_t>()) candidates.push_back(p);
      if (candidates.empty() && t == 0) ++lonely_;
      RandomStream stream =
          streams_[static_cast<std::size_t>(i)].child("admix", static_cast<std::uint64_t>(t));
      // Without replacement as far as the pool goes.
      std::vector<std::int64_t> deck;
      for (auto& row : rows) {
        if (candidates.empty()) {
          row.push_back(torch::zeros_like(batch_.clean[i]));
          continue;
        }
        if (deck.empty()) {
          deck = candidates;
          stream.shuffle(deck);
        }
        row.push_back(images[deck.back()]);
        deck.pop_back();
      }
    }
    for (const auto& row : rows) plan_.mixIns.push_back(torch::stack(row).detach());
    plan_.mixStrength = options_.admix->strength;
  }

  at::Tensor plainGradient(const at::Tensor& u) {
    return viewGradient(batch_.objective, u, rows_, plan_, views_, draw_, counts_);
  }

  at::Tensor noise(std::string_view purpose, std::int64_t t, int j, double radius) const {
    Streams streams;
    for (const RandomStream& stream : streams_)
      streams.push_back(stream.child(purpose, static_cast<std::uint64_t>(t))
                            .child("neighbour", static_cast<std::uint64_t>(j)));
    return uniformNoise(streams, batch_.clean, -radius, radius);
  }

  at::Tensor gradientAt(const at::Tensor& u, std::int64_t t) {
    if (!options_.flatness || options_.flatness->neighbours == 0) return plainGradient(u);
    std::vector<at::Tensor> first;
    std::vector<at::Tensor> probes;
    for (int j = 0; j < options_.flatness->neighbours; ++j) {
      const at::Tensor neighbour = u + noise("pgn", t, j, options_.flatness->radius * options_.epsilon);
      first.push_back(plainGradient(neighbour));
      probes.push_back(plainGradient(flatnessProbe(neighbour, first.back(), options_.step())));
    }
    return combineFlatness(first, probes, options_.flatness->balance);
  }

  at::Tensor smoothedVariance(const at::Tensor& u, const at::Tensor& gradient, std::int64_t t) {
    std::vector<at::Tensor> neighbours;
    for (int j = 0; j < options_.variance->neighbours; ++j)
      neighbours.push_back(
          smooth(plainGradient(u + noise("vt", t, j, options_.variance->radius * options_.epsilon))));
    return varianceTerm(neighbours, gradient);
  }

  at::Tensor smooth(const at::Tensor& gradient) const {
    return profile_.empty() ? gradient : smoothGradient(gradient, profile_);
  }

  const TransferOptions& options_;
  const TransferBatch& batch_;
  PassCounts& counts_;
  RandomStream shared_;
  RandomStream views_ = shared_;
  Streams streams_;
  at::Tensor rows_;
  std::vector<double> profile_;  // of TI; empty without
  ViewPlan plan_;
  std::uint64_t draw_ = 0;
  std::int64_t lonely_ = 0;
};

at::Tensor meanOf(const std::vector<at::Tensor>& tensors) {
  at::Tensor sum = tensors.front();
  for (std::size_t i = 1; i < tensors.size(); ++i) sum = sum + tensors[i];
  return sum / static_cast<double>(tensors.size());
}

}  // namespace

at::Tensor viewGradient(const Objective& objective, const at::Tensor& images, const at::Tensor& rows,
                        const ViewPlan& plan, RandomStream& viewStream, std::uint64_t& draw,
                        PassCounts& counts) {
  const DiversityGeometry geometry =
      diversityGeometry(static_cast<int>(images.size(2)), plan.diversity ? plan.diversity->rate : 1.0);
  const std::size_t maskCount = std::max<std::size_t>(plan.masks.size(), 1);
  const std::size_t mixCount = std::max<std::size_t>(plan.mixIns.size(), 1);
  at::Tensor total;
  for (std::size_t m = 0; m < maskCount; ++m) {
    at::Tensor sum;
    for (std::size_t q = 0; q < mixCount; ++q)
      for (int i = 0; i < plan.scales; ++i) {
        DiversityDraw diversity;
        if (plan.diversity) diversity = drawDiversity(geometry, plan.diversity->probability, viewStream);
        const Objective viewed = [&](const at::Tensor& u, const at::Tensor& uRows, std::uint64_t uDraw) {
          at::Tensor view = u;
          if (!plan.masks.empty()) {
            view = view * plan.masks[m];
            if (plan.fill.defined()) view = view + (1 - plan.masks[m]) * plan.fill;
          }
          if (!plan.mixIns.empty()) view = view + plan.mixStrength * plan.mixIns[q];
          if (i > 0) view = view / static_cast<double>(1LL << i);
          if (diversity.apply) view = applyDiversity(view, geometry, diversity, plan.diversity->resizeBack);
          return objective(view, uRows, uDraw);
        };
        const at::Tensor gradient = inputGradient(viewed, images, rows, draw++, counts).gradient;
        sum = sum.defined() ? sum + gradient : gradient;
      }
    const double views = static_cast<double>(mixCount) * plan.scales;
    const double weight = plan.masks.empty() ? 1.0 : plan.maskWeights[m];
    const at::Tensor part = weight * (sum / views);
    total = total.defined() ? total + part : part;
  }
  return total;
}

at::Tensor varianceTerm(const std::vector<at::Tensor>& neighbourGradients, const at::Tensor& gradient) {
  return meanOf(neighbourGradients) - gradient;
}

at::Tensor combineFlatness(const std::vector<at::Tensor>& first, const std::vector<at::Tensor>& probes,
                           double balance) {
  std::vector<at::Tensor> combined;
  for (std::size_t j = 0; j < first.size(); ++j)
    combined.push_back((1 - balance) * first[j] + balance * probes[j]);
  return meanOf(combined);
}

TransferOutcome runTransferLoop(const TransferOptions& options, const TransferBatch& batch,
                                PassCounts& counts) {
  if (batch.clean.size(0) == 0) return {batch.clean.clone(), 0};
  if (!batch.masks.populations.empty() &&
      batch.masks.populations.size() != static_cast<std::size_t>(batch.clean.size(0)))
    throw Error(ErrorCode::Internal, "there must be one mask population for each image");
  return Loop(options, batch, counts).run();
}

}  // namespace medlocker::attacks
