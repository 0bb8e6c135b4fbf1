// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <torch/torch.h>

#include <cmath>
#include <numbers>

#include "core/attacks/defences/pixel_defences.h"
#include "core/attacks/defences/random_defences.h"
#include "core/attacks/defences/smoothing.h"
#include "tests/golden/json_tensor.h"
#include "tests/golden/vector_runner.h"

namespace medlocker::golden {
namespace {

using namespace attacks;

const RegisterKind kBits(kAttackVectors, "defence.bit_reduce", [](const Json& in) -> VectorAnswer {
  const at::Tensor x = toTensor(in.at("x"));
  return {{{"out", toJson(in.at("mode") == "threshold" ? reduceByThresholds(x, in.at("levels").get<int>())
                                                       : reduceByRounding(x, in.at("bits").get<int>()))}}};
});

const RegisterKind kJpeg(kAttackVectors, "defence.jpeg_table", [](const Json& in) -> VectorAnswer {
  const auto table = jpegLuminanceTable(in.at("quality").get<int>());
  const auto row = [&table](std::ptrdiff_t index) {
    return std::vector<int>(table.begin() + 8 * index, table.begin() + 8 * (index + 1));
  };
  return {{{"row0", row(0)}, {"row7", row(7)}}};
});

const RegisterKind kDistil(kAttackVectors, "defence.fd_block", [](const Json& in) -> VectorAnswer {
  const double base = in.at("base").get<double>(), amplitude = in.at("amp").get<double>();
  const double u = in.at("u").get<double>(), v = in.at("v").get<double>();
  at::Tensor block = torch::empty({8, 8}, torch::kFloat64);
  for (int row = 0; row < 8; ++row)
    for (int column = 0; column < 8; ++column)
      block[row][column] = base + amplitude * std::cos((2 * column + 1) * u * std::numbers::pi / 16) *
                                      std::cos((2 * row + 1) * v * std::numbers::pi / 16);
  const at::Tensor out = distilBlocks(block);
  return {{{"in00", block[0][0].item<double>()},
           {"out00", out[0][0].item<double>()},
           {"out07", out[0][7].item<double>()},
           {"out77", out[7][7].item<double>()},
           {"max_abs_change", (out - block).abs().max().item<double>()}}};
});

// The solver itself, run until nothing moves, must give the closed form of two pixels.
const RegisterKind kTotalVariation(kAttackVectors, "defence.tv_pair", [](const Json& in) -> VectorAnswer {
  const at::Tensor x = toTensor(in.at("x")).view({1, 1, 1, 2});
  const at::Tensor z = minimiseTotalVariation(x, torch::ones_like(x), in.at("lambda").get<double>(), 2000, 0);
  return {{{"z", toJson(z.flatten())}}};
});

const RegisterKind kPredict(kAttackVectors, "rs.predict", [](const Json& in) -> VectorAnswer {
  const std::vector<std::int64_t> counts{in.at("count1").get<std::int64_t>(),
                                         in.at("count2").get<std::int64_t>()};
  const SmoothedPrediction prediction = predictFromCounts(counts, in.at("alpha").get<double>());
  return {{{"p_value", prediction.pValue}, {"abstain", prediction.abstain}}};
});

const RegisterKind kCertify(kAttackVectors, "rs.certify", [](const Json& in) -> VectorAnswer {
  const SmoothedCertificate certificate =
      certifyCount(0, in.at("n_top").get<std::int64_t>(), in.at("n").get<std::int64_t>(),
                   in.at("alpha").get<double>(), in.at("sigma").get<double>());
  return {{{"p_lower", certificate.lower}, {"abstain", certificate.abstain}, {"radius", certificate.radius}}};
});

}  // namespace
}  // namespace medlocker::golden
