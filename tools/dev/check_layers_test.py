#!/usr/bin/env python3
"""Tests of check_layers: small trees that break one rule each, and trees that break none."""
import importlib.machinery
import importlib.util
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True
_loader = importlib.machinery.SourceFileLoader("check_layers", str(HERE / "check_layers"))
check_layers = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_layers", _loader))
_loader.exec_module(check_layers)


class TreeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve()
        self.write("plugins/bert/CMakeLists.txt", "modelhost_add_plugin(NAME bert)\n")
        self.write("plugins/gpt2/CMakeLists.txt", "modelhost_add_plugin(NAME gpt2)\n")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#pragma once\n" + text if name.endswith(".h") else text)

    def problems(self):
        return [f"{file}:{line}: {what}" for file, line, what in check_layers.find_problems(check_layers.Tree(self.root))]

    def refused(self, name, text, *words):
        """The file alone is one problem, found on its line and described with these words."""
        self.write(name, text)
        found = self.problems()
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(name + ":"), found[0])
        for word in words:
            self.assertIn(word, found[0])

    def accepted(self, name, text):
        self.write(name, text)
        self.assertEqual(self.problems(), [])


class SdkIncludes(TreeTest):
    def test_the_sdk_never_sees_the_hosts_libraries(self):
        for header in ("boost/dll/shared_library.hpp", "boost/asio.hpp", "yaml-cpp/yaml.h", "CLI/CLI.hpp", "catch2/catch_all.hpp"):
            found = check_layers.why_sdk_may_not("load", check_layers.place_of_include(
                check_layers.Tree(self.root), "sdk/src/load/a.cpp", header, False))
            self.assertIn(header.split("/")[0], found or "accepted")

    def test_the_sdk_sees_no_library_that_is_not_listed(self):
        self.refused("sdk/src/load/a.cpp", "#include <zstd/zstd.h>\n", "the sdk never sees zstd")

    def test_the_line_is_named(self):
        self.refused("sdk/src/load/a.cpp", "#include <vector>\n\n#include <CLI/CLI.hpp>\n", "a.cpp:3:", "CLI")

    def test_the_sdk_never_sees_the_host(self):
        self.refused("sdk/src/model/a.cpp", '#include "host/loader/manifest.h"\n', "never sees host/")

    def test_the_sdk_never_sees_the_hosts_installed_headers(self):
        self.refused("sdk/src/model/a.cpp", '#include "modelhost/host/host.h"\n', "never sees host/")

    def test_the_sdk_never_sees_tests(self):
        self.write("tests/support/tiny.h", "")
        self.refused("sdk/src/model/a.cpp", '#include "support/tiny.h"\n', "never sees tests/")

    def test_a_relative_path_out_of_the_sdk_is_seen_through(self):
        self.write("host/loader/manifest.h", "")
        self.refused("sdk/src/model/a.cpp", '#include "../../../host/loader/manifest.h"\n', "never sees host/")

    def test_a_core_room_never_sees_libtorch(self):
        for number, header in enumerate(("torch/nn.h", "ATen/core/Tensor.h", "c10/util/Half.h")):
            with self.subTest(header):
                self.write(f"sdk/src/formats/a{number}.cpp", f"#include <{header}>\n")
                self.assertIn("without LibTorch", self.problems()[number])

    def test_a_torch_room_sees_libtorch(self):
        self.accepted("sdk/src/nn/linear.cpp", "#include <torch/nn.h>\n")

    def test_a_room_sees_only_the_rooms_of_its_row(self):
        self.refused("sdk/src/config/a.cpp", '#include "modelhost/registry/registry.h"\n', "'config'", "'registry'", "only base, files")

    def test_base_sees_nothing(self):
        self.refused("sdk/include/modelhost/base/a.h", '#include "modelhost/config/config.h"\n', "nothing else")

    def test_a_private_header_of_another_room_is_seen_through(self):
        self.write("sdk/src/load/plan.h", "")
        self.refused("sdk/src/formats/a.cpp", '#include "load/plan.h"\n', "'formats'", "'load'")

    def test_the_header_of_everything_is_for_others(self):
        self.refused("sdk/src/model/a.cpp", '#include "modelhost/modelhost.h"\n', "modelhost.h")

    def test_the_header_of_everything_may_see_every_room(self):
        self.accepted("sdk/include/modelhost/modelhost.h", '#include "modelhost/load/load.h"\n#include "modelhost/nn/linear.h"\n')

    def test_a_room_without_a_row_is_refused(self):
        self.refused("sdk/src/attic/a.cpp", "", "SDK_ROOMS")

    def test_what_is_allowed(self):
        self.accepted("sdk/src/load/a.cpp", '#include "modelhost/load/load.h"\n#include "modelhost/formats/reader.h"\n'
                      '#include "modelhost/version.h"\n#include <nlohmann/json.hpp>\n#include <ATen/core/Tensor.h>\n#include <map>\n')

    def test_an_include_in_a_comment_does_not_count(self):
        self.accepted("sdk/src/base/a.cpp", "// #include <torch/torch.h>\n/*\n#include <spdlog/spdlog.h>\n*/\n")

    def test_every_row_names_existing_rooms_and_has_no_cycle(self):
        def reach(room, path=()):
            self.assertNotIn(room, path)
            for seen in check_layers.SDK_ROOMS[room] - ({room} if room == "testing" else set()):
                reach(seen, (*path, room))
        for room in check_layers.SDK_ROOMS:
            reach(room)


