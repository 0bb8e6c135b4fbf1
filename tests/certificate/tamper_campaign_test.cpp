// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
//
// A campaign of structural changes over everything a verifier or a recipient reads. The changes come from a
// fixed seed, so a failure repeats; keys and ids are fresh in every run. Every change must end in the outcome
// named for its kind, untouched inputs must be accepted before and after.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <functional>

#include "core/certificate/grant.h"
#include "core/certificate/image_proof.h"
#include "core/certificate/private_store.h"
#include "core/certificate/vault.h"
#include "core/certificate/verification.h"
#include "core/common/error.h"
#include "core/common/files.h"
#include "core/common/random.h"
#include "tests/certificate/sample_run.h"
#include "tests/support/temp_folder.h"

namespace medlocker::certificate {
namespace {

using test::filesOf;
using test::makeSampleRun;
using test::SampleRun;

std::string textOf(const Bytes& bytes) {
  return asString(bytes);
}
Bytes bytesOf(const std::string& text) {
  return {text.begin(), text.end()};
}

/// One random change of bytes; `donor` is the same kind of file of another run.
std::string damage(const std::string& original, const std::string& donor, RandomStream& random) {
  const auto place = [&](std::size_t size) { return static_cast<std::size_t>(random.below(size)); };
  for (;;) {
    std::string out = original;
    const std::size_t size = out.size();
    const std::size_t at = place(size);
    const std::size_t length = 1 + place(std::min<std::size_t>(size - at, 64));
    switch (random.below(10)) {
      case 0:  // one bit
        out[at] = static_cast<char>(out[at] ^ (1 << random.below(8)));
        break;
      case 1:  // one byte
        out[at] = static_cast<char>(random.below(256));
        break;
      case 2:  // a part is missing
        out.erase(at, length);
        break;
      case 3:  // a part comes twice
        out.insert(at, out.substr(at, length));
        break;
      case 4: {  // two parts change places
        const std::size_t other = place(size - length + 1);
        for (std::size_t i = 0; i < length; ++i) std::swap(out[at + i], out[other + i]);
        break;
      }
      case 5:  // cut off
        out.resize(at);
        break;
      case 6:  // padded
        out.append(length, static_cast<char>(random.chance(0.5) ? 0 : ' '));
        break;
      case 7:  // something in front
        out.insert(0, length, static_cast<char>(random.chance(0.5) ? 0 : '\n'));
        break;
      case 8:  // part of another run in the same place
        if (at + length <= donor.size()) out.replace(at, length, donor.substr(at, length));
        break;
      default:  // zeroed
        out.replace(at, length, length, '\0');
    }
    if (out != original) return out;
  }
}

/// One random change of a JSON document that keeps it canonical: values swapped, dropped, doubled, moved, or
/// replaced by those of another run.
Json rearrange(const Json& original, const Json& donor, RandomStream& random) {
  // All containers, by pointer.
  const auto containers = [](Json& root) {
    std::vector<Json*> out;
    const std::function<void(Json&)> visit = [&](Json& value) {
      if (!value.is_structured() || value.empty()) return;
      out.push_back(&value);
      for (Json& item : value) visit(item);
    };
    visit(root);
    return out;
  };
  for (;;) {
    Json out = original;
    Json other = donor;
    const auto all = containers(out);
    Json& target = *all[random.below(all.size())];
    const auto nth = [](Json& container, std::uint64_t index) {
      auto it = container.begin();
      std::advance(it, static_cast<std::ptrdiff_t>(index));
      return it;
    };
    const std::uint64_t a = random.below(target.size());
    const std::uint64_t b = random.below(target.size());
    switch (random.below(7)) {
      case 0:  // two values change places
        std::swap(*nth(target, a), *nth(target, b));
        break;
      case 1:  // dropped
        target.erase(nth(target, a));
        break;
      case 2:  // doubled, or an unknown field
        if (target.is_array()) {
          target.insert(nth(target, a), Json(*nth(target, b)));
        } else {
          target["unknown" + std::to_string(random.below(100))] = *nth(target, a);
        }
        break;
      case 3: {  // a number, text or truth value is changed
        Json& value = *nth(target, a);
        if (value.is_number_integer()) {
          value = value.get<std::int64_t>() + (random.chance(0.5) ? 1 : -1);
        } else if (value.is_boolean()) {
          value = !value.get<bool>();
        } else if (value.is_string() && !value.get<std::string>().empty()) {
          std::string text = value.get<std::string>();
          text[random.below(text.size())] = static_cast<char>('a' + random.below(26));
          value = text;
          if (!Json::accept(value.dump(-1, ' ', false, Json::error_handler_t::replace))) continue;
        }
        break;
      }
      case 4: {  // reversed
        if (target.is_array()) std::reverse(target.begin(), target.end());
        break;
      }
      case 5: {  // a value of another run
        const auto theirs = containers(other);
        Json& source = *theirs[random.below(theirs.size())];
        *nth(target, a) = *nth(source, random.below(source.size()));
        break;
      }
      default:  // another type
        *nth(target, a) = random.chance(0.5) ? Json(nullptr) : Json::array({1});
    }
    try {
      if (canonicalJson(out) != canonicalJson(original)) return out;
    } catch (const std::exception&) {
      // A change inside a multi-byte character: not canonical JSON at all, which damage() covers.
    }
  }
}

class TamperCampaign : public ::testing::Test {
 protected:
  RandomStream random(const char* purpose) { return RandomStream::fromSeed(20260301, purpose); }
  void counted() { ++count_; }
  void TearDown() override {
    total_ += count_;
    RecordProperty("changes", count_);
  }
  static void TearDownTestSuite() { std::printf("Tamper campaign: %d changes tried.\n", total_); }

