// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/transfer/transfer_options.h"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace medlocker::attacks {
namespace {

void replaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

std::vector<std::string> partsOf(std::string_view name) {
  std::string text;
  for (const char c : name) text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  replaceAll(text, "random-mask", "randommask");
  replaceAll(text, "-fgsm", "");
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == '+' || c == '-')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

void useMomentum(TransferOptions& options) {
  if (!options.momentum) options.momentum = 1.0;
}

bool applyPart(const std::string& part, TransferOptions& options) {
  if (part == "i" || part == "ifgsm" || part == "bim") return true;  // the bare loop
  if (part == "mi") {
    useMomentum(options);
  } else if (part == "ni") {
    useMomentum(options);
    options.lookAhead = true;
  } else if (part == "di") {
    options.diversity.emplace();
  } else if (part == "ti") {
    options.translation.emplace();
  } else if (part == "si") {
    options.scale.emplace();
  } else if (part == "dt") {
    options.diversity.emplace();
    options.translation.emplace();
  } else if (part == "dts") {
    useMomentum(options);
    options.diversity.emplace();
    options.translation.emplace();
    options.scale.emplace();
  } else if (part == "admix") {
    useMomentum(options);
    options.admix.emplace();
  } else if (part == "vt") {
    options.variance.emplace();
  } else if (part == "vmi" || part == "vni") {
    useMomentum(options);
    options.variance.emplace();
    if (part == "vni") options.lookAhead = true;
  } else if (part == "pgn") {
    useMomentum(options);
    options.flatness.emplace();
  } else if (part == "lpm") {
    options.masks = MaskKind::Learned;
  } else if (part == "randommask") {
    options.masks = MaskKind::Random;
  } else if (part == "ens") {
    options.ensemble = true;
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::string_view toString(KernelShape shape) {
  switch (shape) {
    case KernelShape::Gaussian:
      return "gaussian";
    case KernelShape::Uniform:
      return "uniform";
    case KernelShape::Linear:
      return "linear";
  }
  return "gaussian";
}

KernelShape parseKernelShape(std::string_view name) {
  for (const KernelShape shape : {KernelShape::Gaussian, KernelShape::Uniform, KernelShape::Linear})
    if (toString(shape) == name) return shape;
  throw Error(ErrorCode::InvalidArgument,
              "a kernel is one of gaussian, uniform, linear; not '" + std::string(name) + "'");
}

std::string_view toString(MaskKind kind) {
  switch (kind) {
    case MaskKind::None:
      return "none";
    case MaskKind::Learned:
      return "learned";
    case MaskKind::Random:
      return "random";
  }
  return "none";
}

std::string_view toString(Fusion fusion) {
  switch (fusion) {
    case Fusion::Logits:
      return "logits";
    case Fusion::Loss:
      return "loss";
    case Fusion::Probability:
      return "prob";
  }
  return "logits";
}

Fusion parseFusion(std::string_view name) {
  for (const Fusion fusion : {Fusion::Logits, Fusion::Loss, Fusion::Probability})
    if (toString(fusion) == name) return fusion;
  throw Error(ErrorCode::InvalidArgument,
              "a fusion is one of logits, loss, prob; not '" + std::string(name) + "'");
}

std::vector<OptionIssue> TransferOptions::validate() const {
  std::vector<OptionIssue> issues;
  const auto within = [&issues](const char* field, double value, double low, double high) {
    if (!(value >= low && value <= high))
      issues.push_back({field, "must lie in " + Json(low).dump() + ".." + Json(high).dump()});
  };
  within("epsilon", epsilon, 0, 1);
  within("steps", steps, 1, 10'000);
  within("step_size", stepSize, 0, 1);
  if (momentum) within("momentum", *momentum, 0, 10);
  if (lookAhead && !momentum) issues.push_back({"look_ahead", "needs momentum"});
  if (diversity) {
    within("diversity.probability", diversity->probability, 0, 1);
    within("diversity.rate", diversity->rate, 1, 4);
  }
  if (translation) {
    within("translation.size", translation->size, 0, 101);
    if (translation->size != 0 && translation->size % 2 == 0)
      issues.push_back({"translation.size", "must be odd"});
  }
  if (scale) within("scale.copies", scale->copies, 1, 30);
  if (admix) {
    within("admix.copies", admix->copies, 1, 30);
    within("admix.images", admix->images, 0, 100);
    within("admix.strength", admix->strength, 0, 1);
    if (scale) issues.push_back({"admix", "contains the scaled copies of si already; use one of the two"});
  }
  if (variance) {
    within("variance.neighbours", variance->neighbours, 0, 1000);
    within("variance.radius", variance->radius, 0, 100);
  }
  if (flatness) {
    within("flatness.neighbours", flatness->neighbours, 0, 1000);
    within("flatness.radius", flatness->radius, 0, 100);
    within("flatness.balance", flatness->balance, 0, 1);
    if (variance)
      issues.push_back({"flatness", "and variance tuning both choose neighbours; use one of them"});
  }
  return issues;
}

Json TransferOptions::toJson() const {
  Json json = {{"name", transferAttackName(*this)},
               {"epsilon", epsilon},
               {"steps", steps},
               {"step_size", step()},
               {"momentum", momentum ? Json(*momentum) : Json(nullptr)},
               {"look_ahead", lookAhead},
               {"masks", toString(masks)},
               {"ensemble", ensemble},
               {"fusion", toString(fusion)},
               {"targeted", targeted}};
  if (diversity)
    json["diversity"] = {{"probability", diversity->probability},
                         {"rate", diversity->rate},
                         {"resize_back", diversity->resizeBack}};
  if (translation)
    json["translation"] = {{"kernel", toString(translation->shape)}, {"size", translation->size}};
  if (scale) json["scale"] = {{"copies", scale->copies}};
  if (admix)
    json["admix"] = {{"copies", admix->copies}, {"images", admix->images}, {"strength", admix->strength}};
  if (variance) json["variance"] = {{"neighbours", variance->neighbours}, {"radius", variance->radius}};
  if (flatness)
    json["flatness"] = {
        {"neighbours", flatness->neighbours}, {"radius", flatness->radius}, {"balance", flatness->balance}};
  return json;
}

int kernelSizeFor(const TransferOptions& options, int side) {
  if (!options.translation) return 1;
  if (options.translation->size > 0) return options.translation->size;
  if (side <= 48) return 3;
  if (side <= 128) return 5;
  return options.diversity || options.scale || options.admix || options.variance ? 7 : 15;
}

std::optional<TransferOptions> findTransferAttack(std::string_view name) {
  TransferOptions options;
  for (const std::string& part : partsOf(name))
    if (!applyPart(part, options)) return std::nullopt;
  if (options.diversity && options.translation) options.diversity->probability = 0.7;
  throwIfInvalid(options.validate());
  return options;
}

TransferOptions parseTransferAttack(std::string_view name) {
  if (const auto options = findTransferAttack(name)) return *options;
  throw Error(
      ErrorCode::InvalidArgument,
      "is no transfer attack; known are mi ni di ti si admix vt vmi vni pgn dts, joined by '+', after lpm, "
      "random-mask or ens",
      std::string(name));
}

std::string transferAttackName(const TransferOptions& options) {
  std::vector<std::string> parts;
  if (options.ensemble) parts.emplace_back("ens");
  if (options.masks == MaskKind::Learned) parts.emplace_back("lpm");
  if (options.masks == MaskKind::Random) parts.emplace_back("random-mask");
  const bool implied = options.admix || options.flatness;  // these two bring the momentum along
  if (options.lookAhead)
    parts.emplace_back("ni");
  else if (options.momentum && !implied)
    parts.emplace_back("mi");
  if (options.admix) parts.emplace_back("admix");
  if (options.diversity) parts.emplace_back("di");
  if (options.translation) parts.emplace_back("ti");
  if (options.scale) parts.emplace_back("si");
  if (options.variance) parts.emplace_back("vt");
  if (options.flatness) parts.emplace_back("pgn");
  if (parts.empty() || (parts.size() == 1 && (options.ensemble || options.masks != MaskKind::None)))
    parts.emplace_back("i");
  std::string name;
  for (const std::string& part : parts) name += (name.empty() ? "" : "+") + part;
  return name;
}

}  // namespace medlocker::attacks
