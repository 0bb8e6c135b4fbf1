// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/audit/aw_net_evaluation.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "core/attacks/ascent.h"
#include "core/attacks/loss.h"
#include "core/attacks/noise.h"
#include "core/attacks/registry.h"
#include "core/common/error.h"

namespace medlocker::audit {
namespace {

constexpr double kEvasionGap = 0.05;

/// Changes a network's settings for one scope.
class SettingsScope {
 public:
  SettingsScope(models::AwNet& network, models::AwRoute route)
      : network_(network), before_(network.settings()) {
    models::AwSettings settings = before_;
    settings.route = route;
    network_.setSettings(settings);
  }
  ~SettingsScope() { network_.setSettings(before_); }
  SettingsScope(const SettingsScope&) = delete;
  SettingsScope& operator=(const SettingsScope&) = delete;

 private:
  models::AwNet& network_;
  models::AwSettings before_;
};

/// max(d,0) - d·t + log(1+exp(-|d|)) per sample.
at::Tensor detectorLoss(const at::Tensor& d, double target) {
  return d.clamp_min(0) - d * target + torch::log1p(torch::exp(-d.abs()));
}

class Evaluator {
 public:
  Evaluator(models::AwNet& network, int classes, const AwEvaluationOptions& options)
      : network_(network), classes_(classes), options_(options), parameters_(network.parameters()) {
    attacks::AttackSettings settings;
    settings.threat = options.threat;
    settings.imageSide = network.options().inputSize;
    for (const std::string& name : options.attacks) attacks_.push_back(attacks::makeAttack(name, settings));
    const auto add = [this](const std::string& id) { result_.attacks.push_back({id, 0}); };
    for (const std::string& name : options.attacks) add("A1 " + name);
    for (const double weight : options.evasionWeights) {
      std::ostringstream id;
      id << "A2 lambda " << weight;
      add(id.str());
    }
    for (const char* surrogate : {"force_clean", "force_adv", "frozen signals"})
      add(std::string("A3 ") + surrogate);
    for (const std::string& name : options.transferAttacks)
      transfers_.push_back(attacks::makeAttack(name, settings));
    for (const models::ClassifierPtr& source : options.transferSources)
      for (const auto& attack : transfers_) add("A5 " + attack->id() + " from " + source->info().name);
    if (options.blackBoxQueries > 0) {
      settings.queries = options.blackBoxQueries;
      square_ = attacks::makeAttack("square", settings);
      add("A6 square");
    }
    result_.signalClean.assign(network.dynamicWidths().size(), 0);
    result_.signalAttacked = result_.signalClean;
    for (std::size_t l = 0; l < result_.signalClean.size(); ++l)
      result_.layers.push_back("dynamic " + std::to_string(l));
  }

