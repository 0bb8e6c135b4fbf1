// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/foreign_classifier.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <optional>

#include "core/common/error.h"
#include "core/common/hash.h"
#include "core/models/foreign_channel.h"
#include "core/models/foreign_worker.h"

namespace medlocker::models {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kMaxValues = 1ULL << 30;
constexpr std::int64_t kMaxClasses = 10'000;
// Sides of common image sets and networks, smallest first.
constexpr int kUsualSizes[] = {28, 32, 64, 96, 128, 224, 256, 299, 384, 512};

fs::path workerBeside() {
  std::error_code ignored;
  const fs::path self = fs::read_symlink("/proc/self/exe", ignored);
  if (self.filename() == "medlocker") return self;
  return self.parent_path() / "medlocker";
}

/// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const { return fd_; }
  void reset() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  /// The same file under a number that the child's two fixed ones cannot collide with.
  static Descriptor high(int fd) { return Descriptor(fcntl(fd, F_DUPFD_CLOEXEC, 64)); }

 private:
  int fd_;
};

/// The worker process and the socket to it.
class WorkerProcess {
 public:
  WorkerProcess(const fs::path& program, int modelFile) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
      throw Error(ErrorCode::Internal, "no socket could be made for the model's process");
    socket_ = Descriptor(pair[0]);
    const Descriptor theirs(pair[1]);
    const Descriptor socketCopy = Descriptor::high(theirs.get());
    const Descriptor fileCopy = Descriptor::high(modelFile);
    if (socketCopy.get() < 0 || fileCopy.get() < 0)
      throw Error(ErrorCode::Internal, "too many files are open to start the model's process");

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, socketCopy.get(), 3);
    posix_spawn_file_actions_adddup2(&actions, fileCopy.get(), 4);
    std::string name = program.string();
    std::string flag = kForeignWorkerFlag;
    std::string threads = std::to_string(computeThreads());
    char* arguments[] = {name.data(), flag.data(), threads.data(), nullptr};
    // Nothing of the user's environment but where libraries lie.
    std::vector<std::string> kept;
    for (const char* variable : {"LD_LIBRARY_PATH", "OMP_WAIT_POLICY"})
      if (const char* value = std::getenv(variable)) kept.push_back(std::string(variable) + "=" + value);
    std::vector<char*> environment;
    for (std::string& entry : kept) environment.push_back(entry.data());
    environment.push_back(nullptr);
    const int failed = posix_spawn(&pid_, name.c_str(), &actions, nullptr, arguments, environment.data());
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
      pid_ = -1;
      throw Error(ErrorCode::Unsupported, "the program that runs foreign models cannot be started", name);
    }
  }

  ~WorkerProcess() {
    socket_.reset();
    if (pid_ < 0) return;
    kill(pid_, SIGKILL);
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
  }
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  int socket() const { return socket_.get(); }

 private:
  Descriptor socket_;
  pid_t pid_ = -1;
};

Block toBlock(const at::Tensor& tensor) {
  const at::Tensor values = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
  Block block;
  block.shape.fill(1);
  for (std::int64_t d = 0; d < values.dim(); ++d) block.shape[static_cast<std::size_t>(d)] = values.size(d);
  block.values.assign(values.data_ptr<float>(), values.data_ptr<float>() + values.numel());
  return block;
}

