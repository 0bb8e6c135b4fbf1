// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/router_report.h"

#include <torch/torch.h>

#include <algorithm>

#include "core/audit/aw_net_evaluation.h"
#include "core/common/files.h"
#include "core/training/batch_loader.h"

namespace medlocker::pipelines {

std::optional<RouterReport> reportRouter(const std::filesystem::path& run,
                                         const training::LabelledItems& part, const std::string& partName,
                                         int images, int batchSize, DeviceKind device, std::uint64_t seed,
                                         const std::vector<models::ClassifierPtr>& sources,
                                         const RunContext& context, bool& stopped) {
  stopped = false;
  models::ModelInfo info;
  const auto network = models::loadNetwork(run, info);
  auto* net = dynamic_cast<models::AwNet*>(network.get());
  if (net == nullptr || part.items.empty()) return std::nullopt;
  const bool cuda = device == DeviceKind::Cuda;
  if (cuda) network->to(torch::Device(torch::kCUDA));
  network->eval();
  for (auto& parameter : network->parameters()) parameter.set_requires_grad(false);

  std::vector<training::LoadItem> list;
  const std::size_t count = part.items.size();
  const std::size_t wanted = images > 0 ? std::min(count, static_cast<std::size_t>(images)) : count;
  for (std::size_t i = 0; i < wanted; ++i)
    list.push_back({part.items[i * count / wanted], part.labels[i * count / wanted], 0, 0});
  training::LoaderOptions loading;
  loading.batchSize = batchSize;
  loading.inputSize = info.inputSize;
  training::BatchLoader loader(part.cache, std::move(list), loading);
  const auto batches = [&](const audit::LabelledBatchVisitor& visit) {
    training::Batch batch;
    while (loader.next(batch)) {
      if (context.stopRequested()) return false;
      const at::Tensor x = batch.images.contiguous();
      visit(cuda ? x.to(torch::kCUDA) : x, cuda ? batch.labels.to(torch::kCUDA) : batch.labels,
            batch.cacheItems);
    }
    return true;
  };
  audit::AwEvaluationOptions options;
  options.seed = seed;
  options.transferSources = sources;
  const auto evaluation =
      audit::evaluateAwNet(*net, static_cast<int>(info.classes.size()), batches, options, context);
  if (!evaluation) {
    stopped = true;
    return std::nullopt;
  }
  RouterReport report{evaluation->toJson(), evaluation->briefReport()};
  report.json["part"] = partName;
  report.json["model"] = info.sha256;
  report.json["epsilon"] = options.threat.epsilon;
  report.json["evasion_steps"] = options.evasionSteps;
  report.json["black_box_queries"] = options.blackBoxQueries;
  Json names = Json::array();
  for (const models::ClassifierPtr& source : sources)
    names.push_back({{"name", source->info().name}, {"sha256", source->info().sha256}});
  report.json["transfer_sources"] = std::move(names);
  writeFileAtomically(run / "aw_net.json", report.json.dump(2) + "\n");
  return report;
}

}  // namespace medlocker::pipelines
