// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/segmentation/box_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/common/json.h"
#include "tests/support/temp_folder.h"

namespace medlocker::segmentation {
namespace {

using data::Box;
using data::LesionKind;
using ::testing::Contains;
using ::testing::HasSubstr;

BoxFile example() {
  ImageBoxes image;
  image.width = 200;
  image.height = 100;
  image.margin = 4;
  image.boxes = {{{1, 2, 30, 40}, LesionKind::Microaneurysm, BoxSource::Annotation},
                 {{100, 0, 200, 100}, LesionKind::Other, BoxSource::User}};
  image.removed = {{{50, 50, 60, 60}, LesionKind::HardExudate, BoxSource::Segmentation}};
  return {{"a. Set/x_01.jpg", image}, {"y.png", ImageBoxes{10, 10, 0, {}, {}}}};
}

std::string refusal(const std::string& text) {
  try {
    parseBoxFile(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InputRejected);
    return error.what();
  }
  return "accepted";
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

TEST(BoxFile, ReadsBackWhatItWrites) {
  const test::TempFolder folder;
  writeBoxFile(folder / "boxes.json", example());
  const BoxFile again = readBoxFile(folder / "boxes.json");
  ASSERT_EQ(again.size(), 2U);
  EXPECT_EQ(formatBoxFile(again), formatBoxFile(example()));
  const ImageBoxes& image = again.at("a. Set/x_01.jpg");
  EXPECT_EQ(image.boxes[1].source, BoxSource::User);
  EXPECT_EQ(image.removed[0].box, (Box{50, 50, 60, 60}));
  EXPECT_THROW(readBoxFile(folder / "absent.json"), Error);
}

TEST(BoxFile, RefusesWhatIsNotExactlyRight) {
  const std::string good = formatBoxFile(example());
  EXPECT_EQ(refusal(good), "accepted");
  EXPECT_THAT(refusal("{"), HasSubstr("JSON"));
  EXPECT_THAT(refusal("[]"), HasSubstr("not an object"));
  EXPECT_THAT(refusal(replaced(good, "boxes/1", "boxes/2")), HasSubstr("schema"));
  EXPECT_THAT(refusal(replaced(good, "\"margin\": 4", "\"margin\": 4, \"extra\": 1")),
              HasSubstr("unknown key"));
  EXPECT_THAT(refusal(replaced(good, "\"margin\": 4,", "")), HasSubstr("'margin' is missing"));
  EXPECT_THAT(refusal(replaced(good, "\"width\": 200", "\"width\": 200.0")), HasSubstr("not an integer"));
  EXPECT_THAT(refusal(replaced(good, "\"width\": 200", "\"width\": 199")), HasSubstr("out of range"));
  EXPECT_THAT(refusal(replaced(good, "\"width\": 200", "\"width\": 18446744073709551615")),
              HasSubstr("out of range"));
  EXPECT_THAT(refusal(replaced(good, "\"MA\"", "\"XX\"")), HasSubstr("unknown kind"));
  EXPECT_THAT(refusal(replaced(good, "\"annotation\"", "\"none\"")), HasSubstr("unknown source"));
  EXPECT_THAT(refusal(replaced(good, "a. Set/x_01.jpg", "../x")), HasSubstr("leave its folder"));
}

TEST(BoxFile, WritesWhatItsSchemaSays) {
  const auto path = std::filesystem::path(MEDLOCKER_SOURCE_DIR) / "docs" / "schema" / "boxes-1.schema.json";
  const Json schema = parseJsonStrictly(readTextFile(path));
  const Json file = parseJsonStrictly(formatBoxFile(example()));
  EXPECT_EQ(schema["properties"]["schema"]["const"], file["schema"]);
  const Json& imageSchema = schema["properties"]["images"]["additionalProperties"];
  const Json& image = file["images"]["a. Set/x_01.jpg"];
  const auto sameFields = [](const Json& value, const Json& described) {
    EXPECT_EQ(value.size(), described["properties"].size());
    for (const auto& field : value.items())
      EXPECT_TRUE(described["properties"].contains(field.key())) << field.key();
  };
  sameFields(image, imageSchema);
  sameFields(image["boxes"][0], imageSchema["properties"]["boxes"]["items"]);
}

ProtectedRegions someRegions() {
  ProtectedRegions regions;
  regions.width = 200;
  regions.height = 100;
  regions.frame = {0, 0, 200, 100};
  regions.margin = 2;
  regions.source = BoxSource::Annotation;
  regions.boxes = {{{8, 8, 22, 22}, LesionKind::Haemorrhage, BoxSource::Annotation, 100},
                   {{18, 8, 32, 22}, LesionKind::HardExudate, BoxSource::Annotation, 100}};
  regions.tightBoxes = {{{10, 10, 20, 20}, LesionKind::Haemorrhage, BoxSource::Annotation, 100},
                        {{20, 10, 30, 20}, LesionKind::HardExudate, BoxSource::Annotation, 100}};
  regions.anatomy = {{{100, 40, 140, 80}, LesionKind::OpticDisc, BoxSource::Annotation, 900}};
  regions.lesionMask.resize(200 * 100);
  for (int y = 10; y < 20; ++y)
    for (int x = 10; x < 30; ++x) regions.lesionMask[static_cast<std::size_t>(y * 200 + x)] = 1;
  return regions;
}

TEST(BoxFile, LetsAPersonsEditsWin) {
  ProtectedRegions regions = someRegions();
  ImageBoxes edits = imageBoxesOf(regions);
  EXPECT_EQ(edits.boxes.size(), 3U);
  edits.removed = {edits.boxes[0], edits.boxes[2]};
  edits.boxes = {edits.boxes[1], {{150, 10, 160, 20}, LesionKind::Other, BoxSource::User}};
  applyEdits(regions, edits);
  ASSERT_EQ(regions.boxes.size(), 1U);
  EXPECT_EQ(regions.boxes[0].kind, LesionKind::HardExudate);
  ASSERT_EQ(regions.tightBoxes.size(), 1U);
  EXPECT_TRUE(regions.anatomy.empty());
  ASSERT_EQ(regions.userBoxes.size(), 1U);
  EXPECT_EQ(regions.removedBoxes.size(), 2U);
  // Columns 10–17 belonged to the removed box alone; the other box still covers 18–29.
  EXPECT_EQ(regions.lesionPixels(), 12 * 10);
  EXPECT_THAT(regions.notes, Contains(HasSubstr("removed 2 boxes with 80 lesion pixels")));

  // The same edits after a round trip through the file give the same regions.
  const ImageBoxes recorded = imageBoxesOf(regions);
  ProtectedRegions fresh = someRegions();
  applyEdits(fresh, parseBoxFile(formatBoxFile({{"x", recorded}})).at("x"));
  EXPECT_EQ(fresh.lesionMask, regions.lesionMask);
  EXPECT_EQ(boxesOf(fresh.boxes), boxesOf(regions.boxes));
  EXPECT_EQ(boxesOf(fresh.userBoxes), boxesOf(regions.userBoxes));
}

TEST(BoxFile, RefusesEditsOfAnotherImage) {
  ProtectedRegions regions = someRegions();
  ImageBoxes edits;
  edits.width = 100;
  edits.height = 200;
  EXPECT_THROW(applyEdits(regions, edits), Error);
}

TEST(RegionsFromBoxes, EveryBoxOfTheFileCounts) {
  data::FieldOfView field;
  field.width = 60;
  field.height = 40;
  field.frame = {5, 0, 55, 40};
  ImageBoxes boxes{60, 40, 4, {}, {}};
  boxes.boxes.push_back({{0, 10, 15, 20}, data::LesionKind::HardExudate, BoxSource::Segmentation, 12});
  boxes.boxes.push_back({{30, 10, 40, 20}, data::LesionKind::OpticDisc, BoxSource::Segmentation, 80});
  boxes.boxes.push_back({{20, 25, 25, 30}, data::LesionKind::Other, BoxSource::User, 0});
  boxes.removed.push_back({{50, 30, 54, 34}, data::LesionKind::Other, BoxSource::Segmentation, 9});
  const ProtectedRegions regions = regionsFromBoxes(boxes, field);
  EXPECT_EQ(regions.source, BoxSource::Segmentation);
  ASSERT_EQ(regions.boxes.size(), 1U);
  EXPECT_EQ(regions.boxes[0].box, (data::Box{5, 10, 15, 20}));  // clipped to the frame
  EXPECT_EQ(regions.anatomy.size(), 1U);
  EXPECT_EQ(regions.userBoxes.size(), 1U);
  EXPECT_EQ(regions.removedBoxes.size(), 1U);
  EXPECT_EQ(regions.lesionPixels(), 100);
  field.width = 61;
  EXPECT_THROW(regionsFromBoxes(boxes, field), Error);
}

}  // namespace
}  // namespace medlocker::segmentation
