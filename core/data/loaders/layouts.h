// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/data/loaders/dataset_tree.h"
#include "core/data/manifest.h"

namespace medlocker::data {

/// One layout. `open` looks at the listed files and returns nothing when they are not in this layout; it
/// throws Error(InputRejected) when they are, but broken beyond items. It must not read pixels.
struct Layout {
  std::string_view name;
  std::optional<Manifest> (*open)(const DatasetTree& tree);
};

/// In the order in which they are tried: the more particular first, the plain folder last. A new layout is
/// one file, one declaration below, and one line in layouts.cpp.
std::span<const Layout> layouts();

std::optional<Manifest> openNpz(const DatasetTree& tree);
std::optional<Manifest> openMessidor2(const DatasetTree& tree);
std::optional<Manifest> openAptos(const DatasetTree& tree);
std::optional<Manifest> openEyePacs(const DatasetTree& tree);
std::optional<Manifest> openIdridGrading(const DatasetTree& tree);
std::optional<Manifest> openIdridSegmentation(const DatasetTree& tree);
std::optional<Manifest> openDdr(const DatasetTree& tree);
std::optional<Manifest> openClassFolders(const DatasetTree& tree);
std::optional<Manifest> openPlainFolder(const DatasetTree& tree);

}  // namespace medlocker::data
