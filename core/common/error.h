// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace medlocker {

/// What kind of trouble an Error is; the command line maps it to an exit status.
enum class ErrorCode {
  InvalidArgument,     ///< an option or call is wrong (exit 2)
  InputRejected,       ///< a file or folder cannot be accepted (exit 3)
  VerificationFailed,  ///< a signature, hash or authentication tag does not hold (exit 4)
  NotFound,            ///< a file or named thing does not exist (exit 3)
  Io,                  ///< reading or writing failed: disk full, permission (exit 1)
  Unsupported,         ///< understood, but not supported here (exit 3)
  Internal,            ///< a defect of this program (exit 1)
};

std::string_view toString(ErrorCode code);

/// The one exception type for "the operation cannot go on". Expected trouble with a single item is an
/// ItemIssue instead. `what()` is one plain sentence: context (usually the file), then the reason. Immutable,
/// so safe to share.
class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string message, std::string context = {});

  const char* what() const noexcept override { return what_.c_str(); }
  ErrorCode code() const noexcept { return code_; }
  const std::string& message() const noexcept { return message_; }
  const std::string& context() const noexcept { return context_; }
  /// The same error with the context set where it was empty; for adding the file name on the way up.
  Error withContext(std::string context) const;

 private:
  ErrorCode code_;
  std::string message_;
  std::string context_;
  std::string what_;
};

/// A problem with one item of a batch: the batch goes on, the item is listed with its reason.
struct ItemIssue {
  std::string item;  ///< path relative to the dataset root, or another stable name; never a patient attribute
  std::string reason;        ///< one plain sentence
  bool fatalForItem = true;  ///< false: the item was used all the same (a notice)
};

/// A problem with one option: empty list = valid.
struct OptionIssue {
  std::string field;
  std::string message;
};

/// Throws Error(InvalidArgument) that names every issue; does nothing for an empty list.
void throwIfInvalid(const std::vector<OptionIssue>& issues);

}  // namespace medlocker
