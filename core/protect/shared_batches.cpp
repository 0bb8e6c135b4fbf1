// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/shared_batches.h"

#include <torch/torch.h>

#include <algorithm>

#include "core/common/device.h"
#include "core/protect/forward_batch.h"

namespace medlocker::protect {

SharedBatches::SharedBatches(int lanes, double patience) : lanes_(lanes), patience_(patience) {
  for (int lane = 0; lane < lanes_; ++lane) threads_.emplace_back([this] { serve(); });
}

SharedBatches::~SharedBatches() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void SharedBatches::serve() {
  setComputeThreads(1);
  const torch::InferenceMode guard;
  std::unique_lock lock(mutex_);
  while (!ending_) {
    Clock::time_point wake = Clock::time_point::max();
    if (const Kind* ready = runnable(Clock::now(), wake))
      runPass(lock, *ready);
    else if (wake == Clock::time_point::max())
      changed_.wait(lock);
    else
      changed_.wait_until(lock, wake);
  }
}

BatchCounts SharedBatches::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void SharedBatches::join() {
  const std::lock_guard lock(mutex_);
  ++participants_;
}

void SharedBatches::leave() {
  {
    const std::lock_guard lock(mutex_);
    --participants_;
  }
  changed_.notify_all();  // the others may be the only ones left
}

const SharedBatches::Kind* SharedBatches::runnable(Clock::time_point now, Clock::time_point& wake) const {
  wake = Clock::time_point::max();
  if (running_ >= lanes_) return nullptr;
  std::map<Kind, std::int64_t> queued;
  const Request* oldest = nullptr;
  for (const Request* request : waiting_) {
    if (request->unsent() == 0) continue;
    if (oldest == nullptr) oldest = request;
    std::int64_t& rows = queued[request->kind];
    rows += request->unsent();
    if (rows >= forwardBatch(request->kind.model->device())) return &request->kind;
  }
  if (oldest == nullptr) return nullptr;
  // The oldest short batch, so that none is passed over for ever.
  const int busy = participants_ - static_cast<int>(waiting_.size()) + running_;
  if (busy < lanes_) return &oldest->kind;
  for (const Request* request : waiting_) {
    if (request->unsent() == 0) continue;
    const auto known = durations_.find(request->kind);
    const double seconds = patience_ * (known == durations_.end() ? 0.0 : known->second);
    constexpr double kLongest = 3600;  // beyond, the clock's arithmetic could overflow
    if (!(seconds < kLongest)) continue;
    const Clock::time_point end =
        std::max(request->since, idleSince_) +
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    if (end <= now) return &request->kind;
    wake = std::min(wake, end);
  }
  return nullptr;
}

void SharedBatches::runPass(std::unique_lock<std::mutex>& lock, const Kind& wanted) {
  const Kind kind = wanted;  // the request it belongs to may end with this pass
  const std::int64_t batch = forwardBatch(kind.model->device());
  std::vector<Share> shares;
  std::int64_t rows = 0;
  for (Request* request : waiting_) {
    const std::int64_t count = std::min(batch - rows, request->unsent());
    if (count == 0 || request->kind != kind) continue;
    shares.push_back({request, request->sent, count});
    rows += count;
  }
  for (const Share& share : shares) {
    share.request->sent += share.count;
    ++share.request->passes;
  }
  ++running_;
  const Clock::time_point begin = Clock::now();
  lock.unlock();
  at::Tensor logits;
  std::exception_ptr failure;
  try {
    std::vector<at::Tensor> parts;
    for (const Share& share : shares)
      parts.push_back(share.request->rows.narrow(0, share.first, share.count));
    logits = forwardWholeBatch(
        *kind.model, filledUp(parts.size() == 1 ? parts[0] : torch::cat(parts, 0), batch), kind.exact);
  } catch (...) {
    failure = std::current_exception();
  }
  lock.lock();
  --running_;
  idleSince_ = Clock::now();
  durations_[kind] = std::chrono::duration<double>(idleSince_ - begin).count();
  ++counts_.passes;
  counts_.rows += batch;
  counts_.filled += batch - rows;
  std::int64_t row = 0;
  for (const Share& share : shares) {
    Request& request = *share.request;
    if (failure) {
      request.failure = failure;
      request.sent = request.rows.size(0);  // the rest is of no use
    } else {
      request.done.emplace(share.first, logits.narrow(0, row, share.count));
    }
    row += share.count;
    request.finished = --request.passes == 0 && request.unsent() == 0;
    // Here and not where its thread wakes up: from now on that search may send more rows.
    if (request.finished) waiting_.remove(&request);
  }
  changed_.notify_all();
}

at::Tensor SharedBatches::ask(Kind kind, const at::Tensor& images) {
  Request request;
  request.kind = std::move(kind);
  request.rows = images;
  request.since = Clock::now();
  std::unique_lock lock(mutex_);
  waiting_.push_back(&request);
  changed_.notify_all();
  changed_.wait(lock, [&request] { return request.finished; });
  lock.unlock();
  if (request.failure) std::rethrow_exception(request.failure);
  std::vector<at::Tensor> parts;
  for (const auto& [first, part] : request.done) parts.push_back(part);
  return torch::cat(parts, 0);
}

at::Tensor SharedBatches::alone(const models::Classifier& model, const at::Tensor& images, bool exact) {
  at::Tensor logits = batchedLogits(model, images, exact);
  const std::int64_t batch = forwardBatch(model.device());
  const std::int64_t passes = (images.size(0) + batch - 1) / batch;
  const std::lock_guard lock(mutex_);
  counts_.passes += passes;
  counts_.rows += passes * batch;
  counts_.filled += passes * batch - images.size(0);
  return logits;
}

BatchParticipant::BatchParticipant(SharedBatches& batches) : batches_(batches) {
  batches_.join();
}

BatchParticipant::~BatchParticipant() {
  batches_.leave();
}

at::Tensor BatchParticipant::logits(const models::Classifier& model, const at::Tensor& images, bool exact) {
  const torch::InferenceMode guard;
  if (model.info().arch == "torchscript") return batches_.alone(model, images, exact);
  return batches_.ask({&model, exact, images.sizes().slice(1).vec()}, images);
}

}  // namespace medlocker::protect
