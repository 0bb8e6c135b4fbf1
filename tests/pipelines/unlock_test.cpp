// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/certificate/key_files.h"
#include "core/certificate/passphrase.h"
#include "core/common/files.h"
#include "core/common/random.h"
#include "core/data/image_io.h"
#include "core/pipelines/grant_access.h"
#include "core/pipelines/restore_dataset.h"
#include "tests/pipelines/handmade_run.h"
#include "tests/support/temp_folder.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
namespace cert = certificate;
using test::HandmadeRun;
using test::makeHandmadeRun;

/// A run with three images and a recipient; made once, because drawing photographs takes a while.
class Unlock : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new test::TempFolder;
    run_ = new HandmadeRun(makeHandmadeRun(folder_->path(), "run"));
    cert::writeNewKeyFiles(
        {.folder = folder_->path() / "recipient", .passphrase = std::nullopt, .owner = false});
    cert::writeNewKeyFiles({.folder = folder_->path() / "stranger", .passphrase = std::nullopt});
  }
  static void TearDownTestSuite() {
    delete run_;
    delete folder_;
  }
  static fs::path key(const char* who) { return folder_->path() / who / "recipient.key"; }
  static GrantAccessOptions request(const std::string& file) {
    GrantAccessOptions options;
    options.run = run_->folder;
    options.ownerKey = run_->ownerKey;
    options.recipient = folder_->path() / "recipient" / "recipient.pub";
    options.out = folder_->path() / file;
    return options;
  }
  static RestoreDatasetSummary restore(const fs::path& from, const fs::path& grant, const fs::path& keyFile,
                                       const fs::path& out, RestoreDatasetOptions options = {}) {
    options.protectedFolder = from;
    options.grant = grant;
    options.key = keyFile;
    options.out = out;
    return restoreDataset(options, {});
  }
  static std::string refusal(const std::function<void()>& action) {
    try {
      action();
    } catch (const Error& e) {
      return e.what();
    }
    return {};
  }

  static test::TempFolder* folder_;
  static HandmadeRun* run_;
};
test::TempFolder* Unlock::folder_ = nullptr;
HandmadeRun* Unlock::run_ = nullptr;

TEST_F(Unlock, ARecipientRestoresTheWholeRun) {
  const GrantAccessSummary grant = grantAccess(request("all.grant"), {});
  EXPECT_TRUE(grant.wholeRun);
  EXPECT_EQ(grant.images, 3);
  const RestoreDatasetSummary summary =
      restore(run_->folder, grant.out, key("recipient"), folder_->path() / "all");
  EXPECT_EQ(summary.restored, 3);
  EXPECT_TRUE(summary.issues.empty());
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_TRUE(data::readImage(folder_->path() / "all" / run_->protectedNames[i])
                    .image.sameSamples(run_->images[i]));
}

TEST_F(Unlock, SelectedImagesOpenAndOthersSayWhyNot) {
  GrantAccessOptions options = request("some.grant");
  options.images = {run_->protectedNames[0], toHex(run_->ids[2])};
  EXPECT_EQ(grantAccess(options, {}).images, 2);
  const RestoreDatasetSummary summary =
      restore(run_->folder, options.out, key("recipient"), folder_->path() / "some");
  EXPECT_EQ(summary.restored, 2);
  ASSERT_EQ(summary.issues.size(), 1u);
  EXPECT_EQ(summary.issues[0].item, run_->protectedNames[1]);
  EXPECT_EQ(summary.issues[0].reason, "the grant does not include this image");
  EXPECT_FALSE(fs::exists(folder_->path() / "some" / run_->protectedNames[1]));
}

TEST_F(Unlock, AnotherRecipientsKeyOpensNothing) {
  const fs::path grant = grantAccess(request("foreign.grant"), {}).out;
  const std::string why =
      refusal([&] { restore(run_->folder, grant, key("stranger"), folder_->path() / "foreign"); });
  EXPECT_NE(why.find("for recipient"), std::string::npos) << why;
  EXPECT_FALSE(fs::exists(folder_->path() / "foreign"));
}