  SampleRun run_ = makeSampleRun(5);
  SampleRun other_ = makeSampleRun(5, "b");
  std::vector<OwnerPublicKey> trusted_ = {run_.owner.publicKey()};
  int count_ = 0;
  static int total_;
};
int TamperCampaign::total_ = 0;

TEST_F(TamperCampaign, Certificate) {
  const CertificateFiles good = filesOf(run_.issue());
  const CertificateFiles donor = filesOf(other_.issue());
  ASSERT_EQ(checkCertificate(good, trusted_).outcome, CertificateOutcome::Valid);
  RandomStream stream = random("certificate");
  const OwnerSecretKey forger = generateOwnerKey();
  const auto resigned = [&](const Bytes& certificate, const OwnerSecretKey& key) {
    CertificateFiles files = good;
    files.certificate = certificate;
    files.signature = formatSignature(signMessage(certificate, key, certificateUntrustedComment(key.id),
                                                  certificateTrustedComment(run_.info.runId)));
    return files;
  };
  for (int i = 0; i < 2500; ++i) {
    CertificateFiles files = good;
    files.certificate = i % 2 == 0
                            ? bytesOf(damage(textOf(good.certificate), textOf(donor.certificate), stream))
                            : bytesOf(canonicalJson(rearrange(Json::parse(good.certificate),
                                                              Json::parse(donor.certificate), stream)));
    counted();
    const CertificateCheck check = checkCertificate(files, trusted_);
    ASSERT_EQ(check.outcome, CertificateOutcome::BadSignature) << textOf(files.certificate);
    ASSERT_FALSE(check.certificate);
    ASSERT_EQ(FileVerifier(check).check(run_.fileHashes(0)).outcome, FileOutcome::NotChecked);

    // Without its signature it is unsigned or no certificate, whatever it says.
    files.signature.reset();
    counted();
    const CertificateOutcome bare = checkCertificate(files, trusted_).outcome;
    ASSERT_TRUE(bare == CertificateOutcome::Unsigned || bare == CertificateOutcome::BadCertificate);

    // Signed again by somebody else.
    counted();
    const CertificateCheck foreign = checkCertificate(resigned(files.certificate, forger), trusted_);
    ASSERT_EQ(foreign.outcome, CertificateOutcome::UnknownSigner);
    ASSERT_FALSE(foreign.certificate);
  }
  ASSERT_EQ(checkCertificate(good, trusted_).outcome, CertificateOutcome::Valid);
  EXPECT_GE(count_, 7500);
}

TEST_F(TamperCampaign, LeavesInsideASignedCertificate) {
  // Signed by the owner's own key, as a faulty program might: form, order, number and root must still hold.
  const std::string good = run_.issue().certificate;
  const Json donor = Json::parse(other_.issue().certificate);
  RandomStream stream = random("leaves inside");
  for (int i = 0; i < 1000; ++i) {
    Json json = Json::parse(good);
    json["leaves"] = rearrange(json["leaves"], donor["leaves"], stream);
    const std::string text = canonicalJson(json);
    CertificateFiles files;
    files.certificate = bytesOf(text);
    files.signature =
        formatSignature(signMessage(asBytes(text), run_.owner, certificateUntrustedComment(run_.owner.id),
                                    certificateTrustedComment(run_.info.runId)));
    counted();
    ASSERT_EQ(checkCertificate(files, trusted_).outcome, CertificateOutcome::BadCertificate) << text;
  }
  EXPECT_GE(count_, 1000);
}

TEST_F(TamperCampaign, LeafFile) {
  const CertificateFiles good = filesOf(run_.issue(1));
  const CertificateFiles donor = filesOf(other_.issue(1));
  ASSERT_EQ(checkCertificate(good, trusted_).outcome, CertificateOutcome::Valid);
  RandomStream stream = random("leaf file");
  for (int i = 0; i < 1500; ++i) {
    CertificateFiles files = good;
    files.leaves = i % 2 == 0 ? bytesOf(damage(textOf(*good.leaves), textOf(*donor.leaves), stream))
                              : bytesOf(canonicalJson(rearrange(Json::parse(*good.leaves),
                                                                Json::parse(*donor.leaves), stream)));
    counted();
    ASSERT_EQ(checkCertificate(files, trusted_).outcome, CertificateOutcome::BadCertificate);
  }
  ASSERT_EQ(checkCertificate(good, trusted_).outcome, CertificateOutcome::Valid);
  EXPECT_GE(count_, 1500);
}

TEST_F(TamperCampaign, Signature) {
  const CertificateFiles good = filesOf(run_.issue());
  const CertificateFiles donor = filesOf(other_.issue());
  RandomStream stream = random("signature");
  for (int i = 0; i < 2000; ++i) {
    CertificateFiles files = good;
    files.signature = damage(*good.signature, *donor.signature, stream);
    // Where the change makes the other run's key id, it would be an unknown signer; a stretch of the donor is
    // at most 64 bytes, so that can only happen by the whole id: then the outcome is UnknownSigner by
    // definition.
    counted();
    const CertificateCheck check = checkCertificate(files, trusted_);
    const bool namesOther = check.signerKeyId != toText(run_.owner.id) && !check.signerKeyId.empty();
    if (namesOther && check.outcome == CertificateOutcome::UnknownSigner) {
      ASSERT_FALSE(check.certificate);
      ASSERT_FALSE(check.signatureGenuine);
    } else {
      ASSERT_EQ(check.outcome, CertificateOutcome::BadSignature) << *files.signature;
    }
  }
  // Lines of two good signatures mixed in every way.
  const auto lines = [](const std::string& text) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at) + 1;
      out.push_back(text.substr(at, end - at));
      at = end;
    }
    return out;
  };
  SampleRun second = other_;
  second.owner = run_.owner;
  const auto mine = lines(*good.signature);
  const auto theirs = lines(second.issue().signature);
  for (int mask = 1; mask < 16; ++mask) {
    CertificateFiles files = good;
    files.signature->clear();
    for (std::size_t k = 0; k < 4; ++k) *files.signature += (mask >> k & 1) ? theirs[k] : mine[k];
    if (files.signature == good.signature) continue;  // the first lines are the same
    counted();
    ASSERT_EQ(checkCertificate(files, trusted_).outcome, CertificateOutcome::BadSignature) << mask;
  }
  ASSERT_EQ(checkCertificate(good, trusted_).outcome, CertificateOutcome::Valid);
  EXPECT_GE(count_, 2010);
}

