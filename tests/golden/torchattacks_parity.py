#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 MedLocker authors
# SPDX-License-Identifier: Apache-2.0
"""Runs medlocker's attacks and torchattacks' side by side and prints the tables of docs/parity.md.

Same weights, images, budget, steps and step sizes on both sides. Needs torch 2.11, torchvision 0.26 and torchattacks 3.5.1.
Usage: torchattacks_parity.py MEDLOCKER DATA WORK [--graded RUN] [--table FILE]
  MEDLOCKER  the built program
  DATA       folder with robustness-ref and retinamnist-layout
  WORK       folder for both sides' answers; what is there already is not computed again
  --graded   run folder of a resnet18 that `medlocker train` trained on drgrade_64.npz
"""
import argparse
import csv
import json
import subprocess
import time
from pathlib import Path

import numpy as np
import torch
import torchattacks
import torchvision
from torch import nn

torch.set_num_threads(1)

# Settings that both sides share. PGD and the transfer attacks step by a quarter of the budget.
PGD_STEPS, TRANSFER_STEPS, ASCENT_STEPS, QUERIES = 20, 10, 20, 200
CW_STEPS, CW_BUDGET = 60, 0.5
STEP_SHARE = 4
GRADIENT = "fgsm,pgd-20,mi-fgsm,di-fgsm,ti-fgsm,si-fgsm,ni-fgsm,vmi-fgsm,square"
SUITE = "apgd-ce,fab,autoattack"
# Attacks without random numbers: every image must get the same verdict.
DETERMINISTIC = ("fgsm", "mi-fgsm", "ti-fgsm", "si-fgsm", "ni-fgsm", "fab", "cw-l2")
REPEATED = ("pgd-20", "di-fgsm", "vmi-fgsm", "square", "apgd-ce")

# REPEATED are run with several seeds on both sides, and their means compared; autoattack, the slowest, with one.
SEEDS = (1, 2, 3)

# name, data, budget, images per class (0: all 200). The slow networks get fewer images.
REFERENCE = (
    ("cifar_cnn_a_adv", "cifar10_sdp200", "2/255", 0),
    ("cifar_cnn_a_mix4", "cifar10_sdp200", "2/255", 0),
    ("resnet2b", "cifar10_sdp200", "2/255", 10),
    ("resnet4b", "cifar10_sdp200", "2/255", 10),
    # Not robust at all: a budget at which something is left to compare.
    ("resnet20", "cifar10_sdp200", "0.25/255", 5),
    ("mnist_cnn_a_adv", "mnist_sdp200", "0.3", 0),
)
GRADED = ("graded resnet18", "drgrade_64", "0.25/255", 0)


def number(text):
    above, _, below = text.partition("/")
    return float(above) / float(below or 1)


class Sized(nn.Module):
    """The network behind its own input size and channels, as medlocker feeds it."""

    def __init__(self, network, side, grey, mean=(0.0,) * 3, std=(1.0,) * 3):
        super().__init__()
        self.network, self.side, self.grey = network, side, grey
        channels = 1 if grey else 3
        self.register_buffer("mean", torch.tensor(mean[:channels]).view(1, channels, 1, 1))
        self.register_buffer("std", torch.tensor(std[:channels]).view(1, channels, 1, 1))
        self.anchor = nn.Parameter(torch.zeros(1))  # torchattacks asks the parameters for the device

    def forward(self, images):
        # torchattacks' DI with a rate above 1 hands over larger images.
        if images.shape[-1] != self.side:
            images = nn.functional.interpolate(images, size=(self.side, self.side), mode="bilinear", align_corners=False)
        if self.grey:
            images = images.mean(1, keepdim=True)
        return self.network((images - self.mean) / self.std)


class Lifted(nn.Module):
    """The same answers and margins with every logit positive. torchattacks' CW takes the largest of the other classes' logits
    after it has put a zero in the place of the true one's, so where all logits are negative it compares with that zero."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, images):
        return self.network(images) + 100


def read_safetensors(path):
    raw = path.read_bytes()
    length = int.from_bytes(raw[:8], "little")
    types = {"F32": np.float32, "I64": np.int64}
    tensors = {}
    for name, entry in json.loads(raw[8:8 + length]).items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        values = np.frombuffer(raw[begin:end], types[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(values.copy())
    return tensors


def load_reference(folder, name, side, grey):
    network = torch.jit.load(str(folder / "models" / f"{name}.pt")).eval()
    return Sized(network, side, grey)


def load_graded(run):
    info = json.loads((run / "model.json").read_text())
    network = torchvision.models.resnet18(num_classes=len(info["classes"]))
    network.load_state_dict(read_safetensors(run / "model.safetensors"), strict=False)
    return Sized(network, info["input_size"], False, info["mean"], info["std"]).eval()


def load_images(archive, ids):
    """The images that medlocker's sample ids name, [N,3,H,W] in [0,1]."""
    arrays = np.load(archive)
    picked = []
    for sample in ids:
        _, array, index = sample.rsplit("/", 2)
        picked.append(arrays[array][int(index)])
    pixels = torch.from_numpy(np.stack(picked)).float() / 255
    if pixels.dim() == 3:
        pixels = pixels.unsqueeze(-1)
    pixels = pixels.permute(0, 3, 1, 2).contiguous()
    return pixels.expand(-1, 3, -1, -1).contiguous()