TEST_F(Unlock, AGrantOfAnotherRunOpensNothing) {
  const HandmadeRun other = makeHandmadeRun(folder_->path(), "other", {.images = 1, .placement = 9});
  const fs::path grant = grantAccess(request("run.grant"), {}).out;
  const std::string why =
      refusal([&] { restore(other.folder, grant, key("recipient"), folder_->path() / "mixed"); });
  EXPECT_NE(why.find("another run"), std::string::npos) << why;
}

TEST_F(Unlock, AGrantThatIsNotTheOwnersIsRefused) {
  // A stranger who has the run's secrets by no means signs a grant of his own.
  std::string text = readTextFile(grantAccess(request("changed.grant"), {}).out);
  text[text.find("created_utc") + 16] ^= 1;
  writeFileAtomically(folder_->path() / "forged.grant", text);
  const std::string why = refusal([&] {
    restore(run_->folder, folder_->path() / "forged.grant", key("recipient"), folder_->path() / "f");
  });
  EXPECT_FALSE(why.empty());
  // Nor does a grant by somebody else's key exist for this run.
  GrantAccessOptions options = request("stranger.grant");
  options.ownerKey = folder_->path() / "stranger" / "owner.key";
  EXPECT_FALSE(refusal([&] { grantAccess(options, {}); }).empty());
  EXPECT_FALSE(fs::exists(options.out));
}

TEST_F(Unlock, AnAlteredPixelIsNotRestored) {
  const fs::path grant = grantAccess(request("altered.grant"), {}).out;
  const fs::path copy = folder_->path() / "altered";
  fs::copy(run_->folder, copy, fs::copy_options::recursive);
  const fs::path file = copy / "images" / run_->protectedNames[1];
  data::DecodedImage decoded = data::readImage(file);
  decoded.image.setSample(3, 3, 1, decoded.image.sample(3, 3, 1) ^ 1);
  writeFileAtomically(file, data::encodeImage(decoded.image, data::FileFormat::Png));
  const RestoreDatasetSummary summary =
      restore(copy, grant, key("recipient"), folder_->path() / "altered-out");
  EXPECT_EQ(summary.restored, 2);
  ASSERT_EQ(summary.issues.size(), 1u);
  EXPECT_NE(summary.issues[0].reason.find("changed"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder_->path() / "altered-out" / run_->protectedNames[1]));
}

TEST_F(Unlock, APassphraseGrantNeedsItsPassphrase) {
  GrantAccessOptions options = request("words.grant");
  options.recipient.reset();
  options.grantPassphrase = "correct horse battery staple";
  options.images = {run_->protectedNames[0]};
  const GrantAccessSummary summary = grantAccess(options, {});
  EXPECT_TRUE(summary.recipientFingerprint.empty());
  EXPECT_TRUE(grantNeedsPassphrase(options.out));
  const fs::path file = run_->protectedFile(0);
  EXPECT_FALSE(refusal([&] { restore(file, options.out, "", folder_->path() / "w0"); }).empty());
  RestoreDatasetOptions wrong;
  wrong.passphrase = "wrong";
  EXPECT_FALSE(refusal([&] { restore(file, options.out, "", folder_->path() / "w1", wrong); }).empty());
  RestoreDatasetOptions right;
  right.passphrase = options.grantPassphrase;
  EXPECT_EQ(restore(file, options.out, "", folder_->path() / "w2", right).restored, 1);
}

