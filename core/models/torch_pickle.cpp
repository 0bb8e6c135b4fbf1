// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/models/torch_pickle.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <unordered_map>

#include "core/common/error.h"

namespace medlocker::models {
namespace {

using Kind = PickleValue::Kind;

constexpr std::size_t kMaxRank = 8;
constexpr std::size_t kMaxTextBytes = 1 << 20;

// Opcodes of Python's pickletools, those that occur in state dicts.
enum Op : std::uint8_t {
  kProto = 0x80,
  kFrame = 0x95,
  kStop = '.',
  kMark = '(',
  kNone = 'N',
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kLong1 = 0x8a,
  kBinFloat = 'G',
  kBinUnicode = 'X',
  kShortBinUnicode = 0x8c,
  kBinString = 'T',
  kShortBinString = 'U',
  kEmptyTuple = ')',
  kTuple = 't',
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kEmptyList = ']',
  kAppend = 'a',
  kAppends = 'e',
  kEmptyDict = '}',
  kSetItem = 's',
  kSetItems = 'u',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kMemoize = 0x94,
  kBinGet = 'h',
  kLongBinGet = 'j',
  kGlobal = 'c',
  kStackGlobal = 0x93,
  kReduce = 'R',
  kBuild = 'b',
  kBinPersId = 'Q',
};

struct StorageName {
  std::string_view global;
  StorageType type;
};

constexpr std::array<StorageName, 11> kStorages{{
    {"torch.DoubleStorage", StorageType::Float64},
    {"torch.FloatStorage", StorageType::Float32},
    {"torch.HalfStorage", StorageType::Float16},
    {"torch.BFloat16Storage", StorageType::Bfloat16},
    {"torch.LongStorage", StorageType::Int64},
    {"torch.IntStorage", StorageType::Int32},
    {"torch.ShortStorage", StorageType::Int16},
    {"torch.CharStorage", StorageType::Int8},
    {"torch.ByteStorage", StorageType::Uint8},
    {"torch.BoolStorage", StorageType::Bool},
    {"torch.storage.UntypedStorage", StorageType::Uint8},
}};

constexpr std::string_view kOrderedDict = "collections.OrderedDict";
constexpr std::string_view kRebuildTensor = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view kRebuildParameter = "torch._utils._rebuild_parameter";

[[noreturn]] void reject(const std::string& reason) {
  throw Error(ErrorCode::InputRejected, "not a readable checkpoint: " + reason);
}

/// Text of the file as it may be repeated in a message.
std::string shown(std::string_view text) {
  std::string result;
  for (const char c : text.substr(0, 80)) result += c >= 0x20 && c < 0x7f ? c : '?';
  return result;
}

const StorageName* storageByName(std::string_view global) {
  for (const StorageName& name : kStorages)
    if (name.global == global) return &name;
  return nullptr;
}

bool understood(std::string_view global) {
  return global == kOrderedDict || global == kRebuildTensor || global == kRebuildParameter ||
         storageByName(global) != nullptr;
}

bool isWhole(PickleRef value) {
  return value->kind == Kind::Int;
}

std::vector<std::int64_t> wholeNumbers(PickleRef value, const char* what) {
  if (value->kind != Kind::Tuple || value->items.size() > kMaxRank)
    reject(std::string("the ") + what + " of a tensor is not a tuple of at most 8 numbers");
  std::vector<std::int64_t> numbers;
  for (PickleRef item : value->items) {
    if (!isWhole(item) || item->integer < 0)
      reject(std::string("the ") + what + " of a tensor holds something other than whole numbers from 0 on");
    numbers.push_back(item->integer);
  }
  return numbers;
}

}  // namespace

std::uint64_t elementBytes(StorageType type) {
  switch (type) {
    case StorageType::Float64:
    case StorageType::Int64:
      return 8;
    case StorageType::Float32:
    case StorageType::Int32:
      return 4;
    case StorageType::Float16:
    case StorageType::Bfloat16:
    case StorageType::Int16:
      return 2;
    case StorageType::Int8:
    case StorageType::Uint8:
    case StorageType::Bool:
      return 1;
  }
  return 1;
}

PickleRef PickleValue::find(std::string_view key) const {
  if (kind != Kind::Dict) return nullptr;
  PickleRef found = nullptr;  // a later entry replaces an earlier one, as in Python
  for (std::size_t i = 0; i + 1 < items.size(); i += 2)
    if (items[i]->kind == Kind::Text && items[i]->text == key) found = items[i + 1];
  return found;
}

/// The stack machine of one stream.
class PickleMachine {
 public:
  PickleMachine(PickleTree& tree, ByteView bytes, const PickleLimits& limits)
      : tree_(tree), bytes_(bytes.first(std::min(bytes.size(), limits.maxBytes))), limits_(limits) {
    for (PickleRef storage : tree.storages_) storages_.emplace(storage->text, storage);
  }

