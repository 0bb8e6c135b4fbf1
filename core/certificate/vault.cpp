// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/vault.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/certificate/byte_io.h"
#include "core/certificate/sodium_init.h"

namespace medlocker::certificate {
namespace {

constexpr std::string_view kMagic = "MLVAULT1";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 8 + 4 + 4 + 16 + 8;
constexpr std::size_t kIndexEntryBytes = 16 + 4 + 32 + 24 + 8;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::string_view kEntryMagic = "MLE1";
constexpr std::string_view kPayloadDomain = "medlocker/payload/1";
constexpr std::size_t kMaxSuffix = 16;
constexpr std::size_t kMinEntryBytes = 4 + 64 + 1 + kTagBytes;
constexpr std::uint64_t kMaxEntryBytes = 4ULL << 30;  // the largest file that is read at once

bool isSuffix(std::string_view text) {
  return text.size() <= kMaxSuffix && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.';
         });
}

Bytes associatedData(const Id16& runId, const VaultIndexEntry& index) {
  Bytes out;
  ByteWriter(out).text(kPayloadDomain).bytes(runId).bytes(index.imageId).bytes(index.protPixelSha256);
  return out;
}

void appendIndexEntry(Bytes& out, const VaultIndexEntry& entry) {
  ByteWriter(out)
      .bytes(entry.imageId)
      .integer(entry.frame)
      .bytes(entry.protPixelSha256)
      .bytes(entry.nonce)
      .integer(entry.length);
}

/// All that lies before the ciphertexts.
Bytes vaultHead(const Id16& runId, const std::vector<VaultIndexEntry>& index) {
  Bytes head;
  head.reserve(kHeaderBytes + index.size() * kIndexEntryBytes + 32);
  ByteWriter(head)
      .text(kMagic)
      .integer(kVersion)
      .integer(std::uint32_t{0})
      .bytes(runId)
      .integer(static_cast<std::uint64_t>(index.size()));
  for (std::size_t i = 0; i < index.size(); ++i) {
    if (i > 0 && index[i - 1].key() >= index[i].key())
      throw Error(ErrorCode::InvalidArgument, "vault entries are not in order or come twice",
                  toHex(index[i].imageId));
    appendIndexEntry(head, index[i]);
  }
  ByteWriter(head).bytes(sha256(head));
  return head;
}

class FileSource : public ByteSource {
 public:
  explicit FileSource(const std::filesystem::path& path) : path_(path) {
    fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status {};
    if (fd_ < 0)
      throw Error(errno == ENOENT ? ErrorCode::NotFound : ErrorCode::Io,
                  std::string("cannot be opened: ") + std::strerror(errno), path.string());
    if (::fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) {
      ::close(fd_);
      throw Error(ErrorCode::InputRejected, "is not a regular file", path.string());
    }
    size_ = static_cast<std::uint64_t>(status.st_size);
  }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  ~FileSource() override { ::close(fd_); }

  std::uint64_t size() const override { return size_; }
  void read(std::uint64_t offset, std::span<std::uint8_t> out) const override {
    if (offset > size_ || out.size() > size_ - offset)
      throw Error(ErrorCode::InputRejected, "ends early", path_.string());
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t n = ::pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0)
        throw Error(ErrorCode::Io, std::string("reading failed: ") + std::strerror(errno), path_.string());
      if (n == 0) throw Error(ErrorCode::InputRejected, "ends early", path_.string());
      done += static_cast<std::size_t>(n);
    }
  }

 private:
  std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

class MemorySource : public ByteSource {
 public:
  explicit MemorySource(Bytes bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return bytes_.size(); }
  void read(std::uint64_t offset, std::span<std::uint8_t> out) const override {
    if (offset > bytes_.size() || out.size() > bytes_.size() - offset)
      throw Error(ErrorCode::InputRejected, "ends early");
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
  }

 private:
  Bytes bytes_;
};

[[noreturn]] void damaged(const std::string& why) {
  throw Error(ErrorCode::InputRejected, "the vault is damaged: " + why);
}

}  // namespace

std::shared_ptr<const ByteSource> ByteSource::openFile(const std::filesystem::path& path) {
  return std::make_shared<FileSource>(path);
}
std::shared_ptr<const ByteSource> ByteSource::fromMemory(Bytes bytes) {
  return std::make_shared<MemorySource>(std::move(bytes));
}