TEST_F(Unlock, AnExpiryIsAdvisory) {
  GrantAccessOptions past = request("past.grant");
  past.expires = "2020-01-01";
  EXPECT_NE(refusal([&] { grantAccess(past, {}); }).find("past"), std::string::npos);
  GrantAccessOptions soon = request("soon.grant");
  soon.expires = "30d";
  const GrantAccessSummary summary = grantAccess(soon, {});
  EXPECT_EQ(summary.expiresUtc.size(), 20u);
  EXPECT_NE(summary.notices[0].find("advisory"), std::string::npos);
  GrantAccessOptions nonsense = request("nonsense.grant");
  nonsense.expires = "tomorrow";
  EXPECT_FALSE(refusal([&] { grantAccess(nonsense, {}); }).empty());
}

TEST_F(Unlock, OptionsNameWhatIsMissing) {
  GrantAccessOptions both = request("both.grant");
  both.grantPassphrase = "x";
  ASSERT_EQ(both.validate().size(), 1u);
  EXPECT_EQ(both.validate()[0].field, "to");
  GrantAccessOptions unknown = request("unknown.grant");
  unknown.images = {"nowhere.png"};
  EXPECT_NE(refusal([&] { grantAccess(unknown, {}); }).find("nowhere.png"), std::string::npos);
}

TEST_F(Unlock, AnOriginalFileComesBackByteForByte) {
  for (const char* kind : {"patch", "file"}) {
    for (const char* format : {"tif", "jpg"}) {
      const test::TempFolder folder;
      const HandmadeRun run =
          makeHandmadeRun(folder.path(), "run", {.images = 1, .payload = kind, .format = format});
      const RestoreDatasetSummary summary =
          restore(run.folder, run.folder, run.ownerKey, folder / "out", {.level = "r2"});
      EXPECT_EQ(summary.byteIdentical, 1) << kind << format;
      EXPECT_EQ(readFile(folder / "out" / run.names[0]), readFile(run.originals / run.names[0]));
      // Again: it is there already.
      EXPECT_EQ(restore(run.folder, run.folder, run.ownerKey, folder / "out", {.resume = true}).already, 1);
    }
  }
}

TEST_F(Unlock, OriginalsThatLookAlikeAreNotExchanged) {
  // Two files with the same samples differ by a text. Once protected, their bytes tell them apart, or where
  // the text was dropped, their names.
  for (const bool distinct : {true, false}) {
    for (const char* kind : {"file", "patch"}) {
      const test::TempFolder folder;
      const HandmadeRun run = makeHandmadeRun(
          folder.path(), "run", {.images = 3, .payload = kind, .sameEye = true, .distinctFiles = distinct});
      ASSERT_NE(readFile(run.originals / run.names[0]), readFile(run.originals / run.names[1]));
      ASSERT_EQ(readFile(run.protectedFile(0)) == readFile(run.protectedFile(1)), !distinct);
      const RestoreDatasetSummary summary =
          restore(run.folder, run.folder, run.ownerKey, folder / "out", {.level = "r2"});
      EXPECT_EQ(summary.byteIdentical, 3) << summary.briefReport();
      for (const std::string& name : run.names)
        EXPECT_EQ(readFile(folder / "out" / name), readFile(run.originals / name)) << kind << distinct;
      // Under another name only the bytes can tell.
      fs::copy(run.protectedFile(1), run.folder / "images" / "renamed.png");
      const RestoreDatasetSummary renamed =
          restore(run.folder / "images" / "renamed.png", run.folder, run.ownerKey, folder / "renamed");
      EXPECT_EQ(renamed.restored, distinct ? 1 : 0);
      if (distinct)
        EXPECT_EQ(readFile(folder / "renamed" / "renamed.png"), readFile(run.originals / run.names[1]));
      else
        EXPECT_NE(renamed.issues.at(0).reason.find("look alike"), std::string::npos);
    }
  }
}

