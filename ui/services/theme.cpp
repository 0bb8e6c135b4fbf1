// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/services/theme.h"

#include <QApplication>
#include <QPainter>
#include <QPainterPath>
#include <QPalette>
#include <QPixmap>
#include <QStyleFactory>
#include <QtCharts/QAbstractAxis>
#include <QtCharts/QChart>
#include <QtCharts/QLegend>
#include <array>
#include <map>

namespace medlocker::ui {
namespace {

bool darkTheme = false;

QPalette lightPalette() {
  QPalette palette;
  palette.setColor(QPalette::Window, QColor(0xF4, 0xF6, 0xF8));
  palette.setColor(QPalette::WindowText, QColor(0x1B, 0x26, 0x30));
  palette.setColor(QPalette::Base, Qt::white);
  palette.setColor(QPalette::AlternateBase, QColor(0xF0, 0xF3, 0xF6));
  palette.setColor(QPalette::Text, QColor(0x1B, 0x26, 0x30));
  palette.setColor(QPalette::PlaceholderText, QColor(0x6B, 0x78, 0x84));
  palette.setColor(QPalette::Button, QColor(0xE9, 0xED, 0xF1));
  palette.setColor(QPalette::ButtonText, QColor(0x1B, 0x26, 0x30));
  palette.setColor(QPalette::ToolTipBase, QColor(0x1B, 0x26, 0x30));
  palette.setColor(QPalette::ToolTipText, Qt::white);
  palette.setColor(QPalette::Highlight, QColor(0x0B, 0x6E, 0x7F));
  palette.setColor(QPalette::HighlightedText, Qt::white);
  palette.setColor(QPalette::Link, QColor(0x0B, 0x6E, 0x7F));
  palette.setColor(QPalette::Light, Qt::white);  // cards
  palette.setColor(QPalette::Mid, QColor(0xC9, 0xD1, 0xD8));
  palette.setColor(QPalette::Midlight, QColor(0xE1, 0xE6, 0xEA));
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
    palette.setColor(QPalette::Disabled, role, QColor(0x93, 0x9D, 0xA6));
  palette.setColor(QPalette::Disabled, QPalette::Highlight, QColor(0xB9, 0xC3, 0xCB));
  return palette;
}

QPalette darkPalette() {
  QPalette palette;
  palette.setColor(QPalette::Window, QColor(0x1D, 0x22, 0x28));
  palette.setColor(QPalette::WindowText, QColor(0xE4, 0xE9, 0xED));
  palette.setColor(QPalette::Base, QColor(0x13, 0x17, 0x1C));
  palette.setColor(QPalette::AlternateBase, QColor(0x20, 0x26, 0x2D));
  palette.setColor(QPalette::Text, QColor(0xE4, 0xE9, 0xED));
  palette.setColor(QPalette::PlaceholderText, QColor(0x8C, 0x98, 0xA3));
  palette.setColor(QPalette::Button, QColor(0x2A, 0x32, 0x3B));
  palette.setColor(QPalette::ButtonText, QColor(0xE4, 0xE9, 0xED));
  palette.setColor(QPalette::BrightText, Qt::white);
  palette.setColor(QPalette::ToolTipBase, QColor(0xE4, 0xE9, 0xED));
  palette.setColor(QPalette::ToolTipText, QColor(0x13, 0x17, 0x1C));
  palette.setColor(QPalette::Highlight, QColor(0x2A, 0x8F, 0xA2));
  palette.setColor(QPalette::HighlightedText, Qt::white);
  palette.setColor(QPalette::Link, QColor(0x5C, 0xC3, 0xD6));
  palette.setColor(QPalette::Light, QColor(0x26, 0x2D, 0x35));  // cards
  palette.setColor(QPalette::Midlight, QColor(0x32, 0x3B, 0x45));
  palette.setColor(QPalette::Mid, QColor(0x3E, 0x49, 0x54));
  palette.setColor(QPalette::Dark, QColor(0x10, 0x14, 0x18));
  palette.setColor(QPalette::Shadow, Qt::black);
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
    palette.setColor(QPalette::Disabled, role, QColor(0x6C, 0x78, 0x83));
  palette.setColor(QPalette::Disabled, QPalette::Highlight, QColor(0x3E, 0x49, 0x54));
  return palette;
}

/// Strokes in a 24×24 box.
QPainterPath iconPath(const QString& name) {
  QPainterPath path;
  if (name == "home") {
    path.moveTo(3, 11.5);
    path.lineTo(12, 4);
    path.lineTo(21, 11.5);
    path.moveTo(5.5, 10);
    path.lineTo(5.5, 20);
    path.lineTo(18.5, 20);
    path.lineTo(18.5, 10);
    path.moveTo(10, 20);
    path.lineTo(10, 14);
    path.lineTo(14, 14);
    path.lineTo(14, 20);
  } else if (name == "grid") {
    for (const double x : {4.0, 13.5})
      for (const double y : {4.0, 13.5}) path.addRoundedRect(x, y, 6.5, 6.5, 1, 1);
  } else if (name == "box") {
    path.addEllipse(3, 3, 18, 18);
    path.addRect(8, 9, 6, 5);
    path.addRect(15, 13.5, 2.5, 2.5);
  } else if (name == "shield") {
    path.moveTo(12, 3);
    path.lineTo(20, 6);
    path.cubicTo(20, 13, 18, 18, 12, 21);
    path.cubicTo(6, 18, 4, 13, 4, 6);
    path.closeSubpath();
    path.moveTo(8.5, 12);
    path.lineTo(11, 14.5);
    path.lineTo(15.5, 9.5);
  } else if (name == "key") {
    path.addEllipse(3.5, 11, 8, 8);
    path.moveTo(10.3, 12.2);
    path.lineTo(19.5, 4);
    path.moveTo(16, 7.2);
    path.lineTo(19, 10);
  } else if (name == "train") {
    path.moveTo(4, 20);
    path.lineTo(20, 20);
    path.moveTo(4, 20);
    path.lineTo(4, 4);
    path.moveTo(4, 8);
    path.cubicTo(8, 16, 12, 17, 20, 17.5);
    path.moveTo(4, 17);
    path.cubicTo(8, 9, 12, 7, 20, 6);
  } else if (name == "chart") {
    path.moveTo(3, 20.5);
    path.lineTo(21, 20.5);
    path.addRect(5, 12, 3.5, 8);
    path.addRect(10.5, 6, 3.5, 14);
    path.addRect(16, 14.5, 3.5, 5.5);
  } else if (name == "gear") {
    path.addEllipse(9, 9, 6, 6);
    path.addEllipse(5, 5, 14, 14);
    for (const auto& [x0, y0, x1, y1] : {std::array{12.0, 2.5, 12.0, 5.0},
                                         {12.0, 19.0, 12.0, 21.5},
                                         {2.5, 12.0, 5.0, 12.0},
                                         {19.0, 12.0, 21.5, 12.0},
                                         {5.3, 5.3, 7.0, 7.0},
                                         {17.0, 17.0, 18.7, 18.7},
                                         {5.3, 18.7, 7.0, 17.0},
                                         {17.0, 7.0, 18.7, 5.3}}) {
      path.moveTo(x0, y0);
      path.lineTo(x1, y1);
    }
  } else if (name == "folder") {
    path.moveTo(3, 19);
    path.lineTo(3, 6);
    path.lineTo(9, 6);
    path.lineTo(11, 8.5);
    path.lineTo(21, 8.5);
    path.lineTo(21, 19);
    path.closeSubpath();
  } else if (name == "sparkle") {
    path.moveTo(11, 4);
    path.cubicTo(11.5, 9, 13, 10.5, 18, 11);
    path.cubicTo(13, 11.5, 11.5, 13, 11, 18);
    path.cubicTo(10.5, 13, 9, 11.5, 4, 11);
    path.cubicTo(9, 10.5, 10.5, 9, 11, 4);
    path.moveTo(18.5, 15.5);
    path.lineTo(18.5, 20.5);
    path.moveTo(16, 18);
    path.lineTo(21, 18);
  } else if (name == "play") {
    path.moveTo(7, 4.5);
    path.lineTo(19, 12);
    path.lineTo(7, 19.5);
    path.closeSubpath();
  } else if (name == "pause") {
    path.addRect(6.5, 5, 3.5, 14);
    path.addRect(14, 5, 3.5, 14);
  } else if (name == "stop") {
    path.addRoundedRect(6, 6, 12, 12, 1.5, 1.5);
  } else {  // check
    path.moveTo(5, 12.5);
    path.lineTo(10, 17.5);
    path.lineTo(19.5, 7);
  }
  return path;
}

QPixmap iconPixmap(const QString& name, const QColor& colour) {
  constexpr int kScale = 2;
  QPixmap pixmap(24 * kScale, 24 * kScale);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.scale(kScale, kScale);
  painter.setPen(QPen(colour, 1.7, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  painter.drawPath(iconPath(name));
  painter.end();
  return pixmap;
}

}  // namespace

void applyTheme(ThemeChoice choice) {
  static const bool systemIsDark = qApp->palette().color(QPalette::Window).lightness() < 128;
  darkTheme = choice == ThemeChoice::Dark || (choice == ThemeChoice::System && systemIsDark);
  QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
  QApplication::setPalette(darkTheme ? darkPalette() : lightPalette());
}

bool isDarkTheme() {
  return darkTheme;
}

QColor seriesColour(int index) {
  static const std::array<QColor, 7> kColours{
      QColor(0x00, 0x72, 0xB2), QColor(0xE6, 0x9F, 0x00), QColor(0x00, 0x9E, 0x73), QColor(0xCC, 0x79, 0xA7),
      QColor(0x56, 0xB4, 0xE9), QColor(0xD5, 0x5E, 0x00), QColor(0x8C, 0x8C, 0x8C)};
  return kColours[static_cast<std::size_t>(index < 0 ? 0 : index) % kColours.size()];
}

QColor accentColour() {
  return QApplication::palette().color(QPalette::Highlight);
}
QColor mutedTextColour() {
  return QApplication::palette().color(QPalette::PlaceholderText);
}

QColor pictureGround() {
  return isDarkTheme() ? QColor(0x0C, 0x0F, 0x12) : QColor(0x22, 0x28, 0x2E);
}

QColor pictureTextColour() {
  return {0xC8, 0xD0, 0xD8};
}

QColor lesionColour(const QString& kind) {
  static const std::map<QString, QColor> kColours{
      {"MA", QColor(0xFF, 0x4D, 0x4D)},  {"HE", QColor(0xFF, 0x9A, 0x3C)},
      {"EX", QColor(0xFF, 0xE1, 0x4D)},  {"SE", QColor(0xF2, 0xF2, 0xF2)},
      {"OD", QColor(0x4D, 0xC4, 0xFF)},  {"FOVEA", QColor(0x9B, 0x8C, 0xFF)},
      {"USER", QColor(0x3D, 0xF0, 0xA0)}};
  const auto found = kColours.find(kind);
  return found != kColours.end() ? found->second : QColor(0xFF, 0x6B, 0xD6);
}

QColor statusColour(const QString& status) {
  if (status.startsWith("PROTECTED") || status.startsWith("VALID")) return seriesColour(2);
  if (status == "PARTIAL") return seriesColour(4);
  if (status == "WEAK" || status == "SKIPPED" || status == "UNKNOWN_SIGNER" || status == "NOT_IN_RUN")
    return seriesColour(1);
  return seriesColour(5);
}

QIcon lineIcon(const QString& name) {
  const QPalette palette = QApplication::palette();
  QIcon icon;
  icon.addPixmap(iconPixmap(name, palette.color(QPalette::ButtonText)), QIcon::Normal);
  icon.addPixmap(iconPixmap(name, palette.color(QPalette::Disabled, QPalette::ButtonText)), QIcon::Disabled);
  icon.addPixmap(iconPixmap(name, palette.color(QPalette::HighlightedText)), QIcon::Selected);
  return icon;
}

QPalette printPalette() {
  return lightPalette();
}

void styleChart(QChart& chart, const QPalette& palette) {
  const QColor text = palette.color(QPalette::Text);
  chart.setBackgroundBrush(palette.color(QPalette::Base));
  chart.setBackgroundRoundness(4);
  chart.setTitleBrush(text);
  QFont title = QApplication::font();
  title.setBold(true);
  chart.setTitleFont(title);
  chart.legend()->setLabelColor(text);
  for (QAbstractAxis* axis : chart.axes()) {
    axis->setLabelsColor(text);
    axis->setTitleBrush(text);
    axis->setGridLineColor(palette.color(QPalette::Midlight));
    axis->setLinePenColor(palette.color(QPalette::Mid));
  }
}

}  // namespace medlocker::ui
