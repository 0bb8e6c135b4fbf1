// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
//
// The tamper campaign over protected files themselves: changed samples are never of the run, changed bytes
// around the same samples are recognised as that, and nothing else is possible.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "core/certificate/verification.h"
#include "core/common/error.h"
#include "core/common/random.h"
#include "core/data/image_io.h"
#include "tests/certificate/sample_run.h"

namespace medlocker::certificate {
namespace {

/// A run whose hashes are those of real files: small PNG and TIFF images of 8 and 16 bits.
struct ImageRun {
  std::vector<Bytes> files;
  std::vector<data::Image> images;
  CertificateCheck check;
};

data::Image picture(int index) {
  RandomStream stream = RandomStream::fromSeed(static_cast<std::uint64_t>(index), "tamper picture");
  data::Image image(20 + index, 17, index % 2 ? 1 : 3, index % 3 == 2 ? 16 : 8);
  for (std::uint8_t& byte : image.bytes()) byte = static_cast<std::uint8_t>(stream.below(256));
  return image;
}

ImageRun makeImageRun(std::size_t count) {
  ImageRun out;
  test::SampleRun run = test::makeSampleRun(count);
  for (std::size_t i = 0; i < count; ++i) {
    const data::FileFormat format = i % 2 ? data::FileFormat::Tiff : data::FileFormat::Png;
    out.images.push_back(picture(static_cast<int>(i)));
    out.files.push_back(data::encodeImage(
        out.images.back(), format, {.protectedNote = std::string(data::kProtectedNotePrefix) + "; run x"}));
    run.records[i].protPixelSha256 = data::pixelHash(out.images.back());
    run.records[i].protFileSha256 = sha256(out.files.back());
  }
  run.committed.clear();
  for (const PrivateRecord& record : run.records) run.committed.push_back(run.secrets.commit(record));
  const std::vector<OwnerPublicKey> trusted{run.owner.publicKey()};
  out.check = checkCertificate(test::filesOf(run.issue()), trusted);
  return out;
}

/// The outcome for a file's bytes; empty: it cannot be read at all.
std::optional<FileOutcome> outcomeOf(const FileVerifier& verifier, const Bytes& file) {
  try {
    const data::Image image = data::decodeImage(file, "suspect").image;
    return verifier.check({sha256(file), {data::pixelHash(image)}}).outcome;
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::InputRejected) << e.what();
    return std::nullopt;
  }
}

TEST(TamperImages, ChangedBytesAreNeverTheRunsOwnFile) {
  const ImageRun run = makeImageRun(6);
  ASSERT_EQ(run.check.outcome, CertificateOutcome::Valid);
  const FileVerifier verifier(run.check);
  RandomStream stream = RandomStream::fromSeed(20260302, "tamper images");
  int rewrapped = 0;
  int tried = 0;
  for (int i = 0; i < 2400; ++i) {
    const std::size_t item = stream.below(run.files.size());
    Bytes file = run.files[item];
    const std::size_t at = stream.below(file.size());
    const auto place = file.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t length = 1 + stream.below(std::min<std::size_t>(file.size() - at, 32));
    switch (stream.below(6)) {
      case 0:
        file[at] ^= static_cast<std::uint8_t>(1 << stream.below(8));
        break;
      case 1:
        file.resize(at);
        break;
      case 2:
        file.insert(place, length, static_cast<std::uint8_t>(stream.below(256)));
        break;
      case 3:
        file.erase(place, place + static_cast<std::ptrdiff_t>(length));
        break;
      case 4:
        file.insert(file.end(), length, 0);
        break;
      default: {  // a part of another protected file
        const Bytes& donor = run.files[(item + 1) % run.files.size()];
        for (std::size_t k = 0; k < length && at + k < donor.size(); ++k) file[at + k] = donor[at + k];
      }
    }
    if (file == run.files[item]) continue;
    ++tried;
    const auto outcome = outcomeOf(verifier, file);
    if (!outcome) continue;  // refused by the decoder
    ASSERT_NE(*outcome, FileOutcome::Valid);
    // Bytes that do not touch the samples may change; then it is the same picture in another wrapping.
    if (*outcome == FileOutcome::ValidRewrapped) {
      ++rewrapped;
      ASSERT_TRUE(data::decodeImage(file, "suspect").image.sameSamples(run.images[item]));
    } else {
      ASSERT_EQ(*outcome, FileOutcome::NotInRun);
    }
  }
  EXPECT_GT(rewrapped, 0);
  EXPECT_GE(tried, 2000);
  std::printf("Tamper campaign: %d changed files tried, %d of them with unchanged samples.\n", tried,
              rewrapped);
  for (const Bytes& file : run.files) EXPECT_EQ(outcomeOf(verifier, file), FileOutcome::Valid);
}

TEST(TamperImages, ChangedSamplesAreNotInTheRun) {
  const ImageRun run = makeImageRun(6);
  const FileVerifier verifier(run.check);
  RandomStream stream = RandomStream::fromSeed(20260303, "tamper samples");
  int tried = 0;
  for (int i = 0; i < 1200; ++i) {
    const std::size_t item = stream.below(run.images.size());
    data::Image image = run.images[item];
    const int x = static_cast<int>(stream.below(static_cast<std::uint64_t>(image.width())));
    const int y = static_cast<int>(stream.below(static_cast<std::uint64_t>(image.height())));
    const int c = static_cast<int>(stream.below(static_cast<std::uint64_t>(image.channels())));
    switch (stream.below(3)) {
      case 0:
        image.setSample(
            x, y, c, image.sample(x, y, c) ^ (1 << stream.below(static_cast<std::uint64_t>(image.bits()))));
        break;
      case 1: {  // two samples change places
        const int before = image.sample(x, y, c);
        image.setSample(x, y, c, image.sample(0, 0, c));
        image.setSample(0, 0, c, before);
        break;
      }
      default:  // one column less
        data::Image narrow(image.width() - 1, image.height(), image.channels(), image.bitsAllocated());
        for (int row = 0; row < narrow.height(); ++row)
          for (int column = 0; column < narrow.width(); ++column)
            for (int k = 0; k < narrow.channels(); ++k)
              narrow.setSample(column, row, k, image.sample(column, row, k));
        image = narrow;
    }
    if (image.sameSamples(run.images[item])) continue;
    ++tried;
    const auto outcome = outcomeOf(verifier, data::encodeImage(image, data::FileFormat::Tiff));
    ASSERT_EQ(outcome, FileOutcome::NotInRun);
  }
  EXPECT_GE(tried, 1000);
  std::printf("Tamper campaign: %d images with changed samples tried.\n", tried);
  // The same samples saved again by another program.
  for (const data::Image& image : run.images)
    EXPECT_EQ(outcomeOf(verifier, data::encodeImage(image, data::FileFormat::Tiff)),
              FileOutcome::ValidRewrapped);
}

}  // namespace
}  // namespace medlocker::certificate
