// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/common/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "core/common/error.h"
#include "tests/support/temp_folder.h"

namespace medlocker {
namespace {

namespace fs = std::filesystem;
using test::TempFolder;

std::vector<std::string> namesIn(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  return names;
}

void writePlainly(const fs::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

template <typename Call>
ErrorCode codeOf(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "no error was thrown";
  return ErrorCode::Internal;
}

/// Installs a fault hook and takes it away again, also when the test fails half-way.
class WriteFault {
 public:
  explicit WriteFault(std::function<void(const fs::path&)> hook) { setWriteFaultHook(std::move(hook)); }
  ~WriteFault() { setWriteFaultHook(nullptr); }
  WriteFault(const WriteFault&) = delete;
  WriteFault& operator=(const WriteFault&) = delete;
};

TEST(Files, WritesAndReadsBack) {
  const TempFolder temp;
  const Bytes content = {0, 1, 2, 255, 0, 10};
  writeFileAtomically(temp / "a.bin", content);
  EXPECT_EQ(readFile(temp / "a.bin"), content);
  writeFileAtomically(temp / "a.txt", std::string_view("line\n"));
  EXPECT_EQ(readTextFile(temp / "a.txt"), "line\n");
  writeFileAtomically(temp / "empty", ByteView{});
  EXPECT_TRUE(readFile(temp / "empty").empty());
  EXPECT_THAT(namesIn(temp.path()), ::testing::UnorderedElementsAre("a.bin", "a.txt", "empty"));
}

TEST(Files, CreatesMissingParentsAndReplacesWhatIsThere) {
  const TempFolder temp;
  writeFileAtomically(temp / "a/b/c.txt", std::string_view("old and longer"));
  writeFileAtomically(temp / "a/b/c.txt", std::string_view("new"));
  EXPECT_EQ(readTextFile(temp / "a/b/c.txt"), "new");
  EXPECT_THAT(namesIn(temp / "a/b"), ::testing::ElementsAre("c.txt"));
}

TEST(Files, FaultKeepsTheOldContentAndLeavesNothingBehind) {
  const TempFolder temp;
  writeFileAtomically(temp / "a.txt", std::string_view("old"));
  {
    fs::path seen;
    const WriteFault fault([&seen](const fs::path& path) {
      seen = path;
      throw Error(ErrorCode::Io, "no space left on device", path.string());
    });
    EXPECT_EQ(codeOf([&] { writeFileAtomically(temp / "a.txt", std::string_view("new")); }), ErrorCode::Io);
    EXPECT_EQ(seen, temp / "a.txt");
  }
  EXPECT_EQ(readTextFile(temp / "a.txt"), "old");
  EXPECT_THAT(namesIn(temp.path()), ::testing::ElementsAre("a.txt"));
  writeFileAtomically(temp / "a.txt", std::string_view("new"));
  EXPECT_EQ(readTextFile(temp / "a.txt"), "new");
}

// The temporary file is written in full, then the rename onto a folder fails.
TEST(Files, FailedRenameRemovesTheTemporaryFile) {
  const TempFolder temp;
  fs::create_directories(temp / "target/inside");
  EXPECT_EQ(codeOf([&] { writeFileAtomically(temp / "target", std::string_view("x")); }), ErrorCode::Io);
  EXPECT_THAT(namesIn(temp.path()), ::testing::ElementsAre("target"));
  EXPECT_TRUE(fs::is_directory(temp / "target/inside"));
}

TEST(Files, FileInPlaceOfAParentFolderIsNamed) {
  const TempFolder temp;
  writePlainly(temp / "file", "x");
  try {
    writeFileAtomically(temp / "file/a.txt", std::string_view("x"));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Io);
    EXPECT_EQ(error.context(), (temp / "file").string());
  }
}

TEST(Files, PrivateFilesAreReadableByTheOwnerAlone) {
  const TempFolder temp;
  const Bytes content = {1, 2, 3};
  writePrivateFileAtomically(temp / "owner.key", content);
  struct stat status {};
  ASSERT_EQ(::stat((temp / "owner.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(readFile(temp / "owner.key"), content);
}

// Readers during a replacement see one of the two contents in full, never a mixture or a gap.
TEST(Files, ReplacementIsSeenWholeOrNotAtAll) {
  const TempFolder temp;
  const fs::path path = temp / "a.bin";
  const Bytes ones(200000, 1);
  const Bytes twos(200000, 2);
  writeFileAtomically(path, ones);
  std::jthread writer([&](const std::stop_token& stop) {
    for (int i = 0; !stop.stop_requested(); ++i) writeFileAtomically(path, i % 2 == 0 ? twos : ones);
  });
  for (int i = 0; i < 100; ++i) {
    const Bytes seen = readFile(path);
    ASSERT_TRUE(seen == ones || seen == twos) << "mixed content in reading " << i;
  }
}

TEST(Files, ReadingRefusesWhatIsNotAFileOrTooLarge) {
  const TempFolder temp;
  writePlainly(temp / "ten", "0123456789");
  EXPECT_EQ(codeOf([&] { readFile(temp / "none"); }), ErrorCode::NotFound);
  EXPECT_EQ(codeOf([&] { readFile(temp.path()); }), ErrorCode::InputRejected);
  EXPECT_EQ(codeOf([&] { readFile(temp / "ten", 9); }), ErrorCode::InputRejected);
  EXPECT_EQ(readFile(temp / "ten", 10).size(), 10U);
}

// A sparse file: were the size not checked first, reading would allocate a tebibyte.
TEST(Files, SizeIsCheckedBeforeAllocation) {
  const TempFolder temp;
  writePlainly(temp / "huge", "x");
  std::error_code error;
  fs::resize_file(temp / "huge", std::uintmax_t{1} << 40, error);
  if (error) GTEST_SKIP() << "no sparse files here: " << error.message();
  EXPECT_EQ(codeOf([&] { readFile(temp / "huge"); }), ErrorCode::InputRejected);
}

TEST(Files, SafeJoinKeepsPlainNames) {
  EXPECT_EQ(safeJoin("/root", "a.png"), fs::path("/root/a.png"));
  EXPECT_EQ(safeJoin("/root", "a/b/c d.png"), fs::path("/root/a/b/c d.png"));
  EXPECT_EQ(safeJoin("/root", "..a/b..c/...png"), fs::path("/root/..a/b..c/...png"));
  EXPECT_EQ(safeJoin("/root",
                     "Gr\xC3\xBC\xC3\x9F"
                     "e.png"),
            fs::path("/root/Gr\xC3\xBC\xC3\x9F"
                     "e.png"));
}

TEST(Files, SafeJoinRefusesNamesThatCouldLeaveTheRoot) {
  using namespace std::string_view_literals;
  for (const std::string_view name :
       {""sv, "/etc/passwd"sv, "/"sv, ".."sv, "../a"sv, "a/../b"sv, "a/.."sv, "a/../../b"sv, "."sv, "./a"sv,
        "a/./b"sv, "a//b"sv, "a/"sv, "a\\b"sv, "..\\a"sv, "a\nb"sv, "a\0b"sv,
        "a\x7f"
        "b"sv,
        "\x1b[2J"sv}) {
    EXPECT_EQ(codeOf([&] { safeJoin("/root", name); }), ErrorCode::InputRejected)
        << "'" << std::string(name) << "'";
  }
  EXPECT_EQ(codeOf([] { safeJoin("/root", std::string(5000, 'a')); }), ErrorCode::InputRejected);
}

TEST(Files, IsInsideComparesWholeParts) {
  const TempFolder temp;
  fs::create_directories(temp / "a/b");
  fs::create_directories(temp / "ab");
  EXPECT_TRUE(isInside(temp / "a", temp / "a"));
  EXPECT_TRUE(isInside(temp / "a/b", temp / "a"));
  EXPECT_TRUE(isInside(temp / "a/b/missing/x.png", temp / "a"));
  EXPECT_TRUE(isInside(temp / "a/b", fs::path((temp / "a").string() + "/")));
  EXPECT_TRUE(isInside(temp / "ab/../a/b", temp / "a"));
  EXPECT_FALSE(isInside(temp / "ab", temp / "a"));
  EXPECT_FALSE(isInside(temp / "a", temp / "a/b"));
  EXPECT_FALSE(isInside(temp / "a/../ab/x", temp / "a"));
  EXPECT_TRUE(isInside("/etc", "/"));
}

TEST(Files, IsInsideFollowsLinks) {
  const TempFolder temp;
  fs::create_directories(temp / "source/images");
  fs::create_directories(temp / "other");
  fs::create_directory_symlink(temp / "source/images", temp / "other/link");
  EXPECT_TRUE(isInside(temp / "other/link/out", temp / "source"));
  EXPECT_FALSE(isInside(temp / "other/link/out", temp / "other"));
}

}  // namespace
}  // namespace medlocker
