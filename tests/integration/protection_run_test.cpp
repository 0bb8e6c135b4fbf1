// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "core/common/files.h"
#include "core/common/json.h"
#include "core/data/image_io.h"
#include "core/data/manifest.h"
#include "tests/integration/protection_world.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"

namespace medlocker {
namespace {

namespace fs = std::filesystem;
using test::folderHashes;
using test::medlockerBinary;
using test::ProcessResult;
using test::ProtectionWorld;
using test::runProcess;

/// One protected run, shared by the tests of this file because making it takes seconds.
class ProtectionRun : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new test::TempFolder;
    world_ = new ProtectionWorld(test::makeProtectionWorld(folder_->path(), 6, 256));
    before_ = new std::map<std::string, std::string>(folderHashes(world_->dataset));
    result_ = new ProcessResult(runProcess(world_->protectCommand(run(), {"--json"})));
  }
  static void TearDownTestSuite() {
    delete result_;
    delete before_;
    delete world_;
    delete folder_;
  }
  static fs::path run() { return folder_->path() / "run"; }
  static ProcessResult verify(const fs::path& runFolder) {
    return runProcess({medlockerBinary(), "verify", (runFolder / "certificate.json").string(),
                       (runFolder / "images").string(), "--public-key", world_->ownerPublic.string()});
  }
  static ProcessResult restore(const fs::path& from, const fs::path& to) {
    return runProcess({medlockerBinary(), "restore", from.string(), "--grant", run().string(), "--key",
                       world_->ownerKey.string(), "--out", to.string()});
  }
  static fs::path copyOfRun(const std::string& name) {
    const fs::path copy = folder_->path() / name;
    fs::copy(run(), copy, fs::copy_options::recursive);
    return copy;
  }
  /// A figure of every image as the run's journal has it, ascending.
  static std::vector<double> journalValues(const std::string& field) {
    const std::string text = readTextFile(run() / "journal");
    const std::string key = "\"" + field + "\":";
    std::vector<double> values;
    for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at + 1))
      values.push_back(std::stod(text.substr(at + key.size(), 32)));
    std::sort(values.begin(), values.end());
    return values;
  }
  static fs::path anyImage(const fs::path& runFolder) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(runFolder / "images"))
      if (entry.is_regular_file() && entry.path().extension() == ".png" &&
          entry.path().string().find("masks") == std::string::npos)
        return entry.path();
    return {};
  }

  static test::TempFolder* folder_;
  static ProtectionWorld* world_;
  static std::map<std::string, std::string>* before_;
  static ProcessResult* result_;
};
test::TempFolder* ProtectionRun::folder_ = nullptr;
ProtectionWorld* ProtectionRun::world_ = nullptr;
std::map<std::string, std::string>* ProtectionRun::before_ = nullptr;
ProcessResult* ProtectionRun::result_ = nullptr;

TEST_F(ProtectionRun, CountsAddUpAndOriginalsAreUntouched) {
  ASSERT_EQ(result_->status, 0) << result_->err << result_->out;
  const Json summary =
      Json::parse(result_->out.substr(result_->out.rfind('\n', result_->out.size() - 2) + 1));
  EXPECT_EQ(summary.at("event"), "result");
  std::int64_t sum = 0;
  for (const auto& [status, count] : summary.at("status_counts").items()) sum += count.get<std::int64_t>();
  EXPECT_EQ(sum, 6);
  EXPECT_EQ(folderHashes(world_->dataset), *before_);
}

TEST_F(ProtectionRun, CoversNoLesionAndChangesNothingOutsideTheLogo) {
  const Json record = parseJsonStrictly(readTextFile(run() / "run.json"));
  for (const Json& item : record.at("summary").at("items")) {
    EXPECT_EQ(item.at("lesion_overlap_pixels"), 0) << item.at("id");
    EXPECT_EQ(item.at("outside_max_abs_diff"), 0) << item.at("id");
  }
  // The same from the files alone: no sample under a lesion mask differs.
  const data::Manifest manifest = data::openDataset(world_->dataset);
  std::int64_t lesionPixels = 0;
  for (const data::Sample& sample : manifest.samples) {
    const data::Image original = data::readSample(sample).image;
    const data::Image marked = data::readImage(run() / "images" / sample.id).image;
    ASSERT_EQ(original.width(), marked.width());
    EXPECT_FALSE(original.sameSamples(marked)) << sample.id;
    for (const data::MaskRef& mask : sample.masks) {
      const data::MaskImage lesions = data::readMask(mask.path);
      for (int y = 0; y < lesions.height; ++y)
        for (int x = 0; x < lesions.width; ++x)
          if (lesions.values[static_cast<std::size_t>(y) * lesions.width + x]) {
            ++lesionPixels;
            for (int c = 0; c < original.channels(); ++c)
              ASSERT_EQ(original.sample(x, y, c), marked.sample(x, y, c)) << sample.id;
          }
    }
  }
  EXPECT_GT(lesionPixels, 0);
}

