// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/pipelines/handmade_run.h"

#include <map>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/certificate/certificate.h"
#include "core/certificate/key_files.h"
#include "core/certificate/private_store.h"
#include "core/certificate/vault.h"
#include "core/common/files.h"
#include "core/common/random.h"
#include "core/common/run_record.h"
#include "core/data/carried_payload.h"
#include "core/data/field_of_view.h"
#include "core/data/image_io.h"
#include "core/data/synthetic_fundus.h"
#include "core/protect/compositor.h"
#include "core/protect/file_payload.h"
#include "core/protect/logo.h"
#include "core/protect/payload.h"

namespace medlocker::test {
namespace {

namespace fs = std::filesystem;
namespace cert = certificate;

Bytes encodedAs(const data::Image& image, const std::string& format, const std::string& text) {
  if (format == "png")
    return data::encodeImage(image, data::FileFormat::Png, {.protectedNote = "", .description = text});
  if (format == "tif") {
    data::Image plain = image;
    plain.metadata.tiffCompression = data::TiffCompression::None;
    return data::encodeImage(plain, data::FileFormat::Tiff);
  }
  cv::Mat rgb(image.height(), image.width(), CV_8UC3, const_cast<std::uint8_t*>(image.bytes().data()));
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  Bytes out;
  cv::imencode(".jpg", bgr, out, {cv::IMWRITE_JPEG_QUALITY, 92});
  return out;
}

}  // namespace

HandmadeRun makeHandmadeRun(const fs::path& root, const std::string& name,
                            const HandmadeRunOptions& options) {
  HandmadeRun run;
  run.folder = root / name;
  run.originals = root / "originals";
  if (!fs::exists(root / "keys"))
    cert::writeNewKeyFiles({.folder = root / "keys", .passphrase = std::nullopt});
  run.ownerKey = root / "keys" / std::string(cert::kOwnerSecretKeyFile);
  run.ownerPublic = root / "keys" / std::string(cert::kOwnerPublicKeyFile);
  run.owner = cert::readOwnerSecretKey(run.ownerKey, std::nullopt);
  const cert::RunSecrets secrets = cert::RunSecrets::create("2026-03-01T09:30:00Z");
  const cert::RunStore store = cert::RunStore::create(run.folder / "private", secrets, run.owner);
  const protect::Logo logo =
      protect::loadLogo(fs::path(MEDLOCKER_SOURCE_DIR) / "resources" / "logos" / "medlocker.png");
  RandomStream places = RandomStream::fromSeed(options.placement, "handmade placement");
  std::map<Id16, std::string> outputs;
  for (int i = 0; i < options.images; ++i) {
    if (options.sameEye) places = RandomStream::fromSeed(options.placement, "handmade placement");
    const std::string file = "eye" + std::to_string(i) + "." + options.format;
    const fs::path originalFile = run.originals / file;
    if (!fs::exists(originalFile)) {
      const int which = options.sameEye ? 0 : i;
      const data::SyntheticFundusOptions eye{
          .width = options.side, .height = options.side, .grade = which % 5};
      const RandomStream patient = RandomStream::fromSeed(static_cast<std::uint64_t>(which), "handmade eye");
      writeFileAtomically(originalFile,
                          encodedAs(data::renderSyntheticFundus(eye, patient).image, options.format,
                                    options.sameEye ? "visit " + std::to_string(i) : ""));
    }
    const Bytes originalBytes = readFile(originalFile);
    const data::DecodedImage decoded = data::decodeImage(originalBytes, file);
    const data::Image& original = decoded.image;
    const data::ValueWindow window = data::displayWindow(original);
    const data::FieldOfView fov = data::detectFieldOfView(data::floatView(original, window));
    const protect::PixelSize size = protect::logoSize(logo, fov.frame, {1, 4});
    const protect::LogoTile tile = protect::renderTile(logo, size.width, size.height);
    const protect::TargetTile target = protect::makeTargetTile(tile, original, window);
    // In the inner half, where the retina is.
    const int x =
        fov.frame.x0 + fov.frame.width() / 4 +
        static_cast<int>(places.below(static_cast<std::uint64_t>(fov.frame.width() / 2 - size.width)));
    const int y =
        fov.frame.y0 + fov.frame.height() / 4 +
        static_cast<int>(places.below(static_cast<std::uint64_t>(fov.frame.height() / 2 - size.height)));
    const int alphaCode = protect::opacityCode(places.uniform(0.45, 0.85));
    const std::vector<protect::PlacedTile> placed{{&target, x, y, alphaCode}};
    data::Image marked = protect::compose(original, placed, protect::OpacityLaw::Matte);
    const bool tiff = options.format == "tif";
    if (tiff) marked.metadata.tiffCompression = data::TiffCompression::None;
    Bytes encoded = data::encodeImage(
        marked, tiff ? data::FileFormat::Tiff : data::FileFormat::Png,
        {.protectedNote = std::string(data::kProtectedNotePrefix) + "; run " + toHex(secrets.runId),
         .description = options.distinctFiles ? "copy " + std::to_string(i) : ""});
    cert::RestorePayload payload;
    payload.origPixelSha256 = data::pixelHash(original);
    payload.origFileSha256 = sha256(originalBytes);
    payload.originalSuffix = "." + options.format;
    if (options.payload == "roi")
      payload.payload = protect::encodeRoiPayload(original, protect::changedBox(original, marked));
    else if (options.payload == "residual")
      payload.payload =
          protect::encodeResidualPayload(original, marked, placed, protect::OpacityLaw::Matte).value();
    else if (options.payload == "patch")
      payload.payload = protect::encodePatchPayload(originalBytes, encoded);
    else
      payload.payload = protect::encodeFilePayload(originalBytes);
    if (options.embed) {
      const cert::ItemKey item{secrets.imageId(file), 0};
      encoded = data::withCarriedPayload(
          encoded,
          cert::encodeVault(secrets.runId, {cert::sealPayload(secrets.imageKey(item.imageId), secrets.runId,
                                                              item, data::pixelHash(marked), payload)}),
          file);
    }

    cert::PrivateRecord record;
    record.runId = secrets.runId;
    record.imageId = secrets.imageId(file);
    record.x = x;
    record.y = y;
    record.w = size.width;
    record.h = size.height;
    record.alphaCode = alphaCode;
    record.logoSha256 = logo.sha256;
    record.tileSha256 = protect::tileHash(tile);
    record.analysisFrame = {fov.frame.x0, fov.frame.y0, fov.frame.x1, fov.frame.y1};
    record.nFeasible = 20000;
    record.choiceBits = 6;
    record.mode = "random";
    record.origPixelSha256 = payload.origPixelSha256;
    record.protPixelSha256 = data::pixelHash(marked);
    record.origFileSha256 = payload.origFileSha256;
    record.protFileSha256 = sha256(encoded);
    record.origNameHmac = secrets.nameHmac(file);
    record.payload = {options.payload, payload.payload.size(), sha256(payload.payload)};
    record.software = "medlocker test";
    store.put(record, payload);
    const std::string output = fs::path(file).stem().string() + (tiff ? ".tif" : ".png");
    writeFileAtomically(run.folder / "images" / output, encoded);
    outputs[record.imageId] = "images/" + output;
    run.names.push_back(file);
    run.protectedNames.push_back(output);
    run.images.push_back(original);
    run.ids.push_back(record.imageId);
  }
  const std::vector<cert::CommittedRecord> records =
      store.finish(run.folder / std::string(cert::kVaultFile), run.owner);
  cert::CertificateInfo info;
  info.runId = secrets.runId;
  info.createdUtc = secrets.createdUtc;
  info.owner = options.owner;
  info.datasetTitle = name;
  info.statusCounts["PROTECTED"] = options.images;
  info.logoSha256 = logo.sha256;
  info.payloadSuite = options.payload + "+deflate/xchacha20-poly1305";
  cert::writeCertificate(run.folder, cert::issueCertificate(info, records, run.owner));
  std::vector<cert::Leaf> leaves;
  for (const cert::CommittedRecord& record : records) leaves.push_back(cert::leafOf(record));
  writeFileAtomically(run.folder / std::string(cert::kCsvFile), cert::formatCertificateCsv(leaves, outputs));
  writeRunJson(run.folder,
               {{"command", "protect"}, {"options", {{"opacity_low", 0.4}, {"opacity_high", 0.9}}}});
  cert::RunStore::removeWorkFiles(run.folder / "private");
  return run;
}

}  // namespace medlocker::test
