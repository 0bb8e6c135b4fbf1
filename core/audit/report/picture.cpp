// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/audit/report/picture.h"

#include <algorithm>

#include "core/audit/report/html_text.h"
#include "core/common/hash.h"
#include "core/data/image_io.h"
#include "core/data/preprocess.h"

namespace medlocker::audit::report {
namespace {

const char* cssOf(PictureBox::Kind kind) {
  switch (kind) {
    case PictureBox::Kind::Lesion:
      return "box-lesion";
    case PictureBox::Kind::Anatomy:
      return "box-anatomy";
    case PictureBox::Kind::User:
      return "box-user";
    default:
      return "box-logo";
  }
}

std::string rect(const PictureBox& box) {
  return std::string("<rect class=\"") + cssOf(box.kind) + "\" x=\"" + std::to_string(box.box.x0) +
         "\" y=\"" + std::to_string(box.box.y0) + "\" width=\"" + std::to_string(box.box.width()) +
         "\" height=\"" + std::to_string(box.box.height()) + "\"/>";
}

}  // namespace

std::string thumbnailUri(const data::Image& image, int side) {
  const double scale = std::min(1.0, static_cast<double>(side) / std::max(image.width(), image.height()));
  data::FloatImage small =
      data::resize(data::floatView(image), std::max(1, static_cast<int>(image.width() * scale)),
                   std::max(1, static_cast<int>(image.height() * scale)));
  data::Image out(small.width, small.height, 3);
  const std::span<std::uint8_t> samples = out.samples8();
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<std::uint8_t>(std::clamp(small.values[i], 0.0F, 1.0F) * 255.0F + 0.5F);
  return "data:image/png;base64," + toBase64(data::encodeImage(out, data::FileFormat::Png));
}

std::string pictureRowHtml(const std::string& heading, const std::vector<Picture>& pictures) {
  std::string html =
      "<section class=\"pictures\">\n<h3>" + escapeHtml(heading) + "</h3>\n<div class=\"row\">\n";
  for (const Picture& picture : pictures) {
    html += "<figure>";
    if (picture.dataUri.empty()) {
      html += "<div class=\"no-picture\">–</div>";
    } else {
      html += "<svg class=\"picture\" role=\"img\" aria-label=\"" + escapeHtml(picture.caption) +
              "\" viewBox=\"0 0 " + std::to_string(picture.width) + " " + std::to_string(picture.height) +
              "\"><image href=\"" + picture.dataUri + "\" width=\"" + std::to_string(picture.width) +
              "\" height=\"" + std::to_string(picture.height) + "\" preserveAspectRatio=\"none\"/>";
      for (const PictureBox& box : picture.boxes) html += rect(box);
      html += "</svg>";
    }
    html += "<figcaption>" + escapeHtml(picture.caption) + "</figcaption></figure>\n";
  }
  return html + "</div>\n</section>\n";
}

std::string pictureLegendHtml() {
  std::string html = "<p class=\"legend\">";
  const std::pair<PictureBox::Kind, const char*> kinds[] = {
      {PictureBox::Kind::Logo, "logo"},
      {PictureBox::Kind::Lesion, "protected lesion"},
      {PictureBox::Kind::Anatomy, "optic disc or fovea"},
      {PictureBox::Kind::User, "box drawn by a person"}};
  for (const auto& [kind, name] : kinds)
    html += std::string("<svg class=\"key\" viewBox=\"0 0 34 18\" aria-hidden=\"true\">") +
            rect({{2, 2, 32, 16}, kind}) + "</svg> " + name + " &#160; ";
  return html + "</p>\n";
}

std::string pictureStyles() {
  return ".pictures{break-inside:avoid;margin:1rem 0}.pictures h3{margin:.4rem "
         "0;font-size:1rem;overflow-wrap:anywhere}\n"
         ".pictures .row{display:flex;flex-wrap:wrap;gap:.8rem}.pictures figure{margin:0;flex:1 1 "
         "14rem;max-width:22rem}\n"
         "svg.picture{display:block;width:100%;height:auto;background:#000;border-radius:6px}\n"
         "svg.key{width:34px;height:18px;vertical-align:-4px;background:#333;border-radius:3px}\n"
         ".no-picture{aspect-ratio:1;display:grid;place-items:center;border:1px dashed "
         "currentColor;border-radius:6px}\n"
         "svg rect.box-lesion,svg rect.box-anatomy,svg rect.box-user,svg "
         "rect.box-logo{fill:none;vector-effect:non-scaling-stroke;"
         "stroke-width:1.6}\n"
         "svg rect.box-lesion{stroke:#56b4e9}svg rect.box-anatomy{stroke:#f0e442;stroke-dasharray:2 3}\n"
         "svg rect.box-user{stroke:#e6a6cb;stroke-dasharray:8 3 2 3}svg "
         "rect.box-logo{stroke:#ff9a4d;stroke-dasharray:7 4;"
         "stroke-width:2.2}\n";
}

}  // namespace medlocker::audit::report