TEST_F(Unlock, AFileThatCarriesItsPayloadNeedsNoVault) {
  for (const char* format : {"png", "tif"}) {
    const test::TempFolder folder;
    const HandmadeRun run =
        makeHandmadeRun(folder.path(), "run", {.images = 2, .format = format, .embed = true});
    GrantAccessOptions options;
    options.run = run.folder;
    options.ownerKey = run.ownerKey;
    options.recipient = folder_->path() / "recipient" / "recipient.pub";
    options.images = {run.protectedNames[0]};
    options.out = folder / "some.grant";
    grantAccess(options, {});
    const fs::path alone = folder / "alone";
    fs::create_directories(alone);
    for (std::size_t i = 0; i < 2; ++i) fs::copy(run.protectedFile(i), alone / run.protectedNames[i]);
    const RestoreDatasetSummary summary =
        restore(alone, options.out, key("recipient"), folder / "out", {.publicKey = run.ownerPublic});
    EXPECT_EQ(summary.restored, 1) << summary.briefReport();
    EXPECT_TRUE(data::readImage(folder / "out" / run.protectedNames[0]).image.sameSamples(run.images[0]));
    ASSERT_EQ(summary.issues.size(), 1u);
    EXPECT_EQ(summary.issues[0].reason, "the grant does not include this image");
    // Whose grant it is must be known, and saving the file again loses what it carried.
    EXPECT_NE(refusal([&] {
                restore(alone, options.out, key("recipient"), folder / "nokey");
              }).find("--public-key"),
              std::string::npos);
    EXPECT_FALSE(refusal([&] {
                   restore(alone, options.out, key("recipient"), folder / "wrong",
                           {.publicKey = folder_->path() / "stranger" / "owner.pub"});
                 }).empty());
    const fs::path file = alone / run.protectedNames[0];
    const data::DecodedImage decoded = data::readImage(file);
    writeFileAtomically(file, data::encodeImage(decoded.image, decoded.format));
    const RestoreDatasetSummary bare =
        restore(file, options.out, key("recipient"), folder / "bare", {.publicKey = run.ownerPublic});
    EXPECT_EQ(bare.restored, 0);
    EXPECT_NE(bare.issues.at(0).reason.find("carries no payload"), std::string::npos);
  }
}

TEST_F(Unlock, ParametersAloneRestoreApproximately) {
  const fs::path out = folder_->path() / "r0";
  RestoreDatasetOptions options;
  options.level = "r0";
  options.logo = fs::path(MEDLOCKER_SOURCE_DIR) / "resources" / "logos" / "medlocker.png";
  const RestoreDatasetSummary summary = restore(run_->folder, run_->folder, run_->ownerKey, out, options);
  EXPECT_EQ(summary.approximate, 3) << summary.briefReport();
  EXPECT_EQ(summary.restored, 0);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string name = fs::path(run_->protectedNames[i]).stem().string() + ".approximate.png";
    const data::Image result = data::readImage(out / name).image;
    // Opacity is at most 0.85 here: floor(0.5/(1-0.85) + 0.5) = 3 levels.
    for (std::size_t k = 0; k < result.bytes().size(); ++k)
      ASSERT_LE(std::abs(static_cast<int>(result.bytes()[k]) - static_cast<int>(run_->images[i].bytes()[k])),
                3);
  }
  // A grant has no parameters.
  options.level = "r0";
  EXPECT_FALSE(refusal([&] {
                 restore(run_->folder, grantAccess(request("r0.grant"), {}).out, key("recipient"),
                         folder_->path() / "r0b", options);
               }).empty());
}

TEST_F(Unlock, SamplesAloneAreNotAFile) {
  const RestoreDatasetSummary summary =
      restore(run_->folder, run_->folder, run_->ownerKey, folder_->path() / "r2", {.level = "r2"});
  EXPECT_EQ(summary.restored, 0);
  EXPECT_EQ(summary.issues.size(), 3u);
}

TEST_F(Unlock, ResidualPayloadsRestoreEverySample) {
  const test::TempFolder folder;
  const HandmadeRun run = makeHandmadeRun(folder.path(), "run", {.images = 1, .payload = "residual"});
  EXPECT_EQ(restore(run.folder, run.folder, run.ownerKey, folder / "out").restored, 1);
  EXPECT_TRUE(data::readImage(folder / "out" / run.protectedNames[0]).image.sameSamples(run.images[0]));
}

