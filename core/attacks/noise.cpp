// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/attacks/noise.h"

#include <torch/torch.h>

#include <cmath>

#include "core/common/error.h"
#include "core/common/little_endian.h"

namespace medlocker::attacks {
namespace {

template <typename Draw>
at::Tensor fill(Streams& streams, const at::Tensor& like, Draw draw) {
  if (static_cast<std::int64_t>(streams.size()) != like.size(0))
    throw Error(ErrorCode::Internal, "there must be one random stream for each row");
  at::Tensor out = torch::empty(like.sizes(), torch::kFloat32);
  auto* values = out.data_ptr<float>();
  const std::int64_t perRow = like.size(0) == 0 ? 0 : out.numel() / like.size(0);
  for (std::size_t i = 0; i < streams.size(); ++i)
    for (std::int64_t j = 0; j < perRow; ++j)
      values[static_cast<std::int64_t>(i) * perRow + j] = draw(streams[i]);
  return out.to(like.options().requires_grad(false));
}

}  // namespace

RandomStream sampleStream(std::uint64_t seed, std::string_view attackId, int restart, std::int64_t sample) {
  const auto seedBytes = littleEndian(seed);
  const auto restartBytes = littleEndian(static_cast<std::uint64_t>(restart));
  const auto sampleBytes = littleEndian(static_cast<std::uint64_t>(sample));
  return RandomStream::derive({asBytes("attack"), seedBytes, asBytes(attackId), restartBytes, sampleBytes});
}

Streams sampleStreams(std::uint64_t seed, std::string_view attackId, int restart,
                      const std::vector<std::int64_t>& samples) {
  Streams streams;
  streams.reserve(samples.size());
  for (const std::int64_t sample : samples) streams.push_back(sampleStream(seed, attackId, restart, sample));
  return streams;
}

at::Tensor uniformNoise(Streams& streams, const at::Tensor& like, double low, double high) {
  return fill(streams, like,
              [low, high](RandomStream& stream) { return static_cast<float>(stream.uniform(low, high)); });
}

at::Tensor normalNoise(Streams& streams, const at::Tensor& like) {
  return fill(streams, like, [](RandomStream& stream) { return static_cast<float>(stream.normal()); });
}

at::Tensor ballNoise(Streams& streams, const at::Tensor& like, Norm norm) {
  if (norm == Norm::Linf) return uniformNoise(streams, like, -1.0, 1.0);
  // A direction is uniform on the sphere; the radius of a uniform point of a d-ball is U^(1/d).
  const at::Tensor direction = normalNoise(streams, like);
  const double dimension = like.size(0) == 0 ? 1.0 : static_cast<double>(like.numel() / like.size(0));
  std::vector<double> radii;
  radii.reserve(streams.size());
  for (RandomStream& stream : streams) radii.push_back(std::pow(stream.uniform(), 1.0 / dimension));
  const PerSample radius(torch::tensor(radii, torch::kFloat64));
  return direction / normL2(direction).clamp_min(1e-12) * radius.like(like);
}

at::Tensor startPoint(Start start, Norm norm, const at::Tensor& clean, const PerSample& epsilon,
                      Streams& streams) {
  switch (start) {
    case Start::None:
      return clean;
    case Start::Uniform:
      return project(norm, clean, clean + epsilon.like(clean) * ballNoise(streams, clean, norm), epsilon);
    case Start::Gaussian:
      return clean + 0.001 * normalNoise(streams, clean);
  }
  return clean;
}

}  // namespace medlocker::attacks