SealedEntry sealPayload(const SecretKey32& imageKey, const Id16& runId, const ItemKey& item,
                        const Digest& protPixelSha256, const RestorePayload& payload) {
  initSodium();
  if (!isSuffix(payload.originalSuffix))
    throw Error(ErrorCode::InvalidArgument, "the original's suffix is not a plain one",
                payload.originalSuffix);
  Bytes plain;
  plain.reserve(kMinEntryBytes + kMaxSuffix + payload.payload.size());
  ByteWriter(plain)
      .text(kEntryMagic)
      .bytes(payload.origPixelSha256)
      .bytes(payload.origFileSha256)
      .integer(static_cast<std::uint8_t>(payload.originalSuffix.size()))
      .text(payload.originalSuffix)
      .bytes(payload.payload);
  SealedEntry out;
  out.index.imageId = item.imageId;
  out.index.frame = item.frame;
  out.index.protPixelSha256 = protPixelSha256;
  fillRandom(out.index.nonce);
  out.index.length = plain.size() + kTagBytes;
  if (out.index.length > kMaxEntryBytes) throw Error(ErrorCode::InvalidArgument, "the payload is too large");
  out.ciphertext.resize(out.index.length);
  const Bytes associated = associatedData(runId, out.index);
  crypto_aead_xchacha20poly1305_ietf_encrypt(out.ciphertext.data(), nullptr, plain.data(), plain.size(),
                                             associated.data(), associated.size(), nullptr,
                                             out.index.nonce.data(), imageKey.data());
  return out;
}

RestorePayload openPayload(const SecretKey32& imageKey, const Id16& runId, const VaultIndexEntry& index,
                           ByteView ciphertext) {
  initSodium();
  if (ciphertext.size() < kMinEntryBytes || ciphertext.size() != index.length)
    throw Error(ErrorCode::InputRejected, "the payload has a wrong length");
  const Bytes associated = associatedData(runId, index);
  Bytes plain(ciphertext.size() - kTagBytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain.data(), nullptr, nullptr, ciphertext.data(),
                                                 ciphertext.size(), associated.data(), associated.size(),
                                                 index.nonce.data(), imageKey.data()) != 0)
    throw Error(ErrorCode::VerificationFailed,
                "the payload does not open: the key is for another image or run, or the vault was changed");
  ByteReader reader(plain);
  reader.expectText(kEntryMagic, "the payload is of an unknown version");
  RestorePayload out;
  out.origPixelSha256 = reader.array<32>();
  out.origFileSha256 = reader.array<32>();
  out.originalSuffix = asString(reader.take(reader.integer<std::uint8_t>()));
  if (!isSuffix(out.originalSuffix))
    throw Error(ErrorCode::InputRejected, "the payload names an impossible file suffix");
  const std::size_t header = plain.size() - reader.remaining();
  plain.erase(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(header));
  out.payload = std::move(plain);
  return out;
}

Bytes encodeVault(const Id16& runId, std::vector<SealedEntry> entries) {
  std::sort(entries.begin(), entries.end(),
            [](const SealedEntry& a, const SealedEntry& b) { return a.index.key() < b.index.key(); });
  std::vector<VaultIndexEntry> index;
  for (const SealedEntry& entry : entries) index.push_back(entry.index);
  Bytes out = vaultHead(runId, index);
  for (const SealedEntry& entry : entries)
    out.insert(out.end(), entry.ciphertext.begin(), entry.ciphertext.end());
  return out;
}

VaultWriter::VaultWriter(const std::filesystem::path& path, const Id16& runId,
                         std::vector<VaultIndexEntry> index)
    : file_(path), index_(std::move(index)) {
  file_.write(vaultHead(runId, index_));
}

void VaultWriter::add(ByteView ciphertext) {
  if (next_ >= index_.size() || ciphertext.size() != index_[next_].length)
    throw Error(ErrorCode::Internal, "a vault entry does not have the announced length");
  file_.write(ciphertext);
  ++next_;
}

void VaultWriter::finish() {
  if (next_ != index_.size()) throw Error(ErrorCode::Internal, "vault entries are missing");
  file_.commit();
}

VaultReader::VaultReader(const std::filesystem::path& path) : source_(ByteSource::openFile(path)) {
  try {
    readIndex();
  } catch (const Error& e) {
    throw e.withContext(path.string());
  }
}

VaultReader::VaultReader(std::shared_ptr<const ByteSource> source) : source_(std::move(source)) {
  readIndex();
}

