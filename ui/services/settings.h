// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QObject>
#include <QSettings>
#include <QString>
#include <QStringList>

namespace medlocker::ui {

enum class ThemeChoice { System, Light, Dark };

/// What is remembered between sessions. Passed to whoever needs it; there is no global one.
class Settings : public QObject {
  Q_OBJECT
 public:
  /// Empty: the user's own settings file.
  explicit Settings(const QString& file = {}, QObject* parent = nullptr);

  ThemeChoice theme() const;
  void setTheme(ThemeChoice theme);
  QString language() const;  ///< "en", "zh_CN"; empty: the system's
  void setLanguage(const QString& language);
  QString device() const;  ///< auto, cpu, cuda
  void setDevice(const QString& device);
  int threads() const;  ///< 0: all cores
  void setThreads(int threads);
  QString outputFolder() const;
  void setOutputFolder(const QString& folder);
  QString ownerKey() const;
  void setOwnerKey(const QString& file);

  QStringList recentProjects() const;  ///< latest first, at most ten
  void addRecentProject(const QString& path);
  void removeRecentProject(const QString& path);

  QByteArray windowGeometry() const;
  void setWindowGeometry(const QByteArray& geometry);
  int page() const;
  void setPage(int page);

 Q_SIGNALS:
  void themeChanged();
  void languageChanged();
  void recentProjectsChanged();

 private:
  QSettings store_;
};

}  // namespace medlocker::ui