class PluginIncludes(TreeTest):
    def test_a_plugin_never_sees_the_host(self):
        self.refused("plugins/bert/model.cpp", '#include "modelhost/host/host.h"\n', "never sees host/")

    def test_a_plugin_never_sees_the_hosts_libraries(self):
        self.refused("plugins/bert/model.cpp", "#include <CLI/CLI.hpp>\n", "not CLI")

    def test_a_plugin_never_sees_another_plugin(self):
        self.write("plugins/gpt2/model.h", "")
        self.refused("plugins/bert/model.cpp", '#include "../gpt2/model.h"\n', "'gpt2'")

    def test_what_is_allowed(self):
        self.write("plugins/bert/model.h", "class BertModel;\n")
        self.accepted("plugins/bert/model.cpp", '#include "model.h"\n#include "bert/model.h"\n#include "modelhost/nn/linear.h"\n'
                      "#include <torch/nn.h>\n#include <ATen/ops/gelu.h>\n#include <cmath>\n#include <nlohmann/json.hpp>\n")


class HostIncludes(TreeTest):
    def test_the_host_never_sees_a_plugin(self):
        self.refused("host/tasks/embed.cpp", '#include "plugins/bert/model.h"\n', "never sees plugins/")

    def test_the_host_never_sees_tests(self):
        self.refused("host/tasks/embed.cpp", '#include "tests/support/tiny.h"\n', "never sees tests/")

    def test_every_room_sees_the_codes_of_the_host_which_see_no_room(self):
        self.accepted("host/src/tasks/a.cpp", '#include "modelhost/host/error_codes.h"\n')
        self.refused("host/include/modelhost/host/error_codes.h", '#include "modelhost/host/loader/a.h"\n', "'loader'")

    def test_the_host_sees_no_library_that_is_not_listed(self):
        self.refused("host/tasks/embed.cpp", "#include <zstd/zstd.h>\n", "the host never sees zstd")
        self.refused("host/tasks/embed.cpp", "#include <catch2/catch_all.hpp>\n", "the host never sees catch2")

    def test_boost_dll_is_included_in_one_file(self):
        self.write("host/loader/a.cpp", "#include <boost/dll/shared_library.hpp>\n#include <boost/dll/library_info.hpp>\n")
        self.refused("host/loader/b.cpp", "#include <boost/dll.hpp>\n", "one file only", "host/loader/a.cpp")

    def test_yaml_cpp_is_included_below_its_room(self):
        self.refused("host/src/loader/a.cpp", "#include <yaml-cpp/yaml.h>\n", "host/yaml")

    def test_spdlog_is_included_below_the_program(self):
        self.refused("host/src/loader/run.cpp", "#include <spdlog/spdlog.h>\n", "host/program")

    def test_spdlog_is_included_in_one_file(self):
        self.write("host/program/terminal/a.cpp", "#include <spdlog/spdlog.h>\n")
        self.refused("host/program/terminal/b.cpp", "#include <spdlog/sinks/stdout_sinks.h>\n", "one file only")

    def test_a_room_sees_only_the_rooms_of_its_row(self):
        self.refused("host/src/tasks/a.cpp", '#include "modelhost/host/loader/manifest.h"\n', "'tasks'", "'loader'", "nothing else")

    def test_a_room_below_the_host_class_does_not_see_it(self):
        self.refused("host/include/modelhost/host/tasks/a.h", '#include "modelhost/host/host.h"\n', "'tasks'", "'host.h'")

    def test_the_host_class_sees_the_rooms_below_it(self):
        self.accepted("host/src/host.cpp", '#include "modelhost/host/host.h"\n#include "modelhost/host/tasks/task.h"\n')

    def test_a_private_header_of_another_room_is_seen_through(self):
        self.write("host/src/surgery/plan.h", "")
        self.refused("host/src/checkpoints/a.cpp", '#include "surgery/plan.h"\n', "'checkpoints'", "'surgery'")

    def test_a_room_without_a_row_is_refused(self):
        self.refused("host/src/attic/a.cpp", "", "HOST_ROOMS")

    def test_the_program_sees_the_librarys_public_headers(self):
        self.write("host/program/run/task.h", "")
        self.accepted("host/program/commands/a.cpp", '#include "modelhost/host/loader/manifest.h"\n#include "program/run/task.h"\n'
                      "#include <CLI/CLI.hpp>\n")

    def test_the_program_never_sees_the_librarys_private_headers(self):
        self.write("host/src/loader/admission.h", "")
        self.refused("host/program/commands/a.cpp", '#include "../../src/loader/admission.h"\n', "public headers alone")
        self.refused("host/program/commands/a.cpp", '#include "loader/admission.h"\n', "public headers alone")

    def test_no_room_of_the_library_sees_the_program(self):
        self.write("host/program/run/task.h", "")
        self.refused("host/src/surgery/a.cpp", '#include "program/run/task.h"\n', "'surgery'", "'program'")

    def test_the_host_never_sees_the_sdks_private_headers(self):
        self.write("sdk/src/load/placement.h", "")
        self.refused("host/src/loader/a.cpp", '#include "load/placement.h"\n', "sdk's public headers")

    def test_every_row_names_existing_rooms_and_has_no_cycle(self):
        def reach(room, path=()):
            self.assertNotIn(room, path)
            for seen in check_layers.HOST_ROOMS[room]:
                reach(seen, (*path, room))
        for room in check_layers.HOST_ROOMS:
            reach(room)

    def test_what_is_allowed(self):
        self.write("host/program/terminal/log.cpp", "#include <spdlog/spdlog.h>\n")
        self.write("host/src/yaml/tree.cpp", "#include <yaml-cpp/yaml.h>\n")
        self.accepted("host/src/loader/a.cpp", "#include <boost/dll/shared_library.hpp>\n"
                      '#include "modelhost/load/load.h"\n#include "modelhost/host/yaml/tree.h"\n#include <torch/torch.h>\n')


