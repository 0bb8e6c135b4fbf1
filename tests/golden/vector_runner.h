// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/common/json.h"

/// Runs golden vectors: JSON files that give the inputs of one operation and what it must answer. Two
/// formats:
///
///   {"schema":"attack-vectors/1","vectors":[{"id","kind","in","out","abs_tol"}]}
///   {"schema":"robust-training-vectors/1","vectors":[{"id","op","inputs","expected","tol",
///                                                     "expected_grad":{"of","wrt"},"note"}]}
///
/// Every field of `out`/`expected` must be answered. Numbers are compared with the vector's tolerance;
/// booleans, strings, nulls, and integers that are answered as integers exactly; arrays element by element.
/// An unknown schema, an unknown kind, a missing field, and an exception are failures.
///
/// To add kinds, write a file tests/golden/kinds/<area>_kinds.cpp with a namespace-scope
///
///   const RegisterKind kSoftmax(kTrainingVectors, "temperature_softmax", [](const Json& in) -> VectorAnswer
///   {…});
///
/// add it to tests/golden/CMakeLists.txt, and put the vectors into tests/golden/vectors/<area>.json.
namespace medlocker::golden {

inline constexpr const char* kAttackVectors = "attack-vectors/1";
inline constexpr const char* kTrainingVectors = "robust-training-vectors/1";

struct VectorAnswer {
  Json out;                         ///< an object; further fields are ignored
  Json gradients = Json::object();  ///< for `expected_grad`: derivative of "total" by input name
};
using VectorFunction = std::function<VectorAnswer(const Json& in)>;

/// Makes a kind known to the runner, at namespace scope. A kind registered twice is a programming error.
struct RegisterKind {
  RegisterKind(const char* schema, const char* kind, VectorFunction function);
};

struct VectorReport {
  int run = 0;
  std::vector<std::string> failures;  ///< "file: id (kind): what is wrong"
};

/// Runs every *.json of a folder, in order of name. A missing folder is a failure.
VectorReport runFolder(const std::filesystem::path& folder);
VectorReport runDocument(const Json& document, const std::string& name);

}  // namespace medlocker::golden