TEST_F(ProtectionRun, TheProtectedSetHasTheShapeOfItsSource) {
  const data::Manifest source = data::openDataset(world_->dataset);
  const data::Manifest copy = data::openDataset(run() / "images");
  EXPECT_EQ(copy.layout, source.layout);
  ASSERT_EQ(copy.samples.size(), source.samples.size());
  for (std::size_t i = 0; i < source.samples.size(); ++i) {
    EXPECT_EQ(copy.samples[i].id, source.samples[i].id);
    EXPECT_EQ(copy.samples[i].label, source.samples[i].label);
    EXPECT_EQ(copy.samples[i].masks.size(), source.samples[i].masks.size());
  }
}

TEST_F(ProtectionRun, FilesCarryTheFlagAndAreNotProtectedTwice) {
  EXPECT_NE(data::readImage(anyImage(run())).image.metadata.protectedNote.find("not for diagnosis"),
            std::string::npos);
  ProtectionWorld again = *world_;
  again.dataset = run() / "images";
  const ProcessResult result = runProcess(again.protectCommand(folder_->path() / "twice"));
  EXPECT_EQ(result.status, 5);
  EXPECT_NE(result.out.find("6 SKIPPED"), std::string::npos) << result.out;
}

TEST_F(ProtectionRun, VerifiesAndMinisignAgrees) {
  const ProcessResult verified = verify(run());
  EXPECT_EQ(verified.status, 0) << verified.out;
  EXPECT_NE(verified.out.find("6 files checked"), std::string::npos) << verified.out;
  const ProcessResult minisign = runProcess({"minisign", "-V", "-q", "-p", world_->ownerPublic.string(), "-m",
                                             (run() / "certificate.json").string()});
  EXPECT_EQ(minisign.status, 0) << minisign.err;
}

TEST_F(ProtectionRun, OneChangedPixelIsNotInTheRun) {
  const fs::path copy = copyOfRun("changed");
  const fs::path file = anyImage(copy);
  data::DecodedImage decoded = data::readImage(file);
  decoded.image.setSample(5, 5, 0, decoded.image.sample(5, 5, 0) ^ 1);
  writeFileAtomically(file, data::encodeImage(decoded.image, data::FileFormat::Png));
  const ProcessResult result = verify(copy);
  EXPECT_EQ(result.status, 4);
  EXPECT_NE(result.out.find("NOT_IN_RUN"), std::string::npos) << result.out;
  // And nothing is restored from it.
  const ProcessResult restored = restore(copy, folder_->path() / "restored-changed");
  EXPECT_EQ(restored.status, 5);
  EXPECT_FALSE(fs::exists(folder_->path() / "restored-changed" / fs::relative(file, copy / "images")));
}

TEST_F(ProtectionRun, ARewrappedFileIsRecognised) {
  const fs::path copy = copyOfRun("rewrapped");
  const fs::path file = anyImage(copy);
  writeFileAtomically(
      file, data::encodeImage(data::readImage(file).image, data::FileFormat::Png, {.pngCompression = 1}));
  const ProcessResult result = verify(copy);
  EXPECT_EQ(result.status, 0);
  EXPECT_NE(result.out.find("VALID_REWRAPPED"), std::string::npos) << result.out;
}

TEST_F(ProtectionRun, AChangedCertificateFails) {
  const fs::path copy = copyOfRun("tampered");
  std::string text = readTextFile(copy / "certificate.json");
  const std::size_t at = text.find("\"PROTECTED\"");
  ASSERT_NE(at, std::string::npos);
  text[text.find(':', at) + 1] = '9';
  writeFileAtomically(copy / "certificate.json", text);
  EXPECT_EQ(verify(copy).status, 4);
}

