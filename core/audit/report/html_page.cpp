// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/audit/report/html_page.h"

#include "core/audit/report/html_text.h"
#include "core/audit/report/palette.h"

namespace medlocker::audit::report {
namespace {

/// `--page` is the page's own background: hatching is drawn with it.
constexpr const char* kPageStyles =
    ":root{color-scheme:light "
    "dark;--page:#ffffff;--ink:#1a1c20;--faint:#6a6f78;--rule:#d6d9de;--panel:#f5f6f8}\n"
    "@media (prefers-color-scheme:dark){:root{--page:#15171b;--ink:#e8eaee;--faint:#a2a8b3;--rule:#3a3f48;"
    "--panel:#1e2127}}\n"
    "@media print{:root{color-scheme:light;--page:#ffffff;--ink:#000000;--faint:#444444;--rule:#bbbbbb;"
    "--panel:#ffffff}}\n"
    "*{box-sizing:border-box}body{background:var(--page);color:var(--ink);font:16px/1.55 "
    "system-ui,sans-serif;max-width:66rem;margin:2rem auto;padding:0 1.2rem}\n"
    "h1{line-height:1.2;margin:0 0 .4rem}h2{margin:2.4rem 0 .6rem;border-bottom:1px solid "
    "var(--rule);padding-bottom:.2rem}\n"
    "nav ul{columns:2;padding-left:1.2rem;margin:.4rem 0 0}a{color:inherit}\n"
    ".lead{color:var(--faint)}.notice{border-left:4px solid var(--s1);background:var(--panel);padding:.6rem "
    "1rem;margin:1rem 0}\n"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;margin:.8rem "
    "0;font-variant-numeric:tabular-nums}\n"
    "caption{text-align:left;font-weight:600;padding:.2rem 0}th,td{padding:.3rem "
    ".7rem;border-bottom:1px solid var(--rule);text-align:left;vertical-align:top}\n"
    "table.figures th:not(:first-child),table.figures td{text-align:right;white-space:nowrap}thead "
    "th{border-bottom:2px solid var(--rule)}\n"
    "tbody th{font-weight:500}figure{margin:1.2rem 0;break-inside:avoid}figcaption{margin-bottom:.4rem}\n"
    "details{margin:.3rem "
    "0}summary{cursor:pointer;color:var(--faint)}pre{background:var(--panel);padding:.8rem;"
    "overflow-x:auto;font:13px/1.45 ui-monospace,monospace}\n"
    "@media print{body{max-width:none;margin:0;font-size:11pt}nav{display:none}h2{break-after:avoid}"
    "tr{break-inside:avoid}a{text-decoration:none}.scroll{overflow:visible}table{font-size:7pt}"
    "th,td{padding:.15rem .25rem;overflow-wrap:break-word}table.figures td{white-space:normal}}\n";

}  // namespace

HtmlPage::HtmlPage(std::string title, std::string lead) : title_(std::move(title)), lead_(std::move(lead)) {
}

void HtmlPage::section(const std::string& heading) {
  headings_.push_back(heading);
  body_ += "<h2 id=\"section-" + std::to_string(headings_.size()) + "\">" + escapeHtml(heading) + "</h2>\n";
}

void HtmlPage::paragraph(std::string_view text) {
  body_ += "<p>" + escapeHtml(text) + "</p>\n";
}

void HtmlPage::notice(std::string_view text) {
  body_ += "<p class=\"notice\" role=\"note\">" + escapeHtml(text) + "</p>\n";
}

void HtmlPage::list(const std::vector<std::string>& items) {
  if (items.empty()) return;
  body_ += "<ul>\n";
  for (const std::string& item : items) body_ += "<li>" + escapeHtml(item) + "</li>\n";
  body_ += "</ul>\n";
}

void HtmlPage::table(const HtmlTable& table) {
  body_ += tableHtml(table);
}

void HtmlPage::preformatted(std::string_view text) {
  body_ += "<pre>" + escapeHtml(text) + "</pre>\n";
}

void HtmlPage::chart(const BarChart& chart) {
  body_ += chartHtml(chart, nextId());
}

void HtmlPage::chart(const LineChart& chart) {
  body_ += chartHtml(chart, nextId());
}

void HtmlPage::chart(const HeatMap& chart) {
  body_ += chartHtml(chart, nextId());
}

void HtmlPage::pictures(const std::string& heading, const std::vector<Picture>& pictures) {
  body_ += pictureRowHtml(heading, pictures);
}

void HtmlPage::pictureLegend() {
  body_ += pictureLegendHtml();
}

std::string HtmlPage::finish() const {
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
      "'unsafe-inline'\">\n<title>" +
      escapeHtml(title_) + "</title>\n<style>\n" + kPageStyles + chartStyles() + pictureStyles() +
      "</style></head><body>\n<header><h1>" + escapeHtml(title_) + "</h1>\n<p class=\"lead\">" +
      escapeHtml(lead_) + "</p></header>\n";
  if (headings_.size() > 2) {
    html += "<nav aria-label=\"Contents\"><ul>\n";
    for (std::size_t i = 0; i < headings_.size(); ++i)
      html += "<li><a href=\"#section-" + std::to_string(i + 1) + "\">" + escapeHtml(headings_[i]) +
              "</a></li>\n";
    html += "</ul></nav>\n";
  }
  return html + "<main>\n" + body_ + "</main>\n</body></html>\n";
}

}  // namespace medlocker::audit::report
