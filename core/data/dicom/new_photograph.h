// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/data/image.h"

namespace medlocker::data::dicom {

/// A photograph that was never a DICOM file.
struct NewPhotograph {
  std::string uidScope;   ///< UIDs are functions of it, of the patient and of the name
  std::string name;       ///< of the picture within the set
  std::string patientId;  ///< also names the patient: "Synthetic^<id>"
  bool leftEye = true;
  std::string comment;            ///< Image Comments: what the picture is
  std::string date = "19700101";  ///< YYYYMMDD of study and content
};

/// An Ophthalmic Photography image (8 or 16 bit, RGB or grey), Explicit VR Little Endian. One study per
/// patient, one series per eye. Same arguments, same bytes. Throws Error(InvalidArgument).
Bytes writeNewPhotograph(const Image& image, const NewPhotograph& photograph);

}  // namespace medlocker::data::dicom
