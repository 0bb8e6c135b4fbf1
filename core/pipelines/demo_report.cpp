// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/demo_report.h"

#include <algorithm>

#include "core/common/hash.h"
#include "core/data/image_io.h"
#include "core/data/preprocess.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

/// A small 8-bit PNG as a data URI.
std::string thumbnail(const fs::path& file) {
  const data::Image image = data::readImage(file).image;
  constexpr int kSide = 320;
  const double scale = std::min(1.0, static_cast<double>(kSide) / std::max(image.width(), image.height()));
  const data::FloatImage small =
      data::resize(data::floatView(image), std::max(1, static_cast<int>(image.width() * scale)),
                   std::max(1, static_cast<int>(image.height() * scale)));
  data::Image out(small.width, small.height, 3);
  const std::span<std::uint8_t> samples = out.samples8();
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<std::uint8_t>(std::clamp(small.values[i], 0.0F, 1.0F) * 255.0F + 0.5F);
  return "data:image/png;base64," + toBase64(data::encodeImage(out, data::FileFormat::Png));
}

}  // namespace

std::string demoReportHtml(const fs::path& folder, const std::string& summary,
                           const ProtectDatasetSummary& run) {
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>MedLocker "
      "tour</title>\n<style>\n"
      ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem "
      "auto;padding:0 1rem}\n"
      "pre{font:13px/1.45 ui-monospace,monospace;overflow-x:auto;padding:1rem;border:1px solid "
      "#8884;border-radius:8px}\n"
      "table{border-collapse:collapse}td,th{padding:.4rem;text-align:left;vertical-align:top}img{width:20rem;"
      "max-width:24vw;border-radius:6px}\n"
      "@media print{body{max-width:none}}\n</style></head><body>\n<h1>MedLocker tour</h1>\n"
      "<p>All photographs below are synthetic. A protected image is not for diagnosis.</p>\n<pre>" +
      escaped(summary) +
      "</pre>\n<h2>Images</h2>\n<table><tr><th>Original</th><th>Protected</th><th>Restored</th><th></th></"
      "tr>\n";
  std::size_t shown = 0;
  for (const ProtectedItem& item : run.items) {
    if (item.output.empty() || shown == 8) continue;
    const std::string name = fs::path(item.output).lexically_relative("images").generic_string();
    html += "<tr>";
    for (const fs::path& file :
         {folder / "originals" / item.id, folder / "protected" / item.output, folder / "restored" / name})
      html += fs::exists(file) ? "<td><img alt=\"" + escaped(file.filename().string()) + "\" src=\"" +
                                     thumbnail(file) + "\"></td>"
                               : "<td>–</td>";
    html += "<td>" + escaped(name) + "<br><b>" + escaped(item.status) + "</b><br>true class " +
            std::to_string(item.label) + "<br>networks before:";
    for (const int grade : item.predictedBefore) html += " " + std::to_string(grade);
    html += "<br>networks after:";
    for (const int grade : item.predictedAfter) html += " " + std::to_string(grade);
    html += "</td></tr>\n";
    ++shown;
  }
  return html + "</table>\n</body></html>\n";
}

}  // namespace medlocker::pipelines
