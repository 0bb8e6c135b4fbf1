// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QWidget>

class QScrollArea;
class QVBoxLayout;

namespace medlocker::ui {

class Dialogs;

/// A titled block on the page's background.
class Card : public QFrame {
  Q_OBJECT
 public:
  explicit Card(const QString& title, QWidget* parent = nullptr);
  QVBoxLayout* body() { return body_; }

 private:
  QVBoxLayout* body_;
};

/// Large heading with a sentence below it.
QWidget* pageHeading(const QString& title, const QString& sentence);
/// `form` where it can be scrolled; `name` for those who hear the window.
QScrollArea* scrollable(QWidget* form, const QString& name);
/// A button at the end of `edit` that clears it.
void makeClearable(QLineEdit* edit);
QLabel* mutedLabel(const QString& text, QWidget* parent = nullptr);
/// A button that stands out: the next step.
QPushButton* primaryButton(const QString& text);
/// Seconds as "about 3 min"; empty for negative ones.
QString durationText(double seconds);
QString percentText(double fraction);
QString byteText(double bytes);

/// A path with a button that chooses it; accepts dropped files. An error is shown beside the field.
class PathField : public QWidget {
  Q_OBJECT
 public:
  enum class Kind { Folder, OpenFile, SaveFile };
  PathField(Kind kind, Dialogs& dialogs, const QString& name, const QString& filter = {},
            QWidget* parent = nullptr);
  QString path() const { return edit_->text(); }
  void setPath(const QString& path);
  void setError(const QString& message);
  QLineEdit* edit() { return edit_; }

 Q_SIGNALS:
  /// By a person: typed and left, chosen or dropped.
  void edited(const QString& path);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  Kind kind_;
  Dialogs& dialogs_;
  QString name_;
  QString filter_;
  QLineEdit* edit_;
  QPushButton* button_;
  QLabel* error_;
};

/// A list of paths with Add and Remove.
class PathList : public QWidget {
  Q_OBJECT
 public:
  /// `folders`: Add chooses folders instead of files.
  PathList(bool folders, Dialogs& dialogs, const QString& name, const QString& filter = {},
           QWidget* parent = nullptr);
  QStringList paths() const;
  void setPaths(const QStringList& paths);

 Q_SIGNALS:
  void edited(const QStringList& paths);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void add(const QStringList& paths);

  Dialogs& dialogs_;
  QListWidget* list_;
};

}  // namespace medlocker::ui
