// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/segment_dataset.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "core/common/files.h"
#include "core/data/dicom/segmentation.h"
#include "core/data/manifest.h"
#include "core/data/orientation.h"
#include "core/pipelines/prepared_image.h"
#include "core/pipelines/synthesize_dataset.h"
#include "core/pipelines/train_segmenter.h"
#include "core/segmentation/box_file.h"
#include "core/segmentation/segmenter.h"
#include "core/segmentation/unet.h"
#include "tests/support/temp_folder.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

/// A segmenter that marks bright pixels as hard exudates: the brightness of the red channel against a fixed
/// value, through one 1×1 path of the network.
void saveBrightnessSegmenter(const fs::path& folder, double threshold) {
  torch::manual_seed(1);
  segmentation::UNet network(segmentation::kSegmenterChannels, 5, 2, 1);
  const torch::NoGradGuard guard;
  for (auto& item : network.named_parameters()) {
    torch::Tensor value = item.value();
    const std::string& name = item.key();
    value.zero_();
    if (name.find("bn") != std::string::npos && name.ends_with("weight")) value.fill_(1);
    // Both the way down at full resolution and the way up copy channel 0.
    if (name == "down0.conv1.weight" || name == "down0.conv2.weight" || name == "up0.conv1.weight" ||
        name == "up0.conv2.weight")
      value[0][0][1][1] = 1;
    if (name == "head.weight") value[2][0][0][0] = 100;
    if (name == "head.bias") {
      value.fill_(-50);
      value[2] = -80;
    }
  }
  network.eval();
  segmentation::SegmenterInfo info;
  info.name = "brightness";
  info.width = 2;
  info.depth = 1;
  info.trainedShortSide = 80;
  info.threshold = threshold;
  segmentation::saveSegmenter(folder, network, info);
}

/// Grey 96×80 photographs with a bright block of 10×6 at (20+10i, 30).
void writeBlocks(const fs::path& root, int count, int orientation = 1) {
  for (int i = 0; i < count; ++i) {
    data::Image image(96, 80, 3);
    for (int y = 0; y < 80; ++y)
      for (int x = 0; x < 96; ++x) {
        const bool block = x >= 20 + 10 * i && x < 30 + 10 * i && y >= 30 && y < 36;
        for (int c = 0; c < 3; ++c) image.setSample(x, y, c, block ? 240 : 90);
      }
    image.metadata.orientation = orientation;
    writeFileAtomically(root / ("p" + std::to_string(i) + ".png"),
                        data::encodeImage(image, data::FileFormat::Png));
  }
}

SegmentDatasetOptions optionsFor(const test::TempFolder& folder) {
  SegmentDatasetOptions options;
  options.dataset = folder / "set";
  options.model = folder / "model";
  options.out = folder / "out";
  options.threads = 1;
  return options;
}

std::vector<std::uint8_t> blockAt(int i) {
  std::vector<std::uint8_t> mask(96 * 80);
  for (int y = 30; y < 36; ++y)
    for (int x = 20 + 10 * i; x < 30 + 10 * i; ++x) mask[static_cast<std::size_t>(y * 96 + x)] = 1;
  return mask;
}