  void take(const at::Tensor& images, const at::Tensor& labels, const std::vector<std::int64_t>& samples) {
    const at::Tensor clean = right(images, labels);
    result_.samples += labels.size(0);
    result_.cleanCorrect += count(clean);
    std::size_t figure = 0;
    at::Tensor complete = clean.clone(), evasion = clean.clone(), surrogate = clean.clone();

    at::Tensor firstAttacked;
    attacks::Target target("aw-net", classes_,
                           [this](const at::Tensor& x, const attacks::Pass&) { return network_.forward(x); });
    const attacks::AttackBatch batch{images, labels, samples};
    for (const auto& attack : attacks_) {
      const attacks::AttackResult attacked = attack->run(target, batch, options_.seed);
      if (!firstAttacked.defined()) firstAttacked = attacked.images;
      complete = complete & tally(figure++, clean & right(attacked.images, labels));
    }
    for (const double weight : options_.evasionWeights) {
      const at::Tensor attacked =
          ascend(images, labels, samples, [&](const at::Tensor& x, const at::Tensor& y) {
            attacks::ObjectiveValue value;
            value.logits = network_.forward(x);
            value.loss =
                attacks::crossEntropyLoss(value.logits, y) + weight * detectorLoss(network_.detect(x), 1);
            return value;
          });
      evasion = evasion & tally(figure++, clean & right(attacked, labels));
    }
    for (const models::AwRoute route : {models::AwRoute::ForceClean, models::AwRoute::ForceAdv}) {
      at::Tensor attacked;
      {
        const SettingsScope forced(network_, route);
        attacked = ascend(images, labels, samples, [&](const at::Tensor& x, const at::Tensor& y) {
          attacks::ObjectiveValue value;
          value.logits = network_.forward(x);
          value.loss = attacks::crossEntropyLoss(value.logits, y);
          return value;
        });
      }
      surrogate = surrogate & tally(figure++, clean & right(attacked, labels));
    }
    std::vector<at::Tensor> frozen;
    {
      const torch::NoGradGuard noGrad;
      frozen = network_.signalsOf(images);
    }
    const at::Tensor attacked =
        ascendRows(images, labels, samples, [&](const at::Tensor& x, const at::Tensor& rows) {
          std::vector<at::Tensor> signals;
          for (const at::Tensor& s : frozen) signals.push_back(s.index_select(0, rows));
          attacks::ObjectiveValue value;
          value.logits = network_.forwardWithSignals(x, signals);
          value.loss = attacks::crossEntropyLoss(value.logits, labels.index_select(0, rows));
          return value;
        });
    surrogate = surrogate & tally(figure++, clean & right(attacked, labels));

    at::Tensor transferred = clean.clone();
    for (const models::ClassifierPtr& source : options_.transferSources) {
      attacks::Target model(source);
      for (const auto& attack : transfers_) {
        const attacks::Perturbation moved =
            attack->perturb(model, {batch, model.exactLogits(images), options_.seed});
        transferred = transferred &
                      tally(figure++, clean & right(attacks::project(options_.threat.norm, images,
                                                                     moved.images, options_.threat.epsilon),
                                                    labels));
      }
    }

    at::Tensor left = complete & evasion & surrogate;
    const std::int64_t before = count(left);
    if (square_) {
      const at::Tensor rows = left.nonzero().squeeze(1);
      if (rows.size(0) > 0)
        left.index_put_({rows},
                        square_->run(target, batch.select(rows), options_.seed).success.logical_not());
      result_.attacks[figure++].correct += count(left);
    }
    if (result_.samples == labels.size(0)) checkAttacks(target, batch, left);
    beforeBlackBox_ += before;
    result_.transfer += count(transferred);
    result_.blackBox += count(left);

    // A4: the clean image is pushed towards "adversarial".
    const at::Tensor alarmed = ascendRows(
        images, labels, samples,
        [&](const at::Tensor& x, const at::Tensor&) {
          attacks::ObjectiveValue value;
          value.loss = network_.detect(x);
          return value;
        },
        attacks::Keep::Last);
    result_.falseAlarm += count(clean & right(alarmed, labels));

    result_.complete += count(complete);
    result_.evasion += count(evasion);
    result_.surrogate += count(surrogate);
    result_.headline += count(left);
    look(images, labels, firstAttacked.defined() ? firstAttacked : images);
  }

  AwEvaluation finish() {
    const double n = std::max<double>(1, static_cast<double>(result_.samples));
    const auto mean = [](const std::vector<double>& values) {
      double sum = 0;
      for (const double v : values) sum += v;
      return values.empty() ? std::numeric_limits<double>::quiet_NaN()
                            : sum / static_cast<double>(values.size());
    };
    result_.detectorAuroc = areaUnderRoc(clean_, attacked_);
    result_.probabilityOnClean = mean(clean_);
    result_.probabilityOnAttacked = mean(attacked_);
    for (std::size_t l = 0; l < result_.signalClean.size(); ++l) {
      result_.signalClean[l] /= n;
      result_.signalAttacked[l] /= n;
    }
    if (square_)
      for (attacks::SanityFlag& flag :
           attacks::blackBoxFlag(result_.samples, beforeBlackBox_, result_.blackBox))
        result_.flags.push_back(std::move(flag));
    result_.routerCanBeEvaded = static_cast<double>(result_.complete - result_.evasion) / n > kEvasionGap;
    return std::move(result_);
  }

 private:
  /// Flags 6 and 7, on the first batch: does the loss grow with more steps, and does an unbounded attack win?
  void checkAttacks(attacks::Target& target, const attacks::AttackBatch& batch, const at::Tensor& robust) {
    if (options_.threat.epsilon <= 0) return;
    attacks::PreflightOptions preflight;
    preflight.norm = options_.threat.norm;
    preflight.targets = 0;
    preflight.usesRatio = false;
    result_.flags = attacks::preflightFlags(target, batch, preflight, options_.seed);
    const at::Tensor rows = robust.nonzero().squeeze(1);
    if (rows.size(0) == 0) return;
    for (attacks::SanityFlag& flag : attacks::flatLossFlag(target, batch.select(rows), options_.threat,
                                                           options_.threat.epsilon / 4, options_.seed))
      result_.flags.push_back(std::move(flag));
  }

  static std::int64_t count(const at::Tensor& mask) { return mask.sum().item<std::int64_t>(); }

  at::Tensor right(const at::Tensor& images, const at::Tensor& labels) {
    const torch::NoGradGuard noGrad;
    return attacks::topClass(network_.forward(images)).eq(labels);
  }

  at::Tensor tally(std::size_t figure, const at::Tensor& correct) {
    result_.attacks[figure].correct += count(correct);
    return correct;
  }

