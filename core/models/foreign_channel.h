// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace medlocker::models {

/// What program and worker say to each other. Both sides are the same program on the same machine, so structs
/// travel as they are.
enum class MessageKind : std::uint32_t {
  Ready,     ///< worker: loaded; `text` says what is missing of the isolation, or is empty
  Forward,   ///< program: images (first); `id` to come back to
  Backward,  ///< program: images (first) and the gradient of the outputs (second) of the forward `id`
  Result,    ///< worker: outputs, or the gradient of the images
  Refused,   ///< worker: the model cannot do this; `text`
};

struct Block {
  std::array<std::int64_t, 4> shape{};  ///< unused sides are 1
  std::vector<float> values;
};

struct Message {
  MessageKind kind = MessageKind::Ready;
  std::uint64_t id = 0;
  std::string text;
  Block first;
  Block second;
};

/// Messages over a socket, one side each. Does not own the descriptor. Not thread-safe.
class ForeignChannel {
 public:
  explicit ForeignChannel(int descriptor) : descriptor_(descriptor) {}

  /// False where the other side is gone or the deadline passed.
  bool send(const Message& message, std::chrono::steady_clock::time_point deadline);
  enum class Received { Message, Closed, TimedOut, Nonsense };
  /// Sizes are checked before memory is allocated: a message holds at most maxValues numbers and a short
  /// text.
  Received receive(Message& message, std::chrono::steady_clock::time_point deadline, std::uint64_t maxValues);

 private:
  Received readAll(void* into, std::size_t bytes, std::chrono::steady_clock::time_point deadline);
  int descriptor_;
};

}  // namespace medlocker::models
