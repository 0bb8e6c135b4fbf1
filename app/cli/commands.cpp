// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "app/cli/command.h"
#include "app/cli/robustness_commands.h"

namespace medlocker::cli {

CommandList makeCommands() {
  CommandList commands;
  commands.push_back(makeDemoCommand());
  commands.push_back(makeSynthCommand());
  commands.push_back(makeInspectCommand());
  commands.push_back(makeTrainCommand());
  commands.push_back(makeTrainDefenceCommand());
  commands.push_back(makeTrainSegmenterCommand());
  commands.push_back(makeSegmentCommand());
  commands.push_back(makeModelsCommand());
  commands.push_back(makeImportCommand());
  commands.push_back(makeKeygenCommand());
  commands.push_back(makeProtectCommand());
  commands.push_back(makeMergeCommand());
  commands.push_back(makeVerifyCommand());
  commands.push_back(makeGrantCommand());
  commands.push_back(makeRestoreCommand());
  commands.push_back(makeEvaluateCommand());
  commands.push_back(makeTradeOffCommand());
  commands.push_back(makeTransferCommand());
  commands.push_back(makeAuditCommand());
  commands.push_back(makeAttackCommand());
  commands.push_back(makeCompareCommand());
  commands.push_back(makeStressCommand());
  return commands;
}

}  // namespace medlocker::cli
