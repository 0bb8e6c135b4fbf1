// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/audit/report/html_table.h"
#include "core/audit/report/picture.h"
#include "core/audit/report/svg_chart.h"

namespace medlocker::audit::report {

/// One self-contained HTML document: no script, nothing loaded from anywhere, light and dark by the reader's
/// setting, printable. Sections get a table of contents. Not thread-safe; the same calls give the same text.
class HtmlPage {
 public:
  /// `lead` is the paragraph under the title.
  HtmlPage(std::string title, std::string lead);

  /// Begins a section; what follows belongs to it.
  void section(const std::string& heading);
  void paragraph(std::string_view text);
  /// Set apart, for limits and warnings.
  void notice(std::string_view text);
  void list(const std::vector<std::string>& items);
  void table(const HtmlTable& table);
  void preformatted(std::string_view text);
  void chart(const BarChart& chart);
  void chart(const LineChart& chart);
  void chart(const HeatMap& chart);
  void pictures(const std::string& heading, const std::vector<Picture>& pictures);
  void pictureLegend();
  /// A fragment made by this module's own functions, put in as it is.
  void html(const std::string& fragment) { body_ += fragment; }

  /// The whole document.
  std::string finish() const;

 private:
  std::string nextId() { return "c" + std::to_string(++charts_); }

  std::string title_;
  std::string lead_;
  std::vector<std::string> headings_;
  std::string body_;
  int charts_ = 0;
};

}  // namespace medlocker::audit::report
