// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/data/field_of_view.h"
#include "core/data/image.h"

namespace medlocker::data {

/// How a photograph becomes a model input (spec 4). Values are stored by name in model.json.
enum class PreprocessProfile { Squash, Pad, Circle, LocalMean, Clahe };

std::string_view toString(PreprocessProfile profile);
/// Throws Error(InvalidArgument) for an unknown name. Names: squash pad circle localmean clahe.
PreprocessProfile parsePreprocessProfile(std::string_view name);

/// Crops to `frame` and applies the profile; result side×side in [0,1], before mean/std (those live inside
/// the model). `fov` may be a shrunken field of view for pre-resized images. Area averaging when shrinking,
/// bicubic-free bilinear when enlarging. Deterministic; thread-safe.
FloatImage preprocess(const FloatImage& view, const FieldOfView& fov, PreprocessProfile profile, int side);

/// Decode-to-input convenience: display orientation, float view, field of view, profile.
FloatImage preprocess(const Image& image, PreprocessProfile profile, int side);

/// Area-averaging when shrinking (exact box filter), bilinear when enlarging.
FloatImage resize(const FloatImage& source, int width, int height);

}  // namespace medlocker::data
