// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/common/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/common/error.h"

namespace medlocker {
namespace {

namespace fs = std::filesystem;

std::function<void(const fs::path&)>& faultHook() {
  static std::function<void(const fs::path&)> hook;
  return hook;
}

[[noreturn]] void ioFailure(const std::string& action, const fs::path& path) {
  throw Error(ErrorCode::Io, action + " failed: " + std::strerror(errno), path.string());
}

void syncFolder(const fs::path& folder) {
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;  // some file systems do not allow it; the rename itself has happened
  ::fsync(fd);
  ::close(fd);
}

}  // namespace

/// Closes and removes what was begun unless release() was called.
class AtomicFileWriter::TemporaryFile {
 public:
  TemporaryFile(const fs::path& target, mode_t mode) {
    static std::atomic<unsigned> counter{0};
    path_ = target;
    path_ +=
        "." + std::to_string(::getpid()) + "-" + std::to_string(counter++) + std::string(kTemporarySuffix);
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd_ < 0) ioFailure("creating", path_);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (fd_ >= 0) ::close(fd_);
    if (!released_) ::unlink(path_.c_str());
  }

  void write(ByteView content) {
    std::size_t done = 0;
    while (done < content.size()) {
      const ssize_t n = ::write(fd_, content.data() + done, content.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) ioFailure("writing", path_);
      done += static_cast<std::size_t>(n);
    }
  }

  void moveTo(const fs::path& target) {
    if (::fsync(fd_) != 0) ioFailure("syncing", path_);
    const int fd = fd_;
    fd_ = -1;
    if (::close(fd) != 0) ioFailure("closing", path_);
    if (::rename(path_.c_str(), target.c_str()) != 0) ioFailure("renaming", target);
    released_ = true;
  }

 private:
  fs::path path_;
  int fd_ = -1;
  bool released_ = false;
};

AtomicFileWriter::AtomicFileWriter(fs::path path, bool isPrivate) : path_(std::move(path)) {
  if (faultHook()) faultHook()(path_);
  const fs::path folder = path_.parent_path();
  if (!folder.empty()) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
      throw Error(ErrorCode::Io, "the folder cannot be created: " + error.message(), folder.string());
  }
  file_ = std::make_unique<TemporaryFile>(path_, isPrivate ? 0600 : 0666);
}
AtomicFileWriter::~AtomicFileWriter() = default;

void AtomicFileWriter::write(ByteView content) {
  file_->write(content);
}

void AtomicFileWriter::commit() {
  file_->moveTo(path_);
  syncFolder(path_.parent_path());
}

Bytes readFile(const fs::path& path, std::uint64_t maxBytes) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) throw Error(ErrorCode::NotFound, "does not exist", path.string());
  if (!fs::is_regular_file(status))
    throw Error(ErrorCode::InputRejected, "is not a regular file", path.string());
  const std::uint64_t size = fs::file_size(path, error);
  if (error) throw Error(ErrorCode::Io, "cannot be read: " + error.message(), path.string());
  if (size > maxBytes)
    throw Error(
        ErrorCode::InputRejected,
        "is larger than allowed (" + std::to_string(size) + " > " + std::to_string(maxBytes) + " bytes)",
        path.string());
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(ErrorCode::Io, "cannot be opened for reading", path.string());
  Bytes bytes(size);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (static_cast<std::uint64_t>(in.gcount()) != size)
    throw Error(ErrorCode::Io, "reading ended early", path.string());
  return bytes;
}

std::string readTextFile(const fs::path& path, std::uint64_t maxBytes) {
  return asString(readFile(path, maxBytes));
}

void writeFileAtomically(const fs::path& path, ByteView content) {
  AtomicFileWriter file(path);
  file.write(content);
  file.commit();
}
void writeFileAtomically(const fs::path& path, std::string_view content) {
  writeFileAtomically(path, asBytes(content));
}
void writePrivateFileAtomically(const fs::path& path, ByteView content) {
  AtomicFileWriter file(path, true);
  file.write(content);
  file.commit();
}

bool isInside(const fs::path& path, const fs::path& folder) {
  const fs::path inner = fs::weakly_canonical(fs::absolute(path)).lexically_normal();
  fs::path outer = fs::weakly_canonical(fs::absolute(folder)).lexically_normal();
  if (!outer.has_filename()) outer = outer.parent_path();  // a trailing slash
  auto a = outer.begin();
  auto b = inner.begin();
  for (; a != outer.end(); ++a, ++b)
    if (b == inner.end() || *a != *b) return false;
  return true;
}

fs::path safeJoin(const fs::path& root, std::string_view relativeName) {
  const auto refuse = [&](const char* why) {
    throw Error(ErrorCode::InputRejected, why, std::string(relativeName));
  };
  if (relativeName.empty()) refuse("an empty name is not allowed");
  if (relativeName.size() > 4096) refuse("the name is too long");
  for (const char c : relativeName) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) refuse("the name holds a control character");
    if (c == '\\') refuse("the name holds a backslash");
  }
  if (relativeName.front() == '/') refuse("an absolute name is not allowed");
  std::size_t begin = 0;
  while (begin <= relativeName.size()) {
    std::size_t end = relativeName.find('/', begin);
    if (end == std::string_view::npos) end = relativeName.size();
    const std::string_view part = relativeName.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..")
      refuse("the name would leave its folder or is not plain");
    begin = end + 1;
  }
  return root / fs::path(relativeName);
}

void setWriteFaultHook(std::function<void(const fs::path&)> hook) {
  faultHook() = std::move(hook);
}

}  // namespace medlocker