Bytes asJpeg(const data::Image& image, int quality) {
  const cv::Mat rgb(image.height(), image.width(), CV_8UC3, const_cast<std::uint8_t*>(image.bytes().data()));
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  Bytes out;
  cv::imencode(".jpg", bgr, out, {cv::IMWRITE_JPEG_QUALITY, quality});
  return out;
}

/// Mean absolute difference in 8-bit levels, over the samples that the logo changed.
double difference(const data::Image& a, const data::Image& original, const data::Image& marked) {
  double sum = 0;
  double count = 0;
  for (std::size_t i = 0; i < a.bytes().size(); ++i) {
    if (original.bytes()[i] == marked.bytes()[i]) continue;
    sum += std::abs(static_cast<int>(a.bytes()[i]) - static_cast<int>(original.bytes()[i]));
    ++count;
  }
  return sum / count;
}

TEST_F(Unlock, ARecompressedCopyIsRestoredOnlyApproximatelyAndSaysSo) {
  const fs::path grant = grantAccess(request("approximate.grant"), {}).out;
  const fs::path copy = folder_->path() / "recompressed";
  fs::copy(run_->folder, copy, fs::copy_options::recursive);
  const fs::path file = copy / "images" / run_->protectedNames[0];
  const data::Image marked = data::readImage(file).image;
  fs::remove(file);
  const fs::path jpeg = copy / "images" / (fs::path(run_->protectedNames[0]).stem().string() + ".jpg");
  writeFileAtomically(jpeg, asJpeg(marked, 80));
  EXPECT_EQ(restore(jpeg, grant, key("recipient"), folder_->path() / "exact-only").restored, 0);
  const fs::path out = folder_->path() / "approximate";
  const RestoreDatasetSummary summary = restore(jpeg, grant, key("recipient"), out, {.approximate = true});
  ASSERT_EQ(summary.approximate, 1) << summary.briefReport();
  EXPECT_EQ(summary.restored, 0);
  const fs::path written = out / (fs::path(run_->protectedNames[0]).stem().string() + ".approximate.png");
  ASSERT_TRUE(fs::exists(written));
  EXPECT_NE(asString(readFile(written)).find("Approximate restoration"), std::string::npos);
  const data::Image result = data::readImage(written).image;
  // The pasted samples are the original's own, at the place where they were.
  EXPECT_EQ(difference(result, run_->images[0], marked), 0);
  EXPECT_GT(difference(marked, run_->images[0], marked), 10);
}

TEST_F(Unlock, AnotherPictureIsNotRestoredApproximately) {
  const fs::path grant = grantAccess(request("nonsense2.grant"), {}).out;
  const fs::path copy = folder_->path() / "unrelated";
  fs::copy(run_->folder, copy, fs::copy_options::recursive);
  const fs::path file = copy / "images" / run_->protectedNames[0];
  data::Image noise(run_->images[0].width(), run_->images[0].height(), 3);
  RandomStream stream = RandomStream::fromSeed(4, "noise");
  for (std::uint8_t& byte : noise.bytes()) byte = static_cast<std::uint8_t>(stream.below(256));
  writeFileAtomically(file, data::encodeImage(noise, data::FileFormat::Png));
  const RestoreDatasetSummary summary =
      restore(file, grant, key("recipient"), folder_->path() / "unrelated-out", {.approximate = true});
  EXPECT_EQ(summary.approximate, 0);
  ASSERT_EQ(summary.issues.size(), 1u);
  EXPECT_NE(summary.issues[0].reason.find("could not be fitted"), std::string::npos)
      << summary.issues[0].reason;
}

}  // namespace
}  // namespace medlocker::pipelines
