// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/private_store.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/certificate/byte_io.h"
#include "core/certificate/sodium_init.h"
#include "core/common/files.h"

namespace medlocker::certificate {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kItemMagic = "MLITEM01";
constexpr std::string_view kItemDomain = "medlocker/item/1";
constexpr std::string_view kItemSuffix = ".mlitem";
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kStreamHeaderBytes = crypto_secretstream_xchacha20poly1305_HEADERBYTES;
constexpr std::size_t kStreamOverhead = crypto_secretstream_xchacha20poly1305_ABYTES;
constexpr std::size_t kMaxRecordBytes = 16 << 20;
constexpr std::uint64_t kMaxItemBytes = (4ULL << 30) + kMaxRecordBytes + 1024;
constexpr std::uint64_t kMaxListBytes = 8ULL << 30;

std::string_view viewOf(const SecretBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Nonce, then record: what is encrypted of a frame, here and in the finished list.
SecretBytes packRecord(const CommittedRecord& item) {
  SecretBytes out;
  const std::string json = item.record.toCanonicalJson();
  out.reserve(item.nonce.size() + json.size());
  ByteWriter(out).bytes(item.nonce.view()).text(json);
  return out;
}

CommittedRecord unpackRecord(const SecretBytes& packed, const Id16& runId) {
  ByteReader reader(packed);
  const ByteView nonce = reader.take(32);
  CommittedRecord out;
  out.nonce = SecretKey32(std::span<const std::uint8_t, 32>(nonce.data(), 32));
  try {
    out.record = PrivateRecord::fromCanonicalJson(viewOf(packed).substr(32));
  } catch (const Error&) {
    // The parser's message may quote the record, which is secret.
    throw Error(ErrorCode::InputRejected, "a private record has a content that this version does not know");
  }
  if (out.record.runId != runId)
    throw Error(ErrorCode::InputRejected, "a private record belongs to another run");
  return out;
}

Bytes itemAssociated(const Id16& runId, const ItemKey& item, ByteView payloadPart) {
  Bytes out;
  ByteWriter(out)
      .text(kItemDomain)
      .bytes(runId)
      .bytes(item.imageId)
      .integer(item.frame)
      .bytes(sha256(payloadPart));
  return out;
}

struct ParsedItem {
  CommittedRecord committed;
  std::optional<VaultIndexEntry> index;
  std::size_t ciphertextOffset = 0;
};

/// Layout: magic, run id, image id, frame, record nonce, length of the sealed record u32, sealed record, then
/// either nothing or nonce, length u64 and ciphertext of the payload. The record's tag also covers the
/// payload part.
ParsedItem parseItem(ByteView content, const ItemKey& item, const RunSecrets& secrets) {
  initSodium();
  ByteReader reader(content);
  reader.expectText(kItemMagic, "is not a sealed item of a known version");
  const Id16 runId = reader.array<16>();
  const Id16 imageId = reader.array<16>();
  const auto frame = reader.integer<std::uint32_t>();
  if (runId != secrets.runId) throw Error(ErrorCode::InputRejected, "belongs to another run");
  if (ItemKey{imageId, frame} != item) throw Error(ErrorCode::InputRejected, "belongs to another image");
  const auto nonce = reader.array<kNonceBytes>();
  const auto sealedLength = reader.integer<std::uint32_t>();
  if (sealedLength < kTagBytes + 32 || sealedLength > kMaxRecordBytes)
    throw Error(ErrorCode::InputRejected, "has an impossible length");
  const ByteView sealed = reader.take(sealedLength);
  const ByteView payloadPart = content.last(reader.remaining());
  const Bytes associated = itemAssociated(runId, item, payloadPart);
  SecretBytes plain(sealed.size() - kTagBytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain.data(), nullptr, nullptr, sealed.data(), sealed.size(),
                                                 associated.data(), associated.size(), nonce.data(),
                                                 secrets.storeKey.data()) != 0)
    throw Error(ErrorCode::VerificationFailed, "was changed, or belongs to another run key");
  ParsedItem out;
  out.committed = unpackRecord(plain, runId);
  if (ItemKey{out.committed.record.imageId, out.committed.record.frame} != item)
    throw Error(ErrorCode::InputRejected, "holds the record of another image");
  if (!payloadPart.empty()) {
    VaultIndexEntry index;
    index.imageId = imageId;
    index.frame = frame;
    index.protPixelSha256 = out.committed.record.protPixelSha256;
    index.nonce = reader.array<24>();
    index.length = reader.integer<std::uint64_t>();
    if (index.length != reader.remaining()) throw Error(ErrorCode::InputRejected, "has an impossible length");
    out.ciphertextOffset = content.size() - reader.remaining();
    out.index = index;
  }
  return out;
}

void requireConsistent(const PrivateRecord& record, const RunSecrets& secrets,
                       const std::optional<RestorePayload>& payload) {
  const auto refuse = [](const char* why) { throw Error(ErrorCode::InvalidArgument, why); };
  if (record.runId != secrets.runId) refuse("the record belongs to another run");
  if ((record.payload.kind == "none") != !payload)
    refuse("the record's payload kind does not fit the payload");
  const Digest expected = sha256(payload ? ByteView(payload->payload) : ByteView());
  if (record.payload.length != (payload ? payload->payload.size() : 0) || record.payload.sha256 != expected)
    refuse("the record does not describe its payload");
  if (payload && (payload->origPixelSha256 != record.origPixelSha256 ||
                  payload->origFileSha256 != record.origFileSha256))
    refuse("the payload belongs to another original than the record");
}

std::optional<ItemKey> keyFromName(const std::string& name) {
  const std::size_t dash = name.find('-');
  if (dash != 32 || !name.ends_with(kItemSuffix)) return std::nullopt;
  ItemKey out;
  try {
    out.imageId = id16FromHex(std::string_view(name).substr(0, 32));
  } catch (const Error&) {
    return std::nullopt;
  }
  const char* const begin = name.data() + 33;
  const char* const end = name.data() + name.size() - kItemSuffix.size();
  const auto [stop, error] = std::from_chars(begin, end, out.frame);
  if (error != std::errc() || stop != end) return std::nullopt;
  return out;
}

}  // namespace

