// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/run_secrets.h"

#include "core/certificate/byte_io.h"
#include "core/certificate/sodium_init.h"
#include "core/certificate/strict_fields.h"

namespace medlocker::certificate {
namespace {

constexpr std::string_view kImageKeyInfo = "medlocker/img/1";
constexpr std::string_view kImageIdInfo = "medlocker/image-id/1";
constexpr std::string_view kNonceInfo = "medlocker/nonce/1";
constexpr std::string_view kSeedDomain = "medlocker/seed/1";
constexpr std::string_view kHeaderMagic = "MLSTORE1";
constexpr std::string_view kSecretsMagic = "MLRS1";
constexpr std::string_view kSignatureDomain = "medlocker/store/1";
constexpr std::size_t kTimeBytes = 20;
constexpr std::size_t kSecretsBytes = 5 + 16 + kTimeBytes + 1 + 4 * 32;
constexpr std::size_t kSealedBytes = kSecretsBytes + crypto_box_SEALBYTES;

SecretKey32 derive(const SecretKey32& key, const Id16& salt, const Bytes& info) {
  Key32 out = hkdfSha256(key.view(), salt, info);
  const SecretKey32 secret(out);
  wipe(out);
  return secret;
}

SecretKey32 readKey(ByteReader& reader) {
  const ByteView view = reader.take(32);
  return SecretKey32(std::span<const std::uint8_t, 32>(view.data(), 32));
}

Bytes signedMessage(ByteView header) {
  Bytes out;
  ByteWriter(out).text(kSignatureDomain).bytes(header);
  return out;
}

}  // namespace

SecretKey32 deriveImageKey(const SecretKey32& runKey, const Id16& runId, const Id16& imageId) {
  Bytes info;
  ByteWriter(info).text(kImageKeyInfo).bytes(imageId);
  return derive(runKey, runId, info);
}

RunSecrets RunSecrets::create(std::string createdUtc, const std::optional<SecretKey32>& givenSeed) {
  if (!isUtcTime(createdUtc))
    throw Error(ErrorCode::InvalidArgument, "is not a time as YYYY-MM-DDThh:mm:ssZ", "created_utc");
  RunSecrets out;
  fillRandom(out.runId);
  out.createdUtc = std::move(createdUtc);
  out.seedGiven = givenSeed.has_value();
  out.runSeed = givenSeed ? *givenSeed : SecretKey32::random();
  out.runKey = SecretKey32::random();
  out.listingKey = SecretKey32::random();
  out.storeKey = SecretKey32::random();
  return out;
}

SecretKey32 RunSecrets::seedFromNumber(std::uint64_t number) {
  Bytes message;
  ByteWriter(message).text(kSeedDomain).integer(number);
  return SecretKey32(sha256(message));
}

Id16 RunSecrets::imageId(std::string_view itemName) const {
  Bytes info;
  ByteWriter(info).text(kImageIdInfo).text(itemName);
  const SecretKey32 value = derive(listingKey, runId, info);
  Id16 out{};
  std::copy(value.data(), value.data() + out.size(), out.begin());
  return out;
}

SecretKey32 RunSecrets::commitmentNonce(const Id16& imageId, std::uint32_t frame) const {
  Bytes info;
  ByteWriter(info).text(kNonceInfo).bytes(imageId).integer(frame);
  return derive(listingKey, runId, info);
}

Digest RunSecrets::nameHmac(std::string_view relativePath) const {
  return hmacSha256(runKey.view(), asBytes(relativePath));
}

CommittedRecord RunSecrets::commit(PrivateRecord record) const {
  SecretKey32 nonce = commitmentNonce(record.imageId, record.frame);
  return {std::move(record), nonce};
}

Bytes sealRunSecrets(const RunSecrets& secrets, StoreKind kind, const OwnerSecretKey& owner) {
  initSodium();
  SecretBytes plain;
  plain.reserve(kSecretsBytes);
  ByteWriter(plain)
      .text(kSecretsMagic)
      .bytes(secrets.runId)
      .text(secrets.createdUtc)
      .integer(static_cast<std::uint8_t>(secrets.seedGiven ? 1 : 0))
      .bytes(secrets.runSeed.view())
      .bytes(secrets.runKey.view())
      .bytes(secrets.listingKey.view())
      .bytes(secrets.storeKey.view());
  if (plain.size() != kSecretsBytes)
    throw Error(ErrorCode::InvalidArgument, "is not a time as YYYY-MM-DDThh:mm:ssZ", "created_utc");

  Key32 sealingKey{};
  const OwnerPublicKey publicKey = owner.publicKey();
  Bytes sealed(kSealedBytes);
  if (crypto_sign_ed25519_pk_to_curve25519(sealingKey.data(), publicKey.key.data()) != 0 ||
      crypto_box_seal(sealed.data(), plain.data(), plain.size(), sealingKey.data()) != 0)
    throw Error(ErrorCode::InvalidArgument, "the owner key cannot be used for encryption");

  Bytes out;
  ByteWriter(out)
      .text(kHeaderMagic)
      .integer(static_cast<std::uint32_t>(kind))
      .bytes(secrets.runId)
      .bytes(owner.id)
      .integer(static_cast<std::uint32_t>(sealed.size()))
      .bytes(sealed);
  const Bytes message = signedMessage(out);
  std::array<std::uint8_t, crypto_sign_BYTES> signature{};
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), owner.key.data());
  ByteWriter(out).bytes(signature);
  return out;
}

