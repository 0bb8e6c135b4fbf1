// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace medlocker::data {

/// Checked while parsing, so a hostile file cannot make the table much larger than itself.
struct CsvLimits {
  std::uint64_t maxBytes = 128ULL << 20;
  std::size_t maxRows = 5'000'000;
  std::size_t maxColumns = 4096;
  std::size_t maxCells = 20'000'000;
  std::size_t maxCellBytes = 64 * 1024;
};

struct CsvRow {
  std::vector<std::string> cells;  ///< as written, quotes resolved; may be fewer or more than the header has
  std::size_t line = 0;            ///< line of the file on which the row begins, from 1

  /// The cell without surrounding blanks; empty where the row is too short.
  std::string_view cell(std::size_t column) const;
};

/// A table with a header row. Rows without any content (blank lines, only commas) are left out.
struct CsvTable {
  std::vector<std::string> header;  ///< without surrounding blanks
  std::vector<CsvRow> rows;

  /// First column whose name equals one of `names`, which must be lower case; blanks around and case are
  /// ignored.
  std::optional<std::size_t> column(std::initializer_list<std::string_view> names) const;
};

/// Reads RFC 4180 text: quoted cells with doubled quotes and line breaks inside, CRLF or LF, an optional
/// UTF-8 byte-order mark. Refuses invalid UTF-8, control characters, a lone CR, quotes inside unquoted cells,
/// anything after a closing quote, an open quote at the end, and what exceeds the limits. Throws
/// Error(InputRejected) naming the line. Thread-safe.
CsvTable parseCsv(std::string_view text, const CsvLimits& limits = {}, char delimiter = ',');
/// As above, with the file as context; also throws Error(NotFound/Io).
CsvTable readCsv(const std::filesystem::path& path, const CsvLimits& limits = {}, char delimiter = ',');

/// One cell, quoted where RFC 4180 asks for it.
std::string csvCell(std::string_view text);

std::string_view trimBlanks(std::string_view text);
/// ASCII only; other bytes stay.
std::string lowerAscii(std::string_view text);
/// True for well-formed UTF-8 (no overlong forms, surrogates or values past U+10FFFF).
bool isUtf8(std::string_view text);
/// `text` with everything that is not printable UTF-8 written as \xNN and cut after 200 bytes: safe to show.
std::string printable(std::string_view text);

}  // namespace medlocker::data
