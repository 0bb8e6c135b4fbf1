// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/protect/payload.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "core/common/error.h"
#include "core/protect/payload_container.h"

namespace medlocker::protect {
namespace {

constexpr char kMagic[4] = {'M', 'L', 'R', '1'};
/// 1: horizontal difference. 2: difference to the protected samples first, then as 1.
enum : std::uint8_t { kFilterDifference = 1, kFilterRelative = 2 };
enum : std::uint8_t { kCodecStored = 0, kCodecDeflate = 1 };

void put(Bytes& out, std::uint64_t value, int bytes) {
  putLittleEndian(out, value, bytes);
}

std::uint64_t get(ByteView in, std::size_t at, int bytes) {
  return littleEndian(in, at, bytes);
}

[[noreturn]] void reject(const std::string& reason) {
  rejectPayload(reason);
}

// ---- filter: horizontal difference per row and channel, byte planes split for 16 bits ----

Bytes filterForward(ByteView raw, std::size_t width, std::size_t height, std::size_t channels, int bytes) {
  const std::size_t perRow = width * channels;
  const std::size_t count = perRow * height;
  Bytes out(count * static_cast<std::size_t>(bytes));
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t i = 0; i < perRow; ++i) {
      const std::size_t at = y * perRow + i;
      if (bytes == 1) {
        out[at] = static_cast<std::uint8_t>(raw[at] - (i < channels ? 0 : raw[at - channels]));
        continue;
      }
      const auto word = [&](std::size_t k) { return static_cast<unsigned>(get(raw, 2 * k, 2)); };
      const unsigned difference = word(at) - (i < channels ? 0U : word(at - channels));
      out[at] = static_cast<std::uint8_t>(difference);
      out[count + at] = static_cast<std::uint8_t>(difference >> 8);
    }
  return out;
}

Bytes filterInverse(ByteView filtered, std::size_t width, std::size_t height, std::size_t channels,
                    int bytes) {
  const std::size_t perRow = width * channels;
  const std::size_t count = perRow * height;
  Bytes out(count * static_cast<std::size_t>(bytes));
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t i = 0; i < perRow; ++i) {
      const std::size_t at = y * perRow + i;
      if (bytes == 1) {
        out[at] = static_cast<std::uint8_t>(filtered[at] + (i < channels ? 0 : out[at - channels]));
        continue;
      }
      const unsigned difference = filtered[at] + 256U * filtered[count + at];
      const unsigned value =
          difference + (i < channels ? 0U : static_cast<unsigned>(get(out, 2 * (at - channels), 2)));
      out[2 * at] = static_cast<std::uint8_t>(value);
      out[2 * at + 1] = static_cast<std::uint8_t>(value >> 8);
    }
  return out;
}

// ---- container ----

struct Geometry {
  std::size_t width;
  std::size_t height;
  std::size_t channels;
  int bytes;
  std::size_t pixels() const { return width * height; }
  std::size_t sampleBytes() const { return pixels() * channels * static_cast<std::size_t>(bytes); }
};

Bytes assemble(PayloadKind kind, const Geometry& geometry, const data::Box& box, std::uint32_t frame,
               ByteView raw, std::uint8_t filter = kFilterDifference) {
  Bytes data = raw.empty() ? Bytes{} : deflatePayload(raw);
  std::uint8_t codec = kCodecDeflate;
  if (data.size() >= raw.size()) {
    data.assign(raw.begin(), raw.end());
    codec = kCodecStored;
  }
  Bytes out;
  out.reserve(kPayloadHeaderBytes + data.size());
  for (const char letter : kMagic) out.push_back(static_cast<std::uint8_t>(letter));
  for (const int field : {static_cast<int>(kind), geometry.bytes, static_cast<int>(geometry.channels),
                          static_cast<int>(filter), static_cast<int>(codec), 0, 0, 0})
    out.push_back(static_cast<std::uint8_t>(field));
  put(out, frame, 4);
  for (const int field : {box.x0, box.y0, box.width(), box.height()})
    put(out, static_cast<std::uint64_t>(field), 4);
  put(out, raw.size(), 8);
  put(out, data.size(), 8);
  out.insert(out.end(), data.begin(), data.end());
  return out;
}

Geometry geometryOf(const data::Image& image, const data::Box& box) {
  return {static_cast<std::size_t>(box.width()), static_cast<std::size_t>(box.height()),
          static_cast<std::size_t>(image.channels()), image.bitsAllocated() / 8};
}

