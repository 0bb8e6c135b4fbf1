// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/common/error.h"
#include "core/data/csv.h"

// Refusal is by Error alone; what was read can be written again and reads the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace medlocker;
  using namespace medlocker::data;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (!isUtf8(printable(text))) std::abort();
  try {
    const CsvTable table = parseCsv(text);
    std::string again =
        "\xEF\xBB\xBF";  // a mark of its own, so that one in the first cell is not taken for it
    const auto add = [&](const std::vector<std::string>& cells) {
      for (std::size_t i = 0; i < cells.size(); ++i) again += (i ? "," : "") + csvCell(cells[i]);
      again += "\n";
    };
    add(table.header);
    for (const CsvRow& row : table.rows) add(row.cells);
    const CsvTable second = parseCsv(again);
    if (second.header != table.header || second.rows.size() != table.rows.size()) std::abort();
    for (std::size_t i = 0; i < table.rows.size(); ++i)
      if (second.rows[i].cells != table.rows[i].cells) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