  using RowObjective =
      std::function<attacks::ObjectiveValue(const at::Tensor& images, const at::Tensor& rows)>;

  /// Keep::Best takes the first misclassified iterate of the attacked form; success is judged by the
  /// soft-routed network afterwards, so a surrogate's success counts only where it transfers.
  at::Tensor ascendRows(const at::Tensor& images, const at::Tensor& labels,
                        const std::vector<std::int64_t>& samples, const RowObjective& objective,
                        attacks::Keep keep = attacks::Keep::Best) {
    attacks::Streams streams = attacks::sampleStreams(options_.seed, "aw-net-evaluation", 0, samples);
    const at::Tensor start = attacks::startPoint(attacks::Start::Uniform, options_.threat.norm, images,
                                                 options_.threat.epsilon, streams);
    attacks::AscentOptions ascent;
    ascent.norm = options_.threat.norm;
    ascent.epsilon = options_.threat.epsilon;
    ascent.step = options_.threat.epsilon / 4;
    ascent.steps = options_.evasionSteps;
    ascent.keep = keep;
    ascent.confirm = [this, &labels](const at::Tensor& x, const at::Tensor& rows) {
      return right(x, labels.index_select(0, rows)).logical_not();
    };
    attacks::PassCounts counts;
    return attacks::ascend(
               images, start, keep == attacks::Keep::Best ? labels : at::Tensor(),
               [&](const at::Tensor& x, const at::Tensor& rows, std::uint64_t) { return objective(x, rows); },
               ascent, counts)
        .images;
  }

  using LabelObjective =
      std::function<attacks::ObjectiveValue(const at::Tensor& images, const at::Tensor& labels)>;
  at::Tensor ascend(const at::Tensor& images, const at::Tensor& labels,
                    const std::vector<std::int64_t>& samples, const LabelObjective& objective) {
    return ascendRows(images, labels, samples, [&](const at::Tensor& x, const at::Tensor& rows) {
      return objective(x, labels.index_select(0, rows));
    });
  }

  /// What the router makes of both kinds of image, and what misrouting costs.
  void look(const at::Tensor& images, const at::Tensor& labels, const at::Tensor& attacked) {
    const torch::NoGradGuard noGrad;
    const auto probabilities = [&](const at::Tensor& x, std::vector<double>& all,
                                   std::array<std::int64_t, 10>& histogram) {
      const at::Tensor p = torch::sigmoid(network_.detect(x) / network_.settings().detectorTemperature)
                               .to(torch::kCPU, torch::kDouble)
                               .contiguous();
      for (std::int64_t i = 0; i < p.size(0); ++i) {
        const double value = p.const_data_ptr<double>()[i];
        all.push_back(value);
        ++histogram[static_cast<std::size_t>(std::clamp(static_cast<int>(value * 10), 0, 9))];
      }
    };
    probabilities(images, clean_, result_.histogramClean);
    probabilities(attacked, attacked_, result_.histogramAttacked);
    const auto signals = [&](const at::Tensor& x, std::vector<double>& sums) {
      const std::vector<at::Tensor> s = network_.signalsOf(x);
      for (std::size_t l = 0; l < s.size(); ++l)
        sums[l] += (s[l] - 1).abs().mean(1).to(torch::kDouble).sum().item<double>();
    };
    signals(images, result_.signalClean);
    signals(attacked, result_.signalAttacked);
    {
      const SettingsScope forced(network_, models::AwRoute::ForceAdv);
      result_.cleanUnderForceAdv += count(right(images, labels));
    }
    {
      const SettingsScope forced(network_, models::AwRoute::ForceClean);
      result_.attackedUnderForceClean += count(right(attacked, labels));
    }
  }