class Names(TreeTest):
    def test_an_architecture_is_not_named_in_code(self):
        for number, line in enumerate(("class BertModel;", 'if (type == "bert")', "int bert_layers;", "kBert", "GPT2Model x;",
                                       'prefix = "bert.encoder"', "MODEL_BERT", "is_gpt2()")):
            with self.subTest(line):
                self.write(f"host/tasks/a{number}.cpp", line + "\n")
                self.assertEqual(len(self.problems()), number + 1)

    def test_words_that_merely_contain_the_name_are_fine(self):
        self.accepted("sdk/src/model/a.cpp", "int albert, roberta; class Roberta; int liberties; hibertx();\n")

    def test_comments_may_name_architectures(self):
        self.accepted("sdk/src/model/a.cpp", "// as BertModel does\nint x;  /* gpt2 */\n")

    def test_the_tokenizers_room_may_use_the_words_of_its_formats(self):
        self.accepted("sdk/src/tokenizers/a.cpp", 'type == "BertNormalizer" || type == "BertPreTokenizer"; bert_normalizer();\n')

    def test_names_of_files_in_a_model_directory_are_fine(self):
        self.accepted("host/src/tasks/a.cpp", 'read(dir / "sentence_bert_config.json");\n')
        self.refused("host/src/tasks/a.cpp", 'read("bert" + name);\n', "'bert'")

    def test_cmake_outside_a_plugin_does_not_name_its_folder(self):
        self.refused("tests/CMakeLists.txt", "\nadd_library(x ${PROJECT_SOURCE_DIR}/plugins/bert/model.cpp)\n", ":2:", "plugins/bert")

    def test_the_list_of_plugins_names_none(self):
        self.refused("plugins/CMakeLists.txt", "add_subdirectory(gpt2)\n", "gpt2")

    def test_cmake_that_looks_for_plugins_is_fine(self):
        self.accepted("plugins/CMakeLists.txt", 'foreach(x)\nadd_subdirectory("${x}")  # as plugins/bert\nendforeach()\n')