  PickleRef run() {
    while (true) {
      const std::uint8_t op = byte();
      if (op == kStop) {
        if (stack_.size() != 1 || stack_.back()->kind == Kind::Mark) reject("its pickle does not balance");
        return stack_.back();
      }
      step(op);
    }
  }

  std::size_t position() const { return at_; }

 private:
  std::uint8_t byte() {
    if (at_ >= bytes_.size()) reject("its pickle is cut short or too long");
    return bytes_[at_++];
  }

  ByteView take(std::size_t count) {
    if (count > bytes_.size() - at_) reject("its pickle is cut short or too long");
    const ByteView view = bytes_.subspan(at_, count);
    at_ += count;
    return view;
  }

  template <typename T>
  T little() {
    static_assert(std::endian::native == std::endian::little);
    T value{};
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  std::string line() {
    const std::size_t begin = at_;
    while (byte() != '\n')
      if (at_ - begin > 512) reject("a name in its pickle is too long");
    return asString(bytes_.subspan(begin, at_ - begin - 1));
  }

  PickleValue& make(Kind kind) {
    if (tree_.values_.size() >= limits_.maxValues) reject("its pickle holds too many values");
    tree_.values_.emplace_back().kind = kind;
    return tree_.values_.back();
  }

  PickleValue& push(Kind kind) {
    PickleValue& value = make(kind);
    stack_.push_back(&value);
    return value;
  }

  PickleValue* pop() {
    if (stack_.empty() || stack_.back()->kind == Kind::Mark) reject("its pickle takes more than it put");
    PickleValue* value = stack_.back();
    stack_.pop_back();
    return value;
  }

  PickleValue& top(Kind kind) {
    if (stack_.empty() || stack_.back()->kind != kind) reject("its pickle fills something of another kind");
    return *stack_.back();
  }

  std::vector<PickleRef> popToMark() {
    std::size_t first = stack_.size();
    while (first > 0 && stack_[first - 1]->kind != Kind::Mark) --first;
    if (first == 0) reject("its pickle misses a mark");
    std::vector<PickleRef> items(stack_.begin() + static_cast<std::ptrdiff_t>(first), stack_.end());
    stack_.resize(first - 1);
    return items;
  }

  void pushText(std::size_t length) {
    if (length > kMaxTextBytes) reject("a text in its pickle is too long");
    push(Kind::Text).text = asString(take(length));
  }

  void pushTuple(std::size_t count) {
    std::vector<PickleRef> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = pop();
    push(Kind::Tuple).items = std::move(items);
  }

  void pushGlobal(const std::string& module, const std::string& name) {
    const std::string global = module + "." + name;
    if (!understood(global))
      throw Error(ErrorCode::Unsupported,
                  "the checkpoint refers to '" + shown(global) +
                      "', which is not read because loading it could run code; save the weights alone, with "
                      "torch.save(model.state_dict(), FILE)");
    push(Kind::Global).text = global;
  }

  void put(std::uint64_t key) {
    if (stack_.empty() || stack_.back()->kind == Kind::Mark) reject("its pickle remembers nothing");
    if (memo_.size() >= limits_.maxValues) reject("its pickle holds too many values");
    memo_[key] = stack_.back();
  }

  void get(std::uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) reject("its pickle refers to what is not there");
    if (stack_.size() >= limits_.maxValues) reject("its pickle holds too many values");
    stack_.push_back(found->second);
  }

  void extend(PickleValue& container, const std::vector<PickleRef>& items) {
    // References are cheap to repeat, so their number is bounded like that of values.
    references_ += items.size();
    if (references_ > 4 * limits_.maxValues) reject("its pickle holds too many values");
    container.items.insert(container.items.end(), items.begin(), items.end());
  }

  void setItems(std::vector<PickleRef> items) {
    if (items.size() % 2 != 0) reject("a dictionary in its pickle has a key without a value");
    extend(top(Kind::Dict), items);
  }