  models::AwNet& network_;
  int classes_;
  const AwEvaluationOptions& options_;
  std::vector<at::Tensor> parameters_;
  std::vector<std::unique_ptr<attacks::Attack>> attacks_, transfers_;
  std::unique_ptr<attacks::Attack> square_;
  std::int64_t beforeBlackBox_ = 0;
  std::vector<double> clean_, attacked_;  // probabilities
  AwEvaluation result_;
};

std::string percent(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", 100 * value);
  return std::isfinite(value) ? text : "–";
}

}  // namespace

std::vector<OptionIssue> AwEvaluationOptions::validate() const {
  std::vector<OptionIssue> issues;
  if (attacks.empty()) issues.push_back({"attacks", "needs at least one"});
  if (evasionWeights.empty()) issues.push_back({"evasion_weights", "needs at least one"});
  for (const double weight : evasionWeights)
    if (!(weight > 0 && std::isfinite(weight))) issues.push_back({"evasion_weights", "must be above 0"});
  if (blackBoxQueries < 0) issues.push_back({"black_box_queries", "must be 0 or more"});
  if (!transferSources.empty() && transferAttacks.empty())
    issues.push_back({"transfer_attacks", "needs at least one"});
  if (evasionSteps < 1) issues.push_back({"evasion_steps", "must be 1 or more"});
  return issues;
}

double areaUnderRoc(const std::vector<double>& negatives, const std::vector<double>& positives) {
  if (negatives.empty() || positives.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::vector<double> sorted = negatives;
  std::sort(sorted.begin(), sorted.end());
  double above = 0;
  for (const double p : positives) {
    const auto low = std::lower_bound(sorted.begin(), sorted.end(), p);
    const auto high = std::upper_bound(low, sorted.end(), p);
    above += static_cast<double>(low - sorted.begin()) + 0.5 * static_cast<double>(high - low);
  }
  return above / (static_cast<double>(negatives.size()) * static_cast<double>(positives.size()));
}

std::optional<AwEvaluation> evaluateAwNet(models::AwNet& network, int classes, const LabelledBatches& batches,
                                          const AwEvaluationOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  if (network.is_training() || network.settings().route != models::AwRoute::Soft)
    throw Error(ErrorCode::InvalidArgument, "the network must be in evaluation mode with the route soft");
  Evaluator evaluator(network, classes, options);
  std::int64_t done = 0;
  const bool whole = batches(
      [&](const at::Tensor& images, const at::Tensor& labels, const std::vector<std::int64_t>& samples) {
        evaluator.take(images, labels, samples);
        done += labels.size(0);
        context.report({"attack the router", done, 0, ""});
      });
  if (!whole) return std::nullopt;
  return evaluator.finish();
}

double AwEvaluation::rate(std::int64_t count) const {
  return samples > 0 ? static_cast<double>(count) / static_cast<double>(samples)
                     : std::numeric_limits<double>::quiet_NaN();
}

Json AwEvaluation::toJson() const {
  const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };
  const auto figure = [&](std::int64_t count) {
    return Json{{"correct", count}, {"accuracy", number(rate(count))}};
  };
  Json list = Json::array();
  for (const AwAttackFigure& attack : attacks) {
    Json entry = figure(attack.correct);
    entry["id"] = attack.id;
    list.push_back(std::move(entry));
  }
  Json flagList = Json::array();
  for (const attacks::SanityFlag& flag : flags)
    flagList.push_back({{"id", flag.id}, {"message", flag.message}});
  Json signals = Json::array();
  for (std::size_t l = 0; l < layers.size(); ++l)
    signals.push_back({{"layer", layers[l]}, {"clean", signalClean[l]}, {"attacked", signalAttacked[l]}});
  return {{"schema", "medlocker/aw-net-evaluation/1"},
          {"samples", samples},
          {"clean", figure(cleanCorrect)},
          {"detector",
           {{"auroc", number(detectorAuroc)},
            {"mean_probability_clean", number(probabilityOnClean)},
            {"mean_probability_attacked", number(probabilityOnAttacked)},
            {"histogram_clean", histogramClean},
            {"histogram_attacked", histogramAttacked}}},
          {"attacks", list},
          {"complete_network", figure(complete)},
          {"router_evasion", figure(evasion)},
          {"surrogates", figure(surrogate)},
          {"transfer", figure(transfer)},
          {"black_box", figure(blackBox)},
          {"flags", flagList},
          {"headline", figure(headline)},
          {"w_robust", number(0.5 * (rate(cleanCorrect) + rate(headline)))},
          {"false_alarm", figure(falseAlarm)},
          {"router_can_be_evaded", routerCanBeEvaded},
          {"clean_under_force_adv", figure(cleanUnderForceAdv)},
          {"attacked_under_force_clean", figure(attackedUnderForceClean)},
          {"signals", signals}};
}

std::string AwEvaluation::briefReport() const {
  std::ostringstream text;
  text << "AW-Net under attacks that know its router, " << samples << " images:\n  clean "
       << percent(rate(cleanCorrect)) << ", detector AUROC " << percent(detectorAuroc) << "\n";
  for (const AwAttackFigure& attack : attacks)
    text << "  " << attack.id << ": " << percent(rate(attack.correct)) << "\n";
  text << "  complete network (A1) " << percent(rate(complete)) << ", router evasion (A2) "
       << percent(rate(evasion)) << (routerCanBeEvaded ? ": the router can be evaded" : "")
       << "\n  worst case of A1 to A3 and A6 " << percent(rate(headline)) << ", after false alarms (A4) "
       << percent(rate(falseAlarm)) << "\n";
  for (const attacks::SanityFlag& flag : flags) text << "  warning: " << flag.message << "\n";
  return text.str();
}

}  // namespace medlocker::audit