OpenedHeader openRunSecrets(ByteView file, StoreKind kind, const OwnerSecretKey& owner) {
  initSodium();
  ByteReader reader(file);
  reader.expectText(kHeaderMagic, "is not a private store of a known version");
  if (reader.integer<std::uint32_t>() != static_cast<std::uint32_t>(kind))
    throw Error(ErrorCode::InputRejected, "is another kind of private file than expected");
  const Id16 runId = reader.array<16>();
  const KeyId keyId = reader.array<8>();
  if (reader.integer<std::uint32_t>() != kSealedBytes)
    throw Error(ErrorCode::InputRejected, "the private store's header has a wrong length");
  const ByteView sealed = reader.take(kSealedBytes);
  const ByteView header = file.first(file.size() - reader.remaining());
  const ByteView signature = reader.take(crypto_sign_BYTES);
  if (keyId != owner.id)
    throw Error(ErrorCode::VerificationFailed,
                "was made by owner key " + toText(keyId) + ", not by the given key " + toText(owner.id));
  const Bytes message = signedMessage(header);
  const OwnerPublicKey publicKey = owner.publicKey();
  if (crypto_sign_verify_detached(signature.data(), message.data(), message.size(), publicKey.key.data()) !=
      0)
    throw Error(ErrorCode::VerificationFailed, "was changed, or was not made by this owner key");

  Key32 sealingKey{};
  SecretKey32 openingKey;
  SecretBytes plain(kSecretsBytes);
  if (crypto_sign_ed25519_pk_to_curve25519(sealingKey.data(), publicKey.key.data()) != 0 ||
      crypto_sign_ed25519_sk_to_curve25519(openingKey.data(), owner.key.data()) != 0 ||
      crypto_box_seal_open(plain.data(), sealed.data(), sealed.size(), sealingKey.data(),
                           openingKey.data()) != 0)
    throw Error(ErrorCode::VerificationFailed, "cannot be opened with this owner key");
  ByteReader in(plain);
  in.expectText(kSecretsMagic, "holds secrets of an unknown version");
  OpenedHeader out;
  RunSecrets& secrets = out.secrets;
  secrets.runId = in.array<16>();
  secrets.createdUtc = asString(in.take(kTimeBytes));
  const auto seedGiven = in.integer<std::uint8_t>();
  secrets.seedGiven = seedGiven == 1;
  secrets.runSeed = readKey(in);
  secrets.runKey = readKey(in);
  secrets.listingKey = readKey(in);
  secrets.storeKey = readKey(in);
  if (secrets.runId != runId || seedGiven > 1 || !isUtcTime(secrets.createdUtc))
    throw Error(ErrorCode::InputRejected, "the private store's header is inconsistent");
  out.length = file.size() - reader.remaining();
  return out;
}

}  // namespace medlocker::certificate
