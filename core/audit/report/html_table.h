// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace medlocker::audit::report {

/// A table of a report. The first column of a row is its heading. Value type.
struct HtmlTable {
  std::string caption;               ///< plain text; empty: none
  std::vector<std::string> columns;  ///< headings, plain text
  std::vector<std::vector<std::string>>
      rows;                ///< plain text, one cell per column; a shorter row is filled up
  bool alignRight = true;  ///< all but the first column, as figures are read
};

/// Accessible: caption, scope of headings; wide tables scroll in a box of their own.
std::string tableHtml(const HtmlTable& table);
/// The same content as CSV, with the caption left out.
std::string tableCsv(const HtmlTable& table);

}  // namespace medlocker::audit::report