TEST(SegmentDataset, WritesMasksAsPngAndAsDicomAndReadsBothBack) {
  const test::TempFolder folder;
  writeBlocks(folder / "set", 2);
  saveBrightnessSegmenter(folder / "model", 0.4);
  const SegmentDatasetSummary summary = segmentDataset(optionsFor(folder));
  EXPECT_EQ(summary.samples, 2);
  EXPECT_EQ(summary.segmented, 2);
  EXPECT_EQ(summary.maskFiles, 2);
  EXPECT_EQ(summary.segmentationFiles, 2);
  EXPECT_EQ(summary.boxes, 2);
  EXPECT_EQ(summary.threshold, 0.4);  // the model's own
  for (int i = 0; i < 2; ++i) {
    const std::string name = "p" + std::to_string(i);
    EXPECT_EQ(data::readMask(folder / "out" / "masks" / (name + "_EX.png")).values, blockAt(i));
    const data::dicom::Segmentation seg =
        data::dicom::readSegmentation(readFile(folder / "out" / "segmentations" / (name + ".dcm")), name);
    ASSERT_EQ(seg.segments.size(), 1U);
    EXPECT_EQ(seg.segments[0].kind, data::LesionKind::HardExudate);
    EXPECT_EQ(seg.segments[0].mask, blockAt(i));
    EXPECT_EQ(seg.segments[0].algorithmName, "medlocker-unet");
    EXPECT_EQ(seg.segments[0].algorithmVersion, summary.modelSha256.substr(0, 16));
  }
  // Either folder serves as masks of the dataset, with the same regions.
  for (const char* masks : {"masks", "segmentations"}) {
    data::OpenOptions open;
    open.masksFolder = folder / "out" / masks;
    const data::Manifest manifest = data::openDataset(folder / "set", open);
    EXPECT_TRUE(manifest.issues.empty()) << masks;
    for (int i = 0; i < 2; ++i) {
      const data::Sample& sample = manifest.samples[static_cast<std::size_t>(i)];
      ASSERT_EQ(sample.masks.size(), 1U) << masks;
      EXPECT_EQ(sample.masks[0].kind, data::LesionKind::HardExudate);
      EXPECT_EQ(data::dicom::readMaskOf(sample.masks[0]).values, blockAt(i));
    }
  }
}

TEST(SegmentDataset, SameInputSameBytesAlsoWhenResumed) {
  const test::TempFolder folder;
  writeBlocks(folder / "set", 3);
  saveBrightnessSegmenter(folder / "model", 0.35);
  SegmentDatasetOptions options = optionsFor(folder);
  segmentDataset(options);
  const Bytes seg = readFile(folder / "out" / "segmentations" / "p1.dcm");
  const Bytes boxes = readFile(folder / "out" / "boxes.json");
  EXPECT_THROW(segmentDataset(options), Error);  // not empty
  options.resume = true;
  EXPECT_EQ(segmentDataset(options).segmented, 3);
  EXPECT_EQ(readFile(folder / "out" / "boxes.json"), boxes);
  options.threshold = 0.5;
  EXPECT_THROW(segmentDataset(options), Error);  // another run
  options = optionsFor(folder);
  options.out = folder / "again";
  segmentDataset(options);
  // UIDs are functions of options and model; paths of outputs are no part of them.
  EXPECT_EQ(readFile(folder / "again" / "segmentations" / "p1.dcm"), seg);
}

TEST(SegmentDataset, APersonsBoxesWinAndBrokenImagesAreListed) {
  const test::TempFolder folder;
  writeBlocks(folder / "set", 2);
  writeFileAtomically(folder / "set" / "z.png", std::string_view("\x89PNG\r\n\x1a\n broken"));
  saveBrightnessSegmenter(folder / "model", 0.35);
  segmentation::BoxFile edits;
  segmentation::ImageBoxes image{96, 80, 4, {}, {}};
  image.boxes.push_back({{1, 2, 11, 12}, data::LesionKind::Other, segmentation::BoxSource::User, 0});
  image.removed.push_back(
      {{10, 20, 45, 50}, data::LesionKind::HardExudate, segmentation::BoxSource::Segmentation, 60});
  edits["p0.png"] = image;
  segmentation::writeBoxFile(folder / "edits.json", edits);
  SegmentDatasetOptions options = optionsFor(folder);
  options.boxes = folder / "edits.json";
  const SegmentDatasetSummary summary = segmentDataset(options);
  EXPECT_EQ(summary.samples, summary.segmented + summary.failed);
  EXPECT_EQ(summary.failed, 1);
  const segmentation::BoxFile boxes = segmentation::readBoxFile(folder / "out" / "boxes.json");
  ASSERT_EQ(boxes.at("p0.png").boxes.size(), 1U);
  EXPECT_EQ(boxes.at("p0.png").boxes[0].source, segmentation::BoxSource::User);
  EXPECT_EQ(boxes.at("p0.png").removed.size(), 1U);
  ASSERT_EQ(boxes.at("p1.png").boxes.size(), 1U);
  EXPECT_EQ(boxes.at("p1.png").boxes[0].source, segmentation::BoxSource::Segmentation);
}