RunStore::RunStore(fs::path folder, RunSecrets secrets)
    : folder_(std::move(folder)), secrets_(std::move(secrets)) {
}

RunStore RunStore::create(const fs::path& privateFolder, const RunSecrets& secrets,
                          const OwnerSecretKey& owner) {
  if (exists(privateFolder) || fs::exists(privateFolder / std::string(kParameterListFile)))
    throw Error(ErrorCode::InvalidArgument, "holds the private part of a run already",
                privateFolder.string());
  writePrivateFileAtomically(privateFolder / std::string(kRunKeyFile),
                             sealRunSecrets(secrets, StoreKind::RunKey, owner));
  return RunStore(privateFolder, secrets);
}

RunStore RunStore::open(const fs::path& privateFolder, const OwnerSecretKey& owner) {
  const fs::path file = privateFolder / std::string(kRunKeyFile);
  try {
    const Bytes content = readFile(file, kMaxStoreHeaderBytes);
    OpenedHeader header = openRunSecrets(content, StoreKind::RunKey, owner);
    if (header.length != content.size())
      throw Error(ErrorCode::InputRejected, "bytes follow the end of the data");
    return RunStore(privateFolder, std::move(header.secrets));
  } catch (const Error& e) {
    throw e.withContext(file.string());
  }
}

bool RunStore::exists(const fs::path& privateFolder) {
  return fs::exists(privateFolder / std::string(kRunKeyFile));
}

fs::path RunStore::itemFile(const ItemKey& item) const {
  return fs::path(std::string(kItemsFolder)) /
         (toHex(item.imageId) + "-" + std::to_string(item.frame) + std::string(kItemSuffix));
}

