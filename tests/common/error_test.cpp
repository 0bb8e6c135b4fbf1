// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/common/error.h"

#include <gtest/gtest.h>

#include <set>

namespace medlocker {
namespace {

TEST(Error, SaysContextThenReason) {
  const Error error(ErrorCode::Io, "writing failed: no space left", "out/a.png");
  EXPECT_STREQ(error.what(), "out/a.png: writing failed: no space left");
  EXPECT_EQ(error.code(), ErrorCode::Io);
  EXPECT_EQ(error.message(), "writing failed: no space left");
  EXPECT_EQ(error.context(), "out/a.png");
}

TEST(Error, SaysOnlyTheReasonWithoutContext) {
  EXPECT_STREQ(Error(ErrorCode::Internal, "a reason").what(), "a reason");
}

TEST(Error, FirstContextWins) {
  const Error inner = Error(ErrorCode::InputRejected, "truncated").withContext("a.png");
  EXPECT_STREQ(inner.what(), "a.png: truncated");
  EXPECT_STREQ(inner.withContext("folder").what(), "a.png: truncated");
  EXPECT_EQ(inner.withContext("folder").code(), ErrorCode::InputRejected);
}

TEST(Error, EveryCodeHasItsOwnName) {
  const std::set<std::string_view> names = {toString(ErrorCode::InvalidArgument),
                                            toString(ErrorCode::InputRejected),
                                            toString(ErrorCode::VerificationFailed),
                                            toString(ErrorCode::NotFound),
                                            toString(ErrorCode::Io),
                                            toString(ErrorCode::Unsupported),
                                            toString(ErrorCode::Internal)};
  EXPECT_EQ(names.size(), 7U);
  EXPECT_EQ(names.count("unknown"), 0U);
}

TEST(Error, OptionIssuesAreAllNamed) {
  EXPECT_NO_THROW(throwIfInvalid({}));
  try {
    throwIfInvalid({{"budget", "is 0"}, {"opacity", "lies above 1"}});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    EXPECT_STREQ(error.what(), "budget: is 0; opacity: lies above 1");
  }
}

}  // namespace
}  // namespace medlocker
