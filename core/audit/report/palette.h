// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

/// Colours and marks of charts. Series differ by colour and by shape or hatching, so that nothing is told by
/// colour alone. The colours are those of M. Okabe and K. Ito (Color Universal Design, 2008), lightened for
/// dark backgrounds. Thread-safe.
namespace medlocker::audit::report {

inline constexpr std::size_t kSeriesColours = 7;

/// CSS class of a series: "s0" … "s6", then again from the first.
std::string seriesClass(std::size_t series);

/// The style rules of all chart classes, for light, dark and print.
std::string chartStyles();

/// SVG of a marker centred at (x, y): circle, square, triangle, diamond, cross, pentagon, inverted triangle.
std::string marker(std::size_t series, double x, double y, double radius = 4);

/// Pattern definitions for filled areas; `idPrefix` must be unique in the document.
std::string hatchDefinitions(const std::string& idPrefix, std::size_t count);
/// Value of a fill attribute for a series.
std::string hatchFill(const std::string& idPrefix, std::size_t series);

struct Rgb {
  int r = 0;
  int g = 0;
  int b = 0;
};
/// A sequential ramp whose lightness rises evenly, 0..1, readable with any colour vision.
Rgb rampColour(double share);
/// True where black text reads better than white on this colour (WCAG 2 relative luminance).
bool prefersDarkText(const Rgb& colour);

}  // namespace medlocker::audit::report
