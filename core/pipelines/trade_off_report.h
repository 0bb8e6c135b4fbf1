// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "core/pipelines/measure_trade_off.h"

namespace medlocker::pipelines {

inline constexpr const char* kTradeOffSchema = "medlocker/trade-off/1";

/// The settings that the options ask for, in the order of the report; only the setting's fields are filled
/// in.
std::vector<TradeOffPoint> tradeOffSettings(const TradeOffOptions& options);

/// trade-off.json (docs/schema/trade-off-1.schema.json), trade-off.csv and run.json.
void writeTradeOff(const std::filesystem::path& folder, const TradeOffOptions& options,
                   const TradeOffSummary& summary);

}  // namespace medlocker::pipelines
