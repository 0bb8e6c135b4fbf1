// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0

// Stands in for libFuzzer in ordinary builds: feeds every file of a corpus folder, and a fixed number of
// seeded mutations of each, to LLVMFuzzerTestOneInput. A finding ends the program by a signal, as it would
// there.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <vector>

#include "core/common/files.h"
#include "core/common/random.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int kMutationsPerFile = 200;

void feed(const medlocker::Bytes& input) {
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

medlocker::Bytes mutated(medlocker::Bytes input, medlocker::RandomStream& random) {
  const std::uint64_t changes = 1 + random.below(4);
  for (std::uint64_t i = 0; i < changes; ++i) {
    const std::size_t at = random.below(input.size() + 1);
    switch (random.below(4)) {
      case 0:  // cut off
        input.resize(at);
        break;
      case 1:  // insert
        input.insert(input.begin() + static_cast<std::ptrdiff_t>(at),
                     static_cast<std::uint8_t>(random.below(256)));
        break;
      case 2:  // flip one bit
        if (at < input.size()) input[at] ^= static_cast<std::uint8_t>(1U << random.below(8));
        break;
      default:  // a value that is often a limit
        if (at < input.size()) input[at] = random.chance(0.5) ? 0x00 : 0xff;
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: " << argv[0] << " CORPUS\n";
    return 2;
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[1]))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    std::cerr << argv[1] << " holds no file\n";
    return 1;
  }
  feed({});
  for (const std::filesystem::path& file : files) {
    std::cout << file.filename().string() << std::endl;  // the last line names the input that failed
    const medlocker::Bytes input = medlocker::readFile(file);
    feed(input);
    medlocker::RandomStream random = medlocker::RandomStream::derive({medlocker::asBytes("corpus"), input});
    for (int i = 0; i < kMutationsPerFile; ++i) feed(mutated(input, random));
  }
  return 0;
}
