// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/vector_runner.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <utility>

#include "core/common/files.h"

namespace medlocker::golden {
namespace {

namespace fs = std::filesystem;

using Key = std::pair<std::string, std::string>;

std::map<Key, VectorFunction>& kinds() {
  static std::map<Key, VectorFunction> registered;
  return registered;
}

/// Names of a vector's fields in one schema.
struct Fields {
  const char* kind;
  const char* in;
  const char* out;
  const char* tolerance;
};

const Fields* fieldsOf(const std::string& schema) {
  static const Fields attack{"kind", "in", "out", "abs_tol"};
  static const Fields training{"op", "inputs", "expected", "tol"};
  if (schema == kAttackVectors) return &attack;
  if (schema == kTrainingVectors) return &training;
  return nullptr;
}

/// Empty when equal, else what differs.
std::string compare(const Json& expected, const Json& actual, double tolerance, const std::string& where) {
  const auto differs = [&] { return where + " is " + actual.dump() + ", expected " + expected.dump(); };
  if (expected.is_number()) {
    if (!actual.is_number()) return differs();
    if (expected.is_number_integer() && actual.is_number_integer())
      return expected == actual ? "" : differs();
    const double difference = std::abs(expected.get<double>() - actual.get<double>());
    return difference <= tolerance ? "" : differs();  // NaN fails
  }
  if (expected.is_array()) {
    if (!actual.is_array() || actual.size() != expected.size()) return differs();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      std::string problem = compare(expected[i], actual[i], tolerance, where + "[" + std::to_string(i) + "]");
      if (!problem.empty()) return problem;
    }
    return {};
  }
  if (expected.is_object()) {
    if (!actual.is_object()) return differs();
    for (const auto& [name, value] : expected.items()) {
      if (!actual.contains(name)) return where + "." + name + " is missing";
      std::string problem = compare(value, actual.at(name), tolerance, where + "." + name);
      if (!problem.empty()) return problem;
    }
    return {};
  }
  return expected == actual ? "" : differs();
}

std::string runVector(const Json& vector, const std::string& schema, const Fields& fields) {
  const std::string kind = vector.at(fields.kind).get<std::string>();
  const auto found = kinds().find({schema, kind});
  if (found == kinds().end()) return "unknown kind";
  const VectorAnswer answer = found->second(vector.at(fields.in));
  const Json& expected = vector.at(fields.out);
  if (!expected.is_object() || expected.empty()) return "nothing is expected";
  const double tolerance = vector.at(fields.tolerance).get<double>();
  std::string problem = compare(expected, answer.out, tolerance, "out");
  if (problem.empty() && vector.contains("expected_grad"))
    problem = compare(vector.at("expected_grad").at("wrt"), answer.gradients, 1e-6, "gradient");
  return problem;
}

}  // namespace

RegisterKind::RegisterKind(const char* schema, const char* kind, VectorFunction function) {
  if (!kinds().emplace(Key{schema, kind}, std::move(function)).second)
    throw std::logic_error(std::string("golden kind registered twice: ") + kind);
}

VectorReport runDocument(const Json& document, const std::string& name) {
  VectorReport report;
  const std::string schema = document.is_object() ? document.value("schema", std::string()) : std::string();
  const Fields* fields = fieldsOf(schema);
  if (fields == nullptr || !document.contains("vectors") || !document["vectors"].is_array()) {
    report.failures.push_back(name + ": is no vector file of a known schema");
    return report;
  }
  for (const Json& vector : document["vectors"]) {
    ++report.run;
    std::string problem;
    try {
      problem = runVector(vector, schema, *fields);
    } catch (const std::exception& e) {
      problem = e.what();
    }
    if (!problem.empty())
      report.failures.push_back(name + ": " + vector.value("id", std::string("?")) + " (" +
                                vector.value(fields->kind, std::string("?")) + "): " + problem);
  }
  return report;
}

VectorReport runFolder(const fs::path& folder) {
  VectorReport report;
  if (!fs::is_directory(folder)) {
    report.failures.push_back(folder.string() + ": is no folder");
    return report;
  }
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    try {
      const VectorReport one = runDocument(Json::parse(readTextFile(file)), file.filename().string());
      report.run += one.run;
      report.failures.insert(report.failures.end(), one.failures.begin(), one.failures.end());
    } catch (const std::exception& e) {
      report.failures.push_back(file.string() + ": " + e.what());
    }
  }
  return report;
}

}  // namespace medlocker::golden
