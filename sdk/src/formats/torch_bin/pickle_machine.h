// A pickle machine that can only make plain values and tensors, and can do nothing.
//
// A pickle is a program for a stack machine. Each instruction is one byte and its arguments: most push a
// value, some build a tuple, list or dict from what lies above a mark, some store in or fetch from the memo,
// a table of numbered values. GLOBAL pushes something by name and REDUCE calls it, which is how a pickle runs
// any code it likes. Here GLOBAL knows the names in pickle_globals.h and no others, REDUCE makes the value
// that the name stands for, and instructions that torch.save never writes are refused: PERSID, INST, OBJ,
// NEWOBJ, EXT, sets, buffers and the text forms of protocol 0. BINPERSID makes a storage from ("storage",
// type, key, location, elements[, None]). A tensor is
//   torch._utils._rebuild_tensor_v2(storage, offset, sizes, strides, requires_grad, hooks[, metadata])
// or one of its variants. All protocols from 2 to 5 are read.
//
// Every instruction checks the kinds of what it takes; nothing is taken from below a mark. Memory is
// proportional to the bytes read, about 100 bytes for each in the worst case: no length or memo number is
// believed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>

#include "modelhost/base/error.h"
#include "pickle_globals.h"
#include "pickle_value.h"

namespace modelhost {

/// Real pickles have about 150 bytes a tensor. No pickle is read beyond this.
inline constexpr std::size_t kMaxPickleBytes = std::size_t{32} << 20;

class PickleMachine {
 public:
  /// `bytes` may go on behind the pickle and must outlive the machine; `path` is for messages.
  PickleMachine(std::span<const std::byte> bytes, const std::string& path);

  /// Runs one pickle and returns its value, which lives as long as the machine. The next call goes on behind
  /// it. Errors: kPickleForbidden (naming what was asked for), kPickleMalformed.
  const PickleValue& run();
  /// Behind the last pickle that was run.
  std::size_t position() const { return position_; }
  /// Everything that was made, in order, used or not.
  const std::deque<PickleValue>& values() const { return values_; }

 private:
  using Kind = PickleKind;

  bool step();  // false after STOP
  bool push_constant(uint8_t opcode);
  bool push_number(uint8_t opcode);
  bool push_text(uint8_t opcode);
  bool memo(uint8_t opcode);
  bool build_tuple(uint8_t opcode);
  bool fill_container(uint8_t opcode);
  bool call(uint8_t opcode);

  template <typename T>
  T take();
  std::string_view take_bytes(uint64_t size);
  std::string_view take_line();

  PickleValue& push(Kind kind);
  PickleValue& pop(Kind wanted);
  PickleValue* pop();
  PickleValue& top(Kind wanted);
  std::vector<PickleValue*> pop_to_mark();
  std::vector<PickleValue*> pop_many(std::size_t count);
  void push_global(std::string_view module, std::string_view name);
  void push_storage(const PickleValue& id);
  void set_items(PickleValue& dict, const std::vector<PickleValue*>& items);

  PickleValue* reduce(const PickleGlobal& function, const PickleValue& arguments);
  PickleValue* make_dict(const PickleValue& arguments);
  PickleValue* make_tensor(const PickleGlobal& function, const PickleValue& arguments);
  PickleValue* unwrap_parameter(const PickleGlobal& function, const PickleValue& arguments);
  PickleValue* unwrap_typed(const PickleValue& arguments);

  Error malformed(const std::string& what) const;
  Error forbidden(const std::string& what) const;

  std::span<const std::byte> bytes_;
  std::string path_;
  std::size_t position_ = 0;
  std::size_t instruction_ = 0;  // where the current one starts, for messages
  std::size_t copies_left_;      // values that may still be copied from one container to another
  std::deque<PickleValue> values_;
  std::vector<PickleValue*> stack_;
  std::vector<std::size_t> marks_;
  std::map<uint64_t, PickleValue*> memo_;  // a map: a hostile number must not make a table of that size
};

}  // namespace modelhost
