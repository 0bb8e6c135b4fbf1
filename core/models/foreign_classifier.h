// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "core/models/classifier.h"

namespace medlocker::models {

struct ForeignModelOptions {
  int inputSize = 0;             ///< side of the square input; 0: found by trying the usual sizes
  int timeoutSeconds = 600;      ///< for one batch, and for loading
  std::filesystem::path worker;  ///< program to run it in; empty: `medlocker` beside the running program
};

/// A TorchScript classifier from elsewhere. Such a file is a program, so it runs in a process of its own that
/// has no network and can neither write files nor start programs (see isolateProcess()), and is stopped when
/// it does not answer in time. Images go there and logits and input gradients come back, in float32 on the
/// CPU, so attacks work as with a native model. A network that takes one channel gets the mean of the three;
/// its input gradient is spread over them. The number of classes comes from a trial; ModelInfo has arch
/// "torchscript" and the SHA-256 of the file. Calls from several threads take turns.
///
/// Throws Error(NotFound/InputRejected/Unsupported) naming the file: no TorchScript, no class scores for any
/// usual input, several input sizes possible and none given, no isolation to be had on this machine. Later a
/// forward throws Error(InputRejected) for a crash, a timeout or an answer of the wrong shape; after a crash
/// or timeout every further call throws at once.
ClassifierPtr openForeignClassifier(const std::filesystem::path& file,
                                    const ForeignModelOptions& options = {});

}  // namespace medlocker::models
