#!/usr/bin/env python3
"""Tests of check_names and build_times: small trees, and a small log."""
import importlib.machinery
import importlib.util
import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True


def script(name):
    loader = importlib.machinery.SourceFileLoader(name, str(HERE / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


check_names, build_times = script("check_names"), script("build_times")


def problems(first, second, folders=("sdk/src/load", "sdk/src/model")):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder).resolve()
        for at, name, text in zip(folders, ("a.cpp", "b_test.cpp"), (first, second)):
            (root / at).mkdir(parents=True, exist_ok=True)
            (root / at / name).write_text("namespace modelhost {\nnamespace {\n" + text + "\n}  // namespace\n}\n")
        return [f"{file}:{line}: {what}" for file, line, what in check_names.find_problems(root)]


class Names(unittest.TestCase):
    def refused(self, first, second, name):
        found = problems(first, second)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith("sdk/src/model/b_test.cpp:3: defines " + name + ","), found[0])

    def accepted(self, first, second, **options):
        self.assertEqual(problems(first, second, **options), [])

    def test_equal_functions_are_refused(self):
        self.refused("int f(const A& a) { return 1; }", "int f(const A& other) { return 2; }", "f")

    def test_functions_of_other_parameters_are_overloads(self):
        self.accepted("void f(const A& a) {}", "void f(const B& a) {}")
        self.accepted("void f(int a) {}", "void f(int a, int b) {}")

    def test_equal_constants_are_refused(self):
        self.refused("constexpr int kA = 1;", "constexpr long kA{2};", "kA")
        self.refused("constexpr int kA = 1, kB = 2;", "constexpr int kC = 1, kB = 2;", "kB")

    def test_equal_types_are_refused(self):
        self.refused("struct Row { int a; };", "class Row : Base { int b; };", "Row")
        self.refused("enum class Kind { kA };", "struct Kind {};", "Kind")

    def test_a_function_and_a_constant_of_one_name_are_refused(self):
        self.refused("constexpr int f = 1;", "int f(int a) { return a; }", "f")

    def test_names_inside_functions_and_classes_do_not_count(self):
        self.accepted("void f() { int a = 1; }", "void g() { int a = 1; }")
        self.accepted("struct A { int x() const { return 1; } };", "struct B { int x() const { return 1; } };")

    def test_names_in_comments_and_texts_do_not_count(self):
        self.accepted("constexpr int kA = 1;", "// constexpr int kA = 1;\nconstexpr const char* kB = \"int kA = 1;\";")

    def test_aliases_may_stand_in_every_source(self):
        self.accepted("namespace fs = std::filesystem;\nusing at::Tensor;", "namespace fs = std::filesystem;\nusing at::Tensor;")

    def test_other_libraries_are_compiled_apart(self):
        self.accepted("int f() { return 1; }", "int f() { return 1; }", folders=("sdk/src/load", "sdk/src/base"))
        self.accepted("int f() { return 1; }", "int f() { return 1; }", folders=("sdk/src/load", "tests/load"))

    def test_other_namespaces_are_kept_apart(self):
        self.accepted("constexpr int kA = 1;", "}\nnamespace inner {\nnamespace {\nconstexpr int kA = 1;\n}")

    def test_static_functions_count_as_well(self):
        self.refused("}\nstatic int f(int a) { return a; }\nnamespace {", "int f(int a) { return a; }", "f")


class Times(unittest.TestCase):
    LOG = ("# ninja log v7\n"
           "0\t5000\t1\tsdk/CMakeFiles/lib.dir/a.cpp.o\taa\n"
           "0\t2500\t1\tsdk/CMakeFiles/lib.dir/a.cpp.o\taa\n"
           "0\t4000\t1\tsdk/CMakeFiles/lib.dir/cmake_pch.hxx.gch\tbb\n"
           "0\t1000\t1\tlib/libx.so.0.1.0\tcc\n"
           "0\t1000\t1\tlib/libx.so\tcc\n")

    def test_the_latest_run_of_every_step_counts_once(self):
        steps = build_times.read_log(self.LOG)
        self.assertEqual(sorted(steps.values()), [1.0, 2.5, 4.0])

    def test_steps_are_added_up_by_target(self):
        lines = "\n".join(build_times.report(build_times.read_log(self.LOG), 10))
        for line in ("7.5 s in 3 steps", "4.0 s    1  lib, precompiled header", "2.5 s    1  lib, objects", "1.0 s    1  links"):
            self.assertIn(line, lines)


if __name__ == "__main__":
    unittest.main()
