// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/common/error.h"
#include "core/segmentation/box_file.h"

// boxes.json is edited by people and by other programs: refusal is by Error alone, what is accepted keeps its
// rules, and written again it means the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace medlocker;
  try {
    const segmentation::BoxFile boxes =
        segmentation::parseBoxFile({reinterpret_cast<const char*>(data), size});
    for (const auto& [name, image] : boxes)
      for (const auto* list : {&image.boxes, &image.removed})
        for (const segmentation::ProtectedBox& item : *list)
          if (item.box.empty() || item.box.x0 < 0 || item.box.y0 < 0 || item.box.x1 > image.width ||
              item.box.y1 > image.height)
            std::abort();
    const std::string text = segmentation::formatBoxFile(boxes);
    if (segmentation::formatBoxFile(segmentation::parseBoxFile(text)) != text) std::abort();
  } catch (const Error& e) {
    if (e.code() != ErrorCode::InputRejected) std::abort();
  }
  return 0;
}
