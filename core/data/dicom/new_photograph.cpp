// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/dicom/new_photograph.h"

#include <dcmtk/dcmdata/dcpixel.h>

#include "core/common/error.h"
#include "core/data/dicom/loaded_file.h"

namespace medlocker::data::dicom {
namespace {

constexpr const char* kPhotography8Bit = "1.2.840.10008.5.1.4.1.1.77.1.5.1";
constexpr const char* kPhotography16Bit = "1.2.840.10008.5.1.4.1.1.77.1.5.2";

class PhotographWriter {
 public:
  PhotographWriter(const Image& image, const NewPhotograph& photograph) : image_(image), p_(photograph) {}

  Bytes write() {
    if (image_.empty() || image_.width() > 65535 || image_.height() > 65535 || image_.isSigned())
      throw Error(ErrorCode::InvalidArgument, "this picture cannot be an Ophthalmic Photography image");
    startToolkit();
    writeIdentity();
    writeAcquisition();
    writeImage();
    return saveFile(file_, p_.name);
  }

 private:
  DcmDataset& dataset() { return *file_.getDataset(); }
  void check(const OFCondition& condition) const {
    if (condition.bad())
      throw Error(ErrorCode::Internal,
                  "an attribute of the DICOM file cannot be set (" + describe(condition) + ")", p_.name);
  }
  void put(const DcmTagKey& tag, const std::string& value) {
    check(dataset().putAndInsertString(tag, value.c_str()));
  }
  void put(const DcmTagKey& tag, std::uint16_t value) { check(dataset().putAndInsertUint16(tag, value)); }
  void empty(const DcmTagKey& tag) { check(dataset().insertEmptyElement(tag)); }
  void code(const DcmTagKey& sequence, const char* value, const char* meaning) {
    DcmItem* item = nullptr;
    check(dataset().findOrCreateSequenceItem(sequence, item, -2));
    check(item->putAndInsertString(DCM_CodeValue, value));
    check(item->putAndInsertString(DCM_CodingSchemeDesignator, "SCT"));
    check(item->putAndInsertString(DCM_CodeMeaning, meaning));
  }
  std::string uid(const std::string& what) const { return deriveUid(p_.uidScope, what); }

  void writeIdentity() {
    const std::string eye = p_.leftEye ? "L" : "R";
    put(DCM_SOPClassUID, image_.bitsAllocated() == 16 ? kPhotography16Bit : kPhotography8Bit);
    put(DCM_SOPInstanceUID, uid("instance/" + p_.name));
    put(DCM_PatientName, "Synthetic^" + p_.patientId);
    put(DCM_PatientID, p_.patientId);
    empty(DCM_PatientBirthDate);
    empty(DCM_PatientSex);
    put(DCM_StudyInstanceUID, uid("study/" + p_.patientId));
    put(DCM_StudyDate, p_.date);
    put(DCM_StudyTime, "000000");
    put(DCM_StudyID, "1");
    empty(DCM_AccessionNumber);
    empty(DCM_ReferringPhysicianName);
    put(DCM_SeriesInstanceUID, uid("series/" + p_.patientId + "/" + eye));
    put(DCM_SeriesNumber, p_.leftEye ? "1" : "2");
    put(DCM_InstanceNumber, "1");
    put(DCM_Modality, "OP");
    put(DCM_Manufacturer, "MedLocker");
    put(DCM_ManufacturerModelName, "synthetic fundus");
    put(DCM_DeviceSerialNumber, "0");
    put(DCM_SoftwareVersions, "1");
    put(DCM_SynchronizationFrameOfReferenceUID, uid("synchronization"));
    put(DCM_SynchronizationTrigger, "NO TRIGGER");
    put(DCM_AcquisitionTimeSynchronized, "N");
    put(DCM_ImageLaterality, eye);
    if (!p_.comment.empty()) put(DCM_ImageComments, p_.comment);
  }

  void writeAcquisition() {
    put(DCM_ContentDate, p_.date);
    put(DCM_ContentTime, "000000");
    put(DCM_AcquisitionDateTime, p_.date + "000000");
    put(DCM_DetectorType, "CMOS");
    for (const DcmTagKey& tag :
         {DCM_PatientOrientation, DCM_PatientEyeMovementCommanded, DCM_EmmetropicMagnification,
          DCM_IntraOcularPressure, DCM_HorizontalFieldOfView, DCM_PupilDilated,
          DCM_IlluminationTypeCodeSequence, DCM_LightPathFilterTypeStackCodeSequence,
          DCM_ImagePathFilterTypeStackCodeSequence, DCM_LensesCodeSequence, DCM_RefractiveStateSequence,
          DCM_AcquisitionContextSequence})
      empty(tag);
    code(DCM_AnatomicRegionSequence, "5665001", "Retina");
    code(DCM_AcquisitionDeviceTypeCodeSequence, "409898007", "Fundus Camera");
  }

  void writeImage() {
    const bool colour = image_.channels() == 3;
    put(DCM_ImageType, std::string("ORIGINAL\\PRIMARY\\\\") + (colour ? "COLOR" : "BLUE"));
    put(DCM_SamplesPerPixel, static_cast<std::uint16_t>(image_.channels()));
    put(DCM_PhotometricInterpretation, colour ? "RGB" : "MONOCHROME2");
    if (colour) put(DCM_PlanarConfiguration, std::uint16_t{0});
    put(DCM_NumberOfFrames, "1");
    put(DCM_FrameTime, "0");
    check(dataset().putAndInsertTagKey(DCM_FrameIncrementPointer, DCM_FrameTime));
    put(DCM_Rows, static_cast<std::uint16_t>(image_.height()));
    put(DCM_Columns, static_cast<std::uint16_t>(image_.width()));
    put(DCM_BitsAllocated, static_cast<std::uint16_t>(image_.bitsAllocated()));
    put(DCM_BitsStored, static_cast<std::uint16_t>(image_.bits()));
    put(DCM_HighBit, static_cast<std::uint16_t>(image_.bits() - 1));
    put(DCM_PixelRepresentation, std::uint16_t{0});
    put(DCM_BurnedInAnnotation, "NO");
    put(DCM_LossyImageCompression, "00");
    if (!colour) put(DCM_PresentationLUTShape, "IDENTITY");
    auto pixels = std::make_unique<DcmPixelData>(DCM_PixelData);
    if (image_.bitsAllocated() == 16) {
      pixels->setVR(EVR_OW);
      check(pixels->putUint16Array(image_.samples16().data(),
                                   static_cast<unsigned long>(image_.sampleCount())));
    } else {
      pixels->setVR(EVR_OB);
      check(
          pixels->putUint8Array(image_.samples8().data(), static_cast<unsigned long>(image_.sampleCount())));
    }
    check(dataset().insert(pixels.get(), OFTrue));
    pixels.release();
  }

  const Image& image_;
  const NewPhotograph& p_;
  DcmFileFormat file_;
};

}  // namespace

Bytes writeNewPhotograph(const Image& image, const NewPhotograph& photograph) {
  return PhotographWriter(image, photograph).write();
}

}  // namespace medlocker::data::dicom
