// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/history.h"

#include <cmath>
#include <limits>
#include <set>
#include <sstream>

#include "core/common/files.h"

namespace medlocker::training {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

/// JSON knows no NaN or infinity; what is not finite is null.
Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}
double numberFrom(const Json& json) {
  return json.is_null() ? kUndefined : json.get<double>();
}

std::string percent(double value) {
  if (!std::isfinite(value)) return "–";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", 100 * value);
  return text;
}

std::string percentWithInterval(std::int64_t correct, std::int64_t total) {
  if (total == 0) return "–";
  const models::Interval interval = models::wilsonInterval(correct, total);
  char text[96];
  std::snprintf(text, sizeof text, "%.1f %% (95 %%: %.1f–%.1f)",
                100.0 * static_cast<double>(correct) / static_cast<double>(total), 100 * interval.low,
                100 * interval.high);
  return text;
}

std::int64_t rowTotal(const models::ConfusionMatrix& matrix, int truth) {
  std::int64_t total = 0;
  for (int predicted = 0; predicted < matrix.classes; ++predicted) total += matrix.at(truth, predicted);
  return total;
}

std::int64_t correctTotal(const models::ConfusionMatrix& matrix) {
  std::int64_t total = 0;
  for (int c = 0; c < matrix.classes; ++c) total += matrix.at(c, c);
  return total;
}

/// Appends a cell; one that holds a comma, quote or line break is quoted (RFC 4180).
void addCell(std::string& csv, const std::string& text) {
  if (!csv.empty() && csv.back() != '\n') csv.push_back(',');
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    csv.append(text);
    return;
  }
  csv.push_back('"');
  for (const char c : text) {
    if (c == '"') csv.push_back('"');
    csv.push_back(c);
  }
  csv.push_back('"');
}

std::string csvNumber(double value) {
  return std::isfinite(value) ? Json(value).dump() : "";
}

}  // namespace

std::vector<double> EvaluationResult::perClassAccuracy() const {
  std::vector<double> rates;
  for (int c = 0; c < confusion.classes; ++c) {
    const std::int64_t total = rowTotal(confusion, c);
    rates.push_back(total > 0 ? static_cast<double>(confusion.at(c, c)) / static_cast<double>(total)
                              : kUndefined);
  }
  return rates;
}

double EvaluationResult::worstClassAccuracy() const {
  double worst = kUndefined;
  for (const double rate : perClassAccuracy())
    if (std::isfinite(rate) && !(rate >= worst)) worst = rate;
  return worst;
}

EvaluationResult figuresOf(models::ConfusionMatrix confusion) {
  EvaluationResult result;
  result.samples = confusion.total();
  result.loss = kUndefined;
  result.accuracy = models::accuracy(confusion);
  result.balancedAccuracy = models::balancedAccuracy(confusion);
  result.quadraticKappa = models::quadraticKappa(confusion);
  result.macroF1 = models::macroF1(confusion);
  result.confusion = std::move(confusion);
  return result;
}

Json toJson(const EvaluationResult& result, const std::vector<std::string>& classes, int referableFrom) {
  const models::ConfusionMatrix& matrix = result.confusion;
  const auto rate = [](std::int64_t correct, std::int64_t total) {
    Json json = {
        {"n", total}, {"correct", correct}, {"accuracy", nullptr}, {"ci_low", nullptr}, {"ci_high", nullptr}};
    if (total > 0) {
      const models::Interval interval = models::wilsonInterval(correct, total);
      json["accuracy"] = static_cast<double>(correct) / static_cast<double>(total);
      json["ci_low"] = interval.low;
      json["ci_high"] = interval.high;
    }
    return json;
  };
  Json json = rate(correctTotal(matrix), result.samples);
  json["loss"] = number(result.loss);
  json["balanced_accuracy"] = number(result.balancedAccuracy);
  json["kappa"] = number(result.quadraticKappa);
  json["macro_f1"] = number(result.macroF1);
  json["per_class"] = Json::array();
  json["confusion"] = Json::array();
  for (int truth = 0; truth < matrix.classes; ++truth) {
    Json entry = rate(matrix.at(truth, truth), rowTotal(matrix, truth));
    entry["class"] = classes.at(static_cast<std::size_t>(truth));
    json["per_class"].push_back(std::move(entry));
    Json row = Json::array();
    for (int predicted = 0; predicted < matrix.classes; ++predicted)
      row.push_back(matrix.at(truth, predicted));
    json["confusion"].push_back(std::move(row));
  }
  if (referableFrom > 0 && referableFrom < matrix.classes) {
    json["referable_sensitivity"] = number(models::referableSensitivity(matrix, referableFrom));
    json["referable_specificity"] = number(models::referableSpecificity(matrix, referableFrom));
  }
  return json;
}

