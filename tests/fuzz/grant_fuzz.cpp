// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/certificate/grant.h"
#include "core/certificate/minisign.h"
#include "core/common/error.h"
#include "core/common/json.h"

// Nothing throws, and nothing gives keys: no input can carry a trusted signature. Half of the work is done
// past the signature by signing the first line again with a key that the input is made to name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace medlocker;
  using namespace medlocker::certificate;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const OwnerPublicKey stranger{};
  if (checkGrant(text, {}).outcome == GrantOutcome::Valid) std::abort();
  static const RecipientSecretKey recipient = generateRecipientKey();
  const GrantCheck foreign = openGrant(text, {&stranger, 1}, recipient);
  if (foreign.outcome == GrantOutcome::Valid || foreign.keys || foreign.reason.empty()) std::abort();

  static const OwnerSecretKey owner = generateOwnerKey();
  static const OwnerPublicKey trusted = owner.publicKey();
  static const std::string ownerKey = [] {
    const std::string file = formatOwnerPublicKey(trusted);
    return file.substr(file.find('\n') + 1, 56);
  }();
  std::string body = text.substr(0, text.find('\n'));
  const std::size_t at = body.find("\"owner_key\":\"");
  if (at == std::string::npos || body.size() < at + 13 + 56) return 0;
  body.replace(at + 13, 56, ownerKey);
  const std::size_t run = body.find("\"run_id\":\"");
  if (run == std::string::npos) return 0;
  const std::string runId = body.substr(run + 10, 32);
  for (const char c : runId)
    if (c < 0x20 || c > 0x7e) return 0;
  try {
    parseCanonicalJson(body);
  } catch (const Error&) {
    return 0;  // refused before anything else, and signing is slow
  }
  const std::string line = body + "\n";
  const std::string signature = formatSignature(
      signMessage(asBytes(line), owner, "signature of a MedLocker grant by key " + toText(owner.id),
                  "schema=" + std::string(kGrantSchema) + " run_id=" + runId));
  const GrantCheck check = openGrant(line + signature, {&trusted, 1}, recipient);
  // Sealed to other recipients, so never open; a passphrase grant is not for a key.
  if (check.keys) std::abort();
  if (check.outcome != GrantOutcome::NotForThisKey && check.outcome != GrantOutcome::BadGrant &&
      check.outcome != GrantOutcome::BadSignature)
    std::abort();
  return 0;
}
