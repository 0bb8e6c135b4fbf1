// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/data/geometry.h"
#include "core/data/image.h"

/// Small pictures inside a report. Samples are re-encoded, so nothing of a source file but what is seen gets
/// into the page. Thread-safe.
namespace medlocker::audit::report {

/// A box in pixels of the full image. Kinds differ by line style, not by colour alone.
struct PictureBox {
  data::Box box;
  enum class Kind { Lesion, Anatomy, User, Logo } kind = Kind::Lesion;
};

struct Picture {
  std::string dataUri;
  int width = 0;  ///< of the full image, the boxes' frame
  int height = 0;
  std::string caption;
  std::vector<PictureBox> boxes;
};

/// An 8-bit PNG of at most `side` pixels, as a data URI; shown through the display window.
std::string thumbnailUri(const data::Image& image, int side = 320);

/// A row of pictures with one heading, for example original, protected and restored.
std::string pictureRowHtml(const std::string& heading, const std::vector<Picture>& pictures);
/// What the line styles mean.
std::string pictureLegendHtml();
/// Style rules of the above.
std::string pictureStyles();

}  // namespace medlocker::audit::report
