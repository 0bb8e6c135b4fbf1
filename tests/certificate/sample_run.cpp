// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/certificate/sample_run.h"

#include <algorithm>

namespace medlocker::certificate::test {
namespace {

Digest digestOf(const std::string& text) {
  return sha256(asBytes(text));
}

}  // namespace

IssuedCertificate SampleRun::issue(std::size_t maxInlineLeaves) const {
  return issueCertificate(info, committed, owner, maxInlineLeaves);
}

FileHashes SampleRun::fileHashes(std::size_t item) const {
  return {records.at(item).protFileSha256, {records.at(item).protPixelSha256}};
}

SampleRun makeSampleRun(std::size_t images, const std::string& variant) {
  SampleRun run;
  run.owner = generateOwnerKey();
  run.secrets = RunSecrets::create("2026-03-01T09:30:00Z");
  for (std::size_t i = 0; i < images; ++i) {
    const std::string name = variant + std::to_string(i);
    RestorePayload payload;
    const std::string body = "payload of " + name + std::string(40 + 3 * i, 'p');
    payload.payload.assign(body.begin(), body.end());
    payload.origPixelSha256 = digestOf("original pixels " + name);
    payload.origFileSha256 = digestOf("original file " + name);
    payload.originalSuffix = i % 2 == 0 ? ".png" : ".jpg";

    PrivateRecord record;
    record.runId = run.secrets.runId;
    record.imageId = run.secrets.imageId(name + ".png");
    record.status = i % 3 == 2 ? "PARTIAL" : "PROTECTED";
    record.x = static_cast<std::int64_t>(100 + i);
    record.y = 40;
    record.w = 96;
    record.h = 90;
    record.alphaCode = 45000;
    record.logoSha256 = digestOf("logo");
    record.tileSha256 = digestOf("tile " + name);
    record.warpSeed = 0x0123456789abcdefULL + i;
    record.texSeed = i;
    record.jitterSeed = ~0ULL;
    record.analysisFrame = {4, 8, 900, 870};
    record.wsmSource = "annotation";
    record.wsmBoxes = {{10, 20, 30, 40}, {50, 60, 71, 82}};
    record.nFeasible = 4620;
    record.choiceBits = 5;
    record.budgetUsed = 800;
    record.sourceModels = {digestOf("model 1"), digestOf("model 2")};
    record.label = 2;
    record.labelOrigin = "given";
    record.predBefore = {2, 2};
    record.predAfter = {0, 1};
    record.marginBeforeMilli = {1500, 900};
    record.marginAfterMilli = {-700, -20};
    record.origPixelSha256 = payload.origPixelSha256;
    record.protPixelSha256 = digestOf("protected pixels " + name);
    record.origFileSha256 = payload.origFileSha256;
    record.protFileSha256 = digestOf("protected file " + name);
    record.origNameHmac = run.secrets.nameHmac(name + ".png");
    record.payload = {"roi", payload.payload.size(), sha256(payload.payload)};
    record.software = "medlocker 0.1.0";
    run.records.push_back(record);
    run.payloads.push_back(payload);
    run.committed.push_back(run.secrets.commit(record));
  }
  std::vector<std::size_t> order(images);
  for (std::size_t i = 0; i < images; ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return run.records[a].imageId < run.records[b].imageId; });
  SampleRun sorted = run;
  for (std::size_t i = 0; i < images; ++i) {
    sorted.records[i] = run.records[order[i]];
    sorted.payloads[i] = run.payloads[order[i]];
    sorted.committed[i] = run.committed[order[i]];
  }
  run = std::move(sorted);

  run.info.runId = run.secrets.runId;
  run.info.createdUtc = run.secrets.createdUtc;
  run.info.owner = "Eye clinic \"North\", Zürich";
  run.info.datasetTitle = "Sample set " + variant;
  run.info.licence = "CC BY-NC 4.0";
  run.info.statusCounts = {{"PROTECTED", static_cast<std::int64_t>(images)}, {"ERROR", 1}};
  run.info.logoSha256 = digestOf("logo");
  run.info.models = {{"surrogate-1", "resnet18", "source", digestOf("model 1")},
                     {"held-out", "mobilenet_v3_large", "target", digestOf("model 3")}};
  run.info.metrics = {{"asr_source", 9120}, {"kappa_protected", -150}};
  run.info.payloadSuite = "roi+deflate/xchacha20-poly1305";
  return run;
}

CertificateFiles filesOf(const IssuedCertificate& issued) {
  CertificateFiles out;
  out.certificate.assign(issued.certificate.begin(), issued.certificate.end());
  out.signature = issued.signature;
  if (issued.leaves) out.leaves = Bytes(issued.leaves->begin(), issued.leaves->end());
  return out;
}

}  // namespace medlocker::certificate::test
