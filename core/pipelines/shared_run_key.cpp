// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/shared_run_key.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/common/run_record.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
namespace cert = certificate;

cert::RunSecrets openRunKey(const fs::path& file, const cert::OwnerSecretKey& owner) {
  try {
    const Bytes content = readFile(file, cert::kMaxStoreHeaderBytes);
    cert::OpenedHeader header = cert::openRunSecrets(content, cert::StoreKind::RunKey, owner);
    if (header.length != content.size())
      throw Error(ErrorCode::InputRejected, "bytes follow the end of the data");
    return std::move(header.secrets);
  } catch (const Error& e) {
    throw e.withContext(file.string());
  }
}

}  // namespace

cert::RunSecrets openOrMakeRunKey(const fs::path& file, const cert::OwnerSecretKey& owner,
                                  const std::optional<cert::SecretKey32>& givenSeed) {
  if (!fs::exists(file)) {
    // Written elsewhere first and then linked: a link never replaces a file, so the first of several
    // processes wins and the others see a whole file.
    std::array<std::uint8_t, 8> unique{};
    fillRandom(unique);
    const fs::path draft = file.string() + "-" + toHex(unique);
    writePrivateFileAtomically(draft, cert::sealRunSecrets(cert::RunSecrets::create(utcNow(), givenSeed),
                                                           cert::StoreKind::RunKey, owner));
    const int linked = ::link(draft.c_str(), file.c_str());
    const int error = errno;
    std::error_code ignored;
    fs::remove(draft, ignored);
    if (linked != 0 && error != EEXIST)
      throw Error(ErrorCode::Io, "cannot be written: " + std::generic_category().message(error),
                  file.string());
  }
  cert::RunSecrets secrets = openRunKey(file, owner);
  if (secrets.seedGiven != givenSeed.has_value() || (givenSeed && !secrets.runSeed.equals(*givenSeed)))
    throw Error(ErrorCode::InputRejected,
                secrets.seedGiven ? "the run key was made with another --seed"
                                  : "the run key was made without --seed",
                file.string());
  return secrets;
}

}  // namespace medlocker::pipelines
