// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/data/manifest.h"

namespace medlocker::data {

/// Samples of a multi-frame DICOM file: their id is "<file>/frame/<number>" and their ArrayRef names this
/// "array", with the frame, from 0, as index.
inline constexpr std::string_view kFrameArray = "frame";
inline constexpr std::string_view kFrameMark = "/frame/";

inline bool isFrame(const Sample& sample) {
  return sample.array && sample.array->array == kFrameArray;
}
/// 0 for samples that are files of their own.
inline std::uint32_t frameOf(const Sample& sample) {
  return isFrame(sample) ? static_cast<std::uint32_t>(sample.array->index) : 0;
}
/// The id without the part that names the frame: equal for all frames of a file.
inline std::string fileIdOf(const Sample& sample) {
  return isFrame(sample) ? sample.id.substr(0, sample.id.rfind(kFrameMark)) : sample.id;
}

}  // namespace medlocker::data
