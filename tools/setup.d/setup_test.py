#!/usr/bin/env python3
"""Tests of setup that install nothing: what it says when something is missing, and the apt entry it derives."""
import os
import pathlib
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SETUP = HERE.parent / "setup"

MIRROR = "http://mirror.example"
DEB822 = f"""\
# the main archive
Types: deb deb-src
URIs: {MIRROR}/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
Check-Valid-Until: no

Types: deb
URIs: {MIRROR}/debian-security
Suites: bookworm-security
Components: main
"""


class TempFolderTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)


class BackportsEntry(TempFolderTest):
    def entry(self, **files):
        (self.folder / "sources.list.d").mkdir()
        for name, text in files.items():
            name = name.replace("__", ".")
            (self.folder / ("" if name == "sources.list" else "sources.list.d") / name).write_text(text)
        result = subprocess.run([HERE / "backports_entry", self.folder], text=True, capture_output=True)
        return result.returncode, result.stdout

    def test_a_deb822_stanza_keeps_address_key_and_options(self):
        self.assertEqual(self.entry(debian__sources=DEB822), (0, f"sources\nTypes: deb\nURIs: {MIRROR}/debian\n"
                         "Suites: bookworm-backports\nComponents: main\n"
                         "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\nCheck-Valid-Until: no\n"))

    def test_a_key_written_into_the_stanza_is_kept(self):
        stanza = (f"Types: deb\nURIs: {MIRROR}/debian\nSuites: bookworm\nComponents: main\nSigned-By:\n"
                  " -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END PGP PUBLIC KEY BLOCK-----\n")
        self.assertIn("\n .\n abc\n -----END", self.entry(debian__sources=stanza)[1])

    def test_a_one_line_entry_keeps_its_options(self):
        line = "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm main contrib # ours\n"
        self.assertEqual(self.entry(sources__list="# head\ndeb-src http://x/debian bookworm main\n" + line),
                         (0, "list\ndeb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm-backports main\n"))

    def test_nothing_is_added_where_backports_are_configured(self):
        backports = "deb http://other.example/debian bookworm-backports main\n"
        self.assertEqual(self.entry(debian__sources=DEB822, more__list=backports), (0, ""))

    def test_disabled_entries_do_not_count(self):
        backports = "Enabled: no\nTypes: deb\nURIs: http://a.example\nSuites: bookworm-backports\nComponents: main\n"
        status, text = self.entry(debian__sources=DEB822, off__sources=backports, off__list="#deb http://a/debian bookworm-backports main\n")
        self.assertEqual(status, 0)
        self.assertIn("mirror.example", text)

    def test_debian_is_told_from_others_who_name_their_suite_alike(self):
        other = "deb [signed-by=/other.gpg] http://other.example/prod bookworm main\n"
        self.assertIn("mirror.example", self.entry(aaa__list=other, debian__sources=DEB822, zzz__list=other)[1])

    def test_without_an_entry_of_debian_12_it_fails(self):
        self.assertEqual(self.entry(sources__list="deb http://mirror.example/debian trixie main\n"), (1, ""))


class Prerequisites(TempFolderTest):
    """Runs setup with a PATH of its own, on which some programs are missing or old."""

    PROGRAMS = ("bash", "dirname", "cat", "mkdir", "flock", "sort", "head", "sed", "sha256sum", "readlink", "awk", "xargs", "id")

    def run_setup(self, *arguments, **scripts):
        for program in self.PROGRAMS:
            found = next(p for p in (pathlib.Path(d, program) for d in ("/usr/bin", "/bin")) if p.exists())
            (self.folder / program).symlink_to(found)
        for name, text in scripts.items():
            script = self.folder / name.replace("gxx", "g++")
            script.write_text("#!/bin/bash\n" + text)
            script.chmod(0o755)
        environment = {**os.environ, "PATH": str(self.folder)}
        environment.pop("CXX", None)
        return subprocess.run([SETUP, *arguments], text=True, capture_output=True, env=environment)

    def says(self, result, *words):
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

    def test_no_compiler(self):
        self.says(self.run_setup(), "g++ was not found", "12 or newer")

    def test_an_old_compiler(self):
        self.says(self.run_setup(gxx="echo 11.4.0"), "g++ 11.4.0 is too old")

    def test_no_python(self):
        self.says(self.run_setup(gxx="echo 12.2.0"), "python3 was not found", "python3-venv")

    def test_an_old_python(self):
        self.says(self.run_setup(gxx="echo 13.2.0", python3='case $1 in --version) echo Python 3.9.2;; *) exit 1;; esac'),
                  "Python 3.9.2", "3.10 or newer")

    def test_an_unknown_argument_is_wrong_usage(self):
        result = self.run_setup("--refrence")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--refrence", result.stderr)


class Configure(TempFolderTest):
    def arguments(self, preset, *options):
        """What cmake is called with, in a checkout that holds nothing but the scripts."""
        tools = self.folder / "tools"
        tools.mkdir(exist_ok=True)
        (tools / "common.sh").write_text((HERE.parent / "common.sh").read_text())
        script = 'source "$0"; cmake_program() { echo echo; }; configure "$@"'
        return subprocess.run(["bash", "-c", script, tools / "common.sh", preset, *options],
                              text=True, capture_output=True, check=True).stdout.strip()

    def test_a_new_folder_compiles_in_batches(self):
        for preset in ("release", "ci"):
            self.assertEqual(self.arguments(preset), f"--preset {preset} -DMODELHOST_UNITY=ON")

    def test_presets_of_developers_compile_file_by_file(self):
        for preset in ("dev", "asan"):
            self.assertEqual(self.arguments(preset), f"--preset {preset}")

    def test_a_folder_that_is_there_stays_as_it_is(self):
        (self.folder / "build/release").mkdir(parents=True)
        (self.folder / "build/release/CMakeCache.txt").touch()
        self.assertEqual(self.arguments("ci"), "--preset ci")

    def test_the_wish_of_the_caller_wins(self):
        self.assertEqual(self.arguments("ci", "-DMODELHOST_UNITY=OFF"),
                         "--preset ci -DMODELHOST_UNITY=ON -DMODELHOST_UNITY=OFF")  # cmake takes the last


class Help(unittest.TestCase):
    def test_every_script_explains_itself(self):
        for script in (SETUP, SETUP.with_name("demo"), SETUP.with_name("test"), SETUP.with_name("dev") / "check"):
            with self.subTest(script.name):
                result = subprocess.run([script, "--help"], text=True, capture_output=True)
                self.assertEqual(result.returncode, 0)
                self.assertIn(f"./tools/{script.relative_to(SETUP.parent)}", result.stdout)
                self.assertNotIn("source ", result.stdout)


if __name__ == "__main__":
    unittest.main()