TEST(PrepareImage, MasksThenSegmenterThenBoxesAndAPersonAlwaysWins) {
  const test::TempFolder folder;
  writeBlocks(folder / "set", 1);
  saveBrightnessSegmenter(folder / "model", 0.35);
  data::Sample sample = data::openDataset(folder / "set").samples.front();
  LesionSources lesions;
  EXPECT_EQ(prepareImage(sample, lesions).regions.source, segmentation::BoxSource::None);

  segmentation::ImageBoxes file{96, 80, 4, {}, {}};
  file.boxes.push_back(
      {{50, 50, 60, 60}, data::LesionKind::HardExudate, segmentation::BoxSource::Segmentation, 30});
  lesions.boxes[sample.id] = file;
  // Without anything else the file's automatic boxes count too.
  EXPECT_EQ(prepareImage(sample, lesions).regions.boxes.at(0).box, (data::Box{50, 50, 60, 60}));

  lesions.segmenter = segmentation::loadSegmenter(folder / "model");
  PreparedImage prepared = prepareImage(sample, lesions);
  EXPECT_EQ(prepared.regions.source, segmentation::BoxSource::Segmentation);
  ASSERT_EQ(prepared.regions.boxes.size(), 1U);  // found anew
  EXPECT_EQ(prepared.regions.boxes[0].box, (data::Box{16, 26, 34, 40}));
  EXPECT_EQ(prepared.regions.lesionPixels(), 60);

  file.boxes[0].source = segmentation::BoxSource::User;
  file.removed.push_back(
      {{10, 20, 40, 45}, data::LesionKind::HardExudate, segmentation::BoxSource::Segmentation, 60});
  lesions.boxes[sample.id] = file;
  prepared = prepareImage(sample, lesions);
  EXPECT_TRUE(prepared.regions.boxes.empty());
  EXPECT_EQ(prepared.regions.userBoxes.size(), 1U);
  EXPECT_EQ(prepared.regions.removedBoxes.size(), 1U);

  data::Image mask(96, 80, 1);
  mask.setSample(70, 70, 0, 255);
  writeFileAtomically(folder / "masks" / "p0_MA.png", data::encodeImage(mask, data::FileFormat::Png));
  sample.masks.push_back({data::LesionKind::Microaneurysm, folder / "masks" / "p0_MA.png"});
  prepared = prepareImage(sample, lesions);
  EXPECT_EQ(prepared.regions.source, segmentation::BoxSource::Annotation);
  EXPECT_EQ(prepared.regions.lesionPixels(), 1);
}

/// Asks for a stop at the first report of a stage.
class StopAt : public ProgressSink {
 public:
  explicit StopAt(std::string stage) : stage_(std::move(stage)) {}
  void report(const Progress& progress) override {
    if (progress.stage == stage_) source_.request_stop();
  }
  std::stop_token token() const { return source_.get_token(); }

 private:
  std::string stage_;
  std::stop_source source_;
};

