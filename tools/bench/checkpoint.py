#!/usr/bin/env python3
"""Times loading and saving of a large checkpoint against transformers 4, transformers 5 and cp, in one run, and prints ratios.

    ./tools/setup --reference && cmake --build build/release --target bench
    .venv/bin/python tools/bench/checkpoint.py [--gigabytes 2] [--rounds 5] [--folder DIR] [--without-5]

A random bfloat16 BERT of that size in 5 shards is made in a temporary directory and removed afterwards. Measurements are
taken in turn (A B A B ...), the page cache is warm, medians are compared. What is measured:
  load    from the call to a model that could run (imports and plugins are there already)
  touch   the same, and every byte of the weights read once (sums of 64-bit words on both sides)
  peak    resident memory of load and touch beyond what the process had before, in percent of the weights
  save    in shards to a new directory with everything synced, against `cp -r` and `sync -f`; transformers syncs nothing
transformers 5 and what it needs are installed into .venv-transformers5 by the first run; torch is that of .venv.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/release/bin/bench_checkpoint"
VENV5 = ROOT / ".venv-transformers5"
TRANSFORMERS5 = "5.24.0"
SHARDS = 5

# Odd sizes: no dimension is a multiple of a page, and tensors start anywhere.
MAKE = """
import sys, torch, transformers
folder, gigabytes, shards = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
hidden, inner, vocabulary = 1533, 6131, 30523
layer = 4 * hidden * hidden + 2 * hidden * inner
layers = max(1, round((gigabytes * 1e9 / 2 - vocabulary * hidden) / layer))
config = transformers.BertConfig(hidden_size=hidden, intermediate_size=inner, vocab_size=vocabulary, num_hidden_layers=layers,
                                 num_attention_heads=21, max_position_embeddings=509)
with torch.device("meta"):
    model = transformers.BertModel(config).to(torch.bfloat16)
model = model.to_empty(device="cpu")
torch.manual_seed(1)
with torch.no_grad():
    for parameter in model.parameters():
        parameter.copy_(torch.randint(-30000, 30000, (parameter.numel(),), dtype=torch.int16).view(torch.bfloat16).view(parameter.shape))
    for buffer in model.buffers():
        buffer.zero_()
    model.embeddings.position_ids.copy_(torch.arange(509).unsqueeze(0))
size = sum(p.numel() for p in model.parameters()) * 2
for part in range(shards * 100 + 2, shards * 100 + 40):  # the smallest shard size that makes so many
    model.config.name_or_path = ""
    from huggingface_hub import split_torch_state_dict_into_shards
    limit = int(size / shards * part / (shards * 100))
    if len(split_torch_state_dict_into_shards(model.state_dict(), max_shard_size=limit).filename_to_tensors) == shards:
        break
model.save_pretrained(folder, max_shard_size=limit)
print(limit)
"""

IN_PYTHON = """
import json, sys, time, torch, transformers
transformers.logging.set_verbosity_error(); transformers.logging.disable_progress_bar()
def memory(field):
    for line in open("/proc/self/status"):
        if line.startswith(field + ":"): return int(line.split()[1]) * 1024
what, folder = sys.argv[1], sys.argv[2]
transformers.BertModel
before = memory("VmRSS")
start = time.perf_counter()
model = transformers.BertModel.from_pretrained(folder, dtype="auto")
total = 0
if what == "touch":
    for parameter in model.parameters():
        flat = parameter.detach().reshape(-1)
        whole = flat[: flat.numel() // 4 * 4].clone() if flat.data_ptr() % 8 else flat[: flat.numel() // 4 * 4]
        total += int(whole.view(torch.int64).sum())
if what == "save":
    start = time.perf_counter()
    model.save_pretrained(sys.argv[3], max_shard_size=int(sys.argv[4]))
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "rss_before": before, "rss_peak": memory("VmHWM"), "version": transformers.__version__,
                  "weights_bytes": sum(p.numel() * p.element_size() for p in model.parameters())}))
