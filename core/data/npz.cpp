// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/npz.h"

#include <zip.h>

#include <algorithm>
#include <map>

#include "core/common/error.h"
#include "core/data/csv.h"

namespace medlocker::data {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".npy";

std::string zipMessage(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

struct Member {
  zip_uint64_t index = 0;
  std::uint64_t bytes = 0;  ///< uncompressed, as the archive declares
};

/// Closes a member on every way out.
class MemberStream {
 public:
  MemberStream(zip_t* archive, zip_uint64_t index) : file_(zip_fopen_index(archive, index, 0)) {
    if (!file_)
      throw Error(ErrorCode::InputRejected, std::string("cannot be read: ") + zip_strerror(archive));
  }
  ~MemberStream() { zip_fclose(file_); }
  MemberStream(const MemberStream&) = delete;
  MemberStream& operator=(const MemberStream&) = delete;

  /// Reads until `into` is full or the member ends; returns the number of bytes.
  std::size_t read(std::span<std::uint8_t> into) {
    std::size_t done = 0;
    while (done < into.size()) {
      const zip_int64_t n = zip_fread(file_, into.data() + done, into.size() - done);
      if (n < 0)
        throw Error(ErrorCode::InputRejected, std::string("is damaged: ") + zip_file_strerror(file_));
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

 private:
  zip_file_t* file_;
};

}  // namespace

struct NpzReader::Impl {
  std::string context;
  NpzLimits limits;
  Bytes memory;  // backs the archive when it was given as bytes
  zip_t* archive = nullptr;
  std::vector<std::string> names;
  std::map<std::string, Member, std::less<>> members;

  ~Impl() {
    if (archive) zip_discard(archive);
  }

  void list() {
    const zip_int64_t count = zip_get_num_entries(archive, 0);
    if (count == 0) throw Error(ErrorCode::InputRejected, "the archive is empty", context);
    if (count < 0 || static_cast<std::uint64_t>(count) > limits.maxMembers)
      throw Error(ErrorCode::InputRejected, "the archive has too many members", context);
    for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
      zip_stat_t stat;
      if (zip_stat_index(archive, i, 0, &stat) != 0 || !(stat.valid & ZIP_STAT_NAME) ||
          !(stat.valid & ZIP_STAT_SIZE))
        throw Error(ErrorCode::InputRejected, "the archive's directory is damaged", context);
      std::string name = stat.name;
      if (name.size() <= kSuffix.size() || !name.ends_with(kSuffix)) continue;
      name.resize(name.size() - kSuffix.size());
      const auto refuse = [&](const std::string& why) {
        throw Error(ErrorCode::InputRejected, "array '" + printable(name) + "' " + why, context);
      };
      if (printable(name) != name || name.find_first_of("/\\") != std::string::npos || name.front() == '.')
        refuse("has a name that is not plain");
      if (!(stat.valid & ZIP_STAT_ENCRYPTION_METHOD) || stat.encryption_method != ZIP_EM_NONE)
        refuse("is encrypted");
      if (!(stat.valid & ZIP_STAT_COMP_METHOD) ||
          (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE))
        refuse("is packed in a way that is not read");
      if (!members.emplace(name, Member{i, stat.size}).second) refuse("occurs twice");
      names.push_back(name);
    }
  }

  /// Runs `body(member)` with errors naming file and array.
  template <typename Body>
  auto with(std::string_view name, Body body) const {
    const auto found = members.find(name);
    if (found == members.end())
      throw Error(ErrorCode::NotFound, "holds no array '" + printable(name) + "'", context);
    try {
      return body(found->second);
    } catch (const Error& error) {
      throw Error(error.code(), "array '" + std::string(name) + "': " + error.message(), context);
    }
  }

  /// Reads and parses the header and leaves the stream on the first data byte.
  NpyHeader readHeader(MemberStream& stream, const Member& member) const {
    Bytes head(kNpyPrefixBytes);
    head.resize(stream.read(head));
    const std::size_t total = npyHeaderBytes(head, limits.array);
    if (total > head.size()) {
      const std::size_t before = head.size();
      head.resize(total);
      if (stream.read(std::span(head).subspan(before)) != total - before)
        throw Error(ErrorCode::InputRejected, "ends inside its header");
    }
    // A version 1 header shorter than the prefix cannot be valid, so nothing was read too far.
    NpyHeader header = parseNpyHeader(head, limits.array);
    if (header.dataOffset + header.dataBytes() != member.bytes)
      throw Error(
          ErrorCode::InputRejected,
          "its shape asks for " + std::to_string(header.dataBytes()) +
              " bytes of data, but the archive holds " +
              std::to_string(member.bytes - std::min<std::uint64_t>(member.bytes, header.dataOffset)));
    return header;
  }
};

NpzReader::NpzReader(const fs::path& path, const NpzLimits& limits) : impl_(std::make_unique<Impl>()) {
  impl_->context = path.string();
  impl_->limits = limits;
  std::error_code ignored;
  if (!fs::exists(path, ignored)) throw Error(ErrorCode::NotFound, "does not exist", impl_->context);
  if (!fs::is_regular_file(path, ignored))
    throw Error(ErrorCode::InputRejected, "is not a regular file", impl_->context);
  int code = 0;
  impl_->archive = zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code);
  if (!impl_->archive)
    throw Error(code == ZIP_ER_OPEN || code == ZIP_ER_READ ? ErrorCode::Io : ErrorCode::InputRejected,
                "is not a readable npz archive: " + zipMessage(code), impl_->context);
  impl_->list();
}

NpzReader::NpzReader(Bytes bytes, std::string name, const NpzLimits& limits)
    : impl_(std::make_unique<Impl>()) {
  impl_->context = std::move(name);
  impl_->limits = limits;
  impl_->memory = std::move(bytes);
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(impl_->memory.data(), impl_->memory.size(), 0, &error);
  if (source) {
    impl_->archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
    if (!impl_->archive) zip_source_free(source);
  }
  const std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (!impl_->archive)
    throw Error(ErrorCode::InputRejected, "is not a readable npz archive: " + reason, impl_->context);
  impl_->list();
}

NpzReader::~NpzReader() = default;

const std::vector<std::string>& NpzReader::names() const {
  return impl_->names;
}
bool NpzReader::has(std::string_view name) const {
  return impl_->members.find(name) != impl_->members.end();
}

std::string NpzReader::comment() const {
  constexpr int kMostBytes = 4096;
  int length = 0;
  const char* text = zip_get_archive_comment(impl_->archive, &length, ZIP_FL_ENC_RAW);
  if (!text || length <= 0 || length > kMostBytes) return {};
  std::string comment(text, static_cast<std::size_t>(length));
  const bool plain = std::all_of(comment.begin(), comment.end(),
                                 [](unsigned char c) { return c == '\n' || (c >= 0x20 && c != 0x7f); });
  return plain ? comment : std::string();
}

NpyHeader NpzReader::header(std::string_view name) const {
  return impl_->with(name, [&](const Member& member) {
    MemberStream stream(impl_->archive, member.index);
    return impl_->readHeader(stream, member);
  });
}

NpyArray NpzReader::read(std::string_view name) const {
  return impl_->with(name, [&](const Member& member) {
    MemberStream stream(impl_->archive, member.index);
    NpyArray array;
    array.header = impl_->readHeader(stream, member);
    array.data.resize(array.header.dataBytes());
    if (stream.read(array.data) != array.data.size())
      throw Error(ErrorCode::InputRejected, "ends inside its data");
    std::uint8_t extra = 0;  // reading on to the end is what makes libzip compare the checksum
    if (stream.read({&extra, 1}) != 0) throw Error(ErrorCode::InputRejected, "holds more data than declared");
    return array;
  });
}

namespace {

/// A zip archive that is written to memory. Members given as bytes must live until finish().
class ArchiveWriter {
 public:
  ArchiveWriter() {
    zip_error_t error;
    zip_error_init(&error);
    target_ = zip_source_buffer_create(nullptr, 0, 0, &error);
    archive_ = target_ ? zip_open_from_source(target_, ZIP_TRUNCATE, &error) : nullptr;
    if (!archive_) {
      zip_source_free(target_);
      throw Error(ErrorCode::Internal,
                  std::string("no archive could be made: ") + zip_error_strerror(&error));
    }
    zip_source_keep(target_);
  }
  ~ArchiveWriter() {
    if (archive_) zip_discard(archive_);
    zip_source_free(target_);
  }
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;

