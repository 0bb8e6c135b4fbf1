// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/accessibility.h"

#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QAccessibleInterface>
#include <QComboBox>
#include <QMetaEnum>
#include <QScrollBar>
#include <QWidget>

namespace medlocker::ui {
namespace {

bool isInteractive(QAccessible::Role role) {
  switch (role) {
    case QAccessible::PushButton:
    case QAccessible::ButtonMenu:
    case QAccessible::ButtonDropDown:
    case QAccessible::CheckBox:
    case QAccessible::RadioButton:
    case QAccessible::ComboBox:
    case QAccessible::SpinBox:
    case QAccessible::Slider:
    case QAccessible::EditableText:
    case QAccessible::List:
    case QAccessible::Table:
    case QAccessible::Tree:
    case QAccessible::PageTab:
    case QAccessible::MenuItem:
    case QAccessible::Link:
      return true;
    default:
      return false;
  }
}

/// A combo box owns its list and its edit, a spin box its edit, a view its viewport and bars.
bool isPartOfAControl(QObject* object) {
  for (QObject* above = object ? object->parent() : nullptr; above; above = above->parent())
    if (qobject_cast<QComboBox*>(above) || qobject_cast<QAbstractSpinBox*>(above)) return true;
  return object && object->objectName().startsWith(QLatin1String("qt_"));
}

void walk(QAccessibleInterface* element, QStringList& unnamed, int depth) {
  if (!element || !element->isValid() || depth > 60) return;
  QObject* object = element->object();
  if (isPartOfAControl(object)) return;
  const QAccessible::Role role = element->role();
  const bool focusable = element->state().focusable && qobject_cast<QWidget*>(object) &&
                         !qobject_cast<QScrollBar*>(object) &&
                         (role == QAccessible::Client || role == QAccessible::Graphic);
  if ((isInteractive(role) || focusable) && element->text(QAccessible::Name).trimmed().isEmpty())
    unnamed << QStringLiteral("%1 %2 (%3) in %4")
                   .arg(QString::fromLatin1(QMetaEnum::fromType<QAccessible::Role>().valueToKey(role)),
                        object ? QString::fromLatin1(object->metaObject()->className())
                               : QStringLiteral("part"),
                        object ? object->objectName() : QString(),
                        object && object->parent()
                            ? QString::fromLatin1(object->parent()->metaObject()->className())
                            : QString());
  // Cells and items carry their text; a table of 100,000 rows is not walked.
  if (qobject_cast<QAbstractItemView*>(object)) return;
  for (int i = 0; i < element->childCount(); ++i) walk(element->child(i), unnamed, depth + 1);
}

}  // namespace

QStringList unnamedElements(QWidget* root) {
  QStringList unnamed;
  walk(QAccessible::queryAccessibleInterface(root), unnamed, 0);
  return unnamed;
}

}  // namespace medlocker::ui