TEST_F(TamperCampaign, Proof) {
  const CertificateCheck certificate = checkCertificate(filesOf(run_.issue()), trusted_);
  const auto proofOf = [](const SampleRun& run, std::size_t i) {
    return makeImageProof(run.committed, {run.records[i].imageId, 0}).toCanonicalJson();
  };
  const std::string good = proofOf(run_, 2);
  const std::string donor = proofOf(run_, 3);
  ASSERT_EQ(checkImageProof(good, certificate).outcome, ProofOutcome::Valid);
  RandomStream stream = random("proof");
  for (int i = 0; i < 1500; ++i) {
    const std::string bad = i % 2 == 0
                                ? damage(good, donor, stream)
                                : canonicalJson(rearrange(Json::parse(good), Json::parse(donor), stream));
    counted();
    ASSERT_EQ(checkImageProof(bad, certificate).outcome, ProofOutcome::BadProof) << bad;
  }
  EXPECT_GE(count_, 1500);
}

TEST_F(TamperCampaign, Vault) {
  const auto vaultOf = [](const SampleRun& run) {
    const medlocker::test::TempFolder folder;
    const RunStore store = RunStore::create(folder / "private", run.secrets, run.owner);
    for (std::size_t i = 0; i < run.records.size(); ++i) store.put(run.records[i], run.payloads[i]);
    store.finish(folder / "v", run.owner);
    return readFile(folder / "v");
  };
  const Bytes good = vaultOf(run_);
  const Bytes donor = vaultOf(other_);
  RandomStream stream = random("vault");
  const std::size_t head = 40 + 5 * 84;
  // How many of the five images a recipient of the whole run gets back; anything but the true payload is a
  // failed test.
  const auto restored = [&](const Bytes& bytes) -> int {
    try {
      const VaultReader vault(ByteSource::fromMemory(bytes));
      if (vault.runId() != run_.secrets.runId) return 0;  // as the restorer does
      int out = 0;
      for (std::size_t i = 0; i < run_.records.size(); ++i) {
        const auto at = vault.find({run_.records[i].imageId, 0});
        if (!at || vault.entries()[*at].protPixelSha256 != run_.records[i].protPixelSha256) continue;
        try {
          EXPECT_EQ(vault.open(*at, run_.secrets.imageKey(run_.records[i].imageId)), run_.payloads[i]);
          ++out;
        } catch (const Error& e) {
          EXPECT_EQ(e.code(), ErrorCode::VerificationFailed) << e.what();
        }
      }
      return out;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::InputRejected) << e.what();
      return 0;
    }
  };
  ASSERT_EQ(restored(good), 5);
  for (int i = 0; i < 2000; ++i) {
    Bytes bad = bytesOf(damage(textOf(good), textOf(donor), stream));
    counted();
    ASSERT_LT(restored(bad), 5);
    // An attacker can make the index hash right again; the payloads still do not open.
    if (bad.size() < head + 32) continue;
    const Digest hash = sha256(ByteView(bad).first(head));
    std::copy(hash.begin(), hash.end(), bad.begin() + static_cast<std::ptrdiff_t>(head));
    if (bad == good) continue;  // the damage was in the hash alone
    counted();
    ASSERT_LT(restored(bad), 5);
  }
  // Whole entries swapped, doubled, dropped or taken from the other run, with a consistent index.
  for (int i = 0; i < 100; ++i) {
    const VaultReader mine(ByteSource::fromMemory(good));
    const VaultReader theirs(ByteSource::fromMemory(donor));
    std::vector<SealedEntry> entries;
    for (std::size_t k = 0; k < 5; ++k) entries.push_back({mine.entries()[k], mine.ciphertext(k)});
    const std::size_t a = stream.below(5);
    const std::size_t b = (a + 1 + stream.below(4)) % 5;
    switch (stream.below(4)) {
      case 0:
        std::swap(entries[a].ciphertext, entries[b].ciphertext);
        std::swap(entries[a].index.nonce, entries[b].index.nonce);
        std::swap(entries[a].index.length, entries[b].index.length);
        break;
      case 1:
        entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(a));
        break;
      case 2:
        entries[a].ciphertext = theirs.ciphertext(b);
        entries[a].index.nonce = theirs.entries()[b].nonce;
        entries[a].index.length = theirs.entries()[b].length;
        break;
      default:
        entries[a] = {theirs.entries()[b], theirs.ciphertext(b)};
        std::sort(entries.begin(), entries.end(),
                  [](const auto& x, const auto& y) { return x.index.key() < y.index.key(); });
    }
    const medlocker::test::TempFolder folder;
    std::vector<VaultIndexEntry> index;
    for (const SealedEntry& entry : entries) index.push_back(entry.index);
    VaultWriter writer(folder / "v", run_.secrets.runId, index);
    for (const SealedEntry& entry : entries) writer.add(entry.ciphertext);
    writer.finish();
    counted();
    ASSERT_LT(restored(readFile(folder / "v")), 5);
  }
  ASSERT_EQ(restored(good), 5);
  EXPECT_GE(count_, 3500);
}

