// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/pipelines/prepared_image.h"
#include "core/protect/protect_image.h"

namespace medlocker::pipelines {

/// What the search is given of an image; labels, file format and codec are the caller's. Refers to
/// `prepared`, which must outlive it.
protect::ProtectImageInput searchInput(const PreparedImage& prepared);

/// Samples stand for the file: for frames that are written with the others, and for images that are never
/// written. Refers to `original`, which must outlive it.
protect::OutputCodec sampleCodec(const data::Image& original);

}  // namespace medlocker::pipelines
