// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/recipient_keys.h"

#include "core/certificate/byte_io.h"
#include "core/certificate/owner_keys.h"
#include "core/certificate/sodium_init.h"
#include "core/certificate/text_lines.h"
#include "core/common/files.h"

namespace medlocker::certificate {
namespace {

constexpr std::string_view kPublicMagic = "MLX1";
constexpr std::string_view kSecretMagic = "MLY1";
constexpr std::string_view kDomain = "medlocker/recipient/1";
constexpr std::string_view kSecretComment = "medlocker recipient secret key ";
constexpr std::uint8_t kPlain = 0;
constexpr std::uint8_t kUnderPassphrase = 1;
constexpr std::size_t kCheckBytes = 4;
constexpr std::uint64_t kMaxKeyFileBytes = 4096;

SecretBytes decodeKeyFile(std::string_view text, const char* what) {
  const auto lines = splitLines(text);
  if (lines.size() != 2 || !lines[0].starts_with(kUntrustedComment))
    throw Error(ErrorCode::InputRejected, std::string("is not a ") + what);
  try {
    Bytes decoded = fromBase64(lines[1]);
    SecretBytes out(decoded.begin(), decoded.end());
    wipe(decoded);
    return out;
  } catch (const Error&) {
    throw Error(ErrorCode::InputRejected,
                std::string("is not a ") + what + ": its second line is not base64");
  }
}

Bytes associatedData(const RecipientPublicKey& key) {
  Bytes out;
  ByteWriter(out).text(kDomain).bytes(key.key);
  return out;
}

SecretBytes readSecretText(const std::filesystem::path& file) {
  Bytes text = readFile(file, kMaxKeyFileBytes);
  SecretBytes out(text.begin(), text.end());
  wipe(text);
  return out;
}

std::string_view asText(const SecretBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Digest RecipientPublicKey::fingerprint() const {
  return Sha256().update(kDomain).update(key).finish();
}

RecipientPublicKey RecipientSecretKey::publicKey() const {
  initSodium();
  RecipientPublicKey out;
  crypto_scalarmult_base(out.key.data(), key.data());
  return out;
}

RecipientSecretKey generateRecipientKey() {
  return {SecretKey32::random()};
}

std::string formatRecipientPublicKey(const RecipientPublicKey& key) {
  const Digest fingerprint = key.fingerprint();
  Bytes bytes;
  ByteWriter(bytes).text(kPublicMagic).bytes(key.key).bytes(ByteView(fingerprint).first(kCheckBytes));
  return std::string(kUntrustedComment) + "medlocker recipient public key " +
         toHex(ByteView(fingerprint).first(8)) + "\n" + toBase64(bytes) + "\n";
}

RecipientPublicKey parseRecipientPublicKey(std::string_view text) {
  const SecretBytes bytes = decodeKeyFile(text, "recipient public key file");
  ByteReader reader(bytes);
  reader.expectText(kPublicMagic, "is not a recipient public key file of a known version");
  RecipientPublicKey out;
  out.key = reader.array<32>();
  const auto check = reader.array<kCheckBytes>();
  reader.expectEnd();
  const Digest fingerprint = out.fingerprint();
  if (!std::equal(check.begin(), check.end(), fingerprint.begin()))
    throw Error(ErrorCode::InputRejected, "the recipient public key is damaged: its check bytes do not fit");
  return out;
}

RecipientPublicKey readRecipientPublicKey(const std::filesystem::path& file) {
  try {
    return parseRecipientPublicKey(readTextFile(file, kMaxKeyFileBytes));
  } catch (const Error& e) {
    throw e.withContext(file.string());
  }
}

SecretBytes formatRecipientSecretKey(const RecipientSecretKey& key,
                                     const std::optional<SecretString>& passphrase, const Argon2Cost& cost) {
  const RecipientPublicKey publicKey = key.publicKey();
  const Digest fingerprint = publicKey.fingerprint();
  SecretBytes bytes;
  bytes.reserve(256);
  ByteWriter writer(bytes);
  writer.text(kSecretMagic).integer(passphrase ? kUnderPassphrase : kPlain).bytes(publicKey.key);
  if (passphrase) {
    writer.bytes(sealWithPassphrase(key.key.view(), associatedData(publicKey), *passphrase, cost));
  } else {
    writer.bytes(key.key.view());
  }
  std::string encoded = toBase64(bytes);
  SecretBytes out;
  ByteWriter(out)
      .text(kUntrustedComment)
      .text(kSecretComment)
      .text(toHex(ByteView(fingerprint).first(8)))
      .text("\n")
      .text(encoded)
      .text("\n");
  sodium_memzero(encoded.data(), encoded.size());
  return out;
}

bool recipientKeyNeedsPassphrase(std::string_view text) {
  const SecretBytes bytes = decodeKeyFile(text, "recipient secret key file");
  ByteReader reader(bytes);
  reader.expectText(kSecretMagic, "is not a recipient secret key file of a known version");
  const auto kind = reader.integer<std::uint8_t>();
  if (kind != kPlain && kind != kUnderPassphrase)
    throw Error(ErrorCode::InputRejected, "is encrypted in an unsupported way");
  return kind == kUnderPassphrase;
}

RecipientSecretKey parseRecipientSecretKey(std::string_view text,
                                           const std::optional<SecretString>& passphrase) {
  const bool encrypted = recipientKeyNeedsPassphrase(text);
  const SecretBytes bytes = decodeKeyFile(text, "recipient secret key file");
  ByteReader reader(bytes);
  reader.take(kSecretMagic.size() + 1);
  RecipientPublicKey publicKey;
  publicKey.key = reader.array<32>();
  SecretBytes secret;
  if (encrypted) {
    if (!passphrase)
      throw Error(ErrorCode::InvalidArgument, "the key is encrypted: its passphrase is needed");
    secret = openWithPassphrase(reader.take(reader.remaining()), associatedData(publicKey), *passphrase);
  } else {
    const ByteView plain = reader.take(reader.remaining());
    secret.assign(plain.begin(), plain.end());
  }
  RecipientSecretKey out;
  if (secret.size() != out.key.size())
    throw Error(ErrorCode::InputRejected, "the recipient secret key has a wrong length");
  std::copy(secret.begin(), secret.end(), out.key.data());
  if (!(out.publicKey() == publicKey))
    throw Error(ErrorCode::InputRejected, "the key file is damaged: its two halves do not fit");
  return out;
}

RecipientSecretKey readRecipientSecretKey(const std::filesystem::path& file,
                                          const std::optional<SecretString>& passphrase) {
  try {
    return parseRecipientSecretKey(asText(readSecretText(file)), passphrase);
  } catch (const Error& e) {
    throw e.withContext(file.string());
  }
}

bool keyFileNeedsPassphrase(const std::filesystem::path& file) {
  const SecretBytes text = readSecretText(file);
  try {
    const bool recipient =
        asText(text).starts_with(std::string(kUntrustedComment) + std::string(kSecretComment));
    return recipient ? recipientKeyNeedsPassphrase(asText(text)) : ownerKeyNeedsPassphrase(asText(text));
  } catch (const Error& e) {
    throw e.withContext(file.string());
  }
}

}  // namespace medlocker::certificate