  void step(std::uint8_t op) {
    switch (op) {
      case kProto:
        if (byte() > 5) reject("its pickle protocol is unknown");
        return;
      case kFrame:
        take(8);
        return;
      case kMark:
        push(Kind::Mark);
        return;
      case kNone:
        push(Kind::None);
        return;
      case kNewTrue:
      case kNewFalse:
        push(Kind::Bool).integer = op == kNewTrue ? 1 : 0;
        return;
      case kBinInt:
        push(Kind::Int).integer = little<std::int32_t>();
        return;
      case kBinInt1:
        push(Kind::Int).integer = byte();
        return;
      case kBinInt2:
        push(Kind::Int).integer = little<std::uint16_t>();
        return;
      case kLong1:
        pushLong(take(byte()));
        return;
      case kBinFloat: {
        std::uint64_t bits = 0;
        for (const std::uint8_t b : take(8)) bits = bits << 8 | b;
        push(Kind::Float).number = std::bit_cast<double>(bits);
        return;
      }
      case kBinUnicode:
      case kBinString:
        pushText(little<std::uint32_t>());
        return;
      case kShortBinUnicode:
      case kShortBinString:
        pushText(byte());
        return;
      case kEmptyTuple:
        push(Kind::Tuple);
        return;
      case kTuple: {
        auto items = popToMark();
        push(Kind::Tuple).items = std::move(items);
        return;
      }
      case kTuple1:
      case kTuple2:
      case kTuple3:
        pushTuple(op - kTuple1 + 1U);
        return;
      case kEmptyList:
        push(Kind::List);
        return;
      case kAppend: {
        PickleRef item = pop();
        extend(top(Kind::List), {item});
        return;
      }
      case kAppends: {
        const auto items = popToMark();
        extend(top(Kind::List), items);
        return;
      }
      case kEmptyDict:
        push(Kind::Dict);
        return;
      case kSetItem: {
        PickleRef value = pop();
        PickleRef key = pop();
        setItems({key, value});
        return;
      }
      case kSetItems:
        setItems(popToMark());
        return;
      case kBinPut:
        put(byte());
        return;
      case kLongBinPut:
        put(little<std::uint32_t>());
        return;
      case kMemoize:
        put(memo_.size());
        return;
      case kBinGet:
        get(byte());
        return;
      case kLongBinGet:
        get(little<std::uint32_t>());
        return;
      case kGlobal: {
        const std::string module = line();
        pushGlobal(module, line());
        return;
      }
      case kStackGlobal: {
        PickleRef name = pop();
        PickleRef module = pop();
        if (name->kind != Kind::Text || module->kind != Kind::Text) reject("a name in its pickle is no text");
        pushGlobal(module->text, name->text);
        return;
      }
      case kReduce:
        reduce();
        return;
      case kBuild: {
        // torch keeps version numbers in an attribute of the OrderedDict; they are not needed.
        PickleRef state = pop();
        if (state->kind != Kind::Dict || !top(Kind::Dict).ordered)
          reject("its pickle sets attributes of something other than an OrderedDict");
        return;
      }
      case kBinPersId:
        pushStorage(pop());
        return;
      default: {
        constexpr char kDigits[] = "0123456789abcdef";
        reject(std::string("its pickle holds the operation 0x") + kDigits[op >> 4] + kDigits[op & 15] +
               ", which a file of weights does not need");
      }
    }
  }

  void pushLong(ByteView little) {
    if (little.size() > 8) {
      push(Kind::Long).text = asString(little);
      return;
    }
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < little.size(); ++i) bits |= std::uint64_t{little[i]} << (8 * i);
    // Two's complement of the given length.
    const auto unused = static_cast<int>(64 - 8 * little.size());
    if (!little.empty() && unused > 0 && (little.back() & 0x80) != 0)
      bits |= ~std::uint64_t{0} << (64 - unused);
    push(Kind::Int).integer = static_cast<std::int64_t>(bits);
  }

  /// The persistent id of torch.save: ("storage", type, key, location, elements[, view]).
  void pushStorage(PickleRef id) {
    if (id->kind != Kind::Tuple || id->items.size() < 5 || id->items.size() > 6 ||
        id->items[0]->kind != Kind::Text || id->items[0]->text != "storage" ||
        id->items[1]->kind != Kind::Global || id->items[2]->kind != Kind::Text || !isWhole(id->items[4]) ||
        id->items[4]->integer < 0)
      reject("a storage is not described as torch.save does it");
    if (id->items.size() == 6 && id->items[5]->kind != Kind::None)
      throw Error(ErrorCode::Unsupported,
                  "the checkpoint holds views of storages, as very old PyTorch wrote them; "
                  "save it anew with a current version");
    const StorageName* name = storageByName(id->items[1]->text);
    if (!name) reject("a storage has no number type");
    const auto elements = static_cast<std::uint64_t>(id->items[4]->integer);
    if (elements > limits_.maxStorageBytes / elementBytes(name->type)) reject("a storage is too large");
    const std::string& key = id->items[2]->text;
    const auto known = storages_.find(key);
    if (known != storages_.end()) {
      if (known->second->storageType != name->type || known->second->elements != elements)
        throw Error(ErrorCode::Unsupported, "the checkpoint gives one storage two sizes or number types");
      // The tree owns all values; the stack only ever adds references.
      stack_.push_back(const_cast<PickleValue*>(known->second));
      return;
    }
    PickleValue& storage = push(Kind::Storage);
    storage.text = key;
    storage.storageType = name->type;
    storage.elements = elements;
    storages_.emplace(key, &storage);
    tree_.storages_.push_back(&storage);
  }

