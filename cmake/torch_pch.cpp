// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0

// Exists so that the shared precompiled header has a target of its own.
namespace medlocker {
extern const char* const kTorchPchAnchor;
const char* const kTorchPchAnchor = "torch_pch";
}  // namespace medlocker
