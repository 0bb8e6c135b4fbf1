// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/model_file.h"

#include <torch/torch.h>

#include <set>
#include <sstream>

#include "core/common/error.h"
#include "core/common/files.h"
#include "core/models/architecture_state.h"

namespace medlocker::models {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMaxClasses = 10'000;
constexpr std::size_t kListed = 5;  // differences shown in a message

[[noreturn]] void reject(const std::string& reason) {
  throw Error(ErrorCode::InputRejected, reason);
}

const Json& field(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end()) reject(std::string("the field '") + name + "' is missing");
  return *found;
}

std::string textField(const Json& json, const char* name) {
  const Json& value = field(json, name);
  if (!value.is_string()) reject(std::string("the field '") + name + "' must be a text");
  return value.get<std::string>();
}

int intField(const Json& json, const char* name, int least, int most) {
  const Json& value = field(json, name);
  if (!value.is_number_integer() || value.get<std::int64_t>() < least || value.get<std::int64_t>() > most)
    reject(std::string("the field '") + name + "' must be a whole number from " + std::to_string(least) +
           " to " + std::to_string(most));
  return value.get<int>();
}

std::array<float, 3> threeNumbers(const Json& json, const char* name) {
  const Json& value = field(json, name);
  std::array<float, 3> numbers{};
  if (!value.is_array() || value.size() != 3)
    reject(std::string("the field '") + name + "' must be three numbers");
  for (std::size_t i = 0; i < 3; ++i) {
    if (!value[i].is_number()) reject(std::string("the field '") + name + "' must be three numbers");
    numbers[i] = value[i].get<float>();
  }
  return numbers;
}

std::string shapeText(at::IntArrayRef shape) {
  std::ostringstream text;
  text << shape;
  return text.str();
}

/// Collects differences and words them.
class Differences {
 public:
  void add(std::string_view kind, const std::string& what) {
    if (count_++ < kListed) text_ += (text_.empty() ? "" : ", ") + std::string(kind) + " " + what;
  }
  void throwIfAny() const {
    if (count_ == 0) return;
    std::string more;
    if (count_ > kListed) more = " and " + std::to_string(count_ - kListed) + " more";
    reject("the weights do not fit the architecture: " + text_ + more);
  }

 private:
  std::size_t count_ = 0;
  std::string text_;
};

}  // namespace

ModelFiles modelFiles(const fs::path& path) {
  if (path.extension() == ".safetensors") {
    fs::path description = path;
    return {path, description.replace_extension(".json")};
  }
  return {path / "model.safetensors", path / "model.json"};
}

std::vector<OptionIssue> validate(const ModelInfo& info) {
  std::vector<OptionIssue> issues;
  if (info.classes.size() < 2 || info.classes.size() > kMaxClasses)
    issues.push_back({"classes", "a classifier needs 2 to 10000 classes"});
  const std::set<std::string> distinct(info.classes.begin(), info.classes.end());
  if (distinct.size() != info.classes.size()) issues.push_back({"classes", "class names must differ"});
  if (info.inputSize < 1 || info.inputSize > 4096)
    issues.push_back({"input_size", "must lie between 1 and 4096"});
  for (std::size_t c = 0; c < 3; ++c) {
    if (!std::isfinite(info.mean[c])) issues.push_back({"mean", "must be finite"});
    if (!std::isfinite(info.stddev[c]) || info.stddev[c] <= 0)
      issues.push_back({"std", "must be finite and above 0"});
  }
  if (info.referableFrom < 0 || info.referableFrom > static_cast<int>(kMaxClasses))
    issues.push_back({"referable_from", "must be a class index"});
  return issues;
}

Json modelInfoToJson(const ModelInfo& info) {
  return Json{{"schema", kModelSchema},
              {"name", info.name},
              {"arch", info.arch},
              {"sha256", info.sha256},
              {"classes", info.classes},
              {"head", std::string(toString(info.head))},
              {"input_size", info.inputSize},
              {"profile", std::string(data::toString(info.profile))},
              {"mean", info.mean},
              {"std", info.stddev},
              {"referable_from", info.referableFrom},
              {"training", info.training}};
}