/// Asks the worker, one question at a time.
class ForeignModel : public torch::CustomClassHolder {
 public:
  ForeignModel(const fs::path& file, const ForeignModelOptions& options)
      : name_(file.string()), timeout_(std::max(1, options.timeoutSeconds)) {
    const Descriptor modelFile(open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (modelFile.get() < 0) throw Error(ErrorCode::NotFound, "the model cannot be opened", name_);
    const fs::path program = options.worker.empty() ? workerBeside() : options.worker;
    process_ = std::make_unique<WorkerProcess>(program, modelFile.get());
    const Message ready = receive();
    if (ready.kind == MessageKind::Refused) {
      broken_ = ready.text;
      throw Error(ErrorCode::InputRejected, ready.text, name_);
    }
  }

  /// N×C×h×w to N×K. `keep`: a gradient will probably be asked for; then `id` tells this forward.
  at::Tensor forward(const at::Tensor& images, bool keep, std::uint64_t& id) {
    const std::lock_guard lock(mutex_);
    id = keep ? ++lastId_ : 0;
    const Message reply = ask({MessageKind::Forward, id, {}, toBlock(images), {}});
    const auto& shape = reply.first.shape;
    if (shape[0] != images.size(0) || shape[1] < 1 || shape[2] != 1 || shape[3] != 1)
      throw Error(ErrorCode::InputRejected, "the model's answer is not one row of scores per image", name_);
    return torch::tensor(reply.first.values).reshape({shape[0], shape[1]});
  }

  at::Tensor backward(std::uint64_t id, const at::Tensor& images, const at::Tensor& weights) {
    const std::lock_guard lock(mutex_);
    const Message reply = ask({MessageKind::Backward, id, {}, toBlock(images), toBlock(weights)});
    const auto& shape = reply.first.shape;
    for (std::size_t d = 0; d < 4; ++d)
      if (shape[d] != images.size(static_cast<std::int64_t>(d)))
        throw Error(ErrorCode::InputRejected, "the model's gradient has not the shape of the images", name_);
    return torch::tensor(reply.first.values).reshape(images.sizes());
  }

  const std::string& name() const { return name_; }
  /// Gone for good, after a crash or a timeout.
  bool broken() const { return !broken_.empty(); }

 private:
  Clock::time_point deadline() const { return Clock::now() + std::chrono::seconds(timeout_); }

  [[noreturn]] void breakDown(const std::string& why) {
    broken_ = why;
    process_.reset();
    throw Error(ErrorCode::InputRejected, why, name_);
  }

  Message receive() {
    Message message;
    switch (ForeignChannel(process_->socket()).receive(message, deadline(), kMaxValues)) {
      case ForeignChannel::Received::Message:
        return message;
      case ForeignChannel::Received::TimedOut:
        breakDown("the model did not answer within " + std::to_string(timeout_) + " seconds and was stopped");
      case ForeignChannel::Received::Closed:
        breakDown("the model's process ended unexpectedly");
      case ForeignChannel::Received::Nonsense:
        breakDown("the model's process answered nonsense and was stopped");
    }
    breakDown("the model's process is in an unknown state");
  }

  Message ask(const Message& question) {
    if (!broken_.empty()) throw Error(ErrorCode::InputRejected, broken_, name_);
    if (!ForeignChannel(process_->socket()).send(question, deadline()))
      breakDown("the model's process does not take images any more");
    Message reply = receive();
    if (reply.kind == MessageKind::Refused)
      throw Error(ErrorCode::InputRejected, "the model refused the images: " + reply.text, name_);
    if (reply.kind != MessageKind::Result || reply.id != question.id)
      breakDown("the model's process answered another question");
    return reply;
  }

  std::string name_;
  int timeout_;
  std::unique_ptr<WorkerProcess> process_;
  std::mutex mutex_;
  std::string broken_;
  std::uint64_t lastId_ = 0;
};

/// Carries the gradient from the outputs to the images through the other process.
class ForeignFunction : public torch::autograd::Function<ForeignFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& images,
                               const c10::intrusive_ptr<ForeignModel>& model) {
    std::uint64_t id = 0;
    const torch::Tensor outputs = model->forward(images, /*keep=*/true, id);
    context->save_for_backward({images});
    context->saved_data["id"] = static_cast<std::int64_t>(id);
    // A graph may outlive its classifier.
    context->saved_data["model"] = torch::IValue::make_capsule(model);
    return outputs;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list gradients) {
    const auto model =
        c10::static_intrusive_pointer_cast<ForeignModel>(context->saved_data["model"].toCapsule());
    const auto id = static_cast<std::uint64_t>(context->saved_data["id"].toInt());
    const torch::Tensor images = context->get_saved_variables()[0];
    return {model->backward(id, images, gradients[0]), torch::Tensor()};
  }
};

