// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/image.h"

#include <bit>
#include <cassert>

#include "core/common/error.h"

namespace medlocker::data {

// Storage is defined as little endian and is also used as the host's 16-bit integers.
static_assert(std::endian::native == std::endian::little, "a big-endian host needs byte swapping here");

Image::Image(int width, int height, int channels, int bitsAllocated, int bits, bool isSigned)
    : width_(width),
      height_(height),
      channels_(channels),
      bitsAllocated_(bitsAllocated),
      bits_(bits == 0 ? bitsAllocated : bits),
      signed_(isSigned) {
  const auto refuse = [](const std::string& what) {
    throw Error(ErrorCode::InvalidArgument, "an image cannot have " + what);
  };
  if (width < 1 || height < 1) refuse("a size of " + std::to_string(width) + " x " + std::to_string(height));
  if (channels != 1 && channels != 3) refuse(std::to_string(channels) + " channels");
  if (bitsAllocated != 8 && bitsAllocated != 16) refuse(std::to_string(bitsAllocated) + " bits allocated");
  if (bits_ < 8 || bits_ > bitsAllocated) refuse(std::to_string(bits_) + " significant bits");
  storage_.resize(sampleCount() * (static_cast<std::size_t>(bitsAllocated) / 8));
}

std::span<std::uint8_t> Image::samples8() {
  assert(bitsAllocated_ == 8);
  return storage_;
}
std::span<const std::uint8_t> Image::samples8() const {
  assert(bitsAllocated_ == 8);
  return storage_;
}
std::span<std::uint16_t> Image::samples16() {
  assert(bitsAllocated_ == 16);
  return {reinterpret_cast<std::uint16_t*>(storage_.data()), sampleCount()};
}
std::span<const std::uint16_t> Image::samples16() const {
  assert(bitsAllocated_ == 16);
  return {reinterpret_cast<const std::uint16_t*>(storage_.data()), sampleCount()};
}

int Image::sample(int x, int y, int c) const {
  assert(x >= 0 && x < width_ && y >= 0 && y < height_ && c >= 0 && c < channels_);
  const std::size_t at = (static_cast<std::size_t>(y) * width_ + x) * channels_ + c;
  if (bitsAllocated_ == 8) {
    const std::uint8_t value = storage_[at];
    return signed_ ? static_cast<std::int8_t>(value) : value;
  }
  const std::uint16_t value = samples16()[at];
  return signed_ ? static_cast<std::int16_t>(value) : value;
}

void Image::setSample(int x, int y, int c, int value) {
  assert(x >= 0 && x < width_ && y >= 0 && y < height_ && c >= 0 && c < channels_);
  assert(value >= minValue() && value <= maxValue());
  const std::size_t at = (static_cast<std::size_t>(y) * width_ + x) * channels_ + c;
  if (bitsAllocated_ == 8)
    storage_[at] = static_cast<std::uint8_t>(value);
  else
    samples16()[at] = static_cast<std::uint16_t>(value);
}

bool Image::sameSamples(const Image& other) const {
  return width_ == other.width_ && height_ == other.height_ && channels_ == other.channels_ &&
         bitsAllocated_ == other.bitsAllocated_ && bits_ == other.bits_ && signed_ == other.signed_ &&
         storage_ == other.storage_;
}

Digest pixelHash(const Image& image, std::uint32_t frame) {
  const std::string header = "mlpx1|" + std::to_string(image.width()) + "|" + std::to_string(image.height()) +
                             "|" + std::to_string(image.channels()) + "|" +
                             std::to_string(image.bitsAllocated()) + "|" + (image.isSigned() ? "1" : "0") +
                             "|" + std::to_string(frame) + "\n";
  return Sha256().update(header).update(image.bytes()).finish();
}

}  // namespace medlocker::data
