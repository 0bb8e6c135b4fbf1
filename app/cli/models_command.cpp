// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "core/pipelines/list_architectures.h"

namespace medlocker::cli {
namespace {

class ModelsCommand : public Command {
 public:
  std::string name() const override { return "models"; }
  std::string description() const override { return "List the network architectures"; }
  void addOptions(CLI::App&) override {}

  CommandResult run(const CommonOptions&, const RunContext&) override {
    std::string text;
    Json list = Json::array();
    for (const pipelines::ArchitectureSummary& arch : pipelines::listArchitectures()) {
      std::string line = arch.name;
      line.resize(std::max<std::size_t>(line.size() + 1, 22), ' ');
      text += (text.empty() ? "" : "\n") + line + arch.description + " (input " +
              std::to_string(arch.defaultInputSize) + " px, at least " + std::to_string(arch.minInputSize) +
              ")";
      list.push_back({{"name", arch.name},
                      {"description", arch.description},
                      {"default_input_size", arch.defaultInputSize},
                      {"min_input_size", arch.minInputSize}});
    }
    return {kDone, text, {{"architectures", list}}};
  }
};

}  // namespace

std::unique_ptr<Command> makeModelsCommand() {
  return std::make_unique<ModelsCommand>();
}

}  // namespace medlocker::cli
