// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/certificate/minisign.h"

#include "core/certificate/byte_io.h"
#include "core/certificate/sodium_init.h"
#include "core/certificate/strict_fields.h"
#include "core/certificate/text_lines.h"

namespace medlocker::certificate {
namespace {

constexpr std::string_view kPrehashed = "ED";
constexpr std::string_view kLegacy = "Ed";
constexpr std::size_t kMaxCommentBytes = 1024;
constexpr std::size_t kMaxFileBytes = 8192;

std::array<std::uint8_t, 64> hashOf(ByteView message) {
  std::array<std::uint8_t, 64> out{};
  crypto_generichash(out.data(), out.size(), message.data(), message.size(), nullptr, 0);
  return out;
}

Bytes commentMessage(const MinisignSignature& signature) {
  Bytes out;
  ByteWriter(out).bytes(signature.signature).text(signature.trustedComment);
  return out;
}

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorCode::InputRejected, "is not a minisign signature: " + why);
}

}  // namespace

MinisignSignature signMessage(ByteView message, const OwnerSecretKey& key, std::string untrustedComment,
                              std::string trustedComment) {
  initSodium();
  requirePlainText(untrustedComment, "untrusted comment", kMaxCommentBytes);
  requirePlainText(trustedComment, "trusted comment", kMaxCommentBytes);
  MinisignSignature out;
  out.untrustedComment = std::move(untrustedComment);
  out.keyId = key.id;
  out.trustedComment = std::move(trustedComment);
  const auto hash = hashOf(message);
  crypto_sign_detached(out.signature.data(), nullptr, hash.data(), hash.size(), key.key.data());
  const Bytes comment = commentMessage(out);
  crypto_sign_detached(out.commentSignature.data(), nullptr, comment.data(), comment.size(), key.key.data());
  return out;
}

std::string formatSignature(const MinisignSignature& signature) {
  Bytes bytes;
  ByteWriter(bytes).text(kPrehashed).bytes(signature.keyId).bytes(signature.signature);
  std::string out;
  out += std::string(kUntrustedComment) + signature.untrustedComment + "\n";
  out += toBase64(bytes) + "\n";
  out += std::string(kTrustedComment) + signature.trustedComment + "\n";
  out += toBase64(signature.commentSignature) + "\n";
  return out;
}

MinisignSignature parseSignature(std::string_view text) {
  if (text.size() > kMaxFileBytes) refuse("it is too long");
  const auto lines = splitLines(text);
  if (lines.size() != 4) refuse("it does not have four lines");
  if (!lines[0].starts_with(kUntrustedComment) || !lines[2].starts_with(kTrustedComment))
    refuse("its comment lines are missing");
  MinisignSignature out;
  out.untrustedComment = lines[0].substr(kUntrustedComment.size());
  out.trustedComment = lines[2].substr(kTrustedComment.size());
  if (!isPlainText(out.untrustedComment, kMaxCommentBytes) ||
      !isPlainText(out.trustedComment, kMaxCommentBytes))
    refuse("its comments are too long or not plain text");
  Bytes first;
  Bytes second;
  try {
    first = fromBase64(lines[1]);
    second = fromBase64(lines[3]);
  } catch (const Error&) {
    refuse("it is not base64");
  }
  if (first.size() != 74 || second.size() != 64) refuse("its length is wrong");
  ByteReader reader(first);
  const std::string algorithm = asString(reader.take(2));
  if (algorithm == kLegacy) refuse("the older kind without pre-hashing is not accepted");
  if (algorithm != kPrehashed) refuse("its algorithm is unknown");
  out.keyId = reader.array<8>();
  out.signature = reader.array<64>();
  std::copy(second.begin(), second.end(), out.commentSignature.begin());
  return out;
}

bool signatureHolds(ByteView message, const MinisignSignature& signature, const OwnerPublicKey& key) {
  initSodium();
  const auto hash = hashOf(message);
  const Bytes comment = commentMessage(signature);
  const bool first =
      crypto_sign_verify_detached(signature.signature.data(), hash.data(), hash.size(), key.key.data()) == 0;
  const bool second = crypto_sign_verify_detached(signature.commentSignature.data(), comment.data(),
                                                  comment.size(), key.key.data()) == 0;
  return first && second;
}

}  // namespace medlocker::certificate
