// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/models/classifier.h"

namespace medlocker::protect {

class BatchParticipant;

/// Fixed number of images per forward pass. Fixed, so that a result never depends on how many candidates were
/// asked for at once; short batches are filled up.
int forwardBatch(DeviceKind device);

/// Rows filled up to a multiple of `batch` by repeating the last one.
at::Tensor filledUp(const at::Tensor& images, std::int64_t batch);

/// One forward pass of exactly forwardBatch() images, on the model's device. float32 N×outputs on the CPU, no
/// gradients.
at::Tensor forwardWholeBatch(const models::Classifier& model, const at::Tensor& images, bool exact);

/// Logits of all images in batches of forwardBatch(), float32 N×outputs on the CPU. No gradients. Every pass
/// is computed on one thread, several passes side by side, so the result does not depend on computeThreads().
/// With `shared`, short batches are filled with the rows of other searches instead; the result is the same.
at::Tensor batchedLogits(const models::Classifier& model, const at::Tensor& images, bool exact,
                         BatchParticipant* shared = nullptr);

}  // namespace medlocker::protect
