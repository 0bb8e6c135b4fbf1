// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/common/run_record.h"

#include <chrono>
#include <ctime>

#include "core/common/files.h"

namespace medlocker {

std::string utcNow() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

Json softwareVersions() {
  return {{"medlocker", kVersion}, {"spec", kSpecVersion}};
}

void writeRunJson(const std::filesystem::path& folder, Json content) {
  content["schema"] = "medlocker/run/1";
  content["versions"] = softwareVersions();
  writeFileAtomically(folder / "run.json", content.dump(2) + "\n");
}

}  // namespace medlocker
