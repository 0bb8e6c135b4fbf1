// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/npy.h"

#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/common/error.h"

namespace medlocker::data {
namespace {

struct TypeRow {
  NpyType type;
  std::string_view descr;
  std::size_t bytes;
};
constexpr std::array<TypeRow, 6> kTypes{{{NpyType::UInt8, "|u1", 1},
                                         {NpyType::UInt16, "<u2", 2},
                                         {NpyType::Int32, "<i4", 4},
                                         {NpyType::Int64, "<i8", 8},
                                         {NpyType::Bool, "|b1", 1},
                                         {NpyType::Float32, "<f4", 4}}};
constexpr std::string_view kMagic = "\x93NUMPY";

const TypeRow& row(NpyType type) {
  for (const TypeRow& candidate : kTypes)
    if (candidate.type == type) return candidate;
  throw Error(ErrorCode::Internal, "unknown array type");
}

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorCode::InputRejected, "npy header: " + why);
}

std::uint64_t checkedProduct(const std::vector<std::int64_t>& shape, std::size_t bytesPerItem,
                             std::uint64_t maxBytes) {
  std::uint64_t count = 1;
  bool zero = false;
  for (const std::int64_t side : shape) {
    if (side == 0) {
      zero = true;  // go on: an absurd other side is refused all the same
      continue;
    }
    if (side < 0 || count > std::numeric_limits<std::uint64_t>::max() / static_cast<std::uint64_t>(side))
      refuse("the shape is impossible");
    count *= static_cast<std::uint64_t>(side);
  }
  if (count > maxBytes / bytesPerItem) refuse("the array is larger than allowed");
  return zero ? 0 : count;
}

/// Reads the one dictionary literal that a header holds.
class HeaderText {
 public:
  HeaderText(std::string_view text, const NpyLimits& limits) : text_(text), limits_(limits) {}

  NpyHeader parse() {
    NpyHeader header;
    bool haveType = false;
    bool haveOrder = false;
    bool haveShape = false;
    expect('{');
    while (!accept('}')) {
      const std::string_view key = quoted();
      expect(':');
      if (key == "descr" && !haveType) {
        header.type = type();
        haveType = true;
      } else if (key == "fortran_order" && !haveOrder) {
        order();
        haveOrder = true;
      } else if (key == "shape" && !haveShape) {
        header.shape = shape();
        haveShape = true;
      } else {
        refuse("an unknown or repeated key");
      }
      if (accept(',')) continue;
      expect('}');
      break;
    }
    if (!haveType || !haveOrder || !haveShape) refuse("descr, fortran_order or shape is missing");
    if (at_ >= text_.size() || text_.back() != '\n') refuse("it does not end in a line break");
    for (; at_ + 1 < text_.size(); ++at_)
      if (text_[at_] != ' ') refuse("text follows the dictionary");
    header.itemCount = checkedProduct(header.shape, itemBytes(header.type), limits_.maxArrayBytes);
    return header;
  }

 private:
  void skipBlanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool accept(char c) {
    skipBlanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) refuse(std::string("'") + c + "' is missing");
  }
  std::string_view quoted() {
    skipBlanks();
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) refuse("a string is missing");
    const char quote = text_[at_++];
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\') refuse("an escape in a string");
      ++at_;
    }
    if (at_ >= text_.size()) refuse("a string is not closed");
    return text_.substr(begin, at_++ - begin);
  }
  NpyType type() {
    skipBlanks();
    if (at_ < text_.size() && text_[at_] == '[')
      throw Error(ErrorCode::Unsupported, "npy header: structured arrays are not read");
    const std::string_view name = quoted();
    for (const TypeRow& candidate : kTypes)
      if (candidate.descr == name) return candidate.type;
    std::string shown;
    for (const char c : name.substr(0, 16)) shown += c >= ' ' && c < 0x7F ? c : '?';
    throw Error(ErrorCode::Unsupported,
                "npy header: arrays of type '" + shown + "' are not read (only |u1 <u2 <i4 <i8 |b1 <f4)");
  }
  void order() {
    if (acceptWord("False")) return;
    if (acceptWord("True")) throw Error(ErrorCode::Unsupported, "npy header: Fortran order is not read");
    refuse("fortran_order is neither True nor False");
  }
  bool acceptWord(std::string_view word) {
    skipBlanks();
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  std::vector<std::int64_t> shape() {
    std::vector<std::int64_t> sides;
    expect('(');
    bool comma = true;
    while (!accept(')')) {
      if (!comma) refuse("the shape is malformed");
      if (sides.size() >= limits_.maxDimensions) refuse("too many dimensions");
      sides.push_back(number());
      comma = accept(',');
    }
    if (sides.size() == 1 && !comma) refuse("the shape is a number, not a tuple");
    return sides;
  }
  std::int64_t number() {
    skipBlanks();
    std::int64_t value = 0;
    std::size_t digits = 0;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
      if (++digits > 15) refuse("a side of the shape is too large");
      value = value * 10 + (text_[at_++] - '0');
    }
    if (digits == 0) refuse("a side of the shape is not a number");
    return value;
  }

  std::string_view text_;
  const NpyLimits& limits_;
  std::size_t at_ = 0;
};

}  // namespace