TEST(TrainSegmenter, ChoosesTheThresholdOnValidationImagesAndTestsOnTheOthers) {
  const test::TempFolder folder;
  SynthOptions synth;
  synth.out = folder / "set";
  synth.layout = "idrid-segmentation";
  synth.count = 14;
  synth.width = synth.height = 96;
  synth.gradeWeights = {0, 0, 1, 1, 1};
  synth.testFraction = 0.3;
  synth.difficulty = 0;
  synth.seed = 3;
  synthesizeDataset(synth);
  TrainSegmenterOptions options;
  options.dataset = folder / "set";
  options.out = folder / "model";
  options.width = 4;
  options.tileSide = 64;
  options.tilesPerImage = 4;
  options.epochs = 3;
  options.learningRate = 1e-2;
  options.validationFraction = 0.4;
  options.threads = 1;
  options.seed = 2;
  // A stop while the network is judged keeps the epochs and writes no model.
  for (const char* stage : {"choosing the threshold", "testing"}) {
    const auto sink = std::make_shared<StopAt>(stage);
    EXPECT_EQ(trainSegmenter(options, RunContext(sink->token(), sink)).outcome, Outcome::Cancelled) << stage;
    EXPECT_FALSE(fs::exists(options.out / "model.safetensors")) << stage;
    options.resume = true;
  }
  const TrainSegmenterSummary summary = trainSegmenter(options);
  EXPECT_EQ(summary.outcome, Outcome::Completed);
  EXPECT_EQ(summary.trainImages + summary.validationImages + summary.testImages + summary.unusedImages, 14);
  EXPECT_GT(summary.validationImages, 0);
  EXPECT_GT(summary.testImages, 0);
  EXPECT_EQ(summary.thresholdOrigin, "validation");
  // The probabilities are brought to the threshold, not the threshold to them.
  EXPECT_EQ(summary.threshold, 0.35);
  EXPECT_GE(summary.learntThreshold, 0.005);
  EXPECT_LE(summary.learntThreshold, 0.9 + 1e-9);
  EXPECT_LE(summary.validationRecallBound, summary.validationBoxRecall + 1e-12);
  EXPECT_GE(summary.lesionBoxRecall, 0.0);
  EXPECT_LE(summary.lesionBoxRecall, 1.0);
  EXPECT_FALSE(summary.test.empty());
  for (const StructureFigures& figures : summary.test) {
    if (std::isnan(figures.outlineDice)) continue;
    EXPECT_GT(figures.outlineThreshold, 0);
    EXPECT_LE(figures.outlineIou, figures.outlineDice);
  }
  EXPECT_EQ(segmentation::loadSegmenter(folder / "model")->info().threshold, summary.threshold);
  // Resuming a finished run trains no further and gives the same model.
  options.resume = true;
  EXPECT_EQ(trainSegmenter(options).modelSha256, summary.modelSha256);
  // A refused continuation leaves the folder as it was.
  const std::string record = readTextFile(options.out / "run.json");
  TrainSegmenterOptions other = options;
  other.width += 1;
  EXPECT_THROW(trainSegmenter(other), Error);
  EXPECT_EQ(readTextFile(options.out / "run.json"), record);
  options.threshold = 0.5;
  const TrainSegmenterSummary given = trainSegmenter(options);
  EXPECT_EQ(given.thresholdOrigin, "given");
  EXPECT_EQ(given.threshold, 0.5);
  EXPECT_EQ(given.learntThreshold, 0.5);
  // The network as it was learnt, at the threshold it was learnt with, holds the same lesion pixels. Another
  // machine may learn one that cannot be given.
  if (summary.learntThreshold < 0.1 || summary.learntThreshold > 0.9) return;
  options.threshold = summary.learntThreshold;
  EXPECT_NEAR(trainSegmenter(options).lesionBoxRecall, summary.lesionBoxRecall, 1e-3);
}

TEST(SegmentDatasetOptions, IssuesNameTheField) {
  SegmentDatasetOptions options;
  options.dataset = "a";
  options.model = "b";
  options.out = "c";
  EXPECT_TRUE(options.validate().empty());
  options.threshold = 0.95;
  ASSERT_EQ(options.validate().size(), 1U);
  EXPECT_EQ(options.validate()[0].field, "threshold");
}

}  // namespace
}  // namespace medlocker::pipelines
