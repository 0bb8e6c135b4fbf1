// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/certificate/minisign.h"
#include "core/certificate/recipient_keys.h"
#include "core/common/error.h"

// Key files and signatures: refusal is by Error alone, and what is accepted keeps its meaning when written
// again. Locked keys are looked at but not opened, since an input may name the highest cost that is allowed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace medlocker;
  using namespace medlocker::certificate;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto tried = [](const auto& call) {
    try {
      call();
    } catch (const Error& e) {
      if (e.code() != ErrorCode::InputRejected) std::abort();
    }
  };
  tried([&] {
    const OwnerPublicKey key = parseOwnerPublicKey(text);
    if (!(parseOwnerPublicKey(formatOwnerPublicKey(key)) == key)) std::abort();
  });
  tried([&] {
    const RecipientPublicKey key = parseRecipientPublicKey(text);
    if (!(parseRecipientPublicKey(formatRecipientPublicKey(key)) == key)) std::abort();
  });
  tried([&] {
    if (!ownerKeyNeedsPassphrase(text)) parseOwnerSecretKey(text, std::nullopt);
  });
  tried([&] {
    if (!recipientKeyNeedsPassphrase(text)) parseRecipientSecretKey(text, std::nullopt);
  });
  tried([&] {
    const MinisignSignature signature = parseSignature(text);
    const std::string written = formatSignature(signature);
    if (formatSignature(parseSignature(written)) != written) std::abort();
  });
  return 0;
}
