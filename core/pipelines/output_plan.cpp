// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/output_plan.h"

#include <map>
#include <set>

#include "core/common/files.h"
#include "core/pipelines/protected_files.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;

std::string withPngSuffix(const std::string& id) {
  return fs::path(id).replace_extension(".png").generic_string();
}

}  // namespace

std::vector<OutputTarget> planOutputs(const data::Manifest& manifest) {
  std::vector<OutputTarget> targets;
  targets.reserve(manifest.samples.size());
  std::map<std::string, int> uses;
  for (const data::Sample& sample : manifest.samples) {
    OutputTarget target;
    if (sample.array) {
      target.path = sample.id;
      // Lossless for 8 and 16 bits, and small beside the array.
      target.file = std::string(kPartsFolder) + "/" + sample.id + ".png";
      target.container =
          std::string(kImagesFolder) + "/" + fs::path(sample.id).parent_path().parent_path().generic_string();
      targets.push_back(std::move(target));
      continue;
    }
    const data::FileFormat source = data::formatOfExtension(sample.id);
    target.formatChanged = !data::canEncode(source);
    target.format = target.formatChanged ? data::FileFormat::Png : source;
    target.path = target.formatChanged ? withPngSuffix(sample.id) : sample.id;
    ++uses[target.path];
    targets.push_back(std::move(target));
  }
  for (std::size_t i = 0; i < targets.size(); ++i)
    if (uses[targets[i].path] > 1 && targets[i].formatChanged)
      targets[i].path = manifest.samples[i].id + ".png";
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
