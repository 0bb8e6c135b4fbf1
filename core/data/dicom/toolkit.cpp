// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/dicom/toolkit.h"

#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/oflog.h>

#include <cstdio>
#include <mutex>

#include "core/common/error.h"
#include "core/data/dicom/dicom_image.h"

namespace medlocker::data::dicom {

void startToolkit() {
  static std::once_flag once;
  std::call_once(once, [] {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    DcmRLEDecoderRegistration::registerCodecs();
    DJDecoderRegistration::registerCodecs(EDC_photometricInterpretation, EUC_never, EPC_colorByPixel);
    DJLSDecoderRegistration::registerCodecs(EJLSUC_never, EJLSPC_colorByPixel);
  });
}

std::string describe(const OFCondition& condition) {
  char text[32];
  std::snprintf(text, sizeof text, "DCMTK condition %04x:%04x", condition.module(), condition.code());
  return text;
}

std::unique_ptr<DcmFileFormat> parse(ByteView bytes, const std::string& name) {
  startToolkit();
  auto file = std::make_unique<DcmFileFormat>();
  DcmInputBufferStream stream;
  stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
  stream.setEos();
  file->transferInit();
  const OFCondition condition = file->read(stream, EXS_Unknown, EGL_noChange, DCM_MaxReadLength);
  file->transferEnd();
  if (condition.bad() || !file->getDataset())
    throw Error(ErrorCode::InputRejected,
                "is damaged: the data set cannot be read (" + describe(condition) + ")", name);
  return file;
}

std::string textOf(DcmItem& item, const DcmTagKey& tag, unsigned long position) {
  OFString text;
  if (item.findAndGetOFString(tag, text, position).bad()) return {};
  std::string out(text.c_str(), text.length());
  while (!out.empty() && (out.back() == ' ' || out.back() == '\0')) out.pop_back();
  return out;
}

std::optional<double> numberOf(DcmItem& item, const DcmTagKey& tag, unsigned long position) {
  Float64 value = 0;
  if (item.findAndGetFloat64(tag, value, position).good()) return value;
  return std::nullopt;
}

std::optional<std::uint16_t> wordOf(DcmItem& item, const DcmTagKey& tag, unsigned long position) {
  Uint16 word = 0;
  if (item.findAndGetUint16(tag, word, position).good()) return word;
  Sint16 number = 0;
  if (item.findAndGetSint16(tag, number, position).good()) return static_cast<std::uint16_t>(number);
  return std::nullopt;
}

DcmItem* itemOf(DcmItem& item, const DcmTagKey& sequence, long number) {
  DcmItem* found = nullptr;
  if (item.findAndGetSequenceItem(sequence, found, number).bad()) return nullptr;
  return found;
}

std::vector<Uint16> privateBlocksOf(DcmItem& dataset) {
  std::vector<Uint16> blocks;
  for (Uint16 block = 0x10; block <= 0xFF; ++block)
    if (textOf(dataset, DcmTagKey(kPrivateGroup, block)) == kPrivateCreator) blocks.push_back(block);
  return blocks;
}

std::string protectedNoteOf(DcmItem& dataset) {
  for (const Uint16 block : privateBlocksOf(dataset)) {
    const std::string note = textOf(dataset, privateElement(block, kNoteElement));
    if (note.starts_with(kProtectedNotePrefix)) return note;
  }
  // Private elements are often stripped on the way; the description stays.
  if (textOf(dataset, DCM_DerivationDescription).starts_with(kDerivation))
    return std::string(kProtectedNotePrefix);
  return {};
}

}  // namespace medlocker::data::dicom
