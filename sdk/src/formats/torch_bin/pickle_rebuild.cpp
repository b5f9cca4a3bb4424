// The part of PickleMachine that stands in for calls.
#include "modelhost/base/text.h"
#include "modelhost/formats/error_codes.h"
#include "pickle_machine.h"

namespace modelhost {
namespace {

bool is_number(const PickleValue& value) {
  return value.is(PickleKind::kInteger);
}

// None, or a dict without entries: backward hooks and metadata that change nothing.
bool is_nothing(const PickleValue& value) {
  return value.is(PickleKind::kNone) || (value.is(PickleKind::kDict) && value.items.empty());
}

}  // namespace

std::string_view describe(PickleKind kind) {
  switch (kind) {
    case PickleKind::kNone:
      return "None";
    case PickleKind::kBool:
      return "a bool";
    case PickleKind::kInteger:
      return "an integer";
    case PickleKind::kLong:
      return "a long integer";
    case PickleKind::kFloat:
      return "a float";
    case PickleKind::kText:
      return "a text";
    case PickleKind::kBytes:
      return "bytes";
    case PickleKind::kTuple:
      return "a tuple";
    case PickleKind::kList:
      return "a list";
    case PickleKind::kDict:
      return "a dict";
    case PickleKind::kGlobal:
      return "a function or class";
    case PickleKind::kStorage:
      return "a storage";
    case PickleKind::kTensor:
      return "a tensor";
  }
  return "a value";
}

void PickleMachine::push_global(std::string_view module, std::string_view name) {
  const PickleGlobal* global = find_pickle_global(module, name);
  if (!global) {
    const std::string full = std::string(module.substr(0, 200)) + "." + std::string(name.substr(0, 200));
    throw forbidden(quote(full, 200)).got(quote(full, 200));
  }
  push(Kind::kGlobal).global = global;
}

void PickleMachine::push_storage(const PickleValue& id) {
  const auto& parts = id.items;
  if (!id.is(Kind::kTuple) || parts.empty() || !parts[0]->is(Kind::kText)) {
    throw malformed("a reference to stored data is no tuple that starts with a name");
  }
  if (parts[0]->text != "storage") throw forbidden("a reference of kind " + quote(parts[0]->text));
  if (parts.size() == 6 && !parts[5]->is(Kind::kNone)) {
    throw Error(codes::kBinUnsupported,
                "a file with views of storages, as PyTorch before 0.4 wrote them, is not read")
        .file(path_)
        .fix("load the file in Python and save it again");
  }
  const bool form = (parts.size() == 5 || parts.size() == 6) && parts[1]->is(Kind::kGlobal) &&
                    parts[2]->is(Kind::kText) && parts[3]->is(Kind::kText) && is_number(*parts[4]) &&
                    parts[4]->number >= 0;
  if (!form) throw malformed("a reference to stored data has not the parts type, key, location and size");
  const PickleRole role = parts[1]->global->role;
  if (role != PickleRole::kStorageType && role != PickleRole::kUntypedStorage) {
    throw malformed("a storage has the type " + std::string(parts[1]->global->name));
  }
  PickleValue& storage = push(Kind::kStorage);
  storage.global = parts[1]->global;
  storage.text = parts[2]->text;
  storage.number = parts[4]->number;
}

PickleValue* PickleMachine::reduce(const PickleGlobal& function, const PickleValue& arguments) {
  switch (function.role) {
    case PickleRole::kOrderedDict:
      return make_dict(arguments);
    case PickleRole::kSize:
      if (arguments.items.size() != 1 || !arguments.items[0]->is(Kind::kTuple)) {
        throw malformed("torch.Size is made from something else than a tuple");
      }
      return arguments.items[0];
    case PickleRole::kRebuildTensor:
    case PickleRole::kRebuildTensorV2:
    case PickleRole::kRebuildTensorV3:
      return make_tensor(function, arguments);
    case PickleRole::kRebuildParameter:
    case PickleRole::kRebuildParameterWithState:
      return unwrap_parameter(function, arguments);
    case PickleRole::kRebuildFromType:
      return unwrap_typed(arguments);
    default:
      throw forbidden("a call of " + std::string(function.name));
  }
}

// OrderedDict() from Python 3, OrderedDict([[key, value], …]) from Python 2.
PickleValue* PickleMachine::make_dict(const PickleValue& arguments) {
  PickleValue& dict = values_.emplace_back();
  dict.kind = Kind::kDict;
  if (arguments.items.empty()) return &dict;
  const PickleValue& pairs = *arguments.items[0];
  if (arguments.items.size() != 1 || !pairs.is(Kind::kList))
    throw malformed("an OrderedDict is made from no list");
  if (pairs.items.size() > copies_left_) throw malformed("one list is used over and over");
  copies_left_ -= pairs.items.size();
  std::vector<PickleValue*> items;
  for (const PickleValue* pair : pairs.items) {
    const bool form = (pair->is(Kind::kTuple) || pair->is(Kind::kList)) && pair->items.size() == 2;
    if (!form) throw malformed("an OrderedDict is made from something else than pairs");
    items.insert(items.end(), pair->items.begin(), pair->items.end());
  }
  set_items(dict, items);
  return &dict;
}

PickleValue* PickleMachine::make_tensor(const PickleGlobal& function, const PickleValue& arguments) {
  const auto& parts = arguments.items;
  const bool v2 = function.role == PickleRole::kRebuildTensorV2,
             v3 = function.role == PickleRole::kRebuildTensorV3;
  const std::size_t required = v3 ? 7 : v2 ? 6 : 4;
  const bool count = parts.size() == required || ((v2 || v3) && parts.size() == required + 1);
  const bool form = count && parts[0]->is(Kind::kStorage) && is_number(*parts[1]) &&
                    parts[2]->is(Kind::kTuple) && parts[3]->is(Kind::kTuple) &&
                    (!v3 || (parts[6]->is(Kind::kGlobal) && parts[6]->global->role == PickleRole::kDtype));
  if (!form) throw malformed(std::string(function.name) + " has the wrong arguments");
  if ((v2 || v3) && !is_nothing(*parts[5])) throw forbidden("a tensor with backward hooks");
  if (parts.size() > required && !is_nothing(*parts[required])) {
    throw forbidden("a tensor with metadata (a conjugate or negated view)");
  }
  PickleValue& tensor = values_.emplace_back();
  tensor.kind = Kind::kTensor;
  tensor.global = v3 ? parts[6]->global : nullptr;
  tensor.items.assign(parts.begin(), parts.begin() + 4);
  return &tensor;
}

// _rebuild_parameter(tensor, requires_grad, hooks[, state]). The state holds Python attributes and no
// numbers.
PickleValue* PickleMachine::unwrap_parameter(const PickleGlobal& function, const PickleValue& arguments) {
  const auto& parts = arguments.items;
  const std::size_t required = function.role == PickleRole::kRebuildParameterWithState ? 4 : 3;
  if (parts.size() != required || !parts[0]->is(Kind::kTensor)) {
    throw malformed(std::string(function.name) + " has the wrong arguments");
  }
  if (!is_nothing(*parts[2])) throw forbidden("a parameter with backward hooks");
  return parts[0];
}

// _rebuild_from_type_v2(rebuild function, class, its arguments, state): tensors with Python attributes.
PickleValue* PickleMachine::unwrap_typed(const PickleValue& arguments) {
  const auto& parts = arguments.items;
  const bool form = parts.size() == 4 && parts[0]->is(Kind::kGlobal) && parts[1]->is(Kind::kGlobal) &&
                    parts[1]->global->role == PickleRole::kTensorClass && parts[2]->is(Kind::kTuple);
  if (!form) throw malformed("torch._tensor._rebuild_from_type_v2 has the wrong arguments");
  const PickleGlobal& function = *parts[0]->global;
  switch (function.role) {
    case PickleRole::kRebuildTensor:
    case PickleRole::kRebuildTensorV2:
    case PickleRole::kRebuildTensorV3:
      return make_tensor(function, *parts[2]);
    case PickleRole::kRebuildParameter:
      return unwrap_parameter(function, *parts[2]);
    default:
      throw forbidden("_rebuild_from_type_v2 with " + std::string(function.name));
  }
}

}  // namespace modelhost
