// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <string>

namespace medlocker::ui {

/// Texts of the pipelines are UTF-8.
inline QString text(const std::string& value) {
  return QString::fromStdString(value);
}

}  // namespace medlocker::ui