TEST_F(TamperCampaign, Grant) {
  const RecipientSecretKey recipient = generateRecipientKey();
  GrantRequest request;
  request.recipient = recipient.publicKey();
  request.createdUtc = "2026-03-02T00:00:00Z";
  request.images = std::vector<Id16>{run_.records[0].imageId, run_.records[3].imageId};
  const std::string good = createGrant(request, run_.secrets, run_.owner);
  request.images = std::vector<Id16>{other_.records[0].imageId, other_.records[1].imageId};
  const std::string donor = createGrant(request, other_.secrets, other_.owner);
  const std::string sameOwner = createGrant(request, other_.secrets, run_.owner);
  ASSERT_EQ(openGrant(good, trusted_, recipient).outcome, GrantOutcome::Valid);
  RandomStream stream = random("grant");
  const OwnerSecretKey forger = generateOwnerKey();
  const auto bodyOf = [](const std::string& text) { return text.substr(0, text.find('\n')); };
  const auto signedBy = [&](const std::string& body, const OwnerSecretKey& key) {
    return body + "\n" +
           formatSignature(signMessage(asBytes(body + "\n"), key,
                                       "signature of a MedLocker grant by key " + toText(key.id),
                                       "schema=medlocker/grant/1 run_id=" + toHex(run_.secrets.runId)));
  };
  for (int i = 0; i < 1500; ++i) {
    std::string bad;
    if (i % 2 == 0) {
      bad = damage(good, donor, stream);
    } else {
      bad = canonicalJson(rearrange(Json::parse(bodyOf(good)), Json::parse(bodyOf(donor)), stream)) +
            good.substr(good.find('\n'));
    }
    counted();
    const GrantCheck check = openGrant(bad, trusted_, recipient);
    // Damage may take the line feed itself, or make the signature name another key.
    ASSERT_TRUE(check.outcome == GrantOutcome::BadSignature || check.outcome == GrantOutcome::BadGrant)
        << bad;
    if (i % 2 == 1) {
      ASSERT_EQ(check.outcome, GrantOutcome::BadSignature) << bad;
    }
    ASSERT_FALSE(check.keys);

    if (i % 2 == 1) {
      // Signed again by somebody else, who also writes in the own key: a genuine grant of an unknown signer.
      Json body = Json::parse(bodyOf(bad));
      if (!body.is_object()) continue;
      Bytes key = bytesOf("Ed");
      key.insert(key.end(), forger.id.begin(), forger.id.end());
      const OwnerPublicKey forgerKey = forger.publicKey();
      key.insert(key.end(), forgerKey.key.begin(), forgerKey.key.end());
      body["owner_key"] = toBase64(key);
      counted();
      const GrantCheck foreign = openGrant(signedBy(canonicalJson(body), forger), trusted_, recipient);
      ASSERT_NE(foreign.outcome, GrantOutcome::Valid);
      ASSERT_FALSE(foreign.keys);
    }
  }
  // The sealed keys of one grant in another, signed by the owner.
  for (const std::string& from : {donor, sameOwner}) {
    Json body = Json::parse(bodyOf(good));
    body["sealed"] = Json::parse(bodyOf(from))["sealed"];
    counted();
    const GrantCheck check = openGrant(signedBy(canonicalJson(body), run_.owner), trusted_, recipient);
    ASSERT_EQ(check.outcome, GrantOutcome::BadGrant);
    ASSERT_FALSE(check.keys);
  }
  ASSERT_EQ(openGrant(good, trusted_, recipient).outcome, GrantOutcome::Valid);
  EXPECT_GE(count_, 2000);
}

