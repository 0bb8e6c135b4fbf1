// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/output_plan.h"

#include <map>
#include <set>

#include "core/common/files.h"
#include "core/data/dicom/frame_sample.h"
#include "core/pipelines/protected_files.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

std::string withSuffix(const std::string& id, const char* suffix) {
  return fs::path(id).replace_extension(suffix).generic_string();
}

data::FileFormat sourceFormat(const data::Manifest& manifest, const data::Sample& sample) {
  // DICOM files often have no suffix; the layout has looked at their bytes.
  if (manifest.layout == "dicom") return data::FileFormat::Dicom;
  return sample.array ? data::FileFormat::Npz : data::formatOfExtension(sample.id);
}

}  // namespace

std::vector<OutputTarget> planOutputs(const data::Manifest& manifest, const std::string& jpeg) {
  std::vector<OutputTarget> targets;
  targets.reserve(manifest.samples.size());
  std::map<std::string, int> uses;
  for (const data::Sample& sample : manifest.samples) {
    OutputTarget target;
    if (sample.array && !data::isFrame(sample)) {
      target.path = sample.id;
      // Lossless for 8 and 16 bits, and small beside the array.
      target.file = std::string(kPartsFolder) + "/" + sample.id + ".png";
      target.container =
          std::string(kImagesFolder) + "/" + fs::path(sample.id).parent_path().parent_path().generic_string();
      targets.push_back(std::move(target));
      continue;
    }
    const data::FileFormat source = sourceFormat(manifest, sample);
    const bool isJpeg = source == data::FileFormat::Jpeg;
    const bool keepsType = data::canEncode(source) || source == data::FileFormat::Dicom ||
                           (isJpeg && (jpeg == "keep" || jpeg == "blocks"));
    const bool tiff = isJpeg && jpeg == "tiff";
    target.formatChanged = !keepsType;
    target.format = keepsType ? source : tiff ? data::FileFormat::Tiff : data::FileFormat::Png;
    target.jpegBlocks = isJpeg && jpeg == "blocks";
    target.path = keepsType ? data::fileIdOf(sample) : withSuffix(sample.id, tiff ? ".tif" : ".png");
    ++uses[target.path];
    targets.push_back(std::move(target));
  }
  for (std::size_t i = 0; i < targets.size(); ++i)
    if (uses[targets[i].path] > 1 && targets[i].formatChanged)
      targets[i].path =
          manifest.samples[i].id + (targets[i].format == data::FileFormat::Tiff ? ".tif" : ".png");
  for (OutputTarget& target : targets) {
    target.path = std::string(kImagesFolder) + "/" + target.path;
    if (target.container.empty()) target.file = target.path;
  }
  return targets;
}

data::Sample copyOf(const data::Sample& original, const OutputTarget& target, const fs::path& folder) {
  data::Sample copy = original;
  const std::string& file = target.container.empty() ? target.path : target.container;
  copy.path = folder / fs::path(file).lexically_relative(kImagesFolder);
  return copy;
}

std::vector<std::string> copySidecars(const data::Manifest& manifest, const fs::path& run) {
  std::set<fs::path> relative(manifest.sidecars.begin(), manifest.sidecars.end());
  for (const data::Sample& sample : manifest.samples)
    for (const data::MaskRef& mask : sample.masks)
      if (isInside(mask.path, manifest.root)) relative.insert(fs::relative(mask.path, manifest.root));

  std::vector<std::string> written;
  for (const fs::path& name : relative) {
    const std::string target = std::string(kImagesFolder) + "/" + name.generic_string();
    const Bytes content = readFile(manifest.root / name);
    const fs::path file = safeJoin(run, target);
    if (!fs::exists(file) || sha256File(file) != sha256(content)) writeFileAtomically(file, content);
    written.push_back(target);
  }
  return written;
}

}  // namespace medlocker::pipelines
