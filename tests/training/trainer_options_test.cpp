// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/trainer_options.h"

#include <gtest/gtest.h>

namespace medlocker::training {
namespace {

TEST(TrainerOptions, DefaultsAreValid) {
  EXPECT_TRUE(TrainerOptions{}.validate().empty());
}

TEST(TrainerOptions, InvalidOnesNameTheirField) {
  TrainerOptions options;
  options.epochs = 0;
  options.batchSize = 1;
  options.emaDecay = 1;
  options.method = StandardOptions{.labelSmoothing = 1.5};
  options.schedule.gamma = 0;
  std::vector<std::string> fields;
  for (const OptionIssue& issue : options.validate()) fields.push_back(issue.field);
  EXPECT_EQ(fields, (std::vector<std::string>{"epochs", "batch_size", "ema_decay", "method.label_smoothing",
                                              "schedule.gamma"}));
}

TEST(TrainerOptions, JsonRoundTrip) {
  TrainerOptions options;
  options.epochs = 7;
  options.balance = ClassBalance::Weights;
  options.augment = augmentPreset("cifar");
  options.optimiser.kind = OptimiserKind::Sgd;
  options.optimiser.learningRate = 0.1 / 3;
  options.schedule.kind = ScheduleKind::Step;
  options.schedule.milestones = {2, 5};
  options.precision = Precision::Bfloat16;
  options.select = SelectionCriterion::Kappa;
  options.seed = 0xFFFF'FFFF'FFFF'FFFFULL;
  options.method = StandardOptions{.labelSmoothing = 0.2};
  const Json json = toJsonFields(options);
  EXPECT_EQ(json.at("method").at("name"), "standard");
  EXPECT_EQ(json.at("optimiser").at("kind"), "sgd");
  TrainerOptions again;
  fromJsonFields(Json::parse(json.dump()), again);
  EXPECT_EQ(toJsonFields(again), json);
  EXPECT_EQ(again.seed, options.seed);
  EXPECT_EQ(again.optimiser.learningRate, options.optimiser.learningRate);
}

TEST(TrainerOptions, ReadingIsStrictAndNamesTheField) {
  const auto message = [](const char* text) -> std::string {
    TrainerOptions options;
    try {
      fromJsonFields(Json::parse(text), options);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message(R"({"epochz": 3})").find("epochz"), std::string::npos);
  EXPECT_NE(message(R"({"epochs": "3"})").find("epochs"), std::string::npos);
  EXPECT_NE(message(R"({"epochs": 3.5})").find("epochs"), std::string::npos);
  EXPECT_NE(message(R"({"epochs": 99999999999})").find("epochs"), std::string::npos);
  EXPECT_NE(message(R"({"seed": -1})").find("seed"), std::string::npos);
  EXPECT_NE(message(R"({"optimiser": {"kind": "lion"}})").find("lion"), std::string::npos);
  EXPECT_NE(message(R"({"optimiser": {"rate": 1}})").find("optimiser.rate"), std::string::npos);
  EXPECT_NE(message(R"({"method": {"name": "magic"}})").find("magic"), std::string::npos);
  EXPECT_NE(message(R"({"method": {"name": "standard", "beta": 6}})").find("method.beta"), std::string::npos);
  EXPECT_EQ(message(R"({"epochs": 3})"), "");
}

TEST(TrainingMethods, AreListedByName) {
  const auto methods = trainingMethods();
  ASSERT_FALSE(methods.empty());
  EXPECT_EQ(methods.front().name, "standard");
  for (const MethodInfo& method : methods) {
    EXPECT_EQ(methodName(defaultMethodOptions(method.name)), method.name);
    EXPECT_TRUE(validate(defaultMethodOptions(method.name)).empty()) << method.name;
  }
}

}  // namespace
}  // namespace medlocker::training
