#!/usr/bin/env python3
"""transformers as the judge of saving and loading: check_save.py --tool build/release/bin/model_tool [--all] [--crash]

Round trips: every golden model of every plugin, tied and untied, in float32, float16 and bfloat16, in one file and in
many, with and without a variant. transformers saves, we load and save: every file must have the same bytes, and
transformers must load ours with nothing missing or unexpected and the same bits; and the other way round. Without --all
every model goes through one layout in float32 and one other; with it through all of them.

--crash instead kills saves before each call that changes a file and half-way through each write, and lets transformers
load what is left: all of the old model or all of the new one. Exits 1 when anything was wrong.
"""
import argparse
import itertools
import pathlib
import shutil
import sys
import tempfile

import transformers

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import save_crashes  # noqa: E402
from save_cases import (Mismatch, Tool, check_same_files, class_of, golden_folders, load_with_python, random_like,  # noqa: E402
                        same_weights, save_with_python, weights_path)

SHARDS = {"one": "5GB", "many": 6000, "text": "0.02MB"}


def layouts(formats):
    """float32 in one file first, then every other combination."""
    return [{"format": format_, "dtype": dtype, "max_shard_size": SHARDS[shards], "variant": variant}
            for format_, dtype, shards, variant in itertools.product(
                formats, ("float32", "bfloat16", "float16"), ("one", "many", "text"), ("", "v1"))]


def save_with_tool(tool, source, target, layout, dtype="auto"):
    tool.ask("load", **{"as": "m"}, path=source, dtype=dtype)
    tool.ask("save", model="m", path=target, max_shard_size=layout["max_shard_size"], variant=layout["variant"],
             format=layout["format"])


def python_first(tool, model, layout, folder):
    """Python -> C++ -> Python."""
    theirs, ours = folder / "transformers", folder / "modelhost"
    save_with_python(model, theirs, layout)
    save_with_tool(tool, weights_path(theirs, layout), ours, layout)
    files = check_same_files(theirs, ours, "transformers, then modelhost")
    if not same_weights(model, load_with_python(type(model), ours, layout)):
        raise Mismatch("transformers loads other weights than it saved")
    return files


def cpp_first(tool, source, cls, layout, folder):
    """C++ -> Python -> C++."""
    ours, theirs, again = folder / "modelhost", folder / "transformers", folder / "again"
    save_with_tool(tool, source, ours, layout, layout["dtype"])
    model = load_with_python(cls, ours, layout)
    save_with_python(model, theirs, layout)
    files = check_same_files(ours, theirs, "modelhost, then transformers")
    save_with_tool(tool, weights_path(theirs, layout), again, layout)
    return files + check_same_files(ours, again, "modelhost, transformers, modelhost")


def models_of(source):
    """(name, model maker): as it is, and untied where it is tied."""
    cls = class_of(source)
    yield "as it is", lambda dtype: cls.from_pretrained(source, dtype=dtype)
    if cls.from_pretrained(source).get_output_embeddings() is not None:
        yield "untied", lambda dtype: random_like(source, 7, tie_word_embeddings=False).to(getattr(transformers.modeling_utils.torch, dtype))


def round_trips(tool, chosen):
    """(checks, files compared, failures)."""
    checks, files, failures = 0, 0, []
    for source, layout in chosen:
        for name, make in models_of(source):
            what = f"{source.name} {name} {layout}"
            with tempfile.TemporaryDirectory() as text:
                folder = pathlib.Path(text)
                try:
                    model = make(layout["dtype"])
                    files += python_first(tool, model, layout, folder)
                    for done in list(folder.iterdir()):
                        shutil.rmtree(done)
                    save_with_python(model.float(), folder / "source", {**layout, "format": "safetensors", "variant": "", "max_shard_size": "5GB"})
                    files += cpp_first(tool, folder / "source", type(model), layout, folder)
                    checks += 2
                except Mismatch as mismatch:
                    failures.append(f"{what}: {mismatch}")
    return checks, files, failures


def choose(formats, everything):
    goldens, all_layouts = golden_folders(), layouts(formats)
    if everything:
        return list(itertools.product(goldens, all_layouts))
    plain = [layout for layout in all_layouts if layout["dtype"] == "float32" and layout["max_shard_size"] == "5GB" and not layout["variant"]]
    chosen = []
    for number, golden in enumerate(goldens):
        chosen += [(golden, plain[number % len(plain)]), (golden, all_layouts[number % len(all_layouts)])]
    return chosen


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", default="build/release/bin/model_tool")
    parser.add_argument("--program", help="not used; every comparison with Python gets it")
    parser.add_argument("--format", action="append", choices=["safetensors", "bin"], help="default: both")
    parser.add_argument("--all", action="store_true", help="every model in every layout")
    parser.add_argument("--crash", action="store_true", help="kill saves instead")
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    formats = arguments.format or ["safetensors", "bin"]
    tool = Tool(arguments.tool)
    if arguments.crash:
        text, failures = save_crashes.sweep(tool, formats)
    else:
        checks, files, failures = round_trips(tool, choose(formats, arguments.all))
        text = f"{checks} round trips, {files} files equal to the byte"
    tool.close()
    for failure in failures:
        print(failure)
    print(f"{text}, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
