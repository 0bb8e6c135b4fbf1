// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/training_charts.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "ui/services/text.h"

namespace medlocker::ui {
namespace {

/// Texts of this file, for the translators.
class TrainingTexts {
  Q_DECLARE_TR_FUNCTIONS(TrainingCharts)
};

LineChart epochChart(bool percent) {
  LineChart chart;
  chart.xTitle = TrainingTexts::tr("Epoch");
  chart.wholeX = true;
  chart.percent = percent;
  return chart;
}

void add(LineSeries& series, int epoch, double value) {
  series.x.push_back(epoch);
  series.y.push_back(value);
}

bool isRate(const std::string& name) {
  return name.find("accuracy") != std::string::npos || name.find("worst_class") != std::string::npos;
}

using Names = std::map<QString, const char*>;

/// What the history calls something, for people; a method that is newer than the list goes by its own name.
QString nameIn(const Names& names, const QString& id) {
  const auto found = names.find(id);
  return found != names.end() ? TrainingTexts::tr(found->second)
                              : QString(id).replace(QLatin1Char('_'), QLatin1Char(' '));
}

QString figureName(const QString& id) {
  static const Names kNames{
      {"temperature", QT_TRANSLATE_NOOP("TrainingCharts", "Temperatures of the teachers")},
      {"temperature_adversarial",
       QT_TRANSLATE_NOOP("TrainingCharts", "Temperatures under attack, per class")},
      {"temperature_clean", QT_TRANSLATE_NOOP("TrainingCharts", "Temperatures on clean images, per class")},
      {"class_weight", QT_TRANSLATE_NOOP("TrainingCharts", "Class weights")},
      {"weight", QT_TRANSLATE_NOOP("TrainingCharts", "Weights")},
      {"weight_natural", QT_TRANSLATE_NOOP("TrainingCharts", "Weights of the natural error, per class")},
      {"weight_boundary", QT_TRANSLATE_NOOP("TrainingCharts", "Weights of the boundary error, per class")},
      {"margin_scale", QT_TRANSLATE_NOOP("TrainingCharts", "Scale of the attack, per class")},
      {"epsilon255", QT_TRANSLATE_NOOP("TrainingCharts", "Attack strength ε · 255, per class")},
      {"beta", QT_TRANSLATE_NOOP("TrainingCharts", "Weight β of robustness, per class")},
      {"risk_adversarial", QT_TRANSLATE_NOOP("TrainingCharts", "Risk under attack, per class")},
      {"risk_clean", QT_TRANSLATE_NOOP("TrainingCharts", "Risk on clean images, per class")},
      {"survived_steps", QT_TRANSLATE_NOOP("TrainingCharts", "Attack steps survived, per class")},
      {"validation_cost", QT_TRANSLATE_NOOP("TrainingCharts", "Validation cost, per class")},
      {"train_robust_accuracy",
       QT_TRANSLATE_NOOP("TrainingCharts", "Accuracy under attack while training, per class")},
      {"loss", QT_TRANSLATE_NOOP("TrainingCharts", "Parts of the loss")},
      {"entropy", QT_TRANSLATE_NOOP("TrainingCharts", "Entropy of the teachers' answers")}};
  return nameIn(kNames, id);
}

QString partName(const QString& id) {
  static const Names kNames{{"robust_teacher", QT_TRANSLATE_NOOP("TrainingCharts", "Robust teacher")},
                            {"natural_teacher", QT_TRANSLATE_NOOP("TrainingCharts", "Natural teacher")},
                            {"adversarial", QT_TRANSLATE_NOOP("TrainingCharts", "Under attack")},
                            {"clean", QT_TRANSLATE_NOOP("TrainingCharts", "Clean images")},
                            {"average", QT_TRANSLATE_NOOP("TrainingCharts", "Averaged model")}};
  return nameIn(kNames, id);
}

/// Where a column of a method's own figures belongs.
struct Place {
  QString family;
  int order = 0;  ///< among the series
  QString name;   ///< of the series
};

/// The class whose name ends `column`, behind a "_"; the longest where several do.
std::optional<int> classOf(const QString& column, const QStringList& classes) {
  std::optional<int> best;
  for (int i = 0; i < classes.size(); ++i)
    if (column.size() > classes[i].size() + 1 && column.endsWith(QLatin1Char('_') + classes[i]) &&
        (!best || classes[i].size() > classes[*best].size()))
      best = i;
  return best;
}

Place placeOfScalar(const QString& column) {
  if (const QString start = QStringLiteral("temperature_"); column.startsWith(start))
    return {QStringLiteral("temperature"), 0, partName(column.mid(start.size()))};
  for (const QString family : {"loss", "entropy", "weight"})
    if (column.endsWith(QLatin1Char('_') + family))
      return {family, 0, partName(column.chopped(family.size() + 1))};
  return {column, 0, figureName(column)};
}

std::map<std::string, Place> placesOf(const std::set<std::string>& columns, const QStringList& classes) {
  // A figure per class is one that at least two classes have: a lone column may only happen to end so.
  std::map<QString, int> members;
  const auto familyOf = [&](const QString& column, int label) {
    return column.chopped(classes[label].size() + 1);
  };
  for (const std::string& column : columns)
    if (const auto label = classOf(text(column), classes)) ++members[familyOf(text(column), *label)];
  std::map<std::string, Place> places;
  for (const std::string& column : columns) {
    const QString name = text(column);
    const auto label = classOf(name, classes);
    if (label && members[familyOf(name, *label)] > 1)
      places[column] = {familyOf(name, *label), *label, classes[*label]};
    else if (!isRate(column))  // rates of whole models are in the chart of accuracies
      places[column] = placeOfScalar(name);
  }
  return places;
}

std::set<std::string> ownColumns(const TrainingHistory& history) {
  std::set<std::string> columns;
  for (const training::EpochRecord& record : history)
    for (const auto& [name, value] : record.extra) columns.insert(name);
  return columns;
}

/// Accuracy per class over the epochs, as a schedule.
TrainingSchedule classCourse(const TrainingHistory& history, const QStringList& classes, bool attacked) {
  TrainingSchedule schedule{attacked ? QStringLiteral("robust_accuracy") : QStringLiteral("clean_accuracy"),
                            attacked ? TrainingTexts::tr("Accuracy under attack, per class")
                                     : TrainingTexts::tr("Clean accuracy, per class"),
                            epochChart(true)};
  for (const QString& name : classes) schedule.chart.series.push_back({name, {}, {}});
  for (const training::EpochRecord& record : history) {
    if (!(attacked ? record.robustValidated : record.validated)) continue;
    const std::vector<double> rates = (attacked ? record.robust : record.validation).perClassAccuracy();
    for (std::size_t i = 0; i < schedule.chart.series.size() && i < rates.size(); ++i)
      add(schedule.chart.series[i], record.epoch, rates[i]);
  }
  return schedule;
}

bool hasPoints(const LineChart& chart) {
  return std::any_of(chart.series.begin(), chart.series.end(),
                     [](const LineSeries& series) { return !series.x.empty(); });
}

}  // namespace

LineChart lossChart(const TrainingHistory& history) {
  LineChart chart = epochChart(false);
  LineSeries train{TrainingTexts::tr("Training"), {}, {}};
  LineSeries validation{TrainingTexts::tr("Validation"), {}, {}};
  LineSeries attacked{TrainingTexts::tr("Validation under attack"), {}, {}};
  for (const training::EpochRecord& record : history) {
    add(train, record.epoch, record.trainLoss);
    if (record.validated) add(validation, record.epoch, record.validation.loss);
    if (record.robustValidated) add(attacked, record.epoch, record.robust.loss);
  }
  chart.series = {train, validation};
  if (!attacked.x.empty()) chart.series.push_back(attacked);
  return chart;
}

LineChart accuracyChart(const TrainingHistory& history) {
  LineChart chart = epochChart(true);
  LineSeries plain{TrainingTexts::tr("Accuracy"), {}, {}};
  LineSeries balanced{TrainingTexts::tr("Balanced accuracy"), {}, {}};
  LineSeries attacked{TrainingTexts::tr("Under attack"), {}, {}};
  LineSeries worst{TrainingTexts::tr("Worst class under attack"), {}, {}};
  std::map<std::string, LineSeries> further;
  for (const training::EpochRecord& record : history) {
    if (record.validated) {
      add(plain, record.epoch, record.validation.accuracy);
      add(balanced, record.epoch, record.validation.balancedAccuracy);
    }
    if (record.robustValidated) {
      add(attacked, record.epoch, record.robust.accuracy);
      add(worst, record.epoch, record.robust.worstClassAccuracy());
    }
    // Of the two models that a method may keep; accuracies per class are schedules.
    for (const auto& [name, value] : record.extra)
      if (isRate(name) && (name.starts_with("plain_") || name.starts_with("averaged_"))) {
        LineSeries& series = further[name];
        series.name = figureName(text(name));
        add(series, record.epoch, value);
      }
  }
  chart.series = {plain, balanced};
  if (!attacked.x.empty()) {
    chart.series.push_back(attacked);
    chart.series.push_back(worst);
  }
  for (auto& [name, series] : further) chart.series.push_back(std::move(series));
  return chart;
}

CategoryChart classAccuracyChart(const TrainingHistory& history, const QStringList& classes) {
  CategoryChart chart;
  chart.percent = true;
  chart.valueTitle = TrainingTexts::tr("Accuracy");
  const auto latest = [&history](bool attacked) -> const training::EpochRecord* {
    for (auto record = history.rbegin(); record != history.rend(); ++record)
      if (attacked ? record->robustValidated : record->validated) return &*record;
    return nullptr;
  };
  for (const bool attacked : {false, true}) {
    const training::EpochRecord* record = latest(attacked);
    if (record == nullptr) continue;
    chart.series.push_back({attacked ? TrainingTexts::tr("Under attack, epoch %1").arg(record->epoch)
                                     : TrainingTexts::tr("Epoch %1").arg(record->epoch),
                            (attacked ? record->robust : record->validation).perClassAccuracy(),
                            {},
                            {}});
  }
  if (chart.series.empty()) return chart;
  const std::vector<double>& rates = chart.series.back().values;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const int label = static_cast<int>(i);
    chart.categories << (label < classes.size() ? classes[label] : QString::number(label));
    if (std::isfinite(rates[i]) &&
        (chart.marked < 0 || rates[i] < rates[static_cast<std::size_t>(chart.marked)]))
      chart.marked = label;
  }
  return chart;
}

