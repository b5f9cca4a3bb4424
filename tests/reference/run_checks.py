#!/usr/bin/env python3
"""Runs comparisons with Python, all of them in one process: importing torch and transformers costs more than most of them.

    .venv/bin/python tests/reference/run_checks.py build/release/reference_checks.json [--only TEXT] [--list]

The list is written by CMake (modelhost_add_reference_check): one [name, script, arguments] a check; each script also runs by
itself. Exits 0 when all agree, 1 when one does not, and 77 (ctest: skipped) where transformers is not installed.
"""
import argparse
import importlib.util
import json
import os
import pathlib
import runpy
import sys
import time
import traceback

SKIPPED = 77


def prepare():
    """What every check needs, imported once and without what none uses: scikit-learn alone takes as long as torch."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    for unused in ("sklearn", "scipy"):
        sys.modules[unused] = None  # to transformers: not installed
    import torch
    torch.set_num_threads(1)  # the models are tiny


def run(script, arguments):
    """Exit status of a script that is run as a program."""
    sys.argv = [script, *arguments]
    path = list(sys.path)
    sys.path.insert(0, str(pathlib.Path(script).parent))
    try:
        runpy.run_path(script, run_name="__main__")
        return 0
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception:  # noqa: BLE001 - the others go on
        traceback.print_exc(file=sys.stdout)
        return 1
    finally:
        sys.path[:] = path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("list", type=pathlib.Path)
    parser.add_argument("--only", default="", metavar="TEXT", help="checks whose name contains this text")
    parser.add_argument("--list", action="store_true", dest="names", help="print the names alone")
    options = parser.parse_args()
    checks = [check for check in json.loads(options.list.read_text()) if options.only in check[0]]
    if options.names:
        print("\n".join(name for name, _, _ in checks))
        return 0
    if not importlib.util.find_spec("transformers"):
        print("transformers is not installed: ./tools/setup --reference")
        return SKIPPED
    prepare()
    failed = []
    for name, script, arguments in checks:
        print(f"{name}:", flush=True)
        start = time.monotonic()
        status = run(script, arguments)
        print(f"    {'ok' if status == 0 else 'FAILED'} after {time.monotonic() - start:.1f} s", flush=True)
        failed += [name] if status != 0 else []
    print(f"{len(checks)} comparisons with Python, {len(failed)} failed" + "".join(f"\n    {name}" for name in failed))
    return 1 if failed or not checks else 0


if __name__ == "__main__":
    sys.exit(main())
