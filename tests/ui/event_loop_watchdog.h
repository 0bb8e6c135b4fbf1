// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QFile>
#include <QStringList>
#include <QTimer>
#include <algorithm>

namespace medlocker::ui {

/// Counts how often the event loop of the GUI thread does not come round in time. Time in which the thread
/// was ready but another program had the processor (the kernel's run delay) is not the window's fault and is
/// taken off. What remains still grows where other programs fight for caches and memory, so the limit is
/// twice the 50 ms that the window is built for; MEDLOCKER_STALL_MS=50 holds it to those on a quiet machine.
class EventLoopWatchdog {
 public:
  static constexpr double kUsualLimit = 100;

  EventLoopWatchdog() {
    bool given = false;
    const int wanted = qEnvironmentVariableIntValue("MEDLOCKER_STALL_MS", &given);
    if (given) limit_ = wanted;
    timer_.setTimerType(Qt::PreciseTimer);
    timer_.setInterval(2);
    QObject::connect(&timer_, &QTimer::timeout, &timer_, [this] { tick(); });
    last_ = delay();
    clock_.start();
    timer_.start();
  }

  int stalls() const { return static_cast<int>(stalls_.size()); }
  double longestMilliseconds() const { return longest_; }
  QString report() const { return stalls_.join(QStringLiteral(", ")); }
  /// Said beside the stalls, so that a failing test tells where.
  void setPhase(const QString& phase) { phase_ = phase; }

 private:
  static double delay() {
    QFile file(QStringLiteral("/proc/thread-self/schedstat"));
    if (!file.open(QIODevice::ReadOnly)) return 0;
    const QList<QByteArray> parts = file.readAll().trimmed().split(' ');
    return parts.size() > 1 ? parts[1].toDouble() / 1e6 : 0;
  }

  void tick() {
    const double now = delay();
    const double busy = static_cast<double>(clock_.nsecsElapsed()) / 1e6 - (now - last_);
    longest_ = std::max(longest_, busy);
    if (busy > limit_) stalls_ << QStringLiteral("%1 ms while %2").arg(busy, 0, 'f', 0).arg(phase_);
    last_ = now;
    clock_.restart();
  }

  double limit_ = kUsualLimit;
  QTimer timer_;
  QElapsedTimer clock_;
  double last_ = 0;
  double longest_ = 0;
  QString phase_ = QStringLiteral("starting");
  QStringList stalls_;
};

}  // namespace medlocker::ui
