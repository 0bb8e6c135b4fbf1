// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/training/method.h"

#include <ATen/autocast_mode.h>
#include <torch/torch.h>

namespace medlocker::training {
namespace {

/// bf16 autocast for one scope on the device's kind; the cast weights are forgotten at its end, because the
/// optimiser changes them.
class AutocastScope {
 public:
  AutocastScope(bool enabled, at::DeviceType device) : enabled_(enabled), device_(device) {
    if (!enabled_) return;
    before_ = at::autocast::is_autocast_enabled(device_);
    typeBefore_ = at::autocast::get_autocast_dtype(device_);
    at::autocast::set_autocast_enabled(device_, true);
    at::autocast::set_autocast_dtype(device_, at::kBFloat16);
    at::autocast::increment_nesting();
  }
  ~AutocastScope() {
    if (!enabled_) return;
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(device_, before_);
    at::autocast::set_autocast_dtype(device_, typeBefore_);
  }
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;

 private:
  bool enabled_;
  at::DeviceType device_;
  bool before_ = false;
  at::ScalarType typeBefore_ = at::kFloat;
};

}  // namespace

Student::Student(std::shared_ptr<models::Network> network, bool bfloat16, const ProcessGroup* group)
    : network_(std::move(network)), bfloat16_(bfloat16) {
  if (group != nullptr) sharding_.emplace(*group);
}

at::Tensor Student::forward(const at::Tensor& images) {
  const AutocastScope autocast(bfloat16_, images.device().type());
  shardedRows_ = 0;
  if (!sharding_ || !sharding_->applies(images)) return network_->forward(images).to(torch::kFloat);
  const models::SharedStatisticsScope statistics(&sharding_->group().sumFunction());
  shardedRows_ = images.size(0);
  return wholeBatch(network_->forward(sharding_->takeRows(images)).to(torch::kFloat));
}

at::Tensor Student::auxiliary() const {
  const at::Tensor output = network_->auxiliaryOutput();
  return output.defined() ? wholeBatch(output.to(torch::kFloat)) : output;
}

at::Tensor Student::wholeBatch(const at::Tensor& rows) const {
  return shardedRows_ > 0 ? sharding_->gatherRows(rows, shardedRows_) : rows;
}

}  // namespace medlocker::training