std::string_view descr(NpyType type) {
  return row(type).descr;
}
std::size_t itemBytes(NpyType type) {
  return row(type).bytes;
}

std::uint64_t NpyHeader::entryItems() const {
  if (shape.empty() || shape.front() == 0) return shape.empty() ? itemCount : 0;
  return itemCount / static_cast<std::uint64_t>(shape.front());
}

std::size_t npyHeaderBytes(ByteView prefix, const NpyLimits& limits) {
  if (prefix.size() < 10 || asString(prefix.first(kMagic.size())) != kMagic) refuse("not an npy file");
  std::size_t length = 0;
  std::size_t begin = 0;
  if (prefix[6] == 1 && prefix[7] == 0) {
    length = static_cast<std::size_t>(prefix[8]) | static_cast<std::size_t>(prefix[9]) << 8;
    begin = 10;
  } else if (prefix[6] == 2 && prefix[7] == 0) {
    if (prefix.size() < 12) refuse("not an npy file");
    for (int i = 0; i < 4; ++i) length |= static_cast<std::size_t>(prefix[8 + i]) << (8 * i);
    begin = 12;
  } else {
    throw Error(ErrorCode::Unsupported, "npy header: version " + std::to_string(prefix[6]) + "." +
                                            std::to_string(prefix[7]) + " is not read (only 1.0 and 2.0)");
  }
  if (length > limits.maxHeaderBytes) refuse("longer than allowed");
  return begin + length;
}

NpyHeader parseNpyHeader(ByteView bytes, const NpyLimits& limits) {
  const std::size_t total = npyHeaderBytes(bytes, limits);
  if (bytes.size() < total) refuse("the file ends inside it");
  const std::size_t begin = bytes[6] == 1 ? 10 : 12;
  const std::string text = asString(bytes.subspan(begin, total - begin));
  NpyHeader header = HeaderText(text, limits).parse();
  header.dataOffset = total;
  return header;
}

std::int64_t NpyArray::integerAt(std::uint64_t index) const {
  if (index >= header.itemCount) throw Error(ErrorCode::Internal, "array index out of range");
  const std::uint8_t* at = data.data() + index * itemBytes(header.type);
  const auto load = [at](auto value) {
    std::memcpy(&value, at, sizeof value);  // the machines we build for are little endian
    return value;
  };
  switch (header.type) {
    case NpyType::UInt8:
    case NpyType::Bool:
      return *at;
    case NpyType::UInt16:
      return load(std::uint16_t{});
    case NpyType::Int32:
      return load(std::int32_t{});
    case NpyType::Int64:
      return load(std::int64_t{});
    case NpyType::Float32: {
      const float value = load(0.F);
      if (!std::isfinite(value) || std::abs(value) > 1e6F || std::trunc(value) != value)
        throw Error(ErrorCode::InputRejected, "is not an integer");
      return static_cast<std::int64_t>(value);
    }
  }
  throw Error(ErrorCode::Internal, "unknown array type");
}

NpyArray parseNpy(ByteView bytes, const NpyLimits& limits) {
  NpyArray array;
  array.header = parseNpyHeader(bytes, limits);
  const ByteView data = bytes.subspan(array.header.dataOffset);
  if (data.size() != array.header.dataBytes())
    throw Error(ErrorCode::InputRejected, "npy: " + std::to_string(data.size()) +
                                              " bytes of data where the shape says " +
                                              std::to_string(array.header.dataBytes()));
  array.data.assign(data.begin(), data.end());
  return array;
}

NpyArray makeNpyArray(NpyType type, std::vector<std::int64_t> shape, Bytes data) {
  NpyArray array;
  array.header.type = type;
  array.header.itemCount = checkedProduct(shape, itemBytes(type), std::numeric_limits<std::uint64_t>::max());
  array.header.shape = std::move(shape);
  if (data.size() != array.header.dataBytes())
    throw Error(ErrorCode::InvalidArgument, "array data does not fit its shape");
  array.data = std::move(data);
  return array;
}

Bytes serialiseNpy(const NpyArray& array) {
  std::string text =
      "{'descr': '" + std::string(descr(array.header.type)) + "', 'fortran_order': False, 'shape': (";
  const auto& shape = array.header.shape;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i) text += ' ';
    text += std::to_string(shape[i]);
    if (i + 1 < shape.size() || shape.size() == 1) text += ',';
  }
  text += "), }";
  constexpr std::size_t kFixed = 10;
  const std::size_t total = (kFixed + text.size() + 1 + 63) / 64 * 64;
  text.append(total - kFixed - text.size() - 1, ' ');
  text += '\n';
  std::string head(kMagic);
  for (const std::size_t byte : {std::size_t{1}, std::size_t{0}, text.size() & 0xFF, text.size() >> 8})
    head += static_cast<char>(byte);
  head += text;
  Bytes out;
  out.reserve(head.size() + array.data.size());
  out.insert(out.end(), head.begin(), head.end());
  out.insert(out.end(), array.data.begin(), array.data.end());
  return out;
}

}  // namespace medlocker::data
