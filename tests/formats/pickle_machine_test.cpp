#include "formats/torch_bin/pickle_machine.h"

#include <catch2/catch_test_macros.hpp>

#include "pickle_bytes.h"
#include "support/error_of.h"

namespace modelhost {
namespace {

using namespace test;
using namespace std::string_literals;

std::string code_of_pickle(const std::string& bytes) {
  return code_of([&] { PickleMachine(as_span(bytes), "x.bin").run(); });
}

const std::string kTensor = tensor(storage("0", 4), 0, {4}, {1});
const std::string kRebuild = global("torch._utils", "_rebuild_tensor_v2");

TEST_CASE("plain values of every protocol are read") {
  const std::string pickle = "\x80\x04\x95\0\0\0\0\0\0\0\0"s +
                             "](NK\xffM\x01\x02J\xff\xff\xff\xff\x8a\0\x8a\x01\xfe\x8b\2\0\0\0\0\1"s +
                             "\x88\x89G\0\0\0\0\0\0\0\0)\x85}"s + text("a") +
                             "\x8c\1b\x8d\1\0\0\0\0\0\0\0cU\1dT\1\0\0\0eC\1fB\1\0\0\0g"s +
                             "\x8e\1\0\0\0\0\0\0\0he."s;
  PickleMachine machine(as_span(pickle), "x.bin");
  const PickleValue& list = machine.run();
  CHECK(machine.position() == pickle.size());
  REQUIRE(list.is(PickleKind::kList));
  REQUIRE(list.items.size() == 20);
  const std::vector<int64_t> numbers = {255, 513, -1, 0, -2, 256};
  for (std::size_t i = 0; i < numbers.size(); ++i) CHECK(list.items[i + 1]->number == numbers[i]);
  std::string texts;
  for (std::size_t i = 12; i < 20; ++i) texts += list.items[i]->text;
  CHECK(texts == "abcdefgh");
}

TEST_CASE("the memo gives back the same value, whatever its number") {
  const std::string pickle = "\x80\x02]r\xff\xff\xff\xffq\1K\5aj\xff\xff\xff\xff\x94h\2\x87."s;
  PickleMachine machine(as_span(pickle), "x.bin");
  const PickleValue& tuple = machine.run();
  REQUIRE(tuple.items.size() == 3);
  CHECK(tuple.items[0] == tuple.items[1]);
  CHECK(tuple.items[2] == tuple.items[0]);
  CHECK(tuple.items[0]->items.at(0)->number == 5);
}

TEST_CASE("dicts of tensors come out whole, with their attributes ignored") {
  const std::string pickle =
      "\x80\x02"s + kEmptyDict + "(" + text("w") + kTensor + "u}" + text("_metadata") + kEmptyDict + "sb.";
  PickleMachine machine(as_span(pickle), "x.bin");
  const PickleValue& dict = machine.run();
  REQUIRE(dict.items.size() == 2);
  CHECK(dict.items[0]->text == "w");
  REQUIRE(dict.items[1]->is(PickleKind::kTensor));
  CHECK(dict.items[1]->items[kTensorStorage]->text == "0");
  CHECK(dict.items[1]->items[kTensorSizes]->items.at(0)->number == 4);
}

TEST_CASE("the ways in which a tensor is rebuilt") {
  const std::string four = storage("0", 4) + number(0) + numbers({4}) + numbers({1});
  const std::string hooks = "\x89" + kEmptyDict;
  const std::string from_type = global("torch._tensor", "_rebuild_from_type_v2");
  for (const std::string& good : {
           global("torch._utils", "_rebuild_tensor") + tuple(four) + "R",
           kRebuild + tuple(four + hooks) + "R",
           kRebuild + tuple(four + hooks + "N") + "R",
           kRebuild + tuple(four + "\x89N}") + "R",
           global("torch._utils", "_rebuild_tensor_v3") + tuple(four + hooks + global("torch", "uint16")) +
               "R",
           global("torch._utils", "_rebuild_parameter") + tuple(kTensor + "\x88" + kEmptyDict) + "R",
           global("torch._utils", "_rebuild_parameter_with_state") +
               tuple(kTensor + "\x88" + kEmptyDict + "}") + "R",
           from_type + tuple(kRebuild + global("torch", "Tensor") + tuple(four + hooks) + "}") + "R",
           from_type +
               tuple(global("torch._utils", "_rebuild_parameter") +
                     global("torch.nn.parameter", "Parameter") + tuple(kTensor + "\x88" + kEmptyDict) + "}") +
               "R",
       }) {
    const std::string pickle = "\x80\x02" + good + ".";
    PickleMachine machine(as_span(pickle), "x.bin");
    CHECK(machine.run().is(PickleKind::kTensor));
  }
}

TEST_CASE("an OrderedDict of Python 2 is read") {
  const std::string pickle =
      "\x80\x02" + global("collections", "OrderedDict") + "](](U\1aK\1e](U\1bK\2ee\x85R.";
  PickleMachine machine(as_span(pickle), "x.bin");
  const PickleValue& dict = machine.run();
  REQUIRE(dict.items.size() == 4);
  CHECK(dict.items[2]->text == "b");
  CHECK(dict.items[3]->number == 2);
}

struct Bad {
  const char* what;
  std::string pickle;
  const char* code = "K202";
};

// Everything that reaches for code, in the ways that are known.
const std::vector<Bad> kForbidden = {
    {"os.system", "cos\nsystem\n(" + text("true") + "tR."},
    {"posix.system", "cposix\nsystem\n)R."},
    {"builtins.eval", "cbuiltins\neval\n(" + text("1") + "tR."},
    {"__builtin__.eval", "c__builtin__\neval\n)R."},
    {"builtins.getattr", "cbuiltins\ngetattr\n)R."},
    {"builtins.__import__", "cbuiltins\n__import__\n)R."},
    {"eval by STACK_GLOBAL",
     "\x8c\x08"
     "builtins\x8c\x04"
     "eval\x93)R."},
    {"a nested name by STACK_GLOBAL",
     "\x8c\x0b"
     "torch._util\x8c\x13"
     "s._rebuild_tensor_v\x93."},
    {"a nested name of an allowed module", "ctorch\n_utils._rebuild_tensor_v2\n."},
    {"an allowed name cut elsewhere", "ctorch._utils._rebuild_tensor\nv2\n."},
    {"torch.load", "ctorch\nload\n)R."},
    {"torch.jit.load", "ctorch.jit\nload\n)R."},
    {"torch.serialization.load", "ctorch.serialization\nload\n)R."},
    {"torch.storage._load_from_bytes", "ctorch.storage\n_load_from_bytes\n)R."},
    {"torch._utils.import_module", "ctorch._utils\nimportlib.import_module\n)R."},
    {"collections.Counter", "ccollections\nCounter\n)R."},
    {"_codecs.encode", "c_codecs\nencode\n)R."},
    {"a sparse tensor", "ctorch._utils\n_rebuild_sparse_tensor\n)R."},
    {"a quantised tensor", "ctorch._utils\n_rebuild_qtensor\n)R."},
    {"numpy arrays", "cnumpy.core.multiarray\n_reconstruct\n)R."},
    {"an empty name", "c\n\n."},
    {"a name with a dot for a start", "c\n.torch.Size\n."},
    {"asyncio gadget", "casyncio.unix_events\n_UnixSubprocessTransport._start\n)R."},
    {"pip gadget", "cpip\nmain\n)R."},
    {"REDUCE on a storage class", global("torch", "FloatStorage") + ")R."},
    {"REDUCE on a dtype", global("torch", "float32") + ")R."},
    {"REDUCE on Parameter", global("torch.nn.parameter", "Parameter") + tuple(kTensor) + "R."},
    {"_rebuild_from_type_v2 with itself",
     global("torch._tensor", "_rebuild_from_type_v2") +
         tuple(global("torch._tensor", "_rebuild_from_type_v2") + global("torch", "Tensor") + ")}") + "R."},
    {"a tensor with hooks",
     kRebuild + tuple(storage("0", 4) + "K\0"s + numbers({4}) + numbers({1}) + "\x89}K\1K\1s") + "R."},
    {"a conjugate tensor",
     kRebuild +
         tuple(storage("0", 4) + "K\0"s + numbers({4}) + numbers({1}) + "\x89}}" + text("conj") + "\x88s") +
         "R."},
    {"a parameter with hooks",
     global("torch._utils", "_rebuild_parameter") + tuple(kTensor + "\x88}K\1K\1s") + "R."},
    {"a reference to a module", tuple(text("module") + "NNN") + "Q."},
    {"PERSID", "Pstorage\n."},
    {"INST", "(ios\nsystem\n."},
    {"OBJ", "(" + global("torch", "Size") + "o."},
    {"NEWOBJ", global("collections", "OrderedDict") + ")\x81."},
    {"NEWOBJ_EX", global("collections", "OrderedDict") + ")}\x92."},
    {"EXT1", "\x82\1."},
    {"EXT2", "\x83\1\1."},
    {"EXT4", "\x84\1\1\1\1."},
    {"EMPTY_SET", "\x8f."},
    {"FROZENSET", "(\x91."},
    {"BYTEARRAY8", "\x96\0\0\0\0\0\0\0\0."s},
    {"NEXT_BUFFER", "\x97."},
    {"POP", "N0."},
    {"DUP", "N2."},
    {"STRING", "S'os'\n."},
    {"UNICODE", "Vos\n."},
    {"GET", "g0\n."},
    {"PUT", "Np0\n."},
    {"LONG", "L1L\n."},
};

TEST_CASE("what reaches for code is refused by name") {
  for (const Bad& bad : kForbidden) {
    CAPTURE(bad.what);
    CHECK(code_of_pickle("\x80\x02" + bad.pickle) == "K201");
    CHECK(code_of_pickle("\x80\x02}" + text("a") + bad.pickle) == "K201");  // wherever it stands
  }
  const std::string system =
      "\x80\x02"
      "cos\nsystem\n)R.";
  CHECK(error_of([&] { PickleMachine(as_span(system), "x.bin").run(); }).got() == "\"os.system\"");
  const std::string control =
      "\x80\x02"
      "co\x1bs\nsy\x07stem\n.";
  CHECK(error_of([&] { PickleMachine(as_span(control), "x.bin").run(); }).got() == "\"o\\x1bs.sy\\x07stem\"");
}

const std::vector<Bad> kMalformed = {
    {"nothing", ""},
    {"no STOP", "N"},
    {"STOP on nothing", "."},
    {"two values", "NN."},
    {"an open mark", "(N."},
    {"a mark alone", "(."},
    {"protocol 0", "\x80\0."s},
    {"protocol 6", "\x80\6N."},
    {"PROTO without a number", "\x80"},
    {"no instruction", "\xff."},
    {"NUL", "\0."s},
    {"FRAME cut short", "\x95\0\0"s},
    {"TUPLE1 of nothing", "\x85."},
    {"TUPLE2 of one", "N\x86."},
    {"TUPLE3 of two", "NN\x87."},
    {"TUPLE without a mark", "NNt."},
    {"TUPLE2 across a mark", "N(N\x86."},
    {"APPEND to nothing", "Na."},
    {"APPEND across a mark", "](Na."},
    {"APPEND to a tuple", ")Na."},
    {"APPEND to a dict", "}Na."},
    {"APPEND to a tensor", kTensor + "Na."},
    {"APPENDS without a mark", "]NNe."},
    {"APPENDS to a tuple", ")(NNe."},
    {"APPENDS to nothing", "(Ne."},
    {"SETITEM on a tensor", kTensor + "K\1K\1s."},
    {"SETITEM on a list", "]K\0K\1s."s},
    {"SETITEM on a tuple", ")K\0K\1s."s},
    {"SETITEM on a storage", storage("0", 4) + "K\1K\1s."},
    {"SETITEM on a function", kRebuild + "K\1K\1s."},
    {"SETITEM with a key only", "}Ns."},
    {"SETITEMS with a key only", "}(Nu."},
    {"SETITEMS on a tensor", kTensor + "(K\1K\1u."},
    {"SETITEMS without a mark", "}NNu."},
    {"a list as a key", "}]Ns."},
    {"a dict as a key", "}}Ns."},
    {"memo miss", "h\7."},
    {"memo miss, wide", "j\xff\xff\xff\xff."},
    {"memo of nothing", "q\0."s},
    {"memo of nothing, wide", "r\xff\xff\xff\xff."},
    {"memo of a mark", "(q\0."s},
    {"MEMOIZE nothing", "\x94."},
    {"memo number cut short", "Nr\xff\xff"},
    {"LONG1 beyond the end", "\x8a\xff\1."},
    {"LONG4 negative", "\x8b\xff\xff\xff\xff."},
    {"LONG4 huge", "\x8b\xff\xff\xff\x7f."},
    {"BININT cut short", "J\1\2"},
    {"BINFLOAT cut short", "G\1\2"},
    {"BINUNICODE beyond the end",
     "X\xff\xff\xff\xff"
     "a."},
    {"BINUNICODE8 of 2^63",
     "\x8d\0\0\0\0\0\0\0\x80"
     "a."s},
    {"BINUNICODE8 of 2^64-1",
     "\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
     "a."},
    {"BINBYTES8 of 2^63",
     "\x8e\0\0\0\0\0\0\0\x80"
     "a."s},
    {"BINBYTES beyond the end",
     "B\xff\xff\xff\x7f"
     "a."},
    {"BINSTRING beyond the end",
     "T\xff\xff\xff\xff"
     "a."},
    {"SHORT_BINUNICODE beyond the end",
     "\x8c\x09"
     "a."},
    {"GLOBAL without an end", "ctorch\nSize"},
    {"GLOBAL with one line", "ctorch\n"},
    {"STACK_GLOBAL of numbers", "K\1K\2\x93."},
    {"STACK_GLOBAL of one text", text("a") + "\x93."},
    {"REDUCE on nothing", "R."},
    {"REDUCE without a function", ")R."},
    {"REDUCE on a text", text("os.system") + ")R."},
    {"REDUCE on a tuple", "))R."},
    {"REDUCE on a tensor", kTensor + ")R."},
    {"REDUCE with a list", kRebuild + "]R."},
    {"REDUCE with no arguments", kRebuild + ")R."},
    {"torch.Size of a list", global("torch", "Size") + "]\x85R."},
    {"OrderedDict of a number", global("collections", "OrderedDict") + "K\1\x85R."},
    {"OrderedDict of no pairs", global("collections", "OrderedDict") + "]](K\1ea\x85R."},
    {"OrderedDict with a list as a key", global("collections", "OrderedDict") + "](](]K\1ee\x85R."},
    {"BUILD on nothing", "}b."},
    {"BUILD on a tensor", kTensor + "}b."},
    {"BUILD on a list", "]}b."},
    {"BUILD on a function", kRebuild + "}b."},
    {"BUILD with a tuple", "})b."},
    {"a tensor without storage",
     kRebuild + tuple("N"s + "K\0"s + numbers({4}) + numbers({1}) + "\x89" + kEmptyDict) + "R."},
    {"a tensor of sizes in a list",
     kRebuild + tuple(storage("0", 4) + "K\0]"s + numbers({1}) + "\x89" + kEmptyDict) + "R."},
    {"a tensor with a text for offset",
     kRebuild + tuple(storage("0", 4) + text("0") + numbers({4}) + numbers({1}) + "\x89" + kEmptyDict) +
         "R."},
    {"a tensor with a huge offset", kRebuild +
                                        tuple(storage("0", 4) +
                                              "\x8a\x09"
                                              "123456789" +
                                              numbers({4}) + numbers({1}) + "\x89" + kEmptyDict) +
                                        "R."},
    {"a tensor of no dtype",
     global("torch._utils", "_rebuild_tensor_v3") +
         tuple(storage("0", 4) + "K\0"s + numbers({4}) + numbers({1}) + "\x89}" + global("torch", "Size")) +
         "R."},
    {"a parameter of a number", global("torch._utils", "_rebuild_parameter") + tuple("K\1\x88}") + "R."},
    {"a parameter of too little", global("torch._utils", "_rebuild_parameter") + tuple(kTensor) + "R."},
    {"a reference that is no tuple", text("storage") + "Q."},
    {"a reference that is empty", ")Q."},
    {"a reference that starts with a number", tuple("K\1") + "Q."},
    {"a storage of too few parts", tuple(text("storage") + global("torch", "FloatStorage")) + "Q."},
    {"a storage of no type",
     tuple(text("storage") + text("FloatStorage") + text("0") + text("cpu") + "K\4") + "Q."},
    {"a storage of a wrong type",
     tuple(text("storage") + global("torch", "Size") + text("0") + text("cpu") + "K\4") + "Q."},
    {"a storage with a number for a key",
     tuple(text("storage") + global("torch", "FloatStorage") + "K\0"s + text("cpu") + "K\4") + "Q."},
    {"a storage of negative size", storage("0", -1) + "."},
    {"a storage of huge size",
     tuple(text("storage") + global("torch", "FloatStorage") + text("0") + text("cpu") +
           "\x8a\x09"
           "123456789") +
         "Q."},
};

TEST_CASE("misused instructions end in a typed error") {
  CHECK(kForbidden.size() + kMalformed.size() >= 60);
  for (const Bad& bad : kMalformed) {
    CAPTURE(bad.what);
    CHECK(code_of_pickle(bad.pickle.starts_with("\x80") ? bad.pickle : "\x80\x02" + bad.pickle) == "K202");
  }
}

TEST_CASE("views of storages from before PyTorch 0.4 are refused as such") {
  const std::string id = text("storage") + global("torch", "FloatStorage") + text("0") + text("cpu") + "K\4";
  CHECK(code_of_pickle("\x80\x02" + tuple(id + "N") + "Q.") == "none");
  CHECK(code_of_pickle("\x80\x02" + tuple(id + tuple(text("1") + "K\0K\4"s)) + "Q.") == "K204");
}

TEST_CASE("deep nesting and circles take no stack") {
  const std::string deep = "\x80\x02)" + std::string(1'000'000, '\x85') + ".";
  CHECK(code_of_pickle(deep) == "none");
  CHECK(code_of_pickle("\x80\x02" + std::string(1'000'000, '(') + ".") == "K202");
  CHECK(code_of_pickle("\x80\x02]q\1h\1ah\1a."s) == "none");  // a list in itself, twice
}

TEST_CASE("one list cannot be copied without end") {
  std::string pickle = "\x80\x02]q\1(";
  for (int i = 0; i < 500; ++i) pickle += "K\1K\1\x86";
  pickle += "e";
  for (int i = 0; i < 500; ++i) pickle += "ccollections\nOrderedDict\nh\1\x85R";
  CHECK(code_of_pickle(pickle + ".") == "K202");
}

}  // namespace
}  // namespace modelhost