std::string describeForPeople(const EvaluationResult& result, const std::vector<std::string>& classes) {
  std::ostringstream text;
  text << "  images " << result.samples << ", accuracy "
       << percentWithInterval(correctTotal(result.confusion), result.samples) << "\n  balanced accuracy "
       << percent(result.balancedAccuracy);
  char kappa[32];
  std::snprintf(kappa, sizeof kappa, "%.3f", result.quadraticKappa);
  text << ", quadratic kappa " << (std::isfinite(result.quadraticKappa) ? kappa : "–") << ", macro F1 "
       << percent(result.macroF1) << "\n";
  for (int c = 0; c < result.confusion.classes; ++c)
    text << "  " << classes.at(static_cast<std::size_t>(c)) << ": "
         << percentWithInterval(result.confusion.at(c, c), rowTotal(result.confusion, c)) << " of "
         << rowTotal(result.confusion, c) << "\n";
  return text.str();
}

std::string_view toString(SelectionCriterion criterion) {
  switch (criterion) {
    case SelectionCriterion::Method:
      return "method";
    case SelectionCriterion::BalancedAccuracy:
      return "balanced-accuracy";
    case SelectionCriterion::Accuracy:
      return "accuracy";
    case SelectionCriterion::Kappa:
      return "kappa";
    case SelectionCriterion::Loss:
      return "loss";
    case SelectionCriterion::Robust:
      return "robust";
    case SelectionCriterion::CleanAndRobust:
      return "clean-robust";
    case SelectionCriterion::RobustAndWorstClass:
      return "robust-worst";
  }
  return "method";
}

SelectionCriterion parseSelectionCriterion(std::string_view name) {
  for (const auto criterion :
       {SelectionCriterion::Method, SelectionCriterion::BalancedAccuracy, SelectionCriterion::Accuracy,
        SelectionCriterion::Kappa, SelectionCriterion::Loss, SelectionCriterion::Robust,
        SelectionCriterion::CleanAndRobust, SelectionCriterion::RobustAndWorstClass})
    if (toString(criterion) == name) return criterion;
  throw Error(ErrorCode::InvalidArgument,
              "the selection criterion is one of method, balanced-accuracy, accuracy, kappa, loss, robust, "
              "clean-robust, robust-worst; not '" +
                  std::string(name) + "'");
}

bool needsRobustAccuracy(SelectionCriterion criterion) {
  return criterion == SelectionCriterion::Robust || criterion == SelectionCriterion::CleanAndRobust ||
         criterion == SelectionCriterion::RobustAndWorstClass;
}

double selectionScore(const EpochRecord& record, SelectionCriterion criterion) {
  const double robust = record.robustValidated ? record.robust.accuracy : kUndefined;
  switch (criterion) {
    case SelectionCriterion::Method:
    case SelectionCriterion::BalancedAccuracy:
      return record.validation.balancedAccuracy;
    case SelectionCriterion::Accuracy:
      return record.validation.accuracy;
    case SelectionCriterion::Kappa:
      return record.validation.quadraticKappa;
    case SelectionCriterion::Loss:
      return -record.validation.loss;
    case SelectionCriterion::Robust:
      return robust;
    case SelectionCriterion::CleanAndRobust:
      return 0.5 * (record.validation.accuracy + robust);
    case SelectionCriterion::RobustAndWorstClass:
      return robust + (record.robustValidated ? record.robust.worstClassAccuracy() : kUndefined);
  }
  return kUndefined;
}

bool isBetter(const EpochRecord& candidate, const EpochRecord& current, SelectionCriterion criterion) {
  const auto key = [criterion](const EpochRecord& record) {
    const auto known = [](double value) {
      return std::isfinite(value) ? value : -std::numeric_limits<double>::infinity();
    };
    const double second =
        needsRobustAccuracy(criterion) ? record.validation.accuracy : record.validation.quadraticKappa;
    return std::array<double, 3>{known(selectionScore(record, criterion)), known(second),
                                 known(-record.validation.loss)};
  };
  return key(candidate) > key(current);
}

bool isBetter(const EvaluationResult& candidate, const EvaluationResult& current,
              SelectionCriterion criterion) {
  EpochRecord a, b;
  a.validation = candidate;
  b.validation = current;
  return isBetter(a, b, criterion);
}

Json toJson(const EpochRecord& record) {
  Json json = {{"epoch", record.epoch},
               {"learning_rate", record.learningRate},
               {"train_loss", number(record.trainLoss)},
               {"train_accuracy", number(record.trainAccuracy)},
               {"best", record.best},
               {"skipped_steps", record.skippedSteps},
               {"extra", Json::object()},
               {"seconds", record.seconds},
               {"images_per_second", record.imagesPerSecond},
               {"idle_share", record.idleShare},
               {"validation", nullptr}};
  for (const auto& [name, value] : record.extra) json["extra"][name] = number(value);
  const auto figures = [](const EvaluationResult& v) -> Json {
    Json perClass = Json::array();
    for (const double rate : v.perClassAccuracy()) perClass.push_back(number(rate));
    return {{"samples", v.samples},
            {"loss", number(v.loss)},
            {"accuracy", number(v.accuracy)},
            {"balanced_accuracy", number(v.balancedAccuracy)},
            {"kappa", number(v.quadraticKappa)},
            {"macro_f1", number(v.macroF1)},
            {"per_class", perClass},
            {"confusion", v.confusion.counts}};
  };
  if (record.validated) json["validation"] = figures(record.validation);
  if (record.robustValidated) json["robust_validation"] = figures(record.robust);
  return json;
}