void VaultReader::readIndex() {
  const std::uint64_t size = source_->size();
  if (size < kHeaderBytes + 32) throw Error(ErrorCode::InputRejected, "is not a vault: it is too short");
  Bytes head(kHeaderBytes);
  source_->read(0, head);
  ByteReader header(head);
  header.expectText(kMagic, "is not a vault");
  if (header.integer<std::uint32_t>() != kVersion || header.integer<std::uint32_t>() != 0)
    throw Error(ErrorCode::InputRejected, "is a vault of an unknown version");
  runId_ = header.array<16>();
  const auto count = header.integer<std::uint64_t>();
  if (count > (size - kHeaderBytes - 32) / kIndexEntryBytes) damaged("its index does not fit into the file");

  Bytes all = std::move(head);
  const std::size_t hashedBytes = kHeaderBytes + static_cast<std::size_t>(count) * kIndexEntryBytes;
  all.resize(hashedBytes + 32);
  source_->read(kHeaderBytes, std::span(all).subspan(kHeaderBytes));
  const Digest expected = sha256(ByteView(all).first(hashedBytes));
  if (!std::equal(expected.begin(), expected.end(), all.begin() + static_cast<std::ptrdiff_t>(hashedBytes)))
    damaged("its index was changed");

  ByteReader reader(ByteView(all).subspan(kHeaderBytes, static_cast<std::size_t>(count) * kIndexEntryBytes));
  index_.reserve(static_cast<std::size_t>(count));
  offsets_.reserve(static_cast<std::size_t>(count));
  std::uint64_t offset = hashedBytes + 32;
  for (std::uint64_t i = 0; i < count; ++i) {
    VaultIndexEntry entry;
    entry.imageId = reader.array<16>();
    entry.frame = reader.integer<std::uint32_t>();
    entry.protPixelSha256 = reader.array<32>();
    entry.nonce = reader.array<24>();
    entry.length = reader.integer<std::uint64_t>();
    if (!index_.empty() && index_.back().key() >= entry.key()) damaged("its entries are not in order");
    if (entry.length < kMinEntryBytes || entry.length > kMaxEntryBytes || entry.length > size - offset)
      damaged("an entry has an impossible length");
    index_.push_back(entry);
    offsets_.push_back(offset);
    offset += entry.length;
  }
  if (offset != size) damaged("it is longer or shorter than its index says");
  byPixels_.reserve(index_.size());
  for (std::size_t i = 0; i < index_.size(); ++i) byPixels_.emplace_back(index_[i].protPixelSha256, i);
  std::sort(byPixels_.begin(), byPixels_.end());
}

std::optional<std::size_t> VaultReader::find(const ItemKey& item) const {
  const auto found =
      std::lower_bound(index_.begin(), index_.end(), item,
                       [](const VaultIndexEntry& entry, const ItemKey& key) { return entry.key() < key; });
  if (found == index_.end() || found->key() != item) return std::nullopt;
  return static_cast<std::size_t>(found - index_.begin());
}

std::vector<std::size_t> VaultReader::findByPixels(const Digest& protPixelSha256) const {
  std::vector<std::size_t> out;
  auto found =
      std::lower_bound(byPixels_.begin(), byPixels_.end(), std::pair(protPixelSha256, std::size_t{0}));
  for (; found != byPixels_.end() && found->first == protPixelSha256; ++found) out.push_back(found->second);
  return out;
}

Bytes VaultReader::ciphertext(std::size_t position) const {
  Bytes out(static_cast<std::size_t>(index_.at(position).length));
  source_->read(offsets_[position], out);
  return out;
}

RestorePayload VaultReader::open(std::size_t position, const SecretKey32& imageKey) const {
  return openPayload(imageKey, runId_, index_.at(position), ciphertext(position));
}

void mergeVaults(std::span<const std::filesystem::path> vaults, const std::filesystem::path& target) {
  if (vaults.empty()) throw Error(ErrorCode::InvalidArgument, "there are no vaults to merge");
  std::vector<VaultReader> readers;
  std::vector<std::pair<std::size_t, std::size_t>> origin;  // reader, position
  for (const auto& path : vaults) {
    readers.emplace_back(path);
    if (readers.back().runId() != readers.front().runId())
      throw Error(ErrorCode::InvalidArgument, "belongs to another run", path.string());
    for (std::size_t i = 0; i < readers.back().entries().size(); ++i)
      origin.emplace_back(readers.size() - 1, i);
  }
  const auto entryAt = [&](const auto& at) -> const VaultIndexEntry& {
    return readers[at.first].entries()[at.second];
  };
  std::sort(origin.begin(), origin.end(),
            [&](const auto& a, const auto& b) { return entryAt(a).key() < entryAt(b).key(); });
  std::vector<VaultIndexEntry> index;
  index.reserve(origin.size());
  for (const auto& at : origin) index.push_back(entryAt(at));
  VaultWriter writer(target, readers.front().runId(), std::move(index));
  for (const auto& at : origin) writer.add(readers[at.first].ciphertext(at.second));
  writer.finish();
}

}  // namespace medlocker::certificate