  void add(const std::string& name, const Bytes& content, bool deflate) {
    addSource(name, zip_source_buffer(archive_, content.data(), content.size(), 0), deflate);
  }
  /// A member of another archive, which must stay open until finish().
  void copy(const std::string& name, zip_t* from, zip_uint64_t index, bool deflate) {
    addSource(name, zip_source_zip(archive_, from, index, 0, 0, -1), deflate);
  }
  void setComment(const std::string& comment) {
    if (zip_set_archive_comment(archive_, comment.data(), static_cast<zip_uint16_t>(comment.size())) != 0)
      fail();
  }

  Bytes finish() {
    if (zip_close(archive_) != 0) fail();
    archive_ = nullptr;
    Bytes out;
    if (zip_source_open(target_) == 0) {
      zip_source_seek(target_, 0, SEEK_END);
      out.resize(static_cast<std::size_t>(zip_source_tell(target_)));
      zip_source_seek(target_, 0, SEEK_SET);
      const zip_int64_t n = zip_source_read(target_, out.data(), out.size());
      zip_source_close(target_);
      if (n != static_cast<zip_int64_t>(out.size())) out.clear();
    }
    if (out.empty()) throw Error(ErrorCode::Internal, "writing the npz archive failed");
    return out;
  }

 private:
  void addSource(const std::string& name, zip_source_t* source, bool deflate) {
    const zip_int64_t index = source ? zip_file_add(archive_, name.c_str(), source, ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0) {
      zip_source_free(source);
      fail();
    }
    // One fixed date (1980-01-01 00:00), so that the bytes depend on the arrays alone.
    if (zip_set_file_compression(archive_, static_cast<zip_uint64_t>(index),
                                 deflate ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 6) != 0 ||
        zip_file_set_dostime(archive_, static_cast<zip_uint64_t>(index), 0, 0x21, 0) != 0)
      fail();
  }
  [[noreturn]] void fail() {
    throw Error(ErrorCode::Internal,
                std::string("writing the npz archive failed: ") + zip_strerror(archive_));
  }