class Headers(TreeTest):
    def test_a_header_without_pragma_once_is_refused(self):
        (self.root / "sdk/include/modelhost/base").mkdir(parents=True)
        (self.root / "sdk/include/modelhost/base/a.h").write_text("int f();\n")
        self.assertIn("#pragma once", self.problems()[0])

    def test_mutable_static_data_is_refused(self):
        for line in ("static int counter = 0;", "inline std::map<int, std::string> table;", "thread_local int depth;",
                     "struct X {\n  static inline std::function<void(int)> sink{};\n};", "inline int* p = nullptr;",
                     "inline int& f() {\n  static int n;\n  return n;\n}"):
            with self.subTest(line):
                self.refused("sdk/include/modelhost/base/a.h", line + "\n", "mutable static data")

    def test_constants_and_functions_are_fine(self):
        self.accepted("sdk/include/modelhost/base/a.h", """
inline constexpr int kAnswer = 42;
static const char* const kName = "static int x;";
inline const std::string kText{"x"};
struct X { static int count(); static X make(int a = 3); static constexpr bool kYes = true; };
inline int f(std::function<void(int)> g = {}) { return 1; }
inline std::ostream& operator<<(std::ostream& out, const X&) { return out; }
static_assert(sizeof(int) == 4);
inline namespace v1 {}
// static int commented = 0;
template <class T>
inline std::vector<T> list(T first) { return {first}; }
""")


class CppText(unittest.TestCase):
    def test_comment_signs_in_literals_are_no_comments(self):
        text = 'f("//", R"x(/* )" )x", \'"\', 100\'000, "a\\"//b"); // gone'
        self.assertEqual(check_layers.cpp_text.without_comments(text).rstrip(), text[:-len("// gone")].rstrip())

    def test_lines_and_columns_stay(self):
        text = "a /* 1\n2 */ b // c \\\nd\ne"
        self.assertEqual(check_layers.cpp_text.without_comments(text), "a     \n     b       \n \ne")

    def test_literals_can_be_blanked(self):
        self.assertEqual(check_layers.cpp_text.without_comments('x = "abc";', keep_literals=False), 'x = "   ";')


class Tables(unittest.TestCase):
    """Of this repository: a name that nothing stands for is a rule that nobody can break."""

    @classmethod
    def setUpClass(cls):
        cls.tree = check_layers.Tree(HERE.parents[1])

    def test_every_room_exists(self):
        for room in check_layers.SDK_ROOMS.keys() | check_layers.CORE_ROOMS | check_layers.ROOMS_WITH_FORMAT_NAMES:
            self.assertTrue((self.tree.root / "sdk/src" / room).is_dir(), room)

    def test_every_library_is_included_where_it_may_be(self):
        lists = {"sdk": check_layers.SDK_LIBRARIES, "host": check_layers.HOST_LIBRARIES, "tests": check_layers.TEST_LIBRARIES}
        for top, libraries in lists.items():
            included = {name.split("/")[0] for _, text in self.tree.sources(top) for _, name, _ in check_layers.cpp_text.includes(text)}
            self.assertEqual(libraries - included, set(), top)

    def test_every_library_that_one_file_may_include_is_included_there(self):
        for prefix, folder in check_layers.ONE_FILE_ONLY.items():
            files = [file for file, text in self.tree.sources("host", "sdk") if check_layers.stands_below(file, folder) and
                     any(name.startswith(prefix) for _, name, _ in check_layers.cpp_text.includes(text))]
            self.assertTrue(files, prefix)


class Program(TreeTest):
    def run_program(self):
        return subprocess.run([sys.executable, str(HERE / "check_layers"), "--root", str(self.root)], text=True, capture_output=True)

    def test_it_exits_0_when_all_is_well(self):
        self.write("sdk/src/base/a.cpp", "#include <vector>\n")
        self.assertEqual(self.run_program().returncode, 0)

    def test_it_exits_1_and_prints_file_and_line(self):
        self.write("sdk/src/base/a.cpp", "\n#include <torch/torch.h>\n")
        result = self.run_program()
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stdout, r"^sdk/src/base/a\.cpp:2: includes torch/torch\.h: ")


if __name__ == "__main__":
    unittest.main()
