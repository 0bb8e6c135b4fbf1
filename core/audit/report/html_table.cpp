// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/audit/report/html_table.h"

#include "core/audit/report/html_text.h"

namespace medlocker::audit::report {

std::string tableHtml(const HtmlTable& table) {
  std::string html = "<div class=\"scroll\"><table";
  if (table.alignRight) html += " class=\"figures\"";
  html += ">\n";
  if (!table.caption.empty()) html += "<caption>" + escapeHtml(table.caption) + "</caption>\n";
  html += "<thead><tr>";
  for (const std::string& column : table.columns) html += "<th scope=\"col\">" + escapeHtml(column) + "</th>";
  html += "</tr></thead>\n<tbody>\n";
  for (const std::vector<std::string>& row : table.rows) {
    html += "<tr>";
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const std::string text = c < row.size() ? escapeHtml(row[c]) : std::string();
      html += c == 0 ? "<th scope=\"row\">" + text + "</th>" : "<td>" + text + "</td>";
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string tableCsv(const HtmlTable& table) {
  std::string csv;
  const auto line = [&](const std::vector<std::string>& cells) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      if (c > 0) csv += ',';
      if (c < cells.size()) csv += csvField(cells[c]);
    }
    csv += '\n';
  };
  line(table.columns);
  for (const std::vector<std::string>& row : table.rows) line(row);
  return csv;
}

}  // namespace medlocker::audit::report
