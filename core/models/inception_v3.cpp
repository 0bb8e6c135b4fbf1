// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/inception_v3.h"

namespace medlocker::models {

/// Convolution, batch norm (named "conv" and "bn"), ReLU.
class InceptionUnitImpl : public torch::nn::Module {
 public:
  explicit InceptionUnitImpl(const ConvShape& shape)
      : conv_(register_module("conv", Conv(shape))),
        norm_(register_module("bn", BatchNorm(shape.out, 1e-3))) {}
  torch::Tensor forward(const torch::Tensor& x) { return norm_(conv_(x)).relu_(); }
  void initialise() {
    initTruncatedNormal(conv_->weight, 0.1);
    norm_->reset_parameters();
  }
  ConvNormPair pair() const { return {conv_.ptr(), norm_.ptr()}; }
  std::int64_t outChannels() const { return conv_->shape().out; }

 private:
  Conv conv_;
  BatchNorm norm_;
};

namespace {

/// kh×kw convolution without padding, or with as much as keeps the size.
ConvShape conv(std::int64_t in, std::int64_t out, std::int64_t kh, std::int64_t kw, bool same = true,
               std::int64_t stride = 1) {
  ConvShape shape{in, out, {kh, kw}, {stride, stride}, {0, 0}, 1, false};
  if (same) shape.padding = {(kh - 1) / 2, (kw - 1) / 2};
  return shape;
}

enum class Pool { None, Average, MaxHalving };

}  // namespace

/// Parallel branches whose outputs are concatenated. A branch is an optional pooling, a chain of units, and
/// an optional fork: several units that all read the chain's end.
class InceptionBlock {
 public:
  struct Branch {
    Pool pool = Pool::None;
    std::vector<std::shared_ptr<InceptionUnitImpl>> chain;
    std::vector<std::shared_ptr<InceptionUnitImpl>> fork;
  };

  explicit InceptionBlock(std::vector<Branch> branches) : branches_(std::move(branches)) {}

  torch::Tensor forward(const torch::Tensor& x) const {
    std::vector<torch::Tensor> outputs;
    for (const Branch& branch : branches_) {
      torch::Tensor y = x;
      if (branch.pool == Pool::Average) y = torch::avg_pool2d(x, 3, 1, 1);
      if (branch.pool == Pool::MaxHalving) y = torch::max_pool2d(x, 3, 2);
      for (const auto& unit : branch.chain) y = unit->forward(y);
      if (branch.fork.empty()) outputs.push_back(y);
      for (const auto& unit : branch.fork) outputs.push_back(unit->forward(y));
    }
    return torch::cat(outputs, 1);
  }