std::vector<TrainingSchedule> trainingSchedules(const TrainingHistory& history, const QStringList& classes) {
  using Family = std::map<std::pair<int, QString>, LineSeries>;  // by order and name
  std::map<QString, Family> families;
  const std::map<std::string, Place> places = placesOf(ownColumns(history), classes);
  for (const training::EpochRecord& record : history)
    for (const auto& [column, value] : record.extra) {
      const auto place = places.find(column);
      if (place == places.end()) continue;
      LineSeries& series = families[place->second.family][{place->second.order, place->second.name}];
      series.name = place->second.name;
      add(series, record.epoch, value);
    }

  std::vector<TrainingSchedule> schedules;
  const auto isTemperature = [](const QString& id) {
    return id.startsWith(QLatin1String("temperature")) && id != QLatin1String("temperatures_clamped");
  };
  const auto take = [&](const QString& id, Family& family) {
    TrainingSchedule schedule{id, figureName(id), epochChart(isRate(id.toStdString()))};
    schedule.chart.fitsValues = true;
    for (auto& [order, series] : family) schedule.chart.series.push_back(std::move(series));
    schedules.push_back(std::move(schedule));
  };
  for (auto& [id, family] : families)
    if (isTemperature(id)) take(id, family);
  for (const bool attacked : {false, true})
    if (TrainingSchedule course = classCourse(history, classes, attacked); hasPoints(course.chart))
      schedules.push_back(std::move(course));
  for (auto& [id, family] : families)
    if (!isTemperature(id)) take(id, family);
  if (!history.empty()) {
    TrainingSchedule rate{QStringLiteral("learning_rate"), TrainingTexts::tr("Learning rate"),
                          epochChart(false)};
    LineSeries series{rate.title, {}, {}};
    for (const training::EpochRecord& record : history) add(series, record.epoch, record.learningRate);
    rate.chart.series = {series};
    schedules.push_back(std::move(rate));
  }
  return schedules;
}

}  // namespace medlocker::ui
