#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 MedLocker authors
# SPDX-License-Identifier: Apache-2.0
"""Prints the container-independent pixel hash of image files as Pillow decodes them.

Independent golden values for tests/data/formats_real_test.cpp. Usage: pixel_hashes.py FILE...
Made with Pillow 13.0 (libjpeg-turbo, slow integer IDCT and fancy upsampling, Pillow's defaults).
Alpha is left out, palettes become RGB; CMYK is skipped, because its conversion is ours to define.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np
from PIL import Image


def pixel_hash(path):
    with Image.open(path) as image:
        image.load()
        if image.mode == "CMYK":
            return None
        if image.mode in ("P", "RGBA"):
            image = image.convert("RGB")
        samples = np.asarray(image)
    height, width = samples.shape[:2]
    channels = 1 if samples.ndim == 2 else samples.shape[2]
    bits = 16 if samples.dtype.itemsize > 1 else 8
    samples = samples.astype("<u2" if bits == 16 else "u1")
    header = f"mlpx1|{width}|{height}|{channels}|{bits}|0|0\n"
    return hashlib.sha256(header.encode() + samples.tobytes()).hexdigest()


for name in sys.argv[1:]:
    try:
        print(f"{Path(name).name}\t{pixel_hash(name)}")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        print(f"{Path(name).name}\trefused by Pillow: {error}")
