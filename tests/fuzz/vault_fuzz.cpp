// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "core/certificate/vault.h"
#include "core/common/error.h"

namespace {

using namespace medlocker;
using namespace medlocker::certificate;

/// Refusal is by Error alone; an accepted vault is consistent and none of its payloads opens with a foreign
/// key.
void tryVault(const Bytes& bytes) {
  try {
    const VaultReader vault(ByteSource::fromMemory(bytes));
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < vault.entries().size(); ++i) {
      const VaultIndexEntry& entry = vault.entries()[i];
      total += entry.length;
      if (vault.find(entry.key()) != i) std::abort();
      const auto same = vault.findByPixels(entry.protPixelSha256);
      if (std::find(same.begin(), same.end(), i) == same.end()) std::abort();
      if (vault.ciphertext(i).size() != entry.length) std::abort();
      try {
        vault.open(i, SecretKey32());
        std::abort();
      } catch (const Error& e) {
        if (e.code() != ErrorCode::VerificationFailed) std::abort();
      }
    }
    if (total > bytes.size()) std::abort();
  } catch (const Error& e) {
    if (e.code() != ErrorCode::InputRejected) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, data + size);
  tryVault(bytes);
  // Behind the hash of the index: it is made right for as many entries as the input announces.
  if (bytes.size() < 72) return 0;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < 8; ++i) count |= static_cast<std::uint64_t>(bytes[32 + i]) << (8 * i);
  if (count > (bytes.size() - 72) / 84) return 0;
  const std::size_t head = 40 + static_cast<std::size_t>(count) * 84;
  const Digest hash = sha256(ByteView(bytes).first(head));
  std::copy(hash.begin(), hash.end(), bytes.begin() + static_cast<std::ptrdiff_t>(head));
  tryVault(bytes);
  return 0;
}