def audit(medlocker, dataset, model, out, budget, attacks, seed, per_class, split, *more):
    """Class per image under each attack, by medlocker; the audit is run unless it is there."""
    if not (out / "audit.json").exists():
        command = [medlocker, "audit", dataset, "--model", model, "--attacks", attacks, "--eps", budget, "--no-sanity-checks",
                   "--trust-foreign-model", "--threads", "1", "--seed", str(seed), "--out", out, "--quiet", "--resume", *more]
        if per_class:
            command += ["--per-class", str(per_class)]
        if split:
            command += ["--split", split]
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
    answers = {}
    with (out / "samples.csv").open() as table:
        for row in csv.DictReader(table):
            attack = answers.setdefault(row["attack"], {})
            attack[row["id"]] = (int(row["label"]), int(row["predicted"]))
    return answers


def torch_attacks(model, budget, side, classes, seed):
    step = budget / STEP_SHARE
    kernel = 3 if side <= 48 else 5
    suite = dict(norm="Linf", eps=budget, seed=seed)
    stages = [
        torchattacks.APGD(model, steps=ASCENT_STEPS, loss="ce", **suite),
        torchattacks.attacks.apgdt.APGDT(model, steps=ASCENT_STEPS, n_classes=classes, **suite),
        torchattacks.FAB(model, steps=ASCENT_STEPS, multi_targeted=True, n_classes=classes, **suite),
        torchattacks.Square(model, n_queries=QUERIES, resc_schedule=False, **suite),
    ]
    transfer = dict(eps=budget, alpha=step, steps=TRANSFER_STEPS)
    return {
        "fgsm": torchattacks.FGSM(model, eps=budget),
        "pgd-20": torchattacks.PGD(model, eps=budget, alpha=step, steps=PGD_STEPS),
        "mi-fgsm": torchattacks.MIFGSM(model, decay=1.0, **transfer),
        "di-fgsm": torchattacks.DIFGSM(model, decay=0.0, resize_rate=1.1, diversity_prob=0.5, **transfer),
        "ti-fgsm": torchattacks.TIFGSM(model, decay=0.0, len_kernel=kernel, nsig=3, diversity_prob=0.0, **transfer),
        "si-fgsm": torchattacks.SINIFGSM(model, decay=0.0, m=5, **transfer),
        "ni-fgsm": torchattacks.NIFGSM(model, decay=1.0, **transfer),
        "vmi-fgsm": torchattacks.VMIFGSM(model, decay=1.0, N=20, beta=1.5, **transfer),
        "square": torchattacks.Square(model, n_queries=QUERIES, resc_schedule=False, **suite),
        "apgd-ce": torchattacks.APGD(model, steps=ASCENT_STEPS, loss="ce", **suite),
        "fab": torchattacks.FAB(model, steps=ASCENT_STEPS, n_classes=classes, **suite),
        "autoattack": torchattacks.MultiAttack(stages),
    }


def answers_of(model, images, batch=50):
    with torch.no_grad():
        return torch.cat([model(part).argmax(1) for part in images.split(batch)])


def carlini_wagner(model, images, labels):
    """Smallest L2 distance over several constants: torchattacks' CW has one constant and no search for it."""
    best = torch.full((len(images),), float("inf"))
    for constant in (0.1, 1.0, 10.0, 100.0):
        attack = torchattacks.CW(Lifted(model), c=constant, kappa=0, steps=CW_STEPS, lr=0.01)
        for begin in range(0, len(images), 50):
            part = slice(begin, begin + 50)
            changed = attack(images[part], labels[part])
            distance = (changed - images[part]).flatten(1).norm(dim=1)
            wrong = answers_of(model, changed) != labels[part]
            best[part] = torch.where(wrong, torch.minimum(best[part], distance), best[part])
    return best


def run_torchattacks(model, images, labels, budget, file):
    """Per attack and seed: which images keep their right answer. Saved after every attack."""
    known = json.loads(file.read_text()) if file.exists() else {}
    clean = answers_of(model, images) == labels
    with torch.no_grad():
        classes = model(images[:1]).shape[1]
    for seed in SEEDS:
        attacks = torch_attacks(model, budget, images.shape[-1], classes, seed)
        for name in [*attacks, "cw-l2"]:
            if f"{name} {seed}" in known or (seed != SEEDS[0] and name not in REPEATED):
                continue
            torch.manual_seed(seed)
            begin = time.process_time()
            if name == "cw-l2":
                distance = carlini_wagner(model, images, labels)
                robust = clean & (distance > CW_BUDGET)
            else:
                changed = attacks[name](images, labels).detach()
                within = (changed - images).abs().flatten(1).amax(1) <= budget + 1e-6
                # An image that is wrong without an attack stays wrong: attacks must not mend it.
                robust = clean & ~((answers_of(model, changed) != labels) & within)
            known[f"{name} {seed}"] = [bool(value) for value in robust]
            known.setdefault("seconds", {})[f"{name} {seed}"] = time.process_time() - begin
            file.write_text(json.dumps(known))
            print(f"  {name}: {int(robust.sum())} of {len(labels)} left", flush=True)
    known["clean"] = [bool(value) for value in clean]
    return known


