// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/console.h"

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/common/json.h"

namespace medlocker::cli {
namespace {

std::string clockText(double seconds) {
  const auto total = static_cast<long>(seconds + 0.5);
  char text[32];
  if (total >= 3600)
    std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", total / 3600, total / 60 % 60, total % 60);
  else
    std::snprintf(text, sizeof text, "%ld:%02ld", total / 60, total % 60);
  return text;
}

int terminalWidth() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) return size.ws_col;
  return 80;
}

volatile std::sig_atomic_t signalCount = 0;
int signalPipe[2] = {-1, -1};

extern "C" void onSignal(int signal) {
  signalCount = signalCount + 1;
  if (signal == SIGINT && signalCount > 1) _exit(130);
  const char byte = 1;
  // A full pipe means that a request is already on its way.
  [[maybe_unused]] const ssize_t n = write(signalPipe[1], &byte, 1);
}

std::string readHidden(const std::string& question) {
  std::cerr << question << ": " << std::flush;
  termios before{};
  tcgetattr(STDIN_FILENO, &before);
  termios hidden = before;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  std::string line;
  std::getline(std::cin, line);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  std::cerr << "\n";
  return line;
}

}  // namespace

bool isTerminal(int fd) {
  return isatty(fd) == 1;
}

ConsoleSink::~ConsoleSink() {
  clear();
}

void ConsoleSink::clear() {
  const std::lock_guard lock(mutex_);
  if (!barShown_) return;
  out_ << "\r\033[K" << std::flush;
  barShown_ = false;
}

std::string ConsoleSink::remaining(const Progress& progress, Clock::time_point now) const {
  const double elapsed = std::chrono::duration<double>(now - stageBegin_).count();
  const std::int64_t steps = progress.done - stageFirst_;
  if (steps <= 0 || elapsed < 0.5) return {};
  const double rate = static_cast<double>(steps) / elapsed;
  char text[64];
  std::snprintf(text, sizeof text, rate >= 10 ? "%.0f/s" : "%.2f/s", rate);
  std::string result = text;
  if (progress.total > progress.done)
    result += ", " + clockText(static_cast<double>(progress.total - progress.done) / rate) + " left";
  return result;
}

void ConsoleSink::report(const Progress& progress) {
  if (style_ == Style::Silent) return;
  const std::lock_guard lock(mutex_);
  const Clock::time_point now = Clock::now();
  const bool newStage = progress.stage != stage_;
  if (newStage) {
    stage_ = progress.stage;
    stageBegin_ = now;
    stageFirst_ = progress.done;
  }
  const bool last = progress.total > 0 && progress.done >= progress.total;
  const double sinceShown = std::chrono::duration<double>(now - lastShown_).count();
  const double interval = style_ == Style::Bar ? 0.1 : style_ == Style::Json ? 0.2 : 5.0;
  if (!newStage && !last && sinceShown < interval) return;
  lastShown_ = now;

  if (style_ == Style::Json) {
    out_ << Json({{"event", "progress"},
                  {"stage", progress.stage},
                  {"done", progress.done},
                  {"total", progress.total},
                  {"note", progress.note}})
                .dump(-1, ' ', false, Json::error_handler_t::replace)
         << "\n"
         << std::flush;
    return;
  }
  std::string counts = std::to_string(progress.done);
  if (progress.total > 0) counts += "/" + std::to_string(progress.total);
  const std::string left = remaining(progress, now);
  if (style_ == Style::Lines) {
    out_ << progress.stage << ": " << counts << (left.empty() ? "" : " (" + left + ")")
         << (progress.note.empty() ? "" : " – " + progress.note) << "\n"
         << std::flush;
    return;
  }
  std::string line = progress.stage + " ";
  if (progress.total > 0) {
    constexpr int kCells = 24;
    const auto full =
        static_cast<int>(kCells * std::min<std::int64_t>(progress.done, progress.total) / progress.total);
    line += "[" + std::string(static_cast<std::size_t>(full), '#') +
            std::string(static_cast<std::size_t>(kCells - full), '.') + "] ";
  }
  line +=
      counts + (left.empty() ? "" : " (" + left + ")") + (progress.note.empty() ? "" : "  " + progress.note);
  const auto width = static_cast<std::size_t>(terminalWidth() - 1);
  if (line.size() > width) {
    std::size_t cut = width;
    while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xC0U) == 0x80U)
      --cut;  // never inside a UTF-8 sequence
    line.resize(cut);
  }
  out_ << "\r\033[K" << line << std::flush;
  barShown_ = true;
  if (last) {
    out_ << "\n" << std::flush;
    barShown_ = false;
  }
}

std::stop_source& installSignalHandlers() {
  static std::stop_source source;
  static bool installed = false;
  if (installed) return source;
  installed = true;
  if (pipe(signalPipe) != 0) return source;
  // Requesting a stop takes locks, which a signal handler may not; a small thread does it instead.
  std::thread([] {
    char byte = 0;
    while (read(signalPipe[0], &byte, 1) == 1) source.request_stop();
  }).detach();
  struct sigaction action {};
  action.sa_handler = onSignal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  return source;
}

std::optional<std::string> obtainPassphrase(const std::optional<std::filesystem::path>& file,
                                            const std::string& question, bool confirm, bool environment) {
  if (file) {
    std::string text = readTextFile(*file, 1 << 16);
    if (!text.empty() && text.back() == '\n') text.pop_back();
    if (!text.empty() && text.back() == '\r') text.pop_back();
    if (text.empty()) throw Error(ErrorCode::InputRejected, "the passphrase file is empty", file->string());
    return text;
  }
  if (environment)
    if (const char* found = std::getenv("MEDLOCKER_PASSPHRASE"); found && *found) return found;
  if (!isTerminal(STDIN_FILENO)) return std::nullopt;
  std::string first = readHidden(question);
  if (first.empty()) throw Error(ErrorCode::InvalidArgument, "no passphrase was entered");
  if (confirm && readHidden("Again, to be sure") != first)
    throw Error(ErrorCode::InvalidArgument, "the two passphrases differ");
  return first;
}

}  // namespace medlocker::cli