EpochRecord epochRecordFromJson(const Json& json) {
  EpochRecord record;
  record.epoch = json.at("epoch").get<int>();
  record.learningRate = json.at("learning_rate").get<double>();
  record.trainLoss = numberFrom(json.at("train_loss"));
  record.trainAccuracy = numberFrom(json.at("train_accuracy"));
  record.best = json.at("best").get<bool>();
  record.skippedSteps = json.at("skipped_steps").get<std::int64_t>();
  for (const auto& item : json.at("extra").items()) record.extra[item.key()] = numberFrom(item.value());
  record.seconds = json.at("seconds").get<double>();
  record.imagesPerSecond = json.at("images_per_second").get<double>();
  record.idleShare = json.at("idle_share").get<double>();
  const auto figures = [](const Json& from) {
    models::ConfusionMatrix confusion(static_cast<int>(from.at("per_class").size()));
    const auto counts = from.at("confusion").get<std::vector<std::int64_t>>();
    if (counts.size() != confusion.counts.size())
      throw Error(ErrorCode::InputRejected, "the history's confusion matrix has a wrong size");
    confusion.counts = counts;
    EvaluationResult result = figuresOf(std::move(confusion));
    result.loss = numberFrom(from.at("loss"));
    return result;
  };
  record.validated = !json.at("validation").is_null();
  if (record.validated) record.validation = figures(json.at("validation"));
  record.robustValidated = json.contains("robust_validation");
  if (record.robustValidated) record.robust = figures(json.at("robust_validation"));
  return record;
}

void writeHistory(const std::filesystem::path& folder, const std::vector<EpochRecord>& history,
                  const std::vector<std::string>& classes) {
  std::set<std::string> extras;
  bool robust = false;
  for (const EpochRecord& record : history) {
    for (const auto& item : record.extra) extras.insert(item.first);
    robust = robust || record.robustValidated;
  }

  std::string csv;
  for (const char* name : {"epoch", "learning_rate", "train_loss", "train_accuracy", "validation_loss",
                           "validation_accuracy", "validation_balanced_accuracy", "validation_kappa"})
    addCell(csv, name);
  for (const std::string& name : classes) addCell(csv, "validation_accuracy_" + name);
  if (robust) {
    addCell(csv, "robust_accuracy");
    addCell(csv, "robust_worst_class");
    for (const std::string& name : classes) addCell(csv, "robust_accuracy_" + name);
  }
  for (const std::string& name : extras) addCell(csv, name);
  for (const char* name : {"best", "skipped_steps", "seconds", "images_per_second", "idle_share"})
    addCell(csv, name);
  csv.push_back('\n');

  constexpr double kNone = kUndefined;
  Json list = Json::array();
  for (const EpochRecord& record : history) {
    list.push_back(toJson(record));
    const EvaluationResult& v = record.validation;
    addCell(csv, std::to_string(record.epoch));
    for (const double value : {record.learningRate, record.trainLoss, record.trainAccuracy})
      addCell(csv, csvNumber(value));
    for (const double value : {v.loss, v.accuracy, v.balancedAccuracy, v.quadraticKappa})
      addCell(csv, csvNumber(record.validated ? value : kNone));
    const std::vector<double> rates = v.perClassAccuracy();
    for (std::size_t c = 0; c < classes.size(); ++c)
      addCell(csv, csvNumber(c < rates.size() ? rates[c] : kNone));
    if (robust) {
      const std::vector<double> attacked = record.robust.perClassAccuracy();
      addCell(csv, csvNumber(record.robustValidated ? record.robust.accuracy : kNone));
      addCell(csv, csvNumber(record.robustValidated ? record.robust.worstClassAccuracy() : kNone));
      for (std::size_t c = 0; c < classes.size(); ++c)
        addCell(csv, csvNumber(c < attacked.size() ? attacked[c] : kNone));
    }
    for (const std::string& name : extras) {
      const auto found = record.extra.find(name);
      addCell(csv, csvNumber(found != record.extra.end() ? found->second : kNone));
    }
    addCell(csv, record.best ? "1" : "0");
    addCell(csv, std::to_string(record.skippedSteps));
    for (const double value : {record.seconds, record.imagesPerSecond, record.idleShare})
      addCell(csv, csvNumber(value));
    csv.push_back('\n');
  }
  writeFileAtomically(folder / "history.csv", csv);
  const Json json = {{"schema", "medlocker/history/1"}, {"classes", classes}, {"epochs", list}};
  writeFileAtomically(folder / "history.json", json.dump(2) + "\n");
}

}  // namespace medlocker::training