  zip_source_t* target_ = nullptr;
  zip_t* archive_ = nullptr;
};

}  // namespace

Bytes serialiseNpz(const std::vector<NamedArray>& arrays, bool deflate) {
  std::vector<Bytes> members;  // libzip reads them only when the archive is closed
  members.reserve(arrays.size());
  ArchiveWriter writer;
  for (const auto& [name, array] : arrays) {
    members.push_back(serialiseNpy(array));
    writer.add(name + std::string(kSuffix), members.back(), deflate);
  }
  return writer.finish();
}

Bytes rewriteNpz(const fs::path& source, const std::map<std::string, NpyArray>& replaced,
                 const std::string& comment, const NpzLimits& limits) {
  const NpzReader reader(source, limits);
  const auto refuse = [&](const std::string& name, const char* why) {
    throw Error(ErrorCode::InvalidArgument, "array '" + name + "' " + why, source.string());
  };
  for (const auto& [name, array] : replaced) {
    if (!reader.has(name)) refuse(name, "is to be replaced but is not there");
    const NpyHeader header = reader.header(name);
    if (header.type != array.header.type || header.shape != array.header.shape)
      refuse(name, "is to be replaced by one of another type or shape");
  }
  zip_t* from = reader.impl_->archive;
  const zip_int64_t count = zip_get_num_entries(from, 0);
  std::vector<Bytes> members;
  members.reserve(replaced.size());
  ArchiveWriter writer;
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
    zip_stat_t stat;
    if (zip_stat_index(from, i, 0, &stat) != 0)
      throw Error(ErrorCode::InputRejected, "the archive's directory is damaged", source.string());
    const std::string name = stat.name;
    const bool deflate = stat.comp_method != ZIP_CM_STORE;
    const auto found = name.ends_with(kSuffix) ? replaced.find(name.substr(0, name.size() - kSuffix.size()))
                                               : replaced.end();
    if (found == replaced.end()) {
      writer.copy(name, from, i, deflate);
    } else {
      members.push_back(serialiseNpy(found->second));
      writer.add(name, members.back(), deflate);
    }
  }
  if (!comment.empty()) writer.setComment(comment);
  return writer.finish();
}

}  // namespace medlocker::data