Bytes cropSamples(const data::Image& image, const data::Box& box) {
  const std::size_t pixelBytes =
      static_cast<std::size_t>(image.channels()) * static_cast<std::size_t>(image.bitsAllocated() / 8);
  Bytes out;
  out.reserve(static_cast<std::size_t>(box.area()) * pixelBytes);
  for (int y = box.y0; y < box.y1; ++y) {
    const ByteView row =
        image.bytes().subspan((static_cast<std::size_t>(y) * image.width() + box.x0) * pixelBytes,
                              static_cast<std::size_t>(box.width()) * pixelBytes);
    out.insert(out.end(), row.begin(), row.end());
  }
  return out;
}

/// target ± other, sample by sample, modulo 2^(8·bytes).
void combineSamples(Bytes& target, ByteView other, int bytes, bool add) {
  for (std::size_t i = 0; i < target.size(); i += static_cast<std::size_t>(bytes)) {
    const auto a = static_cast<unsigned>(get(target, i, bytes));
    const auto b = static_cast<unsigned>(get(other, i, bytes));
    const unsigned value = add ? a + b : a - b;
    for (int k = 0; k < bytes; ++k)
      target[i + static_cast<std::size_t>(k)] = static_cast<std::uint8_t>(value >> (8 * k));
  }
}

// ---- residual body ----
// lowest i32, highest i32, sign u8, symbol_bits u8, bound u16, then: opacities (u16, filtered), targets
// (samples, filtered), residual symbols (bit-packed, low bit first, pixels with 0 < A < 65535 in row order),
// samples where A = 65535.

constexpr std::size_t kResidualHeaderBytes = 12;
constexpr int kMaxSymbolBits = 17;

int signExtended(unsigned stored, int bytes, bool isSigned) {
  if (bytes == 1) return isSigned ? static_cast<std::int8_t>(stored) : static_cast<int>(stored);
  return isSigned ? static_cast<std::int16_t>(stored) : static_cast<int>(stored);
}

/// floor(0.5/(1−α) + 0.5) with α = A/65535: the largest |v − v̂|.
int residualBound(int opacity) {
  const int d = kOpacityOne - opacity;
  return (kOpacityOne + d) / (2 * d);
}

class BitWriter {
 public:
  void write(unsigned value, int bits) {
    pending_ |= static_cast<std::uint64_t>(value) << count_;
    for (count_ += bits; count_ >= 8; count_ -= 8, pending_ >>= 8)
      out_.push_back(static_cast<std::uint8_t>(pending_));
  }
  Bytes finish() {
    if (count_ > 0) out_.push_back(static_cast<std::uint8_t>(pending_));
    return std::move(out_);
  }

 private:
  Bytes out_;
  std::uint64_t pending_ = 0;
  int count_ = 0;
};

class BitReader {
 public:
  explicit BitReader(ByteView in) : in_(in) {}
  unsigned read(int bits) {
    while (count_ < bits) {
      pending_ |= static_cast<std::uint64_t>(in_[next_++]) << count_;  // length was checked beforehand
      count_ += 8;
    }
    const unsigned value = static_cast<unsigned>(pending_ & ((1ULL << bits) - 1));
    pending_ >>= bits;
    count_ -= bits;
    return value;
  }

 private:
  ByteView in_;
  std::size_t next_ = 0;
  std::uint64_t pending_ = 0;
  int count_ = 0;
};

int bitsFor(int bound) {
  int bits = 1;
  while ((1 << bits) < 2 * bound + 1) ++bits;
  return bits;
}

/// Opacities and targets of all tiles, laid out over `box`; false when two supports overlap.
bool layOut(const std::vector<PlacedTile>& tiles, OpacityLaw law, const data::Box& box, int channels,
            std::vector<std::uint16_t>& opacities, std::vector<std::int32_t>& targets) {
  const std::size_t width = static_cast<std::size_t>(box.width());
  opacities.assign(width * static_cast<std::size_t>(box.height()), 0);
  targets.assign(opacities.size() * static_cast<std::size_t>(channels), 0);
  for (const PlacedTile& placed : tiles) {
    const TargetTile& tile = *placed.tile;
    const std::vector<std::uint16_t> map = opacityMap(tile, placed.alphaCode, law);
    for (int ty = 0; ty < tile.height; ++ty)
      for (int tx = 0; tx < tile.width; ++tx) {
        const std::size_t source = static_cast<std::size_t>(ty) * tile.width + tx;
        const int x = placed.x + tx - box.x0;
        const int y = placed.y + ty - box.y0;
        if (map[source] == 0 || x < 0 || y < 0 || x >= box.width() || y >= box.height()) continue;
        const std::size_t at = static_cast<std::size_t>(y) * width + x;
        if (opacities[at] != 0) return false;
        opacities[at] = map[source];
        for (int c = 0; c < channels; ++c) targets[at * channels + c] = tile.targets[source * channels + c];
      }
  }
  return true;
}