TEST_F(ProtectionRun, RestoresEverySample) {
  const fs::path out = folder_->path() / "restored";
  const ProcessResult result = restore(run(), out);
  ASSERT_EQ(result.status, 0) << result.out << result.err;
  const data::Manifest manifest = data::openDataset(world_->dataset);
  for (const data::Sample& sample : manifest.samples)
    EXPECT_EQ(data::pixelHash(data::readImage(out / sample.id).image),
              data::pixelHash(data::readSample(sample).image))
        << sample.id;
  // Without --resume a second call is refused; with it nothing is written again.
  EXPECT_EQ(restore(run(), out).status, 3);
}

TEST_F(ProtectionRun, EvaluationComparesRestoredWithClean) {
  const fs::path restored = folder_->path() / "restored-eval";
  ASSERT_EQ(restore(run(), restored).status, 0);
  const fs::path out = folder_->path() / "evaluation";
  const ProcessResult result =
      runProcess({medlockerBinary(), "evaluate", world_->dataset.string(), run().string(), "--model",
                  world_->models[0].string(), "--model", world_->models[1].string(), "--restored",
                  restored.string(), "--out", out.string(), "--bootstrap", "50"});
  ASSERT_EQ(result.status, 0) << result.out << result.err;
  const Json json = parseJsonStrictly(readTextFile(out / "evaluation.json"));
  EXPECT_EQ(json.at("restored_identical"), 6);
  EXPECT_EQ(json.at("visibility").at("lesion_overlap_pixels"), 0);
  EXPECT_GT(json.at("visibility").at("ssim").get<double>(), 0.5);
  EXPECT_LT(json.at("visibility").at("ssim").get<double>(), 1.0);
  EXPECT_EQ(json.at("restored").at("a").at("accuracy"), json.at("clean").at("a").at("accuracy"));
  EXPECT_EQ(json.at("clean").at("a").at("role"), "source");
}

TEST_F(ProtectionRun, EvaluationFillsTransferMatrixRobustnessAndReport) {
  const fs::path restored = folder_->path() / "restored-full";
  ASSERT_EQ(restore(run(), restored).status, 0);
  const fs::path out = folder_->path() / "evaluation-full";
  const ProcessResult result = runProcess({medlockerBinary(),
                                           "evaluate",
                                           world_->dataset.string(),
                                           run().string(),
                                           "--model",
                                           world_->models[0].string(),
                                           "--model",
                                           world_->models[1].string(),
                                           "--restored",
                                           restored.string(),
                                           "--out",
                                           out.string(),
                                           "--bootstrap",
                                           "20",
                                           "--transfer",
                                           "--transfer-budget",
                                           "20",
                                           "--robustness",
                                           "--random-draws",
                                           "1",
                                           "--examples",
                                           "2"});
  ASSERT_EQ(result.status, 0) << result.out << result.err;
  const Json json = parseJsonStrictly(readTextFile(out / "evaluation.json"));
  const Json& rows = json.at("transfer_matrix").at("rows");
  for (const char* source : {"a", "b", "ensemble", "random", "none"})
    for (const char* target : {"a", "b"})
      EXPECT_EQ(rows.at(source).at(target).at("samples"), 6) << source << target;
  EXPECT_EQ(rows.at("a").at("a").at("white_box"), true);
  EXPECT_EQ(rows.at("a").at("b").at("white_box"), false);
  EXPECT_EQ(rows.at("none").at("a").at("accuracy"), json.at("clean").at("a").at("accuracy"));
  EXPECT_EQ(rows.at("none").at("a").at("asr"), 0);
  // The one off-diagonal value of a row is its mean and its worst.
  EXPECT_EQ(json.at("transfer_matrix").at("black_box_accuracy").at("a").at("mean"),
            rows.at("a").at("b").at("accuracy"));
  ASSERT_EQ(json.at("robustness").size(), 24u);
  EXPECT_EQ(json.at("robustness")[0].at("models").at("b").at("protected"),
            json.at("protected").at("b").at("accuracy"));
  for (const Json& model : json.at("models")) {
    EXPECT_EQ(model.at("restored_outputs_equal"), 6);
    EXPECT_EQ(model.at("restored_outputs_compared"), 6);
  }
  // The distribution is that of the run's own figures. A box counts as 1 unless its margin was used for want
  // of room.
  const std::vector<double> similarity = journalValues("ssim_lesion_boxes");
  ASSERT_EQ(similarity.size(), 6u);
  EXPECT_EQ(similarity.back(), 1.0);
  EXPECT_NEAR(json.at("visibility").at("distributions").at("ssim_lesion_boxes").at("p5").get<double>(),
              similarity[0] + 0.25 * (similarity[1] - similarity[0]), 1e-9);
  for (const double overlap : journalValues("lesion_overlap_pixels")) EXPECT_EQ(overlap, 0);
  const std::string html = readTextFile(out / "report.html");
  EXPECT_NE(html.find("<svg"), std::string::npos);
  EXPECT_NE(html.find("box-logo\" x="), std::string::npos);
  EXPECT_EQ(html.find("http"), html.find("http-equiv"));
}