TEST_F(TamperCampaign, PrivatePart) {
  const auto listOf = [](const SampleRun& run) {
    const medlocker::test::TempFolder folder;
    writeParameterList(folder / "p", run.secrets, run.committed, run.owner);
    return readFile(folder / "p");
  };
  const Bytes good = listOf(run_);
  const Bytes donor = listOf(other_);
  RandomStream stream = random("private");
  for (int i = 0; i < 1000; ++i) {
    const Bytes bad = bytesOf(damage(textOf(good), textOf(donor), stream));
    counted();
    ASSERT_THROW(openParameterList(bad, run_.owner), Error);
  }
  ASSERT_EQ(openParameterList(good, run_.owner).records.size(), 5u);
  EXPECT_GE(count_, 1000);
}

TEST_F(TamperCampaign, ImageHashes) {
  const FileVerifier verifier(checkCertificate(filesOf(run_.issue()), trusted_));
  RandomStream stream = random("images");
  for (int i = 0; i < 1000; ++i) {
    const std::size_t item = stream.below(5);
    FileHashes hashes = run_.fileHashes(item);
    FileOutcome expected = FileOutcome::NotInRun;
    switch (stream.below(5)) {
      case 0:
        hashes.file[stream.below(32)] ^= static_cast<std::uint8_t>(1 << stream.below(8));
        expected = FileOutcome::ValidRewrapped;
        break;
      case 1:
        hashes.pixels[0][stream.below(32)] ^= static_cast<std::uint8_t>(1 << stream.below(8));
        break;
      case 2:
        hashes = other_.fileHashes(item);
        break;
      case 3:
        hashes.file = run_.fileHashes((item + 1) % 5).file;
        expected = FileOutcome::ValidRewrapped;
        break;
      default:
        hashes.pixels.push_back(run_.fileHashes((item + 1) % 5).pixels[0]);
    }
    counted();
    ASSERT_EQ(verifier.check(hashes).outcome, expected);
  }
  for (std::size_t item = 0; item < 5; ++item)
    ASSERT_EQ(verifier.check(run_.fileHashes(item)).outcome, FileOutcome::Valid);
  EXPECT_GE(count_, 1000);
}

}  // namespace
}  // namespace medlocker::certificate