struct ResidualHeader {
  int lowest = 0;
  int highest = 0;
  bool isSigned = false;
  int symbolBits = 0;
  int bound = 0;
};

ResidualHeader readResidualHeader(ByteView raw) {
  ResidualHeader header;
  header.lowest = static_cast<std::int32_t>(get(raw, 0, 4));
  header.highest = static_cast<std::int32_t>(get(raw, 4, 4));
  header.isSigned = raw[8] != 0;
  header.symbolBits = raw[9];
  header.bound = static_cast<int>(get(raw, 10, 2));
  return header;
}

void restoreResidual(data::Image& image, const Payload& payload, const Geometry& geometry) {
  const ByteView raw = payload.raw;
  const ResidualHeader header = readResidualHeader(raw);
  if (header.lowest != image.minValue() || header.highest != image.maxValue() ||
      header.isSigned != image.isSigned())
    throw Error(ErrorCode::InputRejected, "the restoration payload was made for another sample format");
  std::size_t at = kResidualHeaderBytes;
  const Bytes opacities =
      filterInverse(raw.subspan(at, 2 * geometry.pixels()), geometry.width, geometry.height, 1, 2);
  at += opacities.size();
  const Bytes targets = filterInverse(raw.subspan(at, geometry.sampleBytes()), geometry.width,
                                      geometry.height, geometry.channels, geometry.bytes);
  at += targets.size();

  std::size_t blended = 0;
  std::size_t opaque = 0;
  for (std::size_t p = 0; p < geometry.pixels(); ++p) {
    const auto opacity = get(opacities, 2 * p, 2);
    opaque += opacity == kOpacityOne ? 1 : 0;
    blended += opacity > 0 && opacity < kOpacityOne ? 1 : 0;
  }
  const std::size_t symbolBytes =
      (blended * geometry.channels * static_cast<std::size_t>(header.symbolBits) + 7) / 8;
  const std::size_t opaqueBytes = opaque * geometry.channels * static_cast<std::size_t>(geometry.bytes);
  if (raw.size() - at != symbolBytes + opaqueBytes) reject("the residual has the wrong length");

  BitReader symbols(raw.subspan(at, symbolBytes));
  std::size_t stored = at + symbolBytes;
  std::size_t p = 0;
  for (int y = payload.box.y0; y < payload.box.y1; ++y)
    for (int x = payload.box.x0; x < payload.box.x1; ++x, ++p) {
      const int opacity = static_cast<int>(get(opacities, 2 * p, 2));
      if (opacity == 0) continue;
      for (std::size_t c = 0; c < geometry.channels; ++c) {
        int value = 0;
        if (opacity == kOpacityOne) {
          value = signExtended(static_cast<unsigned>(get(raw, stored, geometry.bytes)), geometry.bytes,
                               header.isSigned);
          stored += static_cast<std::size_t>(geometry.bytes);
        } else {
          const std::size_t sample = p * geometry.channels + c;
          const int target =
              signExtended(static_cast<unsigned>(get(
                               targets, sample * static_cast<std::size_t>(geometry.bytes), geometry.bytes)),
                           geometry.bytes, header.isSigned);
          const int channel = static_cast<int>(c);
          value = inverseSample(image.sample(x, y, channel), target, opacity, header.lowest, header.highest) +
                  static_cast<int>(symbols.read(header.symbolBits)) - header.bound;
        }
        if (value < header.lowest || value > header.highest) reject("a residual leaves the sample range");
        image.setSample(x, y, static_cast<int>(c), value);
      }
    }
}

}  // namespace

std::string_view toString(PayloadKind kind) {
  switch (kind) {
    case PayloadKind::Roi:
      return "roi";
    case PayloadKind::Residual:
      return "residual";
    case PayloadKind::Patch:
      return "patch";
    case PayloadKind::File:
      return "file";
    default:
      return "blocks";
  }
}