StoredItem RunStore::put(const PrivateRecord& record, const std::optional<RestorePayload>& payload) const {
  initSodium();
  requireConsistent(record, secrets_, payload);
  const ItemKey item{record.imageId, record.frame};
  Bytes payloadPart;
  if (payload) {
    const SealedEntry entry = sealPayload(secrets_.imageKey(record.imageId), secrets_.runId, item,
                                          record.protPixelSha256, *payload);
    payloadPart.reserve(32 + entry.ciphertext.size());
    ByteWriter(payloadPart).bytes(entry.index.nonce).integer(entry.index.length).bytes(entry.ciphertext);
  }
  const SecretBytes plain = packRecord(secrets_.commit(record));
  if (plain.size() + kTagBytes > kMaxRecordBytes)
    throw Error(ErrorCode::InvalidArgument, "the record is too long");
  std::array<std::uint8_t, kNonceBytes> nonce{};
  fillRandom(nonce);
  Bytes sealed(plain.size() + kTagBytes);
  const Bytes associated = itemAssociated(secrets_.runId, item, payloadPart);
  crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data(), nullptr, plain.data(), plain.size(),
                                             associated.data(), associated.size(), nullptr, nonce.data(),
                                             secrets_.storeKey.data());
  Bytes content;
  content.reserve(128 + sealed.size() + payloadPart.size());
  ByteWriter(content)
      .text(kItemMagic)
      .bytes(secrets_.runId)
      .bytes(item.imageId)
      .integer(item.frame)
      .bytes(nonce)
      .integer(static_cast<std::uint32_t>(sealed.size()))
      .bytes(sealed)
      .bytes(payloadPart);
  StoredItem out;
  out.file = itemFile(item);
  out.sha256 = sha256(content);
  writePrivateFileAtomically(folder_ / out.file, content);
  return out;
}

std::optional<CommittedRecord> RunStore::get(const ItemKey& item) const {
  const fs::path file = folder_ / itemFile(item);
  if (!fs::exists(file)) return std::nullopt;
  try {
    return parseItem(readFile(file, kMaxItemBytes), item, secrets_).committed;
  } catch (const Error& e) {
    throw e.withContext(file.string());
  }
}

void RunStore::discard(const ItemKey& item) const {
  std::error_code error;
  fs::remove(folder_ / itemFile(item), error);
  if (error)
    throw Error(ErrorCode::Io, "cannot be removed: " + error.message(), (folder_ / itemFile(item)).string());
}

