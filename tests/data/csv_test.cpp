// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/common/error.h"

namespace medlocker::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string refusal(std::string_view text, const CsvLimits& limits = {}) {
  try {
    parseCsv(text, limits);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InputRejected);
    return error.what();
  }
  return "accepted";
}

TEST(Csv, ReadsQuotesLineBreaksAndByteOrderMark) {
  const CsvTable table = parseCsv(
      "\xEF\xBB\xBF"
      "name , grade\r\n\"a,b\",1\r\n\"say \"\"x\"\"\",2\n\"two\r\nlines\",3");
  EXPECT_THAT(table.header, ElementsAre("name", "grade"));
  ASSERT_EQ(table.rows.size(), 3U);
  EXPECT_THAT(table.rows[0].cells, ElementsAre("a,b", "1"));
  EXPECT_THAT(table.rows[1].cells, ElementsAre("say \"x\"", "2"));
  EXPECT_THAT(table.rows[2].cells, ElementsAre("two\r\nlines", "3"));
  EXPECT_EQ(table.rows[0].line, 2U);
  EXPECT_EQ(table.rows[2].line, 4U);
}

TEST(Csv, LeavesOutRowsWithoutContent) {
  const CsvTable table = parseCsv("\n , ,\nImage name,Grade ,,\n,,,\nx,1,,\n\n");
  EXPECT_THAT(table.header, ElementsAre("Image name", "Grade", "", ""));
  ASSERT_EQ(table.rows.size(), 1U);
  EXPECT_EQ(table.rows[0].line, 5U);
  EXPECT_EQ(table.rows[0].cell(0), "x");
  EXPECT_EQ(table.rows[0].cell(9), "");
}

TEST(Csv, FindsColumnsWhateverTheCase) {
  const CsvTable table = parseCsv("ID_Code,Diagnosis \n1,2\n");
  EXPECT_EQ(table.column({"diagnosis"}), 1U);
  EXPECT_EQ(table.column({"level", "id_code"}), 0U);
  EXPECT_EQ(table.column({"level"}), std::nullopt);
}

TEST(Csv, RefusesWhatItCannotReadForSure) {
  EXPECT_THAT(refusal(""), HasSubstr("empty"));
  EXPECT_THAT(refusal("\n\n,,\n"), HasSubstr("empty"));
  EXPECT_THAT(refusal("a,b\n\"open,1\n"), HasSubstr("not closed"));
  EXPECT_THAT(refusal("a,b\n\"x\"y,1\n"), HasSubstr("line 2"));
  EXPECT_THAT(refusal("a,b\nx\"y,1\n"), HasSubstr("quote"));
  EXPECT_THAT(refusal("a,b\rx,1\r"), HasSubstr("carriage return"));
  EXPECT_THAT(refusal(std::string_view("a,b\nx\0y,1\n", 10)), HasSubstr("control character"));
  EXPECT_THAT(refusal("a,b\n\xff,1\n"), HasSubstr("UTF-8"));
  EXPECT_THAT(refusal("a\xC0\x80"), HasSubstr("UTF-8"));      // overlong
  EXPECT_THAT(refusal("a\xED\xA0\x80"), HasSubstr("UTF-8"));  // surrogate
}

TEST(Csv, KeepsWithinItsLimits) {
  CsvLimits limits;
  limits.maxRows = 2;
  limits.maxColumns = 3;
  limits.maxCellBytes = 4;
  EXPECT_EQ(refusal("a\n1\n2\n", limits), "accepted");
  EXPECT_THAT(refusal("a\n1\n2\n3\n", limits), HasSubstr("too many rows"));
  EXPECT_THAT(refusal("a,b,c,d\n", limits), HasSubstr("too many cells"));
  EXPECT_THAT(refusal("a\n12345\n", limits), HasSubstr("too long"));
  limits.maxBytes = 3;
  EXPECT_THAT(refusal("a\n1\n", limits), HasSubstr("larger"));
  limits = {};
  limits.maxCells = 5;
  EXPECT_THAT(refusal("a\n,,,,,,\n", limits), HasSubstr("too many cells"));
}

TEST(Csv, QuotesWhatNeedsIt) {
  for (const std::string text : {"plain", "a,b", "q\"q", "two\nlines", " edge "}) {
    const CsvTable table = parseCsv("h\n" + csvCell(text) + "\n");
    ASSERT_EQ(table.rows.size(), 1U) << text;
    EXPECT_EQ(table.rows[0].cells[0], text);
  }
  EXPECT_EQ(csvCell("plain"), "plain");
}

TEST(Csv, ShowsOnlyWhatCanBePrinted) {
  EXPECT_EQ(printable("ok ü"), "ok ü");
  EXPECT_EQ(printable("a\nb\x1b[0m"), "a\\x0ab\\x1b[0m");
  EXPECT_EQ(printable("\xff\xc2\x9b"), "\\xff\\xc2\\x9b");
  EXPECT_LT(printable(std::string(10'000, 'x')).size(), 210U);
}

}  // namespace
}  // namespace medlocker::data
