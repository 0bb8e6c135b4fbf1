// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/dicom/loaded_file.h"

#include <dcmtk/dcmdata/dcostrmb.h>

#include <algorithm>

#include "core/common/error.h"

namespace medlocker::data::dicom {

LoadedFile loadFile(ByteView bytes, const std::string& name, const DecodeLimits& limits) {
  LoadedFile loaded;
  loaded.scan = prescan(bytes, name, limits);
  if (loaded.scan.inflated.empty()) {
    loaded.bytes.assign(bytes.begin(), bytes.end());
  } else {
    loaded.bytes = std::move(loaded.scan.inflated);
    // The toolkit must not inflate again. The plain syntax's name is shorter: the rest becomes padding.
    const auto value =
        loaded.bytes.begin() + static_cast<std::ptrdiff_t>(loaded.scan.transferSyntaxValue.offset);
    std::fill(value + static_cast<std::ptrdiff_t>(kExplicitLittle.size()),
              value + static_cast<std::ptrdiff_t>(loaded.scan.transferSyntaxValue.length), 0);
  }
  loaded.file = parse(loaded.bytes, name);
  return loaded;
}

Bytes saveFile(DcmFileFormat& file, const std::string& name) {
  constexpr std::size_t kRoomForMeta = 1 << 16;
  DcmDataset& dataset = *file.getDataset();
  dataset.remove(DCM_DataSetTrailingPadding);
  Bytes out(kRoomForMeta + dataset.calcElementLength(EXS_LittleEndianExplicit, EET_ExplicitLength));
  DcmOutputBufferStream stream(out.data(), static_cast<offile_off_t>(out.size()));
  file.transferInit();
  const OFCondition condition = file.write(stream, EXS_LittleEndianExplicit, EET_ExplicitLength, nullptr,
                                           EGL_withoutGL, EPD_noChange, 0, 0, 0, EWM_createNewMeta);
  file.transferEnd();
  if (condition.bad())
    throw Error(ErrorCode::Internal, "the DICOM file cannot be written (" + describe(condition) + ")", name);
  void* begin = nullptr;
  offile_off_t written = 0;
  stream.flushBuffer(begin, written);
  out.resize(static_cast<std::size_t>(written));
  // The preamble may hold anything of the source, such as the header of another format.
  std::fill_n(out.begin(), std::min<std::size_t>(128, out.size()), std::uint8_t{0});
  return out;
}

std::string deriveUid(std::string_view scope, std::string_view uid) {
  const Digest digest = Sha256().update("medlocker/uid/1\n").update(scope).update("\n").update(uid).finish();
  std::array<std::uint8_t, 16> id{};
  std::copy_n(digest.begin(), id.size(), id.begin());
  id[6] = static_cast<std::uint8_t>((id[6] & 0x0F) | 0x80);  // UUID version 8: as its maker likes
  id[8] = static_cast<std::uint8_t>((id[8] & 0x3F) | 0x80);
  std::string digits;
  while (std::any_of(id.begin(), id.end(), [](std::uint8_t byte) { return byte != 0; })) {
    unsigned rest = 0;
    for (std::uint8_t& byte : id) {
      const unsigned value = rest * 256 + byte;
      byte = static_cast<std::uint8_t>(value / 10);
      rest = value % 10;
    }
    digits.push_back(static_cast<char>('0' + rest));
  }
  std::reverse(digits.begin(), digits.end());
  return "2.25." + digits;
}

}  // namespace medlocker::data::dicom
