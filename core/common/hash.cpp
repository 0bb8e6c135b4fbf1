// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/common/hash.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <sodium.h>

#include <cstring>
#include <fstream>

#include "core/common/error.h"

namespace medlocker {
namespace {

void initSodium() {
  static const int result = sodium_init();
  if (result < 0) throw Error(ErrorCode::Internal, "libsodium could not be initialised");
}

[[noreturn]] void opensslFailure(const char* what) {
  throw Error(ErrorCode::Internal, std::string("OpenSSL failed in ") + what);
}

template <std::size_t N>
std::array<std::uint8_t, N> fixedFromHex(std::string_view text) {
  const Bytes bytes = fromHex(text);
  if (bytes.size() != N)
    throw Error(ErrorCode::InputRejected, "expected " + std::to_string(2 * N) +
                                              " hexadecimal digits, found " + std::to_string(text.size()));
  std::array<std::uint8_t, N> out{};
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

}  // namespace

struct Sha256::Impl {
  EVP_MD_CTX* ctx = EVP_MD_CTX_new();
  ~Impl() { EVP_MD_CTX_free(ctx); }
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {
  if (!impl_->ctx || EVP_DigestInit_ex(impl_->ctx, EVP_sha256(), nullptr) != 1) opensslFailure("SHA-256");
}
Sha256::~Sha256() = default;

Sha256& Sha256::update(ByteView bytes) {
  if (EVP_DigestUpdate(impl_->ctx, bytes.data(), bytes.size()) != 1) opensslFailure("SHA-256");
  return *this;
}

Digest Sha256::finish() {
  Digest out{};
  unsigned int size = 0;
  if (EVP_DigestFinal_ex(impl_->ctx, out.data(), &size) != 1 || size != out.size()) opensslFailure("SHA-256");
  return out;
}

Digest sha256(ByteView bytes) {
  return Sha256().update(bytes).finish();
}

Digest sha256File(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(ErrorCode::NotFound, "cannot be opened for reading", path.string());
  Sha256 hash;
  std::vector<char> buffer(1 << 16);
  while (in) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    hash.update(ByteView(reinterpret_cast<const std::uint8_t*>(buffer.data()),
                         static_cast<std::size_t>(in.gcount())));
  }
  if (in.bad()) throw Error(ErrorCode::Io, "reading failed", path.string());
  return hash.finish();
}

Digest hmacSha256(ByteView key, ByteView message) {
  Digest out{};
  unsigned int size = 0;
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(), message.size(),
            out.data(), &size) ||
      size != out.size())
    opensslFailure("HMAC");
  return out;
}

Key32 hkdfSha256(ByteView inputKey, ByteView salt, ByteView info) {
  EVP_KDF* kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  EVP_KDF_CTX* ctx = kdf ? EVP_KDF_CTX_new(kdf) : nullptr;
  EVP_KDF_free(kdf);
  if (!ctx) opensslFailure("HKDF");
  char digestName[] = "SHA256";
  // OpenSSL takes non-const pointers here but only reads through them; a null one is refused even for no
  // bytes.
  static std::uint8_t nothing = 0;
  const auto octets = [](const char* name, ByteView view) {
    std::uint8_t* data = view.empty() ? &nothing : const_cast<std::uint8_t*>(view.data());
    return OSSL_PARAM_construct_octet_string(name, data, view.size());
  };
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digestName, 0),
                               octets(OSSL_KDF_PARAM_KEY, inputKey), octets(OSSL_KDF_PARAM_SALT, salt),
                               octets(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM_construct_end()};
  Key32 out{};
  const int ok = EVP_KDF_derive(ctx, out.data(), out.size(), params);
  EVP_KDF_CTX_free(ctx);
  if (ok != 1) opensslFailure("HKDF");
  return out;
}

std::string toHex(ByteView bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

Bytes fromHex(std::string_view text) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
  };
  if (text.size() % 2 != 0) throw Error(ErrorCode::InputRejected, "odd number of hexadecimal digits");
  Bytes out(text.size() / 2);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = digit(text[2 * i]);
    const int low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) throw Error(ErrorCode::InputRejected, "not lower-case hexadecimal");
    out[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return out;
}

Digest digestFromHex(std::string_view text) {
  return fixedFromHex<32>(text);
}
Id16 id16FromHex(std::string_view text) {
  return fixedFromHex<16>(text);
}

std::string toBase64(ByteView bytes) {
  std::string out(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  out.resize(std::strlen(out.c_str()));
  return out;
}

Bytes fromBase64(std::string_view text) {
  // libsodium 1.0.18 takes some bytes above 0x7f for digits. Encoding the result again to compare would leave
  // a copy of what may be a secret key in memory.
  for (const char c : text)
    if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
          c == '/' || c == '='))
      throw Error(ErrorCode::InputRejected, "not valid base64");
  Bytes out(text.size() / 4 * 3 + 3);
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(out.data(), out.size(), text.data(), text.size(), nullptr, &size, &end,
                        sodium_base64_VARIANT_ORIGINAL) != 0 ||
      end != text.data() + text.size()) {
    wipe(out);
    throw Error(ErrorCode::InputRejected, "not valid base64");
  }
  out.erase(out.begin() + static_cast<std::ptrdiff_t>(size), out.end());  // only ever shrinks
  return out;
}

void fillRandom(std::span<std::uint8_t> out) {
  initSodium();
  randombytes_buf(out.data(), out.size());
}

void wipe(std::span<std::uint8_t> secret) {
  sodium_memzero(secret.data(), secret.size());
}

}  // namespace medlocker
