// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/owner_keys.h"

#include "core/certificate/byte_io.h"
#include "core/certificate/sodium_init.h"
#include "core/certificate/text_lines.h"
#include "core/common/files.h"

namespace medlocker::certificate {
namespace {

// Layout of minisign's secret key file: signature, key derivation and checksum algorithm (two letters each),
// salt, operations, memory, then key id, secret key and checksum, the last three hidden under a scrypt key
// stream.
constexpr std::string_view kSignatureAlgorithm = "Ed";
constexpr std::string_view kScrypt = "Sc";
constexpr std::string_view kChecksumAlgorithm = "B2";
constexpr std::size_t kSaltBytes = crypto_pwhash_scryptsalsa208sha256_SALTBYTES;
constexpr std::size_t kChecksumBytes = 32;
constexpr std::size_t kHiddenBytes = 8 + 64 + kChecksumBytes;
constexpr std::size_t kSecretFileBytes = 6 + kSaltBytes + 16 + kHiddenBytes;
constexpr std::uint64_t kMaxKeyFileBytes = 4096;

SecretArray<kChecksumBytes> checksum(const KeyId& id, const SecretArray<64>& key) {
  SecretArray<kChecksumBytes> out;
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, out.size());
  crypto_generichash_update(&state, asBytes(kSignatureAlgorithm).data(), kSignatureAlgorithm.size());
  crypto_generichash_update(&state, id.data(), id.size());
  crypto_generichash_update(&state, key.data(), key.size());
  crypto_generichash_final(&state, out.data(), out.size());
  sodium_memzero(&state, sizeof state);
  return out;
}

SecretArray<kHiddenBytes> keyStream(const SecretString& passphrase, ByteView salt, const ScryptCost& cost) {
  SecretArray<kHiddenBytes> out;
  if (crypto_pwhash_scryptsalsa208sha256(out.data(), out.size(), passphrase.view().data(),
                                         passphrase.view().size(), salt.data(), cost.operations,
                                         static_cast<std::size_t>(cost.memoryBytes)) != 0)
    throw Error(ErrorCode::Io, "the key could not be derived from the passphrase: " +
                                   std::to_string(cost.memoryBytes >> 20) + " MiB of memory are needed");
  return out;
}

/// Decodes the second line of a two-line key file.
SecretBytes decodeKeyFile(std::string_view text, const char* what) {
  const auto lines = splitLines(text);
  if (lines.size() != 2 || !lines[0].starts_with(kUntrustedComment))
    throw Error(ErrorCode::InputRejected, std::string("is not a minisign ") + what);
  try {
    Bytes decoded = fromBase64(lines[1]);
    SecretBytes out(decoded.begin(), decoded.end());
    wipe(decoded);
    return out;
  } catch (const Error&) {
    throw Error(ErrorCode::InputRejected,
                std::string("is not a minisign ") + what + ": its second line is not base64");
  }
}

struct SecretFile {
  bool encrypted = false;
  std::array<std::uint8_t, kSaltBytes> salt{};
  ScryptCost cost;
  SecretArray<kHiddenBytes> hidden;
};

SecretFile decodeSecretFile(std::string_view text) {
  const SecretBytes bytes = decodeKeyFile(text, "secret key file");
  if (bytes.size() != kSecretFileBytes)
    throw Error(ErrorCode::InputRejected, "is not a minisign secret key file: its length is wrong");
  ByteReader reader(bytes);
  reader.expectText(kSignatureAlgorithm, "holds a key of an unsupported signature algorithm");
  const std::string derivation = asString(reader.take(2));
  reader.expectText(kChecksumAlgorithm, "holds a key with an unsupported checksum");
  SecretFile out;
  out.encrypted = derivation == kScrypt;
  if (!out.encrypted && derivation != std::string(2, '\0'))
    throw Error(ErrorCode::InputRejected, "is encrypted in an unsupported way");
  out.salt = reader.array<kSaltBytes>();
  out.cost.operations = reader.integer<std::uint64_t>();
  out.cost.memoryBytes = reader.integer<std::uint64_t>();
  if (out.encrypted &&
      (out.cost.operations > ScryptCost{}.operations || out.cost.memoryBytes > ScryptCost{}.memoryBytes))
    throw Error(ErrorCode::InputRejected, "asks for more work or memory than allowed to read its passphrase");
  const ByteView hidden = reader.take(kHiddenBytes);
  std::copy(hidden.begin(), hidden.end(), out.hidden.data());
  return out;
}

}  // namespace

std::string toText(const KeyId& id) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (auto byte = id.rbegin(); byte != id.rend(); ++byte) {
    out += kDigits[*byte >> 4];
    out += kDigits[*byte & 15];
  }
  return out;
}

OwnerPublicKey OwnerSecretKey::publicKey() const {
  OwnerPublicKey out;
  out.id = id;
  std::copy(key.data() + 32, key.data() + 64, out.key.begin());
  return out;
}

OwnerSecretKey generateOwnerKey() {
  initSodium();
  OwnerSecretKey out;
  fillRandom(out.id);
  Key32 publicKey{};
  crypto_sign_keypair(publicKey.data(), out.key.data());
  return out;
}

std::string formatOwnerPublicKey(const OwnerPublicKey& key) {
  Bytes bytes;
  ByteWriter(bytes).text(kSignatureAlgorithm).bytes(key.id).bytes(key.key);
  return std::string(kUntrustedComment) + "minisign public key " + toText(key.id) + "\n" + toBase64(bytes) +
         "\n";
}