class ForeignClassifier : public Classifier {
 public:
  ForeignClassifier(const fs::path& file, const ForeignModelOptions& options)
      : model_(c10::make_intrusive<ForeignModel>(file, options)) {
    info_.name = file.stem().string();
    info_.arch = "torchscript";
    info_.sha256 = toHex(sha256File(file));
    probe(options.inputSize);
    info_.referableFrom = info_.classes.size() == 2 ? 1 : 2;
  }

  const ModelInfo& info() const override { return info_; }
  DeviceKind device() const override { return DeviceKind::Cpu; }

  at::Tensor logits(const at::Tensor& images) const override {
    if (!images.defined() || images.dim() != 4 || images.size(1) != 3 || images.size(2) != info_.inputSize ||
        images.size(3) != info_.inputSize || images.scalar_type() != at::kFloat)
      throw Error(ErrorCode::InvalidArgument, "model '" + info_.name + "' takes float32 images of 3x" +
                                                  std::to_string(info_.inputSize) + "x" +
                                                  std::to_string(info_.inputSize));
    if (images.size(0) == 0) return torch::zeros({0, info_.outputs()});
    const at::Tensor input = grey_ ? images.mean(1, /*keepdim=*/true) : images;
    const bool keep = at::GradMode::is_enabled() && input.requires_grad();
    std::uint64_t id = 0;
    const at::Tensor outputs =
        keep ? ForeignFunction::apply(input, model_) : model_->forward(input, false, id);
    if (outputs.size(1) != info_.outputs())
      throw Error(ErrorCode::InputRejected,
                  "the model gave " + std::to_string(outputs.size(1)) + " scores instead of " +
                      std::to_string(info_.outputs()),
                  model_->name());
    return outputs;
  }

 private:
  /// Number of scores for a grey image of this shape; empty where the model refuses it.
  std::optional<std::int64_t> classesFor(int channels, int side, std::string& why) {
    try {
      std::uint64_t id = 0;
      return model_->forward(torch::full({1, channels, side, side}, 0.5F), false, id).size(1);
    } catch (const Error& e) {
      why = e.message();
      if (model_->broken()) throw;
      return std::nullopt;
    }
  }

  void probe(int wantedSize) {
    std::vector<int> sizes(std::begin(kUsualSizes), std::end(kUsualSizes));
    if (wantedSize > 0) sizes = {wantedSize};
    std::string why;
    std::vector<int> possible;
    std::int64_t classes = 0;
    for (const int channels : {3, 1}) {
      for (const int side : sizes)
        if (const auto count = classesFor(channels, side, why)) {
          possible.push_back(side);
          classes = *count;
          grey_ = channels == 1;
        }
      if (!possible.empty()) break;
    }
    if (possible.empty())
      throw Error(ErrorCode::InputRejected,
                  "the model gives no class scores for square images of 3 or 1 channels" +
                      (wantedSize > 0 ? " and side " + std::to_string(wantedSize) : "") + " (" + why + ")",
                  model_->name());
    if (possible.size() > 1) {
      std::string list;
      for (const int side : possible) list += (list.empty() ? "" : ", ") + std::to_string(side);
      throw Error(ErrorCode::InvalidArgument,
                  "the model takes images of several sizes (" + list +
                      "); its input size must be given, as in FILE@" + std::to_string(possible.back()),
                  model_->name());
    }
    if (classes < 2 || classes > kMaxClasses)
      throw Error(ErrorCode::InputRejected,
                  "the model gives " + std::to_string(classes) + " scores, not 2 to 10000", model_->name());
    info_.inputSize = possible.front();
    for (std::int64_t k = 0; k < classes; ++k) info_.classes.push_back(std::to_string(k));
  }

  c10::intrusive_ptr<ForeignModel> model_;
  ModelInfo info_;
  bool grey_ = false;
};

}  // namespace

ClassifierPtr openForeignClassifier(const fs::path& file, const ForeignModelOptions& options) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored))
    throw Error(ErrorCode::NotFound, "the model is not a regular file", file.string());
  return std::make_shared<ForeignClassifier>(file, options);
}

}  // namespace medlocker::models