Bytes encodeRoiPayload(const data::Image& original, const data::Box& box, std::uint32_t frame,
                       const data::Image* relativeTo) {
  if (box.empty()) return assemble(PayloadKind::Roi, geometryOf(original, {}), {}, frame, {});
  if (intersect(box, {0, 0, original.width(), original.height()}) != box)
    throw Error(ErrorCode::InvalidArgument, "the payload box leaves the image");
  const Geometry geometry = geometryOf(original, box);
  Bytes samples = cropSamples(original, box);
  if (relativeTo) {
    if (relativeTo->width() != original.width() || relativeTo->height() != original.height() ||
        relativeTo->channels() != original.channels() ||
        relativeTo->bitsAllocated() != original.bitsAllocated())
      throw Error(ErrorCode::InvalidArgument, "the two images differ in geometry");
    combineSamples(samples, cropSamples(*relativeTo, box), geometry.bytes, false);
  }
  const Bytes filtered =
      filterForward(samples, geometry.width, geometry.height, geometry.channels, geometry.bytes);
  return assemble(PayloadKind::Roi, geometry, box, frame, filtered,
                  relativeTo ? kFilterRelative : kFilterDifference);
}

std::optional<Bytes> encodeResidualPayload(const data::Image& original, const data::Image& protectedImage,
                                           const std::vector<PlacedTile>& tiles, OpacityLaw law,
                                           std::uint32_t frame) {
  const data::Box box = changedBox(original, protectedImage);
  if (box.empty()) return std::nullopt;
  const Geometry geometry = geometryOf(original, box);
  std::vector<std::uint16_t> opacities;
  std::vector<std::int32_t> targets;
  if (!layOut(tiles, law, box, original.channels(), opacities, targets)) return std::nullopt;

  int largest = 0;
  for (const std::uint16_t opacity : opacities)
    if (opacity < kOpacityOne) largest = std::max<int>(largest, opacity);
  const int range = original.maxValue() - original.minValue();
  const int bound = std::min(residualBound(largest), range);
  const int symbolBits = bitsFor(bound);
  if (bound > 0xFFFF) return std::nullopt;

  Bytes opacityBytes(2 * geometry.pixels());
  Bytes targetBytes(geometry.sampleBytes());
  std::memcpy(opacityBytes.data(), opacities.data(), opacityBytes.size());
  for (std::size_t i = 0; i < targets.size(); ++i)
    for (int b = 0; b < geometry.bytes; ++b)
      targetBytes[i * static_cast<std::size_t>(geometry.bytes) + b] =
          static_cast<std::uint8_t>(static_cast<std::uint32_t>(targets[i]) >> (8 * b));

  BitWriter symbols;
  Bytes opaque;
  std::size_t p = 0;
  for (int y = box.y0; y < box.y1; ++y)
    for (int x = box.x0; x < box.x1; ++x, ++p) {
      if (opacities[p] == 0) continue;
      for (int c = 0; c < original.channels(); ++c) {
        const int value = original.sample(x, y, c);
        if (opacities[p] == kOpacityOne) {
          put(opaque, static_cast<std::uint32_t>(value), geometry.bytes);
          continue;
        }
        const int target = targets[p * geometry.channels + static_cast<std::size_t>(c)];
        const int residual = value - inverseSample(protectedImage.sample(x, y, c), target, opacities[p],
                                                   original.minValue(), original.maxValue());
        if (residual < -bound || residual > bound) return std::nullopt;
        symbols.write(static_cast<unsigned>(residual + bound), symbolBits);
      }
    }

  Bytes raw;
  put(raw, static_cast<std::uint32_t>(original.minValue()), 4);
  put(raw, static_cast<std::uint32_t>(original.maxValue()), 4);
  put(raw, original.isSigned() ? 1 : 0, 1);
  put(raw, static_cast<std::uint64_t>(symbolBits), 1);
  put(raw, static_cast<std::uint64_t>(bound), 2);
  const auto append = [&raw](const Bytes& part) { raw.insert(raw.end(), part.begin(), part.end()); };
  append(filterForward(opacityBytes, geometry.width, geometry.height, 1, 2));
  append(filterForward(targetBytes, geometry.width, geometry.height, geometry.channels, geometry.bytes));
  append(symbols.finish());
  append(opaque);
  Bytes encoded = assemble(PayloadKind::Residual, geometry, box, frame, raw);
  if (!restoreImage(protectedImage, decodePayload(encoded)).sameSamples(original)) return std::nullopt;
  return encoded;
}

