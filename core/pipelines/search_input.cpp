// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/search_input.h"

#include <algorithm>

namespace medlocker::pipelines {

protect::ProtectImageInput searchInput(const PreparedImage& prepared) {
  protect::ProtectImageInput input;
  input.image = &prepared.image;
  input.window = prepared.window;
  input.view = &prepared.view;
  input.fieldOfView = &prepared.fieldOfView;
  input.regions = &prepared.regions;
  return input;
}

protect::OutputCodec sampleCodec(const data::Image& original) {
  protect::OutputCodec codec;
  codec.encode = [](const data::Image& image) { return Bytes(image.bytes().begin(), image.bytes().end()); };
  codec.decode = [&original](ByteView bytes) {
    data::Image image = original;
    std::copy(bytes.begin(), bytes.end(), image.bytes().begin());
    return image;
  };
  return codec;
}

}  // namespace medlocker::pipelines
