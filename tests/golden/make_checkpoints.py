#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 MedLocker authors
# SPDX-License-Identifier: Apache-2.0
"""Writes small checkpoints in the layouts of torch.save into tests/golden/checkpoints, without PyTorch.

Python's own pickle writes the streams; a stand-in module gives the globals the names PyTorch gives them, and
storages become persistent ids as torch/serialization.py of PyTorch 2.11 makes them. Values are i/8 - 1.
Usage: make_checkpoints.py (in this folder; needs Python 3.8 or later and nothing else).
"""

import io
import os
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict
from pathlib import Path

FOLDER = Path(__file__).parent / "checkpoints"
FORMATS = {"FloatStorage": "f", "HalfStorage": "e", "DoubleStorage": "d", "LongStorage": "q", "BoolStorage": "?"}

torch = types.ModuleType("torch")
utils = types.ModuleType("torch._utils")
sys.modules["torch"] = torch
sys.modules["torch._utils"] = utils


def global_function(module, name):
    def function(*_):
        raise RuntimeError("only named, never called")

    function.__module__ = module.__name__
    function.__qualname__ = function.__name__ = name
    setattr(module, name, function)
    return function


rebuild_tensor = global_function(utils, "_rebuild_tensor_v2")
rebuild_parameter = global_function(utils, "_rebuild_parameter")
for storage_name in FORMATS:
    setattr(torch, storage_name, type(storage_name, (), {"__module__": "torch"}))


class Storage:
    def __init__(self, kind, values):
        self.kind = kind
        self.values = list(values)

    def data(self):
        return struct.pack(f"<{len(self.values)}{FORMATS[self.kind]}", *self.values)


class Tensor:
    def __init__(self, storage, offset, size, stride):
        self.arguments = (storage, offset, size, stride, False, OrderedDict())

    def __reduce__(self):
        return (rebuild_tensor, self.arguments)


class Parameter:
    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce__(self):
        return (rebuild_parameter, (self.tensor, True, OrderedDict()))


class Call:
    """Anything that is called while loading."""

    def __init__(self, function, *arguments):
        self.parts = (function, arguments)

    def __reduce__(self):
        return self.parts


def ramp(kind, count):
    return Storage(kind, [i / 8 - 1 for i in range(count)])


class Saver(pickle.Pickler):
    def __init__(self, file, legacy):
        super().__init__(file, protocol=2)
        self.legacy = legacy
        self.keys = {}
        self.storages = []

    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        if id(value) not in self.keys:
            self.keys[id(value)] = str(len(self.keys))
            self.storages.append(value)
        head = ("storage", getattr(torch, value.kind), self.keys[id(value)], "cpu", len(value.values))
        return head + (None,) if self.legacy else head


def save_zip(name, value, method=zipfile.ZIP_STORED, extra=()):
    stream = io.BytesIO()
    saver = Saver(stream, legacy=False)
    saver.dump(value)
    with zipfile.ZipFile(FOLDER / name, "w", method) as archive:

        def put(member, content):
            info = zipfile.ZipInfo("archive/" + member, (1980, 1, 1, 0, 0, 0))
            info.compress_type = method
            archive.writestr(info, content)

        put("data.pkl", stream.getvalue())
        put("byteorder", "little")
        for key, storage in enumerate(saver.storages):
            put(f"data/{key}", storage.data())
        put("version", "3\n")
        for member, content in extra:
            put(member, content)


def save_legacy(name, value):
    with open(FOLDER / name, "wb") as file:
        for head in (0x1950A86A20F9469CFC6C, 1001,
                     {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}):
            pickle.dump(head, file, protocol=2)
        saver = Saver(file, legacy=True)
        saver.dump(value)
        pickle.dump([saver.keys[id(s)] for s in saver.storages], file, protocol=2)
        for storage in saver.storages:
            file.write(struct.pack("<q", len(storage.values)) + storage.data())


def plain_state():
    shared = ramp("FloatStorage", 12)
    state = OrderedDict()
    state["weight"] = Tensor(shared, 2, (2, 3), (1, 2))  # transposed view
    state["bias"] = Tensor(shared, 9, (3,), (1,))
    state["half"] = Tensor(ramp("HalfStorage", 4), 0, (2, 2), (2, 1))
    state["double"] = Tensor(ramp("DoubleStorage", 2), 0, (2,), (1,))
    state["num_batches_tracked"] = Tensor(Storage("LongStorage", [7]), 0, (), ())
    state["flags"] = Tensor(Storage("BoolStorage", [True, False, True]), 0, (3,), (1,))
    state["empty"] = Tensor(Storage("FloatStorage", []), 0, (0, 4), (4, 1))
    state._metadata = OrderedDict([("", {"version": 1})])
    return state


def training_state():
    return {
        "epoch": 3, "big": 2**70, "negative": -2, "rate": 0.125, "note": "fundus é", "none": None,
        "list": [1, (2, 3), [True, False]],
        "optimizer": {"state": {0: {"step": 5}}, "param_groups": [{"params": [0]}]},
        "state_dict": OrderedDict([
            ("module.a", Parameter(Tensor(ramp("FloatStorage", 3), 0, (3,), (1,)))),
            ("module.b", Tensor(ramp("FloatStorage", 2), 0, (2,), (1,))),
        ]),
    }


def small_network():
    """A ResNet-8 with 3 classes whose tensors are all views of one storage, which keeps the file small."""
    storage = Storage("HalfStorage", [0.001 * (i * 7 % 23 + 1) for i in range(64 * 64 * 9)])
    state = OrderedDict()

    def put(name, *size):
        stride = []
        for side in reversed(size):
            stride.insert(0, stride[0] * size[len(size) - len(stride)] if stride else 1)
        state[name] = Tensor(storage, 0, size, tuple(stride))

    def norm(name, width):
        for part in ("weight", "bias", "running_mean", "running_var"):
            put(f"{name}.{part}", width)

    put("conv1.weight", 16, 3, 3, 3)
    norm("bn1", 16)
    width = 16
    for layer, out in ((1, 16), (2, 32), (3, 64)):
        put(f"layer{layer}.0.conv1.weight", out, width, 3, 3)
        norm(f"layer{layer}.0.bn1", out)
        put(f"layer{layer}.0.conv2.weight", out, out, 3, 3)
        norm(f"layer{layer}.0.bn2", out)
        if out != width:
            put(f"layer{layer}.0.downsample.0.weight", out, width, 1, 1)
            norm(f"layer{layer}.0.downsample.1", out)
        width = out
    put("fc.weight", 3, 64)
    put("fc.bias", 3)
    return state


FOLDER.mkdir(exist_ok=True)
save_zip("state.pth", plain_state())
save_legacy("state_legacy.pth", plain_state())
save_zip("training.pth", training_state())
save_legacy("training_legacy.pth", training_state())
save_zip("resnet8.pth", small_network())
save_zip("deflated.pth", plain_state(), zipfile.ZIP_DEFLATED)
save_zip("call.pth", {"state_dict": Call(os.getenv, "HOME")})
save_zip("script.pt", plain_state(), extra=[("constants.pkl", pickle.dumps((), 2)), ("code/__torch__.py", "")])