Payload decodePayload(ByteView bytes, const PayloadLimits& limits) {
  if (bytes.size() < kPayloadHeaderBytes) reject("it is shorter than its header");
  if (std::memcmp(bytes.data(), kMagic, sizeof(kMagic)) != 0) reject("it does not begin with MLR1");
  Payload payload;
  const int kind = bytes[4];
  if (kind != static_cast<int>(PayloadKind::Roi) && kind != static_cast<int>(PayloadKind::Residual))
    reject("unknown kind " + std::to_string(kind));
  payload.kind = static_cast<PayloadKind>(kind);
  payload.bytesPerSample = bytes[5];
  payload.samples = bytes[6];
  if (payload.bytesPerSample != 1 && payload.bytesPerSample != 2) reject("impossible sample size");
  if (payload.samples != 1 && payload.samples != 3) reject("impossible number of channels");
  payload.relative = bytes[7] == kFilterRelative && payload.kind == PayloadKind::Roi;
  if (bytes[7] != kFilterDifference && !payload.relative) reject("unknown filter");
  const std::uint8_t codec = bytes[8];
  if (codec != kCodecStored && codec != kCodecDeflate) reject("unknown codec");
  if (bytes[9] != 0 || bytes[10] != 0 || bytes[11] != 0) reject("reserved bytes are not zero");
  payload.frame = static_cast<std::uint32_t>(get(bytes, 12, 4));
  const std::uint64_t x = get(bytes, 16, 4);
  const std::uint64_t y = get(bytes, 20, 4);
  const std::uint64_t width = get(bytes, 24, 4);
  const std::uint64_t height = get(bytes, 28, 4);
  const std::uint64_t rawLength = get(bytes, 32, 8);
  const std::uint64_t dataLength = get(bytes, 40, 8);

  if (x + width > limits.maxSide || y + height > limits.maxSide) reject("the box is larger than allowed");
  if ((width == 0) != (height == 0) || (width == 0 && (x != 0 || y != 0))) reject("the box is not a box");
  if (rawLength > limits.maxRawBytes) reject("its unpacked size is larger than allowed");
  if (dataLength != bytes.size() - kPayloadHeaderBytes) reject("the length field does not match");
  const std::uint64_t sampleBytes = width * height * static_cast<std::uint64_t>(payload.samples) *
                                    static_cast<std::uint64_t>(payload.bytesPerSample);
  if (payload.kind == PayloadKind::Roi && rawLength != sampleBytes)
    reject("the unpacked size does not fit the box");
  if (payload.kind == PayloadKind::Residual &&
      (width == 0 || rawLength < kResidualHeaderBytes + 2 * width * height + sampleBytes))
    reject("the unpacked size does not fit the box");
  if (codec == kCodecStored ? rawLength != dataLength
                            : rawLength / kMaxDeflateRatio > dataLength || rawLength == 0)
    reject("the unpacked size does not fit the data");

  const ByteView data = bytes.subspan(kPayloadHeaderBytes);
  payload.raw = codec == kCodecStored ? Bytes(data.begin(), data.end()) : inflatePayload(data, rawLength);
  payload.box = {static_cast<int>(x), static_cast<int>(y), static_cast<int>(x + width),
                 static_cast<int>(y + height)};
  if (payload.kind == PayloadKind::Roi) {
    payload.raw = filterInverse(payload.raw, width, height, static_cast<std::size_t>(payload.samples),
                                payload.bytesPerSample);
  } else {
    const ResidualHeader header = readResidualHeader(payload.raw);
    if (payload.raw[8] > 1 || header.symbolBits < 1 || header.symbolBits > kMaxSymbolBits ||
        header.symbolBits != bitsFor(header.bound))
      reject("the residual header is wrong");
  }
  return payload;
}

data::Image restoreImage(const data::Image& protectedImage, const Payload& payload) {
  data::Image image = protectedImage;
  if (payload.samples != image.channels() || payload.bytesPerSample != image.bitsAllocated() / 8)
    throw Error(ErrorCode::InputRejected, "the restoration payload was made for another sample format");
  if (payload.box.empty()) return image;
  if (payload.box.x1 > image.width() || payload.box.y1 > image.height())
    throw Error(ErrorCode::InputRejected, "the restoration payload was made for a larger image");
  const Geometry geometry = geometryOf(image, payload.box);
  if (payload.kind == PayloadKind::Residual) {
    restoreResidual(image, payload, geometry);
    return image;
  }
  const std::size_t pixelBytes = geometry.channels * static_cast<std::size_t>(geometry.bytes);
  const std::size_t rowBytes = geometry.width * pixelBytes;
  Bytes samples = payload.raw;
  if (payload.relative) combineSamples(samples, cropSamples(image, payload.box), geometry.bytes, true);
  for (std::size_t row = 0; row < geometry.height; ++row)
    std::memcpy(
        image.bytes().data() +
            ((static_cast<std::size_t>(payload.box.y0) + row) * image.width() + payload.box.x0) * pixelBytes,
        samples.data() + row * rowBytes, rowBytes);
  return image;
}

}  // namespace medlocker::protect
