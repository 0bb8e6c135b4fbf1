// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/common/json.h"
#include "core/pipelines/train_model.h"

namespace medlocker::pipelines {

struct TrainingMethodSummary {
  std::string name;
  std::string description;
  bool robustTeacher = false;  ///< learns from --teacher
  bool cleanTeacher = false;   ///< learns from --clean-teacher
  Json options;                ///< fields with their defaults; nested ones are objects
};
/// In the order in which they are listed to users.
std::vector<TrainingMethodSummary> listTrainingMethods();

/// One option of one or more methods.
struct MethodField {
  std::string path;  ///< within the method's options: "attack.epsilon"
  struct Default {
    std::string method;
    Json value;  ///< null: absent unless given
  };
  std::vector<Default> defaults;  ///< of every method that has it
};
/// All options of all methods, sorted by path; what the command line's flags are generated from.
std::vector<MethodField> trainingMethodFields();

/// Sets one option of the chosen method from text; numbers may be fractions ("8/255"). Throws
/// Error(InvalidArgument) where the method has no such option or the text does not fit.
void setMethodField(Json& method, const std::string& path, const std::string& text);

/// Options of a run with the named method and its published recipe: optimiser, schedule, batch size and,
/// where `epochs` is 0, run length. Throws Error(InvalidArgument) for an unknown method.
TrainOptions recipeOptions(const std::string& method, int epochs = 0);

}  // namespace medlocker::pipelines
