// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/process_group.h"

#include <torch/torch.h>

#ifdef MEDLOCKER_WITH_GLOO
// LibTorch exports its Gloo backend, but ships the header without Gloo's own, which come from the system.
// Only pointers to Gloo's types are passed on, so their version does not matter.
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#endif

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <string>

#include "core/common/error.h"

namespace medlocker::training {
namespace {

/// Long enough for one process to validate or decode what the others have done already.
constexpr std::chrono::minutes kTimeout{30};

std::string variable(const char* name, const char* fallback = nullptr) {
  const char* value = std::getenv(name);
  if (value != nullptr && *value != '\0') return value;
  if (fallback != nullptr) return fallback;
  throw Error(ErrorCode::InvalidArgument,
              std::string("training with several processes needs the environment variable ") + name, name);
}

int numberOf(const char* name, int least, int most, const char* fallback = nullptr) {
  const std::string text = variable(name, fallback);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most)
    throw Error(
        ErrorCode::InvalidArgument,
        "must be a number in " + std::to_string(least) + ".." + std::to_string(most) + ", not '" + text + "'",
        name);
  return value;
}

#ifdef MEDLOCKER_WITH_GLOO
class GlooGroup : public ProcessGroup {
 public:
  GlooGroup(int rank, int size, const std::string& address, int port) : ProcessGroup(rank, size) {
    try {
      c10d::TCPStoreOptions options;
      options.port = static_cast<std::uint16_t>(port);
      // torchrun keeps the store itself and says so.
      const char* kept = std::getenv("TORCHELASTIC_USE_AGENT_STORE");
      options.isServer = rank == 0 && (kept == nullptr || std::string(kept) != "True");
      options.numWorkers = static_cast<std::size_t>(size);
      options.timeout = kTimeout;
      options.multiTenant = true;
      auto store = c10::make_intrusive<c10d::PrefixStore>(
          "medlocker", c10::make_intrusive<c10d::TCPStore>(address, options));
      auto settings = c10d::ProcessGroupGloo::Options::create_default(kTimeout);
      settings->devices.push_back(address == "localhost" || address == "127.0.0.1"
                                      ? c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1")
                                      : c10d::ProcessGroupGloo::createDefaultDevice());
      gloo_ = c10::make_intrusive<c10d::ProcessGroupGloo>(store, rank, size, settings);
    } catch (const std::exception& error) {
      throw Error(ErrorCode::Io,
                  "the processes of this training cannot reach one another: " + std::string(error.what()),
                  address + ":" + std::to_string(port));
    }
  }

 protected:
  void allReduce(at::Tensor& tensor) const override {
    std::vector<at::Tensor> tensors{tensor};
    try {
      gloo_->allreduce(tensors)->wait();
    } catch (const std::exception& error) {
      throw Error(ErrorCode::Io, "another process of this training has ended or cannot be reached: " +
                                     std::string(error.what()));
    }
  }

 private:
  c10::intrusive_ptr<c10d::Backend> gloo_;
};
#endif

std::shared_ptr<ProcessGroup> makeGroup() {
  const int size = numberOf("WORLD_SIZE", 1, 4096, "1");
  if (size == 1) return nullptr;
  const int rank = numberOf("RANK", 0, size - 1);
  const std::string address = variable("MASTER_ADDR");
  const int port = numberOf("MASTER_PORT", 1, 65'535);
#ifdef MEDLOCKER_WITH_GLOO
  return std::make_shared<GlooGroup>(rank, size, address, port);
#else
  static_cast<void>(rank);
  static_cast<void>(port);
  throw Error(ErrorCode::Unsupported,
              "this program was built without Gloo (libgloo-dev), so it cannot train with several processes",
              address);
#endif
}

}  // namespace

ProcessGroup::ProcessGroup(int rank, int size) : rank_(rank), size_(size) {
  sumFunction_ = [this](at::Tensor& tensor) { sum(tensor); };
}

std::shared_ptr<ProcessGroup> ProcessGroup::fromEnvironment() {
  static const std::shared_ptr<ProcessGroup> group = makeGroup();
  return group;
}

void ProcessGroup::sum(at::Tensor& tensor) const {
  const torch::NoGradGuard noGrad;
  at::Tensor host = tensor.detach().cpu().contiguous();
  allReduce(host);
  if (!host.is_same(tensor)) tensor.copy_(host);
}

void ProcessGroup::sum(const std::vector<at::Tensor>& tensors) const {
  if (tensors.empty()) return;
  const torch::NoGradGuard noGrad;
  std::vector<at::Tensor> flat;
  for (const at::Tensor& tensor : tensors) flat.push_back(tensor.detach().reshape({-1}).cpu());
  at::Tensor all = torch::cat(flat);
  allReduce(all);
  std::int64_t at = 0;
  for (const at::Tensor& tensor : tensors) {
    tensor.detach().copy_(all.narrow(0, at, tensor.numel()).reshape(tensor.sizes()));
    at += tensor.numel();
  }
}

bool ProcessGroup::any(bool value) const {
  at::Tensor count = torch::full({1}, value ? 1 : 0, torch::kLong);
  sum(count);
  return count.item<std::int64_t>() > 0;
}

void ProcessGroup::barrier() const {
  any(false);
}

void ProcessGroup::requireEqual(std::uint64_t value, const char* message) const {
  // 32 bits, so that no sum overflows; the squares tell what the sum alone would not.
  const auto part = static_cast<double>(value & 0xFFFFFFU);
  at::Tensor sums = torch::tensor({part, part * part}, torch::kDouble);
  sum(sums);
  const double n = size_;
  if (sums[0].item<double>() != n * part || sums[1].item<double>() != n * part * part)
    throw Error(ErrorCode::InvalidArgument, message);
}

}  // namespace medlocker::training
