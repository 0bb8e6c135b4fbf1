// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/segmentation/box_file.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/common/json.h"

namespace medlocker::segmentation {
namespace {

constexpr const char* kSchema = "medlocker/boxes/1";
constexpr std::int64_t kMaxSide = 1'000'000;
constexpr std::size_t kMaxBoxesPerImage = 200'000;
constexpr std::uint64_t kMaxFileBytes = 512ULL << 20;

[[noreturn]] void refuse(const std::string& where, const std::string& why) {
  throw Error(ErrorCode::InputRejected, where + ": " + why);
}

/// Exactly these keys, no more and no less.
void expectKeys(const Json& object, const std::string& where, std::initializer_list<const char*> keys) {
  if (!object.is_object()) refuse(where, "is not an object");
  for (const char* key : keys)
    if (!object.contains(key)) refuse(where, std::string("the key '") + key + "' is missing");
  if (object.size() != keys.size()) refuse(where, "has an unknown key");
}

int integerIn(const Json& value, std::int64_t least, std::int64_t most, const std::string& where) {
  if (!value.is_number_integer()) refuse(where, "is not an integer");
  const bool tooLarge =
      value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(most);
  if (tooLarge || value.get<std::int64_t>() < least || value.get<std::int64_t>() > most)
    refuse(where, "is out of range");
  return static_cast<int>(value.get<std::int64_t>());
}

const std::string& text(const Json& value, const std::string& where) {
  if (!value.is_string()) refuse(where, "is not a text");
  return value.get_ref<const std::string&>();
}

ProtectedBox parseBox(const Json& value, const ImageBoxes& image, const std::string& where) {
  expectKeys(value, where, {"box", "kind", "source"});
  const Json& corners = value["box"];
  if (!corners.is_array() || corners.size() != 4) refuse(where, "box is not [x0,y0,x1,y1]");
  ProtectedBox item;
  item.box.x0 = integerIn(corners[0], 0, image.width - 1, where + ".x0");
  item.box.y0 = integerIn(corners[1], 0, image.height - 1, where + ".y0");
  item.box.x1 = integerIn(corners[2], item.box.x0 + 1, image.width, where + ".x1");
  item.box.y1 = integerIn(corners[3], item.box.y0 + 1, image.height, where + ".y1");
  const auto kind = data::parseLesionKind(text(value["kind"], where + ".kind"));
  if (!kind) refuse(where, "unknown kind");
  item.kind = *kind;
  const std::string& source = text(value["source"], where + ".source");
  static constexpr std::array<BoxSource, 4> kSources{BoxSource::Segmentation, BoxSource::Annotation,
                                                     BoxSource::Saliency, BoxSource::User};
  const auto* found =
      std::find_if(kSources.begin(), kSources.end(), [&](BoxSource s) { return toString(s) == source; });
  if (found == kSources.end()) refuse(where, "unknown source");
  item.source = *found;
  return item;
}

std::vector<ProtectedBox> parseBoxes(const Json& list, const ImageBoxes& image, const std::string& where) {
  if (!list.is_array()) refuse(where, "is not a list");
  if (list.size() > kMaxBoxesPerImage) refuse(where, "holds too many boxes");
  std::vector<ProtectedBox> boxes;
  for (std::size_t i = 0; i < list.size(); ++i)
    boxes.push_back(parseBox(list[i], image, where + "[" + std::to_string(i) + "]"));
  return boxes;
}

Json toJson(const std::vector<ProtectedBox>& boxes) {
  Json list = Json::array();
  for (const ProtectedBox& item : boxes)
    list.push_back({{"box", {item.box.x0, item.box.y0, item.box.x1, item.box.y1}},
                    {"kind", toString(item.kind)},
                    {"source", toString(item.source)}});
  return list;
}

bool contains(const data::Box& outer, const data::Box& inner) {
  return data::intersect(outer, inner) == inner;
}

void requireSize(const ImageBoxes& boxes, int width, int height) {
  if (boxes.width != width || boxes.height != height)
    throw Error(ErrorCode::InputRejected, "the boxes were drawn on an image of " +
                                              std::to_string(boxes.width) + "×" +
                                              std::to_string(boxes.height) + " pixels, this one has " +
                                              std::to_string(width) + "×" + std::to_string(height));
}

}  // namespace

BoxFile parseBoxFile(std::string_view content) {
  const Json root = parseJsonStrictly(content);
  expectKeys(root, "boxes file", {"images", "schema"});
  if (text(root["schema"], "schema") != kSchema) refuse("schema", std::string("is not ") + kSchema);
  if (!root["images"].is_object()) refuse("images", "is not an object");
  BoxFile file;
  std::size_t number = 0;
  for (const auto& [id, value] : root["images"].items()) {
    // Ids are shown by number: this text is not trusted yet.
    const std::string where = "image " + std::to_string(++number);
    safeJoin("", id);
    expectKeys(value, where, {"boxes", "height", "margin", "removed", "width"});
    ImageBoxes image;
    image.width = integerIn(value["width"], 1, kMaxSide, where + ".width");
    image.height = integerIn(value["height"], 1, kMaxSide, where + ".height");
    image.margin = integerIn(value["margin"], 0, kMaxSide, where + ".margin");
    image.boxes = parseBoxes(value["boxes"], image, where + ".boxes");
    image.removed = parseBoxes(value["removed"], image, where + ".removed");
    file.emplace(id, std::move(image));
  }
  return file;
}

BoxFile readBoxFile(const std::filesystem::path& path) {
  const std::string content = readTextFile(path, kMaxFileBytes);
  try {
    return parseBoxFile(content);
  } catch (const Error& error) {
    throw error.withContext(path.string());
  }
}

std::string formatBoxFile(const BoxFile& file) {
  Json images = Json::object();
  for (const auto& [id, image] : file)
    images[id] = {{"width", image.width},
                  {"height", image.height},
                  {"margin", image.margin},
                  {"boxes", toJson(image.boxes)},
                  {"removed", toJson(image.removed)}};
  return Json{{"schema", kSchema}, {"images", images}}.dump(1) + "\n";
}

void writeBoxFile(const std::filesystem::path& path, const BoxFile& file) {
  writeFileAtomically(path, std::string_view(formatBoxFile(file)));
}

ImageBoxes imageBoxesOf(const ProtectedRegions& regions) {
  ImageBoxes image{regions.width, regions.height, regions.margin, regions.boxes, regions.removedBoxes};
  for (const auto* list : {&regions.anatomy, &regions.userBoxes})
    image.boxes.insert(image.boxes.end(), list->begin(), list->end());
  return image;
}

ProtectedRegions regionsFromBoxes(const ImageBoxes& boxes, const data::FieldOfView& fieldOfView) {
  requireSize(boxes, fieldOfView.width, fieldOfView.height);
  ProtectedRegions regions;
  regions.width = fieldOfView.width;
  regions.height = fieldOfView.height;
  regions.frame = fieldOfView.frame;
  regions.margin = boxes.margin;
  regions.lesionMask.resize(static_cast<std::size_t>(regions.width) *
                            static_cast<std::size_t>(regions.height));
  for (ProtectedBox item : boxes.boxes) {
    if (item.source == BoxSource::User) {
      regions.userBoxes.push_back(item);
      continue;
    }
    item.box = data::intersect(item.box, regions.frame);
    if (item.box.empty()) continue;
    if (regions.source == BoxSource::None) regions.source = item.source;
    if (item.kind == data::LesionKind::OpticDisc || item.kind == data::LesionKind::Fovea) {
      regions.anatomy.push_back(item);
      continue;
    }
    regions.boxes.push_back(item);
    // How tight the lesions lie inside is not known.
    regions.tightBoxes.push_back(item);
    for (int y = item.box.y0; y < item.box.y1; ++y)
      for (int x = item.box.x0; x < item.box.x1; ++x)
        regions.lesionMask[static_cast<std::size_t>(y) * static_cast<std::size_t>(regions.width) +
                           static_cast<std::size_t>(x)] = 1;
  }
  regions.removedBoxes = boxes.removed;
  if (regions.source == BoxSource::None && !regions.userBoxes.empty()) regions.source = BoxSource::User;
  if (regions.boxes.empty() && regions.userBoxes.empty())
    regions.notes.emplace_back("NO_BOXES: no lesion is marked");
  if (!regions.userBoxes.empty())
    regions.notes.push_back("a person drew " + std::to_string(regions.userBoxes.size()) + " boxes");
  return regions;
}

void applyEdits(ProtectedRegions& regions, const ImageBoxes& edits) {
  requireSize(edits, regions.width, regions.height);
  std::size_t removed = 0;
  for (auto* list : {&regions.boxes, &regions.tightBoxes, &regions.anatomy}) {
    const std::size_t before = list->size();
    std::erase_if(*list, [&](const ProtectedBox& item) {
      return std::any_of(edits.removed.begin(), edits.removed.end(),
                         [&](const ProtectedBox& gone) { return contains(gone.box, item.box); });
    });
    if (list != &regions.tightBoxes) removed += before - list->size();
  }
  const auto stillCovered = [&](int x, int y) {
    return std::any_of(regions.boxes.begin(), regions.boxes.end(), [&](const ProtectedBox& item) {
      return x >= item.box.x0 && x < item.box.x1 && y >= item.box.y0 && y < item.box.y1;
    });
  };
  std::size_t cleared = 0;
  for (const ProtectedBox& gone : edits.removed)
    for (int y = gone.box.y0; y < gone.box.y1; ++y)
      for (int x = gone.box.x0; x < gone.box.x1; ++x) {
        std::uint8_t& pixel =
            regions.lesionMask[static_cast<std::size_t>(y) * static_cast<std::size_t>(regions.width) +
                               static_cast<std::size_t>(x)];
        if (pixel == 0 || stillCovered(x, y)) continue;
        pixel = 0;
        ++cleared;
      }
  regions.removedBoxes.insert(regions.removedBoxes.end(), edits.removed.begin(), edits.removed.end());
  for (const ProtectedBox& item : edits.boxes)
    if (item.source == BoxSource::User) regions.userBoxes.push_back(item);
  if (!edits.removed.empty())
    regions.notes.push_back("a person removed " + std::to_string(removed) + " boxes with " +
                            std::to_string(cleared) + " lesion pixels");
  if (!regions.userBoxes.empty())
    regions.notes.push_back("a person drew " + std::to_string(regions.userBoxes.size()) + " boxes");
}

}  // namespace medlocker::segmentation
