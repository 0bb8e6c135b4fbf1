// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/loaders/layouts.h"

#include <array>

#include "core/data/loaders/dicom_layout.h"

namespace medlocker::data {

std::span<const Layout> layouts() {
  static constexpr std::array<Layout, 10> kLayouts{{{"npz", openNpz},
                                                    {"dicom", openDicom},
                                                    {"messidor2", openMessidor2},
                                                    {"aptos", openAptos},
                                                    {"eyepacs", openEyePacs},
                                                    {"idrid-grading", openIdridGrading},
                                                    {"idrid-segmentation", openIdridSegmentation},
                                                    {"ddr", openDdr},
                                                    {"class-folders", openClassFolders},
                                                    {"folder", openPlainFolder}}};
  return kLayouts;
}

}  // namespace medlocker::data
