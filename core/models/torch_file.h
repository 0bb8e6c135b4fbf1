// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/models/torch_pickle.h"

namespace medlocker::models {

/// A file of torch.save, in memory: the values of its pickle and the bytes of its storages. Two layouts are
/// read: the zip archive (PyTorch 1.6 and later; members must be stored, not packed, and their checksums
/// hold) and the older sequence of pickles. Little endian only. Nothing in the file is executed; see
/// PickleTree.
class TorchFile {
 public:
  enum class Layout { Zip, Legacy };

  /// Keeps `bytes`, which the storages refer to. Throws Error(InputRejected or Unsupported) without a file
  /// name; a TorchScript archive is recognised and refused with a word on what it is.
  explicit TorchFile(Bytes bytes, const PickleLimits& limits = {});
  TorchFile(const TorchFile&) = delete;
  TorchFile& operator=(const TorchFile&) = delete;

  Layout layout() const { return layout_; }
  PickleRef root() const { return root_; }
  /// Bytes of a storage: elements × element size of them. They need not be aligned.
  ByteView storage(PickleRef storage) const;

 private:
  void readZip(const PickleLimits& limits);
  void readLegacy(const PickleLimits& limits);

  Bytes bytes_;
  Layout layout_ = Layout::Zip;
  PickleTree tree_;
  PickleRef root_ = nullptr;
  std::map<std::string, Bytes> members_;      // of a zip archive
  std::map<std::string, ByteView> storages_;  // by key
};

/// Whether these are the first bytes of a zip archive.
bool isZip(ByteView bytes);

using NamedTensors = std::vector<std::pair<std::string, PickleRef>>;

/// The state dict in a checkpoint: the root itself, or what it holds under "state_dict", "model_state_dict",
/// "model" or "net". A prefix that all names share ("module." of DataParallel, "_orig_mod." of torch.compile)
/// is taken off. Throws Error(InputRejected) where there is none or an entry is no tensor.
NamedTensors stateDictOf(PickleRef root);

}  // namespace medlocker::models
