#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 MedLocker authors
# SPDX-License-Identifier: Apache-2.0
"""Pixel hashes (spec 11.1) of DICOM files as pydicom reads them: a second opinion on our reader.

Usage: dicom_pixel_hashes.py FOLDER > dicom_pixel_hashes.tsv
Needs pydicom 3, numpy, pylibjpeg, pylibjpeg-libjpeg, pylibjpeg-openjpeg, pyjpegls. One line per frame: file, frame,
hash; files that pydicom cannot decode to 8- or 16-bit samples have no line. Decoders of lossy JPEG round differently:
there the channels' means stand in place of the hash, as "~m" or "~r,g,b".
"""
import hashlib
import pathlib
import sys
import warnings

import numpy as np
import pydicom
from pydicom.pixels import apply_color_lut, pixel_array

warnings.simplefilter("ignore")
root = pathlib.Path(sys.argv[1])


def reduce_palette(rgb):
    """16-bit palette colours that are 8-bit ones in disguise (v*257, v*256)."""
    if rgb.dtype == np.uint8:
        return rgb
    if (rgb % 257 == 0).all() or (rgb % 256 == 0).all():
        return (rgb >> 8).astype(np.uint8)
    return rgb


for path in sorted(p for p in root.rglob("*") if p.is_file()):
    try:
        ds = pydicom.dcmread(path)
        if "PixelData" not in ds or ds.BitsAllocated not in (8, 16):
            continue
        frames = int(ds.get("NumberOfFrames", 1) or 1)
        pixels = pixel_array(ds)
        if frames == 1:
            pixels = pixels[None]
        for frame in range(frames):
            a = pixels[frame]
            if ds.PhotometricInterpretation == "PALETTE COLOR":
                a = reduce_palette(apply_color_lut(a, ds))
            signed = a.dtype.kind == "i"
            samples = a.shape[2] if a.ndim == 3 else 1
            bits = 8 * a.dtype.itemsize
            if ds.file_meta.TransferSyntaxUID in ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"):
                means = a.reshape(-1, samples).mean(axis=0)
                print(f"{path.relative_to(root)}\t{frame}\t~" + ",".join(f"{m:.3f}" for m in means))
                continue
            a = a.astype(a.dtype.newbyteorder("<"))
            header = f"mlpx1|{a.shape[1]}|{a.shape[0]}|{samples}|{bits}|{int(signed)}|{frame}\n"
            digest = hashlib.sha256(header.encode() + np.ascontiguousarray(a).tobytes()).hexdigest()
            print(f"{path.relative_to(root)}\t{frame}\t{digest}")
    except Exception as error:  # noqa: BLE001 - whatever it is, there is no second opinion then
        print(f"{path.relative_to(root)}: {type(error).__name__}", file=sys.stderr)
