// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <vector>

#include "core/training/history.h"
#include "ui/charts/charts.h"

namespace medlocker::ui {

/// Charts of one training, from the records of its epochs. A chart without figures has series without points.
using TrainingHistory = std::vector<training::EpochRecord>;

LineChart lossChart(const TrainingHistory& history);
/// Clean accuracy, accuracy under attack where it was measured, and what the method tells of its models.
LineChart accuracyChart(const TrainingHistory& history);
/// Per class: the latest validation, clean and under attack; the weakest class is marked.
CategoryChart classAccuracyChart(const TrainingHistory& history, const QStringList& classes);

/// One figure over the epochs: temperatures, weights, radii, per class or per teacher.
struct TrainingSchedule {
  QString id;     ///< as the history's columns begin, such as temperature_adversarial
  QString title;  ///< for people
  LineChart chart;
};

/// Whatever the history has, temperatures first: the method's own figures, grouped into those that belong
/// together, accuracy per class, learning rate.
std::vector<TrainingSchedule> trainingSchedules(const TrainingHistory& history, const QStringList& classes);

}  // namespace medlocker::ui
