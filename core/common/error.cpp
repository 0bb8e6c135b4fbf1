// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/common/error.h"

#include <utility>

namespace medlocker {

std::string_view toString(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument:
      return "invalid argument";
    case ErrorCode::InputRejected:
      return "input rejected";
    case ErrorCode::VerificationFailed:
      return "verification failed";
    case ErrorCode::NotFound:
      return "not found";
    case ErrorCode::Io:
      return "input/output error";
    case ErrorCode::Unsupported:
      return "unsupported";
    case ErrorCode::Internal:
      return "internal error";
  }
  return "unknown";
}

Error::Error(ErrorCode code, std::string message, std::string context)
    : code_(code), message_(std::move(message)), context_(std::move(context)) {
  what_ = context_.empty() ? message_ : context_ + ": " + message_;
}

Error Error::withContext(std::string context) const {
  if (!context_.empty()) return *this;
  return Error(code_, message_, std::move(context));
}

void throwIfInvalid(const std::vector<OptionIssue>& issues) {
  if (issues.empty()) return;
  std::string text;
  for (const OptionIssue& issue : issues) {
    if (!text.empty()) text += "; ";
    text += issue.field + ": " + issue.message;
  }
  throw Error(ErrorCode::InvalidArgument, text);
}

}  // namespace medlocker
