// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/services/settings.h"

#include <QDir>
#include <QStandardPaths>
#include <algorithm>

namespace medlocker::ui {
namespace {

constexpr int kRecentProjects = 10;

QString settingsFile(const QString& file) {
  if (!file.isEmpty()) return file;
  return QStandardPaths::writableLocation(QStandardPaths::AppConfigLocation) +
         QStringLiteral("/settings.ini");
}

}  // namespace

Settings::Settings(const QString& file, QObject* parent)
    : QObject(parent), store_(settingsFile(file), QSettings::IniFormat) {
}

ThemeChoice Settings::theme() const {
  const QString name = store_.value("theme", "system").toString();
  if (name == "light") return ThemeChoice::Light;
  if (name == "dark") return ThemeChoice::Dark;
  return ThemeChoice::System;
}

void Settings::setTheme(ThemeChoice theme) {
  if (theme == this->theme()) return;
  store_.setValue("theme", theme == ThemeChoice::Light  ? "light"
                           : theme == ThemeChoice::Dark ? "dark"
                                                        : "system");
  Q_EMIT themeChanged();
}

QString Settings::language() const {
  return store_.value("language").toString();
}
void Settings::setLanguage(const QString& language) {
  if (language == this->language()) return;
  store_.setValue("language", language);
  Q_EMIT languageChanged();
}

QString Settings::device() const {
  return store_.value("device", "auto").toString();
}
void Settings::setDevice(const QString& device) {
  store_.setValue("device", device);
}
int Settings::threads() const {
  return std::max(0, store_.value("threads", 0).toInt());
}
void Settings::setThreads(int threads) {
  store_.setValue("threads", threads);
}

QString Settings::outputFolder() const {
  return store_.value("output_folder", QDir::homePath() + QStringLiteral("/MedLocker")).toString();
}
void Settings::setOutputFolder(const QString& folder) {
  store_.setValue("output_folder", folder);
}
QString Settings::ownerKey() const {
  return store_.value("owner_key").toString();
}
void Settings::setOwnerKey(const QString& file) {
  store_.setValue("owner_key", file);
}

QStringList Settings::recentProjects() const {
  return store_.value("recent").toStringList();
}

void Settings::addRecentProject(const QString& path) {
  QStringList list = recentProjects();
  list.removeAll(path);
  list.prepend(path);
  while (list.size() > kRecentProjects) list.removeLast();
  store_.setValue("recent", list);
  Q_EMIT recentProjectsChanged();
}

void Settings::removeRecentProject(const QString& path) {
  QStringList list = recentProjects();
  list.removeAll(path);
  store_.setValue("recent", list);
  Q_EMIT recentProjectsChanged();
}

QByteArray Settings::windowGeometry() const {
  return store_.value("window/geometry").toByteArray();
}
void Settings::setWindowGeometry(const QByteArray& geometry) {
  store_.setValue("window/geometry", geometry);
}
int Settings::page() const {
  return store_.value("window/page", 0).toInt();
}
void Settings::setPage(int page) {
  store_.setValue("window/page", page);
}

}  // namespace medlocker::ui
