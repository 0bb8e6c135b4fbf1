// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/foreign_channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace medlocker::models {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kMagic = 0x6d6c666f72313031;
constexpr std::uint64_t kMaxText = 4096;

struct Header {
  std::uint64_t magic = kMagic;
  std::uint32_t kind = 0;
  std::uint32_t textBytes = 0;
  std::uint64_t id = 0;
  std::array<std::int64_t, 4> firstShape{};
  std::array<std::int64_t, 4> secondShape{};
  std::uint64_t firstValues = 0;
  std::uint64_t secondValues = 0;
};

/// Waits until the socket is ready; false at the deadline.
bool waitFor(int descriptor, short events, Clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd entry{descriptor, events, 0};
    const int ready =
        poll(&entry, 1, static_cast<int>(std::min<long long>(left, std::numeric_limits<int>::max())));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

bool writeAll(int descriptor, const void* data, std::size_t bytes, Clock::time_point deadline) {
  const auto* at = static_cast<const char*>(data);
  while (bytes > 0) {
    if (!waitFor(descriptor, POLLOUT, deadline)) return false;
    const ssize_t n = ::send(descriptor, at, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (n <= 0) return false;
    at += n;
    bytes -= static_cast<std::size_t>(n);
  }
  return true;
}

bool shapeFits(const std::array<std::int64_t, 4>& shape, std::uint64_t values, std::uint64_t maxValues) {
  if (values > maxValues) return false;
  std::uint64_t product = 1;
  for (const std::int64_t side : shape) {
    if (side < 0) return false;
    if (side > 0 && product > maxValues / static_cast<std::uint64_t>(side)) return false;
    product *= static_cast<std::uint64_t>(side);
  }
  return values == product;
}

}  // namespace

bool ForeignChannel::send(const Message& message, Clock::time_point deadline) {
  Header header;
  header.kind = static_cast<std::uint32_t>(message.kind);
  header.textBytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(message.text.size(), kMaxText));
  header.id = message.id;
  header.firstShape = message.first.shape;
  header.secondShape = message.second.shape;
  header.firstValues = message.first.values.size();
  header.secondValues = message.second.values.size();
  return writeAll(descriptor_, &header, sizeof header, deadline) &&
         writeAll(descriptor_, message.text.data(), header.textBytes, deadline) &&
         writeAll(descriptor_, message.first.values.data(), message.first.values.size() * sizeof(float),
                  deadline) &&
         writeAll(descriptor_, message.second.values.data(), message.second.values.size() * sizeof(float),
                  deadline);
}

ForeignChannel::Received ForeignChannel::readAll(void* into, std::size_t bytes, Clock::time_point deadline) {
  auto* at = static_cast<char*>(into);
  while (bytes > 0) {
    if (!waitFor(descriptor_, POLLIN, deadline)) return Received::TimedOut;
    const ssize_t n = ::recv(descriptor_, at, bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (n <= 0) return Received::Closed;
    at += n;
    bytes -= static_cast<std::size_t>(n);
  }
  return Received::Message;
}

ForeignChannel::Received ForeignChannel::receive(Message& message, Clock::time_point deadline,
                                                 std::uint64_t maxValues) {
  Header header;
  Received state = readAll(&header, sizeof header, deadline);
  if (state != Received::Message) return state;
  if (header.magic != kMagic || header.kind > static_cast<std::uint32_t>(MessageKind::Refused) ||
      header.textBytes > kMaxText || !shapeFits(header.firstShape, header.firstValues, maxValues) ||
      !shapeFits(header.secondShape, header.secondValues, maxValues))
    return Received::Nonsense;
  message.kind = static_cast<MessageKind>(header.kind);
  message.id = header.id;
  message.text.resize(header.textBytes);
  message.first.shape = header.firstShape;
  message.first.values.resize(header.firstValues);
  message.second.shape = header.secondShape;
  message.second.values.resize(header.secondValues);
  state = readAll(message.text.data(), message.text.size(), deadline);
  if (state == Received::Message)
    state = readAll(message.first.values.data(), message.first.values.size() * sizeof(float), deadline);
  if (state == Received::Message)
    state = readAll(message.second.values.data(), message.second.values.size() * sizeof(float), deadline);
  return state;
}

}  // namespace medlocker::models
