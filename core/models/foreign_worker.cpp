// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/foreign_worker.h"

#include <fcntl.h>
#include <poll.h>
#include <torch/script.h>
#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <sstream>
#include <string>
#include <thread>

#include "core/models/foreign_channel.h"
#include "core/models/process_isolation.h"

namespace medlocker::models {
namespace {

using Clock = std::chrono::steady_clock;

// The two descriptors that this process is started with.
constexpr int kSocket = 3;
constexpr int kModelFile = 4;
constexpr std::uint64_t kMaxValues = 1ULL << 30;

Clock::time_point never() {
  return Clock::now() + std::chrono::hours(24 * 365);
}

torch::Tensor toTensor(const Block& block) {
  return torch::from_blob(const_cast<float*>(block.values.data()), block.shape, torch::kFloat).clone();
}

Block toBlock(const torch::Tensor& tensor) {
  const torch::Tensor values = tensor.detach().to(torch::kCPU, torch::kFloat).contiguous();
  Block block;
  block.shape.fill(1);
  for (std::int64_t d = 0; d < values.dim(); ++d) block.shape[static_cast<std::size_t>(d)] = values.size(d);
  block.values.assign(values.data_ptr<float>(), values.data_ptr<float>() + values.numel());
  return block;
}

std::string readAll(int descriptor) {
  std::string content;
  char buffer[1 << 16];
  ssize_t n = 0;
  while ((n = read(descriptor, buffer, sizeof buffer)) > 0)
    content.append(buffer, static_cast<std::size_t>(n));
  return content;
}

/// The first line says what is wrong; the rest is a stack trace.
std::string firstLine(const std::string& text) {
  return text.substr(0, std::min<std::size_t>(text.find('\n'), 300));
}

class Worker {
 public:
  Worker() : channel_(kSocket) {}

  int serve() {
    const Isolation isolation = isolateProcess(kModelFile);
    if (!isolation.offline()) {
      refuse("foreign models cannot be shut off from the network on this machine: " + isolation.reason);
      return 1;
    }
    // A long computation must not outlive the program it is for.
    std::thread([] {
      pollfd entry{kSocket, 0, 0};
      while (poll(&entry, 1, -1) >= 0 || errno == EINTR)
        if ((entry.revents & (POLLHUP | POLLERR)) != 0) _exit(0);
    }).detach();
    try {
      std::istringstream file(readAll(kModelFile));
      close(kModelFile);
      module_ = torch::jit::load(file, torch::kCPU);
      module_.eval();
      for (const torch::Tensor& parameter : module_.parameters()) parameter.set_requires_grad(false);
    } catch (const std::exception& e) {
      refuse("it cannot be loaded as TorchScript: " + firstLine(e.what()));
      return 1;
    }
    Message ready;
    ready.kind = MessageKind::Ready;
    if (!channel_.send(ready, never())) return 0;
    Message message;
    while (channel_.receive(message, never(), kMaxValues) == ForeignChannel::Received::Message) {
      Message reply;
      try {
        reply = answer(message);
      } catch (const std::exception& e) {
        reply = {MessageKind::Refused, message.id, firstLine(e.what()), {}, {}};
      }
      if (!channel_.send(reply, never())) return 0;
    }
    return 0;
  }

 private:
  void refuse(const std::string& why) { channel_.send({MessageKind::Refused, 0, why, {}, {}}, never()); }

  torch::Tensor run(const torch::Tensor& images) {
    const torch::IValue result = module_.forward({images});
    if (!result.isTensor()) throw std::runtime_error("its output is no tensor");
    torch::Tensor outputs = result.toTensor();
    if (outputs.dim() != 2 || outputs.size(0) != images.size(0) || !outputs.is_floating_point())
      throw std::runtime_error("its output is not one row of class scores per image");
    return outputs.to(torch::kFloat);
  }

  Message answer(const Message& message) {
    Message reply;
    reply.kind = MessageKind::Result;
    reply.id = message.id;
    if (message.kind == MessageKind::Forward && message.id == 0) {
      const torch::NoGradGuard guard;
      reply.first = toBlock(run(toTensor(message.first)));
    } else if (message.kind == MessageKind::Forward) {
      // Kept, because the gradient is usually asked for next.
      remember(message);
      reply.first = toBlock(outputs_);
    } else if (message.kind == MessageKind::Backward) {
      if (message.id != id_) remember(message);
      const torch::Tensor weights =
          toTensor(message.second).reshape({message.second.shape[0], message.second.shape[1]});
      const torch::Tensor gradient =
          torch::autograd::grad({outputs_}, {images_}, {weights}, /*retain_graph=*/false,
                                /*create_graph=*/false, /*allow_unused=*/true)[0];
      reply.first = toBlock(gradient.defined() ? gradient : torch::zeros_like(images_));
      forget();
    } else {
      throw std::runtime_error("an unknown request");
    }
    return reply;
  }

  void remember(const Message& message) {
    forget();
    images_ = toTensor(message.first).set_requires_grad(true);
    outputs_ = run(images_);
    if (!outputs_.requires_grad()) throw std::runtime_error("it gives no gradient with respect to its input");
    id_ = message.id;
  }

  void forget() {
    images_ = torch::Tensor();
    outputs_ = torch::Tensor();
    id_ = 0;
  }

  ForeignChannel channel_;
  torch::jit::Module module_;
  std::uint64_t id_ = 0;
  torch::Tensor images_;
  torch::Tensor outputs_;
};

}  // namespace

std::optional<int> runForeignWorkerIfAsked(int argc, char** argv) {
  if (argc != 3 || std::strcmp(argv[1], kForeignWorkerFlag) != 0) return std::nullopt;
  int threads = 1;
  const std::string_view count = argv[2];
  std::from_chars(count.data(), count.data() + count.size(), threads);
  torch::set_num_threads(std::clamp(threads, 1, 1024));
  try {
    return Worker().serve();
  } catch (const std::exception&) {
    return 1;
  }
}

}  // namespace medlocker::models
