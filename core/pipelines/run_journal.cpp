// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/run_journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/common/error.h"
#include "core/common/files.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSchema = "medlocker/journal/1";

[[noreturn]] void ioFailure(const char* action, const fs::path& file) {
  throw Error(ErrorCode::Io, std::string(action) + " the journal failed: " + std::strerror(errno),
              file.string());
}

int openLocked(const fs::path& file, int flags) {
  const int fd = ::open(file.c_str(), flags | O_CLOEXEC, 0666);
  if (fd < 0) ioFailure("opening", file);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    throw Error(ErrorCode::InputRejected, "another process is working on this run",
                file.parent_path().string());
  }
  return fd;
}

}  // namespace

Json JournalEntry::toJson() const {
  return {{"item", item},      {"status", status},
          {"output", output},  {"file_sha256", fileSha256},
          {"sealed", sealed},  {"sealed_sha256", sealedSha256},
          {"details", details}};
}

JournalEntry JournalEntry::fromJson(const Json& json) {
  JournalEntry entry;
  entry.item = json.at("item").get<std::string>();
  entry.status = json.at("status").get<std::string>();
  entry.output = json.at("output").get<std::string>();
  entry.fileSha256 = json.at("file_sha256").get<std::string>();
  entry.sealed = json.at("sealed").get<std::string>();
  entry.sealedSha256 = json.at("sealed_sha256").get<std::string>();
  entry.details = json.at("details");
  return entry;
}

RunJournal RunJournal::create(const fs::path& file, const Json& header) {
  if (fs::exists(file)) throw Error(ErrorCode::InputRejected, "a journal exists already", file.string());
  Json complete = header;
  complete["schema"] = kSchema;
  // Renamed into place, so a journal is either absent or has its header.
  writeFileAtomically(file, complete.dump() + "\n");
  RunJournal journal(openLocked(file, O_RDWR | O_APPEND));
  journal.header_ = std::move(complete);
  return journal;
}

RunJournal RunJournal::open(const fs::path& file) {
  if (!fs::exists(file))
    throw Error(ErrorCode::NotFound, "there is no journal, so there is nothing to resume", file.string());
  RunJournal journal(openLocked(file, O_RDWR | O_APPEND));
  const std::string text = readTextFile(file);
  const std::size_t complete = journal.parse(text, file);
  // A crash tore the last line; its item is simply done again.
  if (complete < text.size() && ::ftruncate(journal.fd_, static_cast<off_t>(complete)) != 0)
    ioFailure("repairing", file);
  return journal;
}

RunJournal RunJournal::read(const fs::path& file) {
  RunJournal journal(-1);
  journal.parse(readTextFile(file), file);
  return journal;
}

std::size_t RunJournal::parse(const std::string& text, const fs::path& file) {
  std::size_t begin = 0;
  std::size_t line = 0;
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) break;
    ++line;
    try {
      const Json json = parseJsonStrictly(std::string_view(text).substr(begin, end - begin));
      if (line == 1) {
        if (json.at("schema") != kSchema) throw Error(ErrorCode::InputRejected, "unknown journal version");
        header_ = json;
      } else if (json.contains("finalised")) {
        finalised_ = true;
      } else {
        JournalEntry entry = JournalEntry::fromJson(json);
        entries_[entry.item] = std::move(entry);
      }
    } catch (const std::exception& e) {
      throw Error(ErrorCode::InputRejected,
                  "line " + std::to_string(line) + " of the journal is damaged: " + e.what(), file.string());
    }
    begin = end + 1;
  }
  if (line == 0) throw Error(ErrorCode::InputRejected, "the journal is empty", file.string());
  return begin;
}

RunJournal::RunJournal(RunJournal&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      header_(std::move(other.header_)),
      entries_(std::move(other.entries_)),
      finalised_(other.finalised_) {
}

RunJournal::~RunJournal() {
  if (fd_ >= 0) ::close(fd_);
}

void RunJournal::writeLine(const Json& line) {
  const std::string text = line.dump() + "\n";
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::write(fd_, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Error(ErrorCode::Io, std::string("writing the journal failed: ") + std::strerror(errno));
    done += static_cast<std::size_t>(n);
  }
  if (::fdatasync(fd_) != 0)
    throw Error(ErrorCode::Io, std::string("syncing the journal failed: ") + std::strerror(errno));
}

void RunJournal::append(const JournalEntry& entry) {
  writeLine(entry.toJson());
  entries_[entry.item] = entry;
}

void RunJournal::markFinalised() {
  writeLine({{"finalised", true}});
  finalised_ = true;
}

}  // namespace medlocker::pipelines
