// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/training_methods.h"

#include <charconv>
#include <map>

#include "core/common/error.h"

namespace medlocker::pipelines {
namespace {

Json optionsOf(const std::string& method) {
  Json json = training::defaultMethodOptions(method);
  json.erase("name");
  return json;
}

/// Calls visit(path, value) for every field that is not itself an object.
template <typename Visit>
void forEachField(const Json& json, const std::string& prefix, const Visit& visit) {
  for (const auto& item : json.items()) {
    const std::string path = prefix.empty() ? item.key() : prefix + "." + item.key();
    if (item.value().is_object())
      forEachField(item.value(), path, visit);
    else
      visit(path, item.value());
  }
}

double numberFrom(std::string_view text, const std::string& field) {
  const auto part = [&](std::string_view digits) {
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size())
      throw Error(ErrorCode::InvalidArgument, "is a number or a fraction such as 8/255", field);
    return value;
  };
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return part(text);
  const double divisor = part(text.substr(slash + 1));
  if (divisor == 0) throw Error(ErrorCode::InvalidArgument, "divides by zero", field);
  return part(text.substr(0, slash)) / divisor;
}

Json valueFrom(const std::string& text, const Json& like, const std::string& field) {
  if (like.is_string()) return text;
  if (like.is_boolean()) {
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
    throw Error(ErrorCode::InvalidArgument, "is true or false", field);
  }
  const double number = numberFrom(text, field);
  // An absent default may belong to an integer or a real option; whole numbers fit both.
  if (like.is_number_integer() || (like.is_null() && number == static_cast<std::int64_t>(number)))
    return static_cast<std::int64_t>(number);
  return number;
}

}  // namespace

std::vector<TrainingMethodSummary> listTrainingMethods() {
  std::vector<TrainingMethodSummary> methods;
  for (const training::MethodInfo& info : training::trainingMethods()) {
    const training::MethodTeachers teachers = training::teachersOf(training::defaultMethodOptions(info.name));
    methods.push_back({info.name, info.description, teachers.robust, teachers.clean, optionsOf(info.name)});
  }
  return methods;
}

std::vector<MethodField> trainingMethodFields() {
  std::map<std::string, MethodField> fields;
  for (const training::MethodInfo& info : training::trainingMethods())
    forEachField(optionsOf(info.name), {}, [&](const std::string& path, const Json& value) {
      MethodField& field = fields[path];
      field.path = path;
      field.defaults.push_back({info.name, value});
    });
  std::vector<MethodField> list;
  for (auto& [path, field] : fields) list.push_back(std::move(field));
  return list;
}

void setMethodField(Json& method, const std::string& path, const std::string& text) {
  Json* place = &method;
  std::size_t begin = 0;
  for (bool last = false; !last;) {
    const std::size_t dot = path.find('.', begin);
    last = dot == std::string::npos;
    const std::string name = path.substr(begin, last ? std::string::npos : dot - begin);
    const auto found = place->is_object() ? place->find(name) : place->end();
    if (!place->is_object() || found == place->end())
      throw Error(ErrorCode::InvalidArgument,
                  "is no option of the method " + method.value("name", std::string("?")), path);
    place = &*found;
    begin = dot + 1;
  }
  *place = valueFrom(text, *place, path);
}

TrainOptions recipeOptions(const std::string& method, int epochs) {
  TrainOptions options;
  options.trainer.method = training::defaultMethodOptions(method);
  training::applyPreset(options.trainer, epochs);
  return options;
}

}  // namespace medlocker::pipelines
