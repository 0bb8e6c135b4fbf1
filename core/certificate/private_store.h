// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/certificate/certificate.h"
#include "core/certificate/record.h"
#include "core/certificate/run_secrets.h"
#include "core/certificate/vault.h"

/// The private part of a run: its secrets, records and nonces, readable with the owner's secret key only.
/// docs/adr tells why it is sealed this way.
///
/// While a run goes on, its private folder holds run.mlkey and one sealed file per finished frame (record and
/// payload together, so a crash never leaves one without the other). At the end the records become one file,
/// parameters.mlstore, and the payloads one vault.
namespace medlocker::certificate {

inline constexpr std::string_view kPrivateFolder = "private";
inline constexpr std::string_view kRunKeyFile = "run.mlkey";
inline constexpr std::string_view kItemsFolder = "items";
inline constexpr std::string_view kParameterListFile = "parameters.mlstore";

/// Where put() left a frame.
struct StoredItem {
  std::filesystem::path file;  ///< below the private folder
  Digest sha256{};
};

/// A run under way. put(), get() and discard() may be called from several threads for different frames.
class RunStore {
 public:
  /// Starts one, or takes the run key of another shard: the same secrets in several folders belong to one
  /// run. Throws Error(InvalidArgument) where the folder has one already.
  static RunStore create(const std::filesystem::path& privateFolder, const RunSecrets& secrets,
                         const OwnerSecretKey& owner);
  /// Opens one for going on. Throws Error(NotFound/InputRejected/VerificationFailed).
  static RunStore open(const std::filesystem::path& privateFolder, const OwnerSecretKey& owner);
  static bool exists(const std::filesystem::path& privateFolder);

  const RunSecrets& secrets() const { return secrets_; }

  /// Seals a finished frame; atomic, replaces an earlier one of the same key. The record's payload fields
  /// must describe `payload` (absent for kind none), and hashes must agree (Error InvalidArgument).
  StoredItem put(const PrivateRecord& record, const std::optional<RestorePayload>& payload) const;
  /// The record of a stored frame; empty where there is none. Throws Error(InputRejected/VerificationFailed)
  /// for a damaged one.
  std::optional<CommittedRecord> get(const ItemKey& item) const;
  /// Removes a stored frame, if there is one.
  void discard(const ItemKey& item) const;
  /// In order.
  std::vector<ItemKey> items() const;

  /// Writes parameters.mlstore and the vault from everything stored and returns the records in order. May be
  /// repeated after a crash; work files stay.
  std::vector<CommittedRecord> finish(const std::filesystem::path& vault, const OwnerSecretKey& owner) const;
  /// Removes run.mlkey and the item files. Only once certificate, vault and parameter list are written; does
  /// nothing when parameters.mlstore is missing.
  static void removeWorkFiles(const std::filesystem::path& privateFolder);

 private:
  RunStore(std::filesystem::path folder, RunSecrets secrets);
  std::filesystem::path itemFile(const ItemKey& item) const;

  std::filesystem::path folder_;
  RunSecrets secrets_;
};

/// The finished private part.
struct ParameterList {
  RunSecrets secrets;
  std::vector<CommittedRecord> records;  ///< in order

  /// Throws Error(VerificationFailed) unless this is exactly the list the certificate commits to. After that
  /// the restore path rests on the owner's signature.
  void requireCertified(const PublicCertificate& certificate) const;
};

/// Sealed to the owner, mode 0600, atomic. Records are sorted. Also used to join the lists of shards.
void writeParameterList(const std::filesystem::path& file, const RunSecrets& secrets,
                        std::vector<CommittedRecord> records, const OwnerSecretKey& owner);
/// Throws Error(NotFound/InputRejected) and, where the key does not fit or a byte was changed,
/// Error(VerificationFailed).
ParameterList openParameterList(const std::filesystem::path& file, const OwnerSecretKey& owner);
ParameterList openParameterList(ByteView content, const OwnerSecretKey& owner);

}  // namespace medlocker::certificate
