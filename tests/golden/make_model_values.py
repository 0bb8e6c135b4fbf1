# SPDX-FileCopyrightText: 2026 MedLocker authors
# SPDX-License-Identifier: Apache-2.0
"""Writes model_values.json: outputs and input gradients of torchvision's networks.

Needs torch 2.11 and torchvision 0.26. Every parameter, buffer and input value follows from its name and index
alone (see `uniform`), in arithmetic that gives the same bits in any language, so the C++ test rebuilds the very
same networks and inputs and compares what comes out.

    python make_model_values.py [model_values.json]
"""

import hashlib
import json
import math
import os
import sys

import numpy as np
import torch
import torchvision
from torch import nn
from torchvision.models.resnet import BasicBlock

torch.set_num_threads(2)
OUTPUTS = 5
BATCH = 2
POSITIONS = 64
# Weights of the linear functional of the logits whose input gradient is compared.
FUNCTIONAL = [1.0, -2.0, 3.0, -1.5, 0.5]


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def uniform(name, count):
    """`count` values in [-0.5, 0.5): the upper 24 bits of splitmix64 at fnv1a(name) + index."""
    with np.errstate(over="ignore"):
        z = np.uint64(fnv1a(name)) + np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) / 2**24 - 0.5


def fill(model, gain):
    """Weights have the standard deviation gain/sqrt(fan in), norm scales lie around 0.8, the rest around 0 (or 1).

    The gain keeps signals alive from input to output: sqrt(2) for ReLU, more where gates shrink them."""
    for name, tensor in model.state_dict().items():
        if not tensor.is_floating_point():
            continue
        u = uniform(name, tensor.numel())
        if name.endswith("running_var"):
            values = 1.0 + 0.5 * u
        elif name.endswith("running_mean"):
            values = 0.2 * u
        elif tensor.dim() >= 2 and name.endswith("weight"):
            fan_in = tensor.numel() // tensor.shape[0]
            values = u * (gain * math.sqrt(12.0 / fan_in))
        elif name.endswith("weight"):
            values = 0.8 + 0.4 * u
        else:
            values = 0.2 * u
        tensor.copy_(torch.from_numpy(values.astype(np.float32)).reshape(tensor.shape))


def images(count, side):
    """Stripes that differ per sample and channel, mixed with noise; values in [0, 1)."""
    b, c, y, x = np.meshgrid(np.arange(count), np.arange(3), np.arange(side), np.arange(side), indexing="ij")
    stripes = ((x * (c + 1) + y * (b + 2)) % 32) / 32
    noise = uniform("input", stripes.size).reshape(stripes.shape) + 0.5
    return torch.from_numpy((0.75 * stripes + 0.25 * noise).astype(np.float32))


class ResNet8(nn.Module):
    """The CIFAR form of torchvision's blocks: 3x3 stem, one basic block per stage."""

    def __init__(self, num_classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(BasicBlock(16, 16))
        self.layer2 = nn.Sequential(BasicBlock(16, 32, 2, self.shortcut(16, 32)))
        self.layer3 = nn.Sequential(BasicBlock(32, 64, 2, self.shortcut(32, 64)))
        self.fc = nn.Linear(64, num_classes)

    @staticmethod
    def shortcut(channels, width):
        return nn.Sequential(nn.Conv2d(channels, width, 1, 2, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(x.mean((2, 3)))


def build(arch, side, outputs):
    if arch == "resnet8":
        return ResNet8(outputs)
    extra = {}
    if arch == "vit_b_16":
        extra["image_size"] = side
    if arch == "inception_v3":
        extra["init_weights"] = False
    return getattr(torchvision.models, arch)(weights=None, num_classes=outputs, **extra)


def state_digest(model):
    lines = []
    for name, tensor in model.state_dict().items():
        kind = "F" if tensor.is_floating_point() else "I"
        lines.append(f"{name} {kind} {'x'.join(map(str, tensor.shape))}\n")
    return {"entries": len(lines), "sha256": hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()}


def compute(arch, side, default_side, gain):
    with torch.no_grad():
        model = build(arch, side, OUTPUTS)
        fill(model, gain)
    model.eval()
    x = images(BATCH, side).requires_grad_(True)
    logits = model(x)
    (logits * torch.tensor(FUNCTIONAL)).sum().backward()
    gradient = x.grad.double().flatten()
    positions = [int((u + 0.5) * gradient.numel()) for u in uniform("positions", POSITIONS)]
    with torch.no_grad():
        state = state_digest(build(arch, default_side, 1000))
    result = {
        "arch": arch,
        "input_size": side,
        "gain": gain,
        "logits": logits.detach().double().tolist(),
        "gradient": [float(gradient[p]) for p in positions],
        "gradient_l1": float(gradient.abs().sum()),
        "gradient_l2": float(gradient.norm()),
        "state_input_size": default_side,
        "state": state,
    }
    if arch == "inception_v3":
        # The auxiliary head exists only while training; the norms stay in evaluation mode for a fixed result.
        model.train()
        model.dropout.p = 0.0
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        with torch.no_grad():
            result["auxiliary_input_size"] = default_side
            result["auxiliary"] = model(images(1, default_side)).aux_logits.double().tolist()
    spread = (logits[0] - logits[1]).abs().max() / logits.abs().max()
    print(f"{arch:20s} |logits| {logits.abs().max():.3g}  spread {spread:.3g}  |gradient| {gradient.abs().max():.3g}")
    return result


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    target = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "model_values.json")
    relu = 1.4375
    table = [
        ("resnet8", 48, 48, relu), ("resnet18", 64, 224, relu), ("resnet34", 64, 224, relu), ("resnet50", 64, 224, relu),
        ("vgg16_bn", 64, 224, 1.75), ("densenet121", 64, 224, 1.75), ("mobilenet_v3_large", 96, 224, 1.625),
        ("efficientnet_b0", 96, 224, 2.0), ("inception_v3", 128, 299, 1.75), ("vit_b_16", 64, 224, relu),
    ]
    content = {
        "made_by": "make_model_values.py",
        "torch": torch.__version__.split("+")[0],
        "torchvision": torchvision.__version__.split("+")[0],
        "functional": FUNCTIONAL,
        "models": [compute(*row) for row in table],
    }
    with open(target, "w") as file:
        json.dump(content, file, indent=1)
        file.write("\n")


main()
