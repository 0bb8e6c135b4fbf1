// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/passphrase.h"

#include "core/certificate/byte_io.h"
#include "core/certificate/sodium_init.h"

namespace medlocker::certificate {
namespace {

constexpr std::string_view kMagic = "MLP1";
constexpr std::size_t kSaltBytes = crypto_pwhash_argon2id_SALTBYTES;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(kPassphraseBoxOverhead == 4 + 8 + 8 + kSaltBytes + kNonceBytes + kTagBytes);

SecretKey32 stretch(const SecretString& passphrase, ByteView salt, const Argon2Cost& cost) {
  initSodium();
  SecretKey32 key;
  if (crypto_pwhash_argon2id(key.data(), key.size(), passphrase.view().data(), passphrase.view().size(),
                             salt.data(), cost.passes, static_cast<std::size_t>(cost.memoryBytes),
                             crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
    throw Error(ErrorCode::Io, "the key could not be derived from the passphrase: " +
                                   std::to_string(cost.memoryBytes >> 20) + " MiB of memory are needed");
  return key;
}

/// Everything before the ciphertext is authenticated together with the caller's data.
Bytes associatedData(ByteView header, ByteView associated) {
  Bytes out(header.begin(), header.end());
  out.insert(out.end(), associated.begin(), associated.end());
  return out;
}

}  // namespace

Bytes sealWithPassphrase(ByteView plain, ByteView associated, const SecretString& passphrase,
                         const Argon2Cost& cost) {
  if (passphrase.empty()) throw Error(ErrorCode::InvalidArgument, "the passphrase is empty");
  if (cost.passes < crypto_pwhash_argon2id_OPSLIMIT_MIN || cost.passes > kMaxArgon2Passes ||
      cost.memoryBytes < crypto_pwhash_argon2id_MEMLIMIT_MIN || cost.memoryBytes > kMaxArgon2Memory)
    throw Error(ErrorCode::InvalidArgument, "the cost of the passphrase is out of range");
  std::array<std::uint8_t, kSaltBytes> salt{};
  std::array<std::uint8_t, kNonceBytes> nonce{};
  fillRandom(salt);
  fillRandom(nonce);
  Bytes box;
  ByteWriter(box).text(kMagic).integer(cost.passes).integer(cost.memoryBytes).bytes(salt).bytes(nonce);
  const Bytes authenticated = associatedData(box, associated);
  const SecretKey32 key = stretch(passphrase, salt, cost);
  const std::size_t header = box.size();
  box.resize(header + plain.size() + kTagBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(box.data() + header, nullptr, plain.data(), plain.size(),
                                             authenticated.data(), authenticated.size(), nullptr,
                                             nonce.data(), key.data());
  return box;
}

SecretBytes openWithPassphrase(ByteView box, ByteView associated, const SecretString& passphrase) {
  ByteReader reader(box);
  reader.expectText(kMagic, "not a passphrase box of a known version");
  Argon2Cost cost;
  cost.passes = reader.integer<std::uint64_t>();
  cost.memoryBytes = reader.integer<std::uint64_t>();
  const auto salt = reader.array<kSaltBytes>();
  const auto nonce = reader.array<kNonceBytes>();
  if (reader.remaining() < kTagBytes) throw Error(ErrorCode::InputRejected, "the data ends early");
  if (cost.passes < crypto_pwhash_argon2id_OPSLIMIT_MIN || cost.passes > kMaxArgon2Passes ||
      cost.memoryBytes < crypto_pwhash_argon2id_MEMLIMIT_MIN || cost.memoryBytes > kMaxArgon2Memory)
    throw Error(ErrorCode::InputRejected, "the passphrase box asks for a cost outside the allowed range");
  const Bytes authenticated = associatedData(box.first(box.size() - reader.remaining()), associated);
  const SecretKey32 key = stretch(passphrase, salt, cost);
  const ByteView sealed = reader.take(reader.remaining());
  SecretBytes plain(sealed.size() - kTagBytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain.data(), nullptr, nullptr, sealed.data(), sealed.size(),
                                                 authenticated.data(), authenticated.size(), nonce.data(),
                                                 key.data()) != 0)
    throw Error(ErrorCode::VerificationFailed, "the passphrase is wrong, or the data was changed");
  return plain;
}

}  // namespace medlocker::certificate
