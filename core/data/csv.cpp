// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/csv.h"

#include <algorithm>

#include "core/common/error.h"
#include "core/common/files.h"

namespace medlocker::data {
namespace {

bool isBlank(char c) {
  return c == ' ' || c == '\t';
}

/// Length of the well-formed UTF-8 sequence that starts at `at`; 0: there is none.
std::size_t utf8Length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  const unsigned char second = byte(at + 1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
  if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
  return length;
}

class CsvParser {
 public:
  CsvParser(std::string_view text, const CsvLimits& limits, char delimiter)
      : text_(text), limits_(limits), delimiter_(delimiter) {}

  CsvTable parse() {
    if (text_.size() > limits_.maxBytes) refuse("the file is larger than allowed");
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") at_ = 3;
    if (!isUtf8(text_)) refuse("the file is not valid UTF-8");
    CsvTable table;
    bool haveHeader = false;
    while (at_ < text_.size()) {
      CsvRow row = readRow();
      const bool blank = std::all_of(row.cells.begin(), row.cells.end(),
                                     [](const auto& c) { return trimBlanks(c).empty(); });
      if (blank) continue;
      if (!haveHeader) {
        for (const std::string& cell : row.cells) table.header.emplace_back(trimBlanks(cell));
        haveHeader = true;
        continue;
      }
      if (table.rows.size() >= limits_.maxRows) refuse("the table has too many rows");
      table.rows.push_back(std::move(row));
    }
    if (!haveHeader) refuse("the table is empty");
    return table;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorCode::InputRejected, "line " + std::to_string(line_) + ": " + why);
  }

  CsvRow readRow() {
    CsvRow row;
    row.line = line_;
    for (;;) {
      if (row.cells.size() >= limits_.maxColumns) refuse("the row has too many cells");
      if (++cellCount_ > limits_.maxCells) refuse("the table has too many cells");
      row.cells.push_back(readCell());
      if (at_ >= text_.size()) return row;
      const char c = text_[at_++];
      if (c == delimiter_) continue;
      if (c == '\r') {
        if (at_ >= text_.size() || text_[at_] != '\n') refuse("a carriage return stands alone");
        ++at_;
      }
      ++line_;
      return row;
    }
  }

  /// Leaves at_ on the delimiter, the line break, or the end.
  std::string readCell() {
    std::string cell;
    if (at_ < text_.size() && text_[at_] == '"') {
      readQuoted(cell);
      if (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\r' && text_[at_] != '\n')
        refuse("text follows a closing quote");
      return cell;
    }
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == delimiter_ || c == '\r' || c == '\n') break;
      if (c == '"') refuse("a quote stands inside an unquoted cell");
      append(cell, c);
      ++at_;
    }
    return cell;
  }

  void readQuoted(std::string& cell) {
    ++at_;
    for (;;) {
      if (at_ >= text_.size()) refuse("a quoted cell is not closed");
      const char c = text_[at_++];
      if (c == '"') {
        if (at_ >= text_.size() || text_[at_] != '"') return;
        ++at_;
      } else if (c == '\n') {
        ++line_;
      }
      append(cell, c);
    }
  }

  void append(std::string& cell, char c) const {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t' && c != '\r' && c != '\n') || byte == 0x7F)
      refuse("a cell holds a control character");
    if (cell.size() >= limits_.maxCellBytes) refuse("a cell is too long");
    cell += c;
  }

  std::string_view text_;
  const CsvLimits& limits_;
  char delimiter_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t cellCount_ = 0;
};

}  // namespace

std::string_view CsvRow::cell(std::size_t column) const {
  return column < cells.size() ? trimBlanks(cells[column]) : std::string_view{};
}

std::optional<std::size_t> CsvTable::column(std::initializer_list<std::string_view> names) const {
  for (const std::string_view name : names)
    for (std::size_t i = 0; i < header.size(); ++i)
      if (lowerAscii(header[i]) == name) return i;
  return std::nullopt;
}

CsvTable parseCsv(std::string_view text, const CsvLimits& limits, char delimiter) {
  return CsvParser(text, limits, delimiter).parse();
}

CsvTable readCsv(const std::filesystem::path& path, const CsvLimits& limits, char delimiter) {
  const std::string text = readTextFile(path, limits.maxBytes);
  try {
    return parseCsv(text, limits, delimiter);
  } catch (const Error& error) {
    throw error.withContext(path.string());
  }
}

std::string csvCell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos && trimBlanks(text) == text)
    return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string_view trimBlanks(std::string_view text) {
  while (!text.empty() && isBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && isBlank(text.back())) text.remove_suffix(1);
  return text;
}

std::string lowerAscii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

bool isUtf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8Length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string printable(std::string_view text) {
  static constexpr std::size_t kMaxBytes = 200;
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string safe;
  for (std::size_t at = 0; at < text.size();) {
    if (safe.size() >= kMaxBytes) return safe + "…";
    const std::size_t length = utf8Length(text, at);
    const auto byte = static_cast<unsigned char>(text[at]);
    // U+0080…U+009F are control characters too.
    const bool control = byte < 0x20 || byte == 0x7F ||
                         (length == 2 && byte == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0);
    if (length == 0 || control) {
      safe += "\\x";
      safe += kDigits[byte >> 4];
      safe += kDigits[byte & 15];
      ++at;
    } else {
      safe += text.substr(at, length);
      at += length;
    }
  }
  return safe;
}

}  // namespace medlocker::data
