// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <functional>

namespace medlocker::ui {

struct TourOptions {
  QString out;      ///< pictures in its folder `pictures`, results beside it
  QString dataset;  ///< empty: the sample data
  QString masks;
  /// dataset, lesions, train, protect, verify, audit, settings; empty: all. A page may need those before it.
  QStringList pages;
  QString language = QStringLiteral("en");
};

/// Goes through every page and saves pictures named NN-page-light-1280x800.png. Returns how many. Throws
/// std::runtime_error where a step fails.
int runTour(const TourOptions& options, const std::function<void(const QString&)>& say);

}  // namespace medlocker::ui