  void reduce() {
    PickleRef arguments = pop();
    PickleRef function = pop();
    if (function->kind != Kind::Global || arguments->kind != Kind::Tuple)
      reject("its pickle calls something that is no function");
    if (function->text == kOrderedDict)
      orderedDict(*arguments);
    else if (function->text == kRebuildTensor)
      tensor(*arguments);
    else if (function->text == kRebuildParameter)
      parameter(*arguments);
    else
      reject("its pickle calls '" + shown(function->text) + "'");
  }

  /// OrderedDict() or, as Python 2 wrote it, OrderedDict([[key, value], …]).
  void orderedDict(const PickleValue& arguments) {
    std::vector<PickleRef> items;
    if (arguments.items.size() > 1 || (arguments.items.size() == 1 && arguments.items[0]->kind != Kind::List))
      reject("an OrderedDict is made from something other than pairs");
    if (arguments.items.size() == 1)
      for (PickleRef pair : arguments.items[0]->items) {
        if ((pair->kind != Kind::List && pair->kind != Kind::Tuple) || pair->items.size() != 2)
          reject("an OrderedDict is made from something other than pairs");
        items.insert(items.end(), pair->items.begin(), pair->items.end());
      }
    PickleValue& dict = push(Kind::Dict);
    dict.ordered = true;
    extend(dict, items);
  }

  /// _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks[, metadata]).
  void tensor(const PickleValue& arguments) {
    const auto& a = arguments.items;
    if (a.size() < 6 || a.size() > 7 || a[0]->kind != Kind::Storage || !isWhole(a[1]) || a[1]->integer < 0)
      reject("a tensor is not described as torch.save does it");
    std::vector<std::int64_t> shape = wholeNumbers(a[2], "shape");
    std::vector<std::int64_t> strides = wholeNumbers(a[3], "strides");
    if (shape.size() != strides.size()) reject("a tensor has not as many strides as sides");
    const std::uint64_t elements = a[0]->elements;
    const auto offset = static_cast<std::uint64_t>(a[1]->integer);
    std::uint64_t count = 1;
    std::uint64_t last = offset;
    const bool empty = std::count(shape.begin(), shape.end(), 0) > 0;  // then the storage may be empty too
    for (std::size_t i = 0; i < shape.size(); ++i) {
      const auto length = static_cast<std::uint64_t>(shape[i]);
      const auto stride = static_cast<std::uint64_t>(strides[i]);
      if (empty || length <= 1) continue;
      // Also refuses tensors that repeat elements by a stride of 0: they could be far larger than the file.
      if (count > elements / length) reject("a tensor is larger than its storage");
      count *= length;
      if (stride > 0 && length - 1 > (elements - std::min(elements, last)) / stride)
        reject("a tensor lies outside its storage");
      last += (length - 1) * stride;
    }
    if (empty ? offset > elements : last >= elements) reject("a tensor lies outside its storage");
    PickleValue& value = push(Kind::Tensor);
    value.storage = a[0];
    value.offset = offset;
    value.shape = std::move(shape);
    value.strides = std::move(strides);
  }

  /// _rebuild_parameter(data, requires_grad, backward_hooks).
  void parameter(const PickleValue& arguments) {
    if (arguments.items.size() != 3 || arguments.items[0]->kind != Kind::Tensor)
      reject("a parameter is not described as torch.save does it");
    stack_.push_back(const_cast<PickleValue*>(arguments.items[0]));
  }

  PickleTree& tree_;
  ByteView bytes_;
  const PickleLimits& limits_;
  std::size_t at_ = 0;
  std::size_t references_ = 0;
  std::vector<PickleValue*> stack_;
  std::unordered_map<std::uint64_t, PickleValue*> memo_;
  std::unordered_map<std::string, PickleRef> storages_;
};

PickleRef PickleTree::parse(ByteView bytes, std::size_t* used, const PickleLimits& limits) {
  PickleMachine machine(*this, bytes, limits);
  PickleRef value = machine.run();
  if (used) *used = machine.position();
  return value;
}

}  // namespace medlocker::models