"""


def python_with_transformers5() -> pathlib.Path:
    """Makes the environment where it is missing. The .pth file is written last: with it the environment is complete."""
    python = VENV5 / "bin/python"
    site = pathlib.Path(sysconfig.get_path("purelib", vars={"base": str(VENV5)}))
    shared = site / "packages_of_venv.pth"
    if not shared.exists() or not (site / f"transformers-{TRANSFORMERS5}.dist-info").exists():
        print(f"installing transformers {TRANSFORMERS5} into {VENV5.name}", file=sys.stderr)
        venv.create(VENV5, clear=True, with_pip=False)
        subprocess.run([sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check",
                        f"transformers=={TRANSFORMERS5}"], check=True)
        shared.write_text(sysconfig.get_path("purelib") + "\n")  # comes behind the environment's own packages
    return python


def version_of(python) -> str:
    command = [python, "-c", "import transformers; print(transformers.__version__)"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def last_json(command: list) -> dict:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def in_turn(runs: dict, rounds: int) -> dict:
    """Medians of what the runs return, by name."""
    results = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            results[name].append(run())
    return {name: {key: statistics.median(one[key] for one in all_) if isinstance(all_[0][key], (int, float)) else all_[0][key]
                   for key in all_[0]} for name, all_ in results.items()}


def peak_percent(result: dict) -> float:
    return 100 * (result["rss_peak"] - result["rss_before"]) / result["weights_bytes"]


def bench_loading(what: str, model: pathlib.Path, pythons: list, rounds: int) -> None:
    extra = ["touch"] if what == "touch" else []
    runs = {"modelhost": lambda: last_json([PROGRAM, "load", model, *extra])}
    for python in pythons:
        runs[str(python)] = lambda python=python: last_json([python, "-c", IN_PYTHON, what, model])
    results = in_turn(runs, rounds)
    ours = results.pop("modelhost")
    print(f"{what:6} modelhost           {ours['seconds']:8.3f} s   peak {peak_percent(ours):6.1f}% of the weights")
    for theirs in results.values():
        print(f"{what:6} transformers {theirs['version']:6} {theirs['seconds']:8.3f} s   peak {peak_percent(theirs):6.1f}%   "
              f"ratio {theirs['seconds'] / ours['seconds']:.2f}")


def settle() -> None:
    subprocess.run(["sync"], check=True)


def bench_saving(model: pathlib.Path, folder: pathlib.Path, size: int, pythons: list, rounds: int) -> None:
    target = folder / "saved"

    def measured(run):
        shutil.rmtree(target, ignore_errors=True)
        settle()
        return run()

    def copy() -> dict:
        start = time.perf_counter()
        subprocess.run(["cp", "-r", model, target], check=True)
        subprocess.run(["sync", "-f", target], check=True)
        return {"seconds": time.perf_counter() - start}

    runs = {"modelhost": lambda: measured(lambda: last_json([PROGRAM, "save", model, target, f"{size / 1e6:.6f}MB"])),
            "cp": lambda: measured(copy)}
    for python in pythons:
        runs[str(python)] = lambda python=python: measured(lambda: last_json([python, "-c", IN_PYTHON, "save", model, target, str(size)]))
    results = in_turn(runs, rounds)
    shutil.rmtree(target)
    ours, cp = results.pop("modelhost"), results.pop("cp")
    print(f"save   modelhost           {ours['seconds']:8.3f} s   {ours['seconds'] / cp['seconds']:.2f} times cp and sync")
    print(f"save   cp and sync         {cp['seconds']:8.3f} s")
    for theirs in results.values():
        print(f"save   transformers {theirs['version']:6} {theirs['seconds']:8.3f} s   not synced")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--without-5", action="store_true", help="leave transformers 5 out")
    parser.add_argument("--folder", help="where the checkpoint is made (default: the system's temporary directory)")
    args = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    pythons = [sys.executable] if args.without_5 else [sys.executable, python_with_transformers5()]
    print("transformers " + " and ".join(version_of(python) for python in pythons))
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        folder = pathlib.Path(name)
        made = subprocess.run([sys.executable, "-c", MAKE, folder / "model", str(args.gigabytes), str(SHARDS)], check=True,
                              capture_output=True, text=True)
        files = sorted((folder / "model").glob("*.safetensors"))
        print(f"{sum(file.stat().st_size for file in files) / 1e9:.2f} GB in {len(files)} shards, load average {os.getloadavg()[0]:.1f}, "
              f"{os.cpu_count()} cores")
        settle()
        bench_loading("load", folder / "model", pythons, args.rounds)
        bench_loading("touch", folder / "model", pythons, args.rounds)
        bench_saving(folder / "model", folder, int(made.stdout.splitlines()[-1]), pythons, args.rounds)
        print(f"load average at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
