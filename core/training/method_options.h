// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/training/method_preset.h"
#include "core/training/methods/absld.h"
#include "core/training/methods/adaad.h"
#include "core/training/methods/ard.h"
#include "core/training/methods/aw_net.h"
#include "core/training/methods/bat.h"
#include "core/training/methods/cfa.h"
#include "core/training/methods/dafa.h"
#include "core/training/methods/frl.h"
#include "core/training/methods/iad.h"
#include "core/training/methods/mart.h"
#include "core/training/methods/mtard.h"
#include "core/training/methods/pgd_at.h"
#include "core/training/methods/rslad.h"
#include "core/training/methods/standard.h"
#include "core/training/methods/trades.h"
#include "core/training/methods/wat.h"

namespace medlocker::training {

/// The registry of training methods: adding one is a file pair in methods/ and one line here. Every member
/// has kName, kDescription, validate(), describe() and make(); all but the standard method also preset() and
/// kTeachers or teachers().
using MethodOptions = std::variant<   //
    StandardOptions,                  //
    PgdAtOptions,                     //
    FgsmRsOptions,                    //
    TradesOptions,                    //
    MartOptions,                      //
    ArdOptions,                       //
    IadTrainingOptions,               //
    RsladOptions,                     //
    AdaAdOptions,                     //
    AbsldOptions,                     //
    MtardOptions,                     //
    BMtardOptions,                    //
    FrlOptions,                       //
    BatOptions,                       //
    CfaOptions,                       //
    WatOptions,                       //
    DafaOptions,                      //
    FairVariant<ArdOptions>,          //
    FairVariant<IadTrainingOptions>,  //
    FairVariant<RsladOptions>,        //
    FairVariant<MtardOptions>,        //
    AwNetOptions>;

struct MethodInfo {
  std::string name;
  std::string description;
};
/// In the order in which they are listed to users.
std::vector<MethodInfo> trainingMethods();

std::string_view methodName(const MethodOptions& options);
/// Throws Error(InvalidArgument) for an unknown name, listing the known ones.
MethodOptions defaultMethodOptions(std::string_view name);
std::vector<OptionIssue> validate(const MethodOptions& options);
std::unique_ptr<TrainingMethod> makeMethod(const MethodOptions& options);
/// The published recipe; empty for the method standard.
std::optional<MethodPreset> methodPreset(const MethodOptions& options);
MethodTeachers teachersOf(const MethodOptions& options);

/// {"name": …, fields of the method}.
void to_json(Json& json, const MethodOptions& options);
void from_json(const Json& json, MethodOptions& options);

}  // namespace medlocker::training