OwnerPublicKey parseOwnerPublicKey(std::string_view text) {
  const SecretBytes bytes = decodeKeyFile(text, "public key file");
  if (bytes.size() != 42)
    throw Error(ErrorCode::InputRejected, "is not a minisign public key file: its length is wrong");
  ByteReader reader(bytes);
  reader.expectText(kSignatureAlgorithm, "holds a key of an unsupported signature algorithm");
  OwnerPublicKey out;
  out.id = reader.array<8>();
  out.key = reader.array<32>();
  return out;
}

OwnerPublicKey readOwnerPublicKey(const std::filesystem::path& file) {
  try {
    return parseOwnerPublicKey(readTextFile(file, kMaxKeyFileBytes));
  } catch (const Error& e) {
    throw e.withContext(file.string());
  }
}

SecretBytes formatOwnerSecretKey(const OwnerSecretKey& key, const std::optional<SecretString>& passphrase,
                                 const ScryptCost& cost) {
  initSodium();
  if (passphrase && passphrase->empty()) throw Error(ErrorCode::InvalidArgument, "the passphrase is empty");
  if (cost.operations > ScryptCost{}.operations || cost.memoryBytes > ScryptCost{}.memoryBytes)
    throw Error(ErrorCode::InvalidArgument, "the cost of the passphrase is out of range");
  SecretBytes hidden;
  ByteWriter(hidden).bytes(key.id).bytes(key.key.view()).bytes(checksum(key.id, key.key).view());
  std::array<std::uint8_t, kSaltBytes> salt{};
  if (passphrase) {
    fillRandom(salt);
    const auto stream = keyStream(*passphrase, salt, cost);
    for (std::size_t i = 0; i < hidden.size(); ++i)
      hidden[i] = static_cast<std::uint8_t>(hidden[i] ^ stream.data()[i]);
  }
  SecretBytes bytes;
  bytes.reserve(kSecretFileBytes);
  ByteWriter(bytes)
      .text(kSignatureAlgorithm)
      .text(passphrase ? kScrypt : std::string_view("\0\0", 2))
      .text(kChecksumAlgorithm)
      .bytes(salt)
      .integer(passphrase ? cost.operations : std::uint64_t{0})
      .integer(passphrase ? cost.memoryBytes : std::uint64_t{0})
      .bytes(hidden);
  std::string encoded = toBase64(bytes);
  SecretBytes out;
  ByteWriter(out)
      .text(kUntrustedComment)
      .text(passphrase ? "minisign encrypted secret key" : "minisign secret key without a passphrase")
      .text("\n")
      .text(encoded)
      .text("\n");
  sodium_memzero(encoded.data(), encoded.size());
  return out;
}

bool ownerKeyNeedsPassphrase(std::string_view text) {
  return decodeSecretFile(text).encrypted;
}

OwnerSecretKey parseOwnerSecretKey(std::string_view text, const std::optional<SecretString>& passphrase) {
  initSodium();
  SecretFile file = decodeSecretFile(text);
  if (file.encrypted) {
    if (!passphrase)
      throw Error(ErrorCode::InvalidArgument, "the key is encrypted: its passphrase is needed");
    const auto stream = keyStream(*passphrase, file.salt, file.cost);
    for (std::size_t i = 0; i < kHiddenBytes; ++i)
      file.hidden.data()[i] = static_cast<std::uint8_t>(file.hidden.data()[i] ^ stream.data()[i]);
  }
  ByteReader reader(file.hidden.view());
  OwnerSecretKey out;
  out.id = reader.array<8>();
  const ByteView key = reader.take(64);
  std::copy(key.begin(), key.end(), out.key.data());
  SecretArray<kChecksumBytes> stored;
  const ByteView storedView = reader.take(kChecksumBytes);
  std::copy(storedView.begin(), storedView.end(), stored.data());
  // minisign leaves the checksum of a plain key at zero.
  const bool unchecked = !file.encrypted && sodium_is_zero(stored.data(), stored.size());
  if (!unchecked && !stored.equals(checksum(out.id, out.key))) {
    if (file.encrypted)
      throw Error(ErrorCode::VerificationFailed, "the passphrase is wrong, or the key file was changed");
    throw Error(ErrorCode::InputRejected, "the key file is damaged: its checksum does not hold");
  }
  // The public half must belong to the seed: signing with a foreign public half would reveal the secret key.
  Key32 publicKey{};
  SecretArray<64> again;
  crypto_sign_seed_keypair(publicKey.data(), again.data(), out.key.data());
  if (!again.equals(out.key))
    throw Error(ErrorCode::InputRejected, "the key file is damaged: its two halves do not fit");
  return out;
}

OwnerSecretKey readOwnerSecretKey(const std::filesystem::path& file,
                                  const std::optional<SecretString>& passphrase) {
  try {
    Bytes text = readFile(file, kMaxKeyFileBytes);
    const SecretBytes secret(text.begin(), text.end());
    wipe(text);
    return parseOwnerSecretKey({reinterpret_cast<const char*>(secret.data()), secret.size()}, passphrase);
  } catch (const Error& e) {
    throw e.withContext(file.string());
  }
}

}  // namespace medlocker::certificate