ModelInfo modelInfoFromJson(const Json& json) {
  if (!json.is_object()) reject("a model description is a JSON object");
  const std::string schema = textField(json, "schema");
  if (schema != kModelSchema)
    reject("the schema is '" + schema + "', this version reads '" + kModelSchema + "'");
  static const std::set<std::string> known = {"schema",         "name",       "arch",    "sha256", "classes",
                                              "head",           "input_size", "profile", "mean",   "std",
                                              "referable_from", "training",   "network"};
  for (const auto& [name, value] : json.items())
    if (!known.contains(name)) reject("unknown field '" + name + "'");
  ModelInfo info;
  info.name = textField(json, "name");
  info.arch = textField(json, "arch");
  info.sha256 = textField(json, "sha256");
  try {
    digestFromHex(info.sha256);
  } catch (const Error&) {
    reject("the field 'sha256' must be 64 lower-case hexadecimal digits");
  }
  const Json& classes = field(json, "classes");
  if (!classes.is_array()) reject("the field 'classes' must be a list of texts");
  for (const Json& name : classes) {
    if (!name.is_string()) reject("the field 'classes' must be a list of texts");
    info.classes.push_back(name.get<std::string>());
  }
  try {
    info.head = parseHeadType(textField(json, "head"));
    info.profile = data::parsePreprocessProfile(textField(json, "profile"));
  } catch (const Error& e) {
    reject(e.message());
  }
  info.inputSize = intField(json, "input_size", 1, 4096);
  info.mean = threeNumbers(json, "mean");
  info.stddev = threeNumbers(json, "std");
  info.referableFrom = intField(json, "referable_from", 0, static_cast<int>(kMaxClasses));
  info.training = field(json, "training");
  if (!info.training.is_object() && !info.training.is_null())
    reject("the field 'training' must be an object or null");
  for (const OptionIssue& issue : validate(info))
    reject("the field '" + issue.field + "' is not valid: " + issue.message);
  return info;
}

ModelInfo readModelInfo(const fs::path& file) {
  try {
    return modelInfoFromJson(parseJsonStrictly(readTextFile(file)));
  } catch (const Error& e) {
    throw e.withContext(file.string());
  }
}

void loadStateDict(Network& network, const TensorMap& tensors) {
  torch::NoGradGuard guard;
  const auto state = stateDict(network);
  Differences differences;
  std::set<std::string> wanted;
  for (const auto& [name, target] : state) {
    wanted.insert(name);
    const auto found = tensors.find(name);
    if (found == tensors.end()) {
      if (!name.ends_with("num_batches_tracked")) differences.add("missing", name);
    } else if (found->second.sizes() != target.sizes()) {
      differences.add("shape of", name + " is " + shapeText(found->second.sizes()) + " instead of " +
                                      shapeText(target.sizes()));
    } else if (found->second.is_floating_point() != target.is_floating_point()) {
      differences.add("wrong number type of", name);
    }
  }
  for (const auto& [name, tensor] : tensors)
    if (!wanted.contains(name)) differences.add("unexpected", name);
  differences.throwIfAny();
  for (const auto& [name, target] : state) {
    const auto found = tensors.find(name);
    if (found == tensors.end())
      target.zero_();
    else
      target.copy_(found->second);
    if (target.is_floating_point() && !torch::isfinite(target).all().item<bool>())
      reject("the weights hold a value that is not a finite number in " + name);
  }
}

ModelInfo saveModel(const fs::path& folder, const Network& network, ModelInfo info) {
  if (info.arch.empty()) info.arch = network.arch();
  throwIfInvalid(validate(info));
  TensorMap tensors;
  for (const auto& [name, tensor] : stateDict(network)) tensors.emplace(name, tensor);
  const Bytes weights = serialiseSafetensors(tensors, {{"format", "pt"}});
  info.sha256 = toHex(sha256(weights));
  Json json = modelInfoToJson(info);
  if (const auto* state = dynamic_cast<const ArchitectureState*>(&network))
    json["network"] = state->architectureState();
  const std::string description = json.dump(2) + "\n";
  const ModelFiles files = modelFiles(folder);
  // A crash between the two leaves a pair whose SHA-256 disagrees, which loading refuses.
  writeFileAtomically(files.weights, weights);
  writeFileAtomically(files.description, description);
  return info;
}

std::shared_ptr<Network> loadNetwork(const fs::path& path, ModelInfo& info) {
  const ModelFiles files = modelFiles(path);
  if (!fs::exists(files.weights))
    throw Error(ErrorCode::NotFound, "there is no model here (model.safetensors with model.json)",
                path.string());
  if (!fs::exists(files.description))
    throw Error(ErrorCode::NotFound,
                "its description " + files.description.filename().string() +
                    " is missing; import foreign weights with 'medlocker import'",
                files.weights.string());
  ModelInfo read = readModelInfo(files.description);
  const Json description = parseJsonStrictly(readTextFile(files.description));
  Digest digest{};
  const Safetensors content = readSafetensors(files.weights, &digest);
  if (toHex(digest) != read.sha256)
    throw Error(ErrorCode::InputRejected,
                "the weights are not those that " + files.description.filename().string() +
                    " describes (SHA-256 differs)",
                files.weights.string());
  std::shared_ptr<Network> network;
  try {
    network =
        makeNetwork(read.arch, {.outputs = read.outputs(), .inputSize = read.inputSize, .initialise = false});
    if (auto* state = dynamic_cast<ArchitectureState*>(network.get()))
      state->setArchitectureState(description.value("network", Json()));
    else if (description.contains("network"))
      reject("the field 'network' does not belong to a " + read.arch);
  } catch (const Error& e) {
    throw Error(ErrorCode::InputRejected, e.message(), files.description.string());
  }
  try {
    loadStateDict(*network, content.tensors);
  } catch (const Error& e) {
    throw e.withContext(files.weights.string());
  }
  network->setNormalisation(read.mean, read.stddev);
  info = std::move(read);
  return network;
}

}  // namespace medlocker::models