std::vector<ItemKey> RunStore::items() const {
  std::vector<ItemKey> out;
  const fs::path folder = folder_ / std::string(kItemsFolder);
  if (!fs::exists(folder)) return out;
  // Other names are leftovers of interrupted writes.
  for (const auto& entry : fs::directory_iterator(folder))
    if (const auto key = keyFromName(entry.path().filename().string())) out.push_back(*key);
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<CommittedRecord> RunStore::finish(const fs::path& vault, const OwnerSecretKey& owner) const {
  std::vector<CommittedRecord> records;
  std::vector<VaultIndexEntry> index;
  std::vector<std::pair<fs::path, std::size_t>> ciphertexts;
  for (const ItemKey& item : items()) {
    const fs::path file = folder_ / itemFile(item);
    try {
      ParsedItem parsed = parseItem(readFile(file, kMaxItemBytes), item, secrets_);
      if (parsed.index) {
        index.push_back(*parsed.index);
        ciphertexts.emplace_back(file, parsed.ciphertextOffset);
      }
      records.push_back(std::move(parsed.committed));
    } catch (const Error& e) {
      throw e.withContext(file.string());
    }
  }
  VaultWriter writer(vault, secrets_.runId, std::move(index));
  for (const auto& [file, offset] : ciphertexts) {
    const Bytes content = readFile(file, kMaxItemBytes);
    writer.add(ByteView(content).subspan(offset));
  }
  writer.finish();
  writeParameterList(folder_ / std::string(kParameterListFile), secrets_, records, owner);
  return records;
}

void RunStore::removeWorkFiles(const fs::path& privateFolder) {
  if (!fs::exists(privateFolder / std::string(kParameterListFile))) return;
  // The run key goes first: without it the folder no longer looks like a run under way.
  std::error_code error;
  fs::remove(privateFolder / std::string(kRunKeyFile), error);
  if (!error) fs::remove_all(privateFolder / std::string(kItemsFolder), error);
  if (error)
    throw Error(ErrorCode::Io, "work files cannot be removed: " + error.message(), privateFolder.string());
}

void ParameterList::requireCertified(const PublicCertificate& certificate) const {
  const auto refuse = [](const char* why) { throw Error(ErrorCode::VerificationFailed, why); };
  if (secrets.runId != certificate.runId)
    refuse("the private part belongs to another run than the certificate");
  if (records.size() != certificate.leafCount ||
      parameterListSha256(records) != certificate.parameterListSha256)
    refuse("the private part is not the one the certificate commits to");
  std::vector<Leaf> leaves;
  leaves.reserve(records.size());
  for (const CommittedRecord& record : records) leaves.push_back(leafOf(record));
  if (leavesRoot(leaves) != certificate.merkleRoot)
    refuse("the private part does not lead to the certificate's root");
}

void writeParameterList(const fs::path& file, const RunSecrets& secrets, std::vector<CommittedRecord> records,
                        const OwnerSecretKey& owner) {
  initSodium();
  sortRecords(records);
  if (!records.empty() && records.front().record.runId != secrets.runId)
    throw Error(ErrorCode::InvalidArgument, "the records belong to another run than the secrets");
  const Bytes header = sealRunSecrets(secrets, StoreKind::ParameterList, owner);
  const Digest headerHash = sha256(header);
  crypto_secretstream_xchacha20poly1305_state state;
  std::array<std::uint8_t, kStreamHeaderBytes> streamHeader{};
  crypto_secretstream_xchacha20poly1305_init_push(&state, streamHeader.data(), secrets.storeKey.data());
  AtomicFileWriter out(file, true);
  out.write(header);
  out.write(streamHeader);
  const auto push = [&](ByteView plain, std::uint8_t tag) {
    Bytes length;
    ByteWriter(length).integer(static_cast<std::uint32_t>(plain.size() + kStreamOverhead));
    Bytes chunk(plain.size() + kStreamOverhead);
    crypto_secretstream_xchacha20poly1305_push(&state, chunk.data(), nullptr, plain.data(), plain.size(),
                                               headerHash.data(), headerHash.size(), tag);
    out.write(length);
    out.write(chunk);
  };
  for (const CommittedRecord& record : records)
    push(packRecord(record), crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
  // The last chunk tells the number of records, so a list cut at a chunk's border is noticed twice.
  Bytes last;
  ByteWriter(last).integer(static_cast<std::uint64_t>(records.size()));
  push(last, crypto_secretstream_xchacha20poly1305_TAG_FINAL);
  sodium_memzero(&state, sizeof state);
  out.commit();
}

ParameterList openParameterList(const fs::path& file, const OwnerSecretKey& owner) {
  try {
    return openParameterList(readFile(file, kMaxListBytes), owner);
  } catch (const Error& e) {
    throw e.withContext(file.string());
  }
}

ParameterList openParameterList(ByteView content, const OwnerSecretKey& owner) {
  OpenedHeader header = openRunSecrets(content, StoreKind::ParameterList, owner);
  const Digest headerHash = sha256(content.first(header.length));
  ByteReader reader(content.subspan(header.length));
  const ByteView streamHeader = reader.take(kStreamHeaderBytes);
  struct State {
    crypto_secretstream_xchacha20poly1305_state value;
    ~State() { sodium_memzero(&value, sizeof value); }
  } state;
  const auto changed = []() -> void {
    throw Error(ErrorCode::VerificationFailed, "the private part was changed");
  };
  if (crypto_secretstream_xchacha20poly1305_init_pull(&state.value, streamHeader.data(),
                                                      header.secrets.storeKey.data()) != 0)
    changed();
  ParameterList out;
  for (bool final = false; !final;) {
    const auto length = reader.integer<std::uint32_t>();
    if (length < kStreamOverhead || length > kMaxRecordBytes + kStreamOverhead)
      throw Error(ErrorCode::InputRejected, "the private part has a chunk of impossible length");
    const ByteView chunk = reader.take(length);
    SecretBytes plain(length - kStreamOverhead);
    unsigned char tag = 0;
    if (crypto_secretstream_xchacha20poly1305_pull(&state.value, plain.data(), nullptr, &tag, chunk.data(),
                                                   chunk.size(), headerHash.data(), headerHash.size()) != 0)
      changed();
    if (tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL) {
      ByteReader last(plain);
      if (last.integer<std::uint64_t>() != out.records.size()) changed();
      last.expectEnd();
      final = true;
    } else {
      out.records.push_back(unpackRecord(plain, header.secrets.runId));
    }
  }
  reader.expectEnd();
  for (std::size_t i = 1; i < out.records.size(); ++i) {
    const PrivateRecord& a = out.records[i - 1].record;
    const PrivateRecord& b = out.records[i].record;
    if (ItemKey{a.imageId, a.frame} >= ItemKey{b.imageId, b.frame})
      throw Error(ErrorCode::InputRejected, "the private records are not in order");
  }
  out.secrets = std::move(header.secrets);
  return out;
}

}  // namespace medlocker::certificate