 private:
  std::vector<Branch> branches_;
};

InceptionV3::~InceptionV3() = default;

InceptionV3::InceptionV3(const NetworkOptions& options)
    : dropout_(options.dropout < 0 ? 0.5 : options.dropout) {
  using Branch = InceptionBlock::Branch;
  const auto own = [this](const std::string& name, const ConvShape& shape) {
    units_.push_back(register_module(name, std::make_shared<InceptionUnitImpl>(shape)));
    return units_.back();
  };
  stem_ = {own("Conv2d_1a_3x3", conv(3, 32, 3, 3, false, 2)), own("Conv2d_2a_3x3", conv(32, 32, 3, 3, false)),
           own("Conv2d_2b_3x3", conv(32, 64, 3, 3)), own("Conv2d_3b_1x1", conv(64, 80, 1, 1)),
           own("Conv2d_4a_3x3", conv(80, 192, 3, 3, false))};

  Group group{nullptr};
  const auto begin = [&](const std::string& name) { group = register_module(name, Group()); };
  const auto add = [&](const std::string& name, const ConvShape& shape) {
    units_.push_back(group->add(name, std::make_shared<InceptionUnitImpl>(shape)));
    return units_.back();
  };
  const auto finish = [&](std::vector<Branch> branches) {
    blocks_.push_back(std::make_unique<InceptionBlock>(std::move(branches)));
  };

  // Section 6 of the paper, figure 5: 5×5 branches as two 3×3.
  const auto addBlockA = [&](const std::string& name, std::int64_t in, std::int64_t pooled) {
    begin(name);
    Branch one{Pool::None, {add("branch1x1", conv(in, 64, 1, 1))}, {}};
    Branch five{
        Pool::None, {add("branch5x5_1", conv(in, 48, 1, 1)), add("branch5x5_2", conv(48, 64, 5, 5))}, {}};
    Branch three{Pool::None,
                 {add("branch3x3dbl_1", conv(in, 64, 1, 1)), add("branch3x3dbl_2", conv(64, 96, 3, 3)),
                  add("branch3x3dbl_3", conv(96, 96, 3, 3))},
                 {}};
    Branch pool{Pool::Average, {add("branch_pool", conv(in, pooled, 1, 1))}, {}};
    finish({one, five, three, pool});
  };
  // Figure 6: 7×7 as 1×7 and 7×1.
  const auto addBlockC = [&](const std::string& name, std::int64_t c7) {
    begin(name);
    const std::int64_t in = 768;
    Branch one{Pool::None, {add("branch1x1", conv(in, 192, 1, 1))}, {}};
    Branch seven{Pool::None,
                 {add("branch7x7_1", conv(in, c7, 1, 1)), add("branch7x7_2", conv(c7, c7, 1, 7)),
                  add("branch7x7_3", conv(c7, 192, 7, 1))},
                 {}};
    Branch twice{Pool::None,
                 {add("branch7x7dbl_1", conv(in, c7, 1, 1)), add("branch7x7dbl_2", conv(c7, c7, 7, 1)),
                  add("branch7x7dbl_3", conv(c7, c7, 1, 7)), add("branch7x7dbl_4", conv(c7, c7, 7, 1)),
                  add("branch7x7dbl_5", conv(c7, 192, 1, 7))},
                 {}};
    Branch pool{Pool::Average, {add("branch_pool", conv(in, 192, 1, 1))}, {}};
    finish({one, seven, twice, pool});
  };
  // Figure 7: expanded filter banks.
  const auto addBlockE = [&](const std::string& name, std::int64_t in) {
    begin(name);
    Branch one{Pool::None, {add("branch1x1", conv(in, 320, 1, 1))}, {}};
    Branch three{Pool::None,
                 {add("branch3x3_1", conv(in, 384, 1, 1))},
                 {add("branch3x3_2a", conv(384, 384, 1, 3)), add("branch3x3_2b", conv(384, 384, 3, 1))}};
    Branch twice{
        Pool::None,
        {add("branch3x3dbl_1", conv(in, 448, 1, 1)), add("branch3x3dbl_2", conv(448, 384, 3, 3))},
        {add("branch3x3dbl_3a", conv(384, 384, 1, 3)), add("branch3x3dbl_3b", conv(384, 384, 3, 1))}};
    Branch pool{Pool::Average, {add("branch_pool", conv(in, 192, 1, 1))}, {}};
    finish({one, three, twice, pool});
  };

  addBlockA("Mixed_5b", 192, 32);
  addBlockA("Mixed_5c", 256, 64);
  addBlockA("Mixed_5d", 288, 64);
  {
    begin("Mixed_6a");
    Branch three{Pool::None, {add("branch3x3", conv(288, 384, 3, 3, false, 2))}, {}};
    Branch twice{Pool::None,
                 {add("branch3x3dbl_1", conv(288, 64, 1, 1)), add("branch3x3dbl_2", conv(64, 96, 3, 3)),
                  add("branch3x3dbl_3", conv(96, 96, 3, 3, false, 2))},
                 {}};
    finish({three, twice, {Pool::MaxHalving, {}, {}}});
  }
  addBlockC("Mixed_6b", 128);
  addBlockC("Mixed_6c", 160);
  addBlockC("Mixed_6d", 160);
  addBlockC("Mixed_6e", 192);
  auxiliaryAfter_ = blocks_.size() - 1;
  begin("AuxLogits");
  auxiliaryConv0_ = add("conv0", conv(768, 128, 1, 1));
  auxiliaryConv1_ = add("conv1", conv(128, 768, 5, 5, false));
  auxiliaryFc_ = group->add("fc", Linear(768, options.outputs));
  {
    begin("Mixed_7a");
    Branch three{
        Pool::None,
        {add("branch3x3_1", conv(768, 192, 1, 1)), add("branch3x3_2", conv(192, 320, 3, 3, false, 2))},
        {}};
    Branch seven{
        Pool::None,
        {add("branch7x7x3_1", conv(768, 192, 1, 1)), add("branch7x7x3_2", conv(192, 192, 1, 7)),
         add("branch7x7x3_3", conv(192, 192, 7, 1)), add("branch7x7x3_4", conv(192, 192, 3, 3, false, 2))},
        {}};
    finish({three, seven, {Pool::MaxHalving, {}, {}}});
  }
  addBlockE("Mixed_7b", 1280);
  addBlockE("Mixed_7c", 2048);
  fc_ = register_module("fc", Linear(2048, options.outputs));
}

torch::Tensor InceptionV3::forward(torch::Tensor images) {
  torch::Tensor x = normalise(images);
  for (std::size_t i = 0; i < stem_.size(); ++i) {
    x = stem_[i]->forward(x);
    if (i == 2 || i == 4) x = torch::max_pool2d(x, 3, 2);
  }
  torch::Tensor auxiliary;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    x = blocks_[i]->forward(x);
    // Its 5×5 convolution follows a 5×5 pooling with stride 3, so it needs 17×17 features.
    if (is_training() && i == auxiliaryAfter_ && x.size(2) >= 17 && x.size(3) >= 17) {
      auxiliary = auxiliaryConv1_->forward(auxiliaryConv0_->forward(torch::avg_pool2d(x, 5, 3)));
      auxiliary = auxiliaryFc_(torch::adaptive_avg_pool2d(auxiliary, {1, 1}).flatten(1));
    }
  }
  // Evaluation leaves the module untouched, so that concurrent forwards are safe.
  if (is_training()) auxiliary_ = auxiliary;
  x = torch::adaptive_avg_pool2d(x, {1, 1});
  x = torch::dropout(x, dropout_, is_training()).flatten(1);
  return fc_(x);
}

void InceptionV3::initialise() {
  for (const Unit& unit : units_) unit->initialise();
  initLinearDefault(*auxiliaryFc_);
  initTruncatedNormal(auxiliaryFc_->weight, 0.001);
  initLinearDefault(*fc_);
  initTruncatedNormal(fc_->weight, 0.1);
}

std::vector<ConvNormPair> InceptionV3::convNormPairs() {
  std::vector<ConvNormPair> pairs;
  for (const Unit& unit : units_) pairs.push_back(unit->pair());
  return pairs;
}

}  // namespace medlocker::models