TEST_F(ProtectionRun, StressTestPublishesEveryAttack) {
  const fs::path out = folder_->path() / "stress";
  const ProcessResult result =
      runProcess({medlockerBinary(), "stress", run().string(), "--model", world_->models[0].string(), "--key",
                  world_->ownerKey.string(), "--out", out.string(), "--bootstrap", "20", "--fine-tune-share",
                  "0.5", "--fine-tune-epochs", "1"});
  ASSERT_EQ(result.status, 0) << result.out << result.err;
  const Json json = parseJsonStrictly(readTextFile(out / "stress.json"));
  EXPECT_EQ(json.at("images"), 6);
  std::map<std::string, Json> attacks;
  for (const Json& entry : json.at("models")[0].at("results")) attacks[entry.at("attack")] = entry;
  for (const char* name : {"blackout", "mean-fill", "inpaint-navier-stokes", "inpaint-fast-marching",
                           "reverse-logo-only", "multi-image"})
    ASSERT_TRUE(attacks.count(name)) << name;
  for (const auto& [name, entry] : attacks) {
    const Json& share = entry.at("recovered_share");
    if (share.is_null()) continue;
    const double clean = entry.at("clean").at("value").get<double>();
    const double marked = entry.at("protected").at("value").get<double>();
    EXPECT_NEAR(share.get<double>(),
                (entry.at("attacked").at("value").get<double>() - marked) / (clean - marked), 1e-9)
        << name;
  }
  EXPECT_NE(json.at("limits").get<std::string>().find("not prevented"), std::string::npos);
  EXPECT_TRUE(fs::exists(out / "stress.csv"));
  EXPECT_TRUE(fs::exists(out / "report.html"));
  // Somebody without the key cannot run it: the records are sealed.
  EXPECT_NE(runProcess({medlockerBinary(), "stress", run().string(), "--model", world_->models[0].string(),
                        "--key", (folder_->path() / "nokey").string()})
                .status,
            0);
}

TEST_F(ProtectionRun, AnotherOwnersKeyOpensNothing) {
  ASSERT_EQ(runProcess({medlockerBinary(), "keygen", "--out", (folder_->path() / "other").string(),
                        "--no-passphrase"})
                .status,
            0);
  const ProcessResult result = runProcess(
      {medlockerBinary(), "restore", run().string(), "--grant", run().string(), "--key",
       (folder_->path() / "other" / "owner.key").string(), "--out", (folder_->path() / "stolen").string()});
  EXPECT_EQ(result.status, 4) << result.err;
}

TEST_F(ProtectionRun, SameSeedGivesTheSameSamplesWithAnyNumberOfThreads) {
  const fs::path other = folder_->path() / "threads";
  auto command = world_->protectCommand(other);
  for (std::size_t i = 0; i + 1 < command.size(); ++i)
    if (command[i] == "--threads") command[i + 1] = "2";
  ASSERT_EQ(runProcess(command).status, 0);
  for (const data::Sample& sample : data::openDataset(world_->dataset).samples)
    EXPECT_EQ(data::pixelHash(data::readImage(run() / "images" / sample.id).image),
              data::pixelHash(data::readImage(other / "images" / sample.id).image))
        << sample.id;
}

TEST_F(ProtectionRun, AFolderWithAnotherRunIsRefused) {
  EXPECT_EQ(runProcess(world_->protectCommand(run())).status, 3);
  // Resuming a finished run changes nothing and succeeds.
  const auto before = folderHashes(run() / "images");
  EXPECT_EQ(runProcess(world_->protectCommand(run(), {"--resume"})).status, 0);
  EXPECT_EQ(folderHashes(run() / "images"), before);
  // Other options are not a resumption.
  EXPECT_EQ(runProcess(world_->protectCommand(run(), {"--resume", "--opacity", "0.5:0.6"})).status, 3);
}

}  // namespace
}  // namespace medlocker