def compare(network, ours, theirs, order):
    """`ours`: answers of the audits per seed."""
    rows = []
    for attack in (*GRADIENT.split(","), *SUITE.split(","), "cw-l2"):
        seeds = [seed for seed in SEEDS if f"{attack} {seed}" in theirs and attack in ours[seed]]
        mine, other, agree = [], [], []
        for seed in seeds:
            answers = ours[seed][attack]
            flags = [answers[sample][0] == answers[sample][1] for sample in order]
            mine.append(100 * sum(flags) / len(order))
            other.append(100 * sum(theirs[f"{attack} {seed}"]) / len(order))
            agree.append(100 * sum(a == b for a, b in zip(flags, theirs[f"{attack} {seed}"])) / len(order))
        rows.append({
            "network": network, "attack": attack, "images": len(order), "seeds": len(seeds), "medlocker": sum(mine) / len(mine),
            "torchattacks": sum(other) / len(other), "same": sum(agree) / len(agree), "deterministic": attack in DETERMINISTIC,
        })
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("medlocker", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--graded", type=Path)
    parser.add_argument("--networks", default="")
    parser.add_argument("--table", type=Path)
    arguments = parser.parse_args()
    arguments.medlocker = arguments.medlocker.resolve()
    rows = []
    for name, data, budget, per_class in (*REFERENCE, *([GRADED] if arguments.graded else [])):
        if arguments.networks and name not in arguments.networks.split(","):
            continue
        print(name, flush=True)
        graded = name == GRADED[0]
        root = arguments.data / "robustness-ref"
        archive = arguments.data / "retinamnist-layout" / f"{data}.npz" if graded else root / "data" / f"{data}.npz"
        side = 28 if data.startswith("mnist") else 32
        # Some of the networks take images of any size, so theirs is said.
        path = arguments.graded if graded else root / "models" / f"{name}.pt@{side}"
        out = arguments.work / name.replace(" ", "-")
        out.mkdir(parents=True, exist_ok=True)
        split = "test" if graded else ""
        value = number(budget)
        run = (per_class, split)
        ours = {}
        for seed in SEEDS:
            gradient, suite = (GRADIENT, SUITE) if seed == SEEDS[0] else (
                ",".join(a for a in part.split(",") if a in REPEATED) for part in (GRADIENT, SUITE))
            ours[seed] = audit(arguments.medlocker, archive, path, out / f"gradient-{seed}", budget, gradient, seed, *run,
                               "--step", repr(value / STEP_SHARE), "--queries", str(QUERIES))
            ours[seed].update(audit(arguments.medlocker, archive, path, out / f"suite-{seed}", budget, suite, seed, *run,
                                    "--steps", str(ASCENT_STEPS), "--queries", str(QUERIES)))
        ours[SEEDS[0]].update(audit(arguments.medlocker, archive, path, out / "cw", str(CW_BUDGET), "cw-l2", SEEDS[0], *run,
                                    "--norm", "l2", "--steps", str(CW_STEPS)))
        answers = ours[SEEDS[0]]["clean"]
        order = list(answers)
        images = load_images(archive, order)
        labels = torch.tensor([answers[sample][0] for sample in order])
        model = load_graded(path) if graded else load_reference(root, name, images.shape[-1], name.startswith("mnist"))
        theirs = run_torchattacks(model, images, labels, value, out / "torchattacks.json")
        clean = [answers[sample][0] == answers[sample][1] for sample in order]
        print(f"  clean: {sum(clean)} and {sum(theirs['clean'])} right, "
              f"{sum(a != b for a, b in zip(clean, theirs['clean']))} images differ", flush=True)
        rows += compare(name, ours, theirs, order)
    lines = ["| network | attack | images | seeds | medlocker | torchattacks | difference | same verdict |",
             "|---|---|---:|---:|---:|---:|---:|---:|"]
    for row in rows:
        difference = row["medlocker"] - row["torchattacks"]
        lines.append(f"| {row['network']} | {row['attack']}{'' if row['deterministic'] else ' (random)'} | {row['images']} | {row['seeds']} "
                     f"| {row['medlocker']:.1f} % | {row['torchattacks']:.1f} % | {difference:+.1f} | {row['same']:.1f} % |")
    text = "\n".join(lines) + "\n"
    print(text)
    if arguments.table:
        arguments.table.write_text(text)


if __name__ == "__main__":
    main()
