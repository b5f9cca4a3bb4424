#!/usr/bin/env python3
"""Times the embedding of sentences against Python, in one run, and prints ratios.

    ./tools/setup --reference && cmake --build build/release --target bench
    .venv/bin/python tools/bench/embed.py [--rounds 5] [--threads 2]

Every pair of measurements is taken in turn (A B A B …); medians are compared, so that a machine whose speed drifts
does not decide. What is measured:
  first     from process start to the first embedding of one sentence, warm page cache, against transformers
  batch     32 sentences of mixed length, and 32 of about 136 tokens, against transformers in the same number of threads
  load      anonymous memory and time that loading takes once LibTorch is in memory
  plugins   `modelhost plugins` with 200 manifests, 20 of them broken, beyond the start of a program that only loads LibTorch
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/release"
MODEL = (ROOT / ".cache/models/all-MiniLM-L6-v2").resolve()
PROGRAM = BUILD / "bin/modelhost"
CONFIG = ROOT / "configs/embed.yaml"

FIRST_IN_PYTHON = """
import sys, torch
from transformers import AutoModel, AutoTokenizer
torch.set_num_threads(int(sys.argv[2]))
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1]); model = AutoModel.from_pretrained(sys.argv[1])
with torch.inference_mode():
    batch = tokenizer(["A man is eating food."], return_tensors="pt")
    hidden = model(**batch).last_hidden_state
    mask = batch["attention_mask"].unsqueeze(-1).float()
    vector = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)
print(vector[0, 0].item())
"""

BATCH_IN_PYTHON = """
import json, sys, time, torch
from transformers import AutoModel, AutoTokenizer
torch.set_num_threads(int(sys.argv[3]))
texts = open(sys.argv[2], encoding="utf-8").read().splitlines()
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1]); model = AutoModel.from_pretrained(sys.argv[1])
def run():
    with torch.inference_mode():
        batch = tokenizer(texts, padding=True, truncation=True, max_length=256, return_tensors="pt")
        hidden = model(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1).float()
        return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9), dim=1)
run()
times = []
for _ in range(int(sys.argv[4])):
    start = time.perf_counter(); run(); times.append(time.perf_counter() - start)
print(json.dumps({"batch_median_seconds": sorted(times)[len(times) // 2]}))
"""

MANIFEST = """manifest: 1
plugin:
  id: org.example.p{n}
  version: 1.0.0
  library: libp{n}.so
  sdk: ">=0.1 <0.2"
models:
  - model_type: type{n}
    config_class: Config{n}
    base_model_prefix: m
    _supports_assign_param_buffer: true
    architectures: [Model{n}]
"""


def wall(command: list, **options) -> float:
    start = time.perf_counter()
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, **options)
    return time.perf_counter() - start


def paired(first, second, rounds: int) -> tuple:
    first(), second()  # warm the page cache
    pairs = [(first(), second()) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def report(name: str, ours: float, theirs: float, against: str) -> None:
    print(f"{name:28} modelhost {ours * 1e3:9.1f} ms   {against} {theirs * 1e3:9.1f} ms   ratio {theirs / ours:6.2f}")


def bench_first(args, folder: pathlib.Path) -> None:
    one = folder / "one.txt"
    one.write_text("A man is eating food.\n", encoding="utf-8")
    ours = [PROGRAM, "--log-level", "off", "run", CONFIG, "--input", one, "--format", "jsonl",
            "--set", f"options.threads={args.threads}"]
    theirs = [sys.executable, "-c", FIRST_IN_PYTHON, MODEL, str(args.threads)]
    a, b = paired(lambda: wall(ours), lambda: wall(theirs), args.rounds)
    report("first embedding", a, b, "transformers")


def last_json(command: list) -> dict:
    out = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout
    return json.loads(out.splitlines()[-1])


def bench_batch(args, name: str, texts: list, folder: pathlib.Path) -> dict:
    file = folder / "texts.txt"
    file.write_text("".join(text + "\n" for text in texts), encoding="utf-8")
    repeats = 9
    ours = [BUILD / "bin/bench_embed", MODEL, file, args.threads, repeats]
    theirs = [sys.executable, "-c", BATCH_IN_PYTHON, MODEL, file, args.threads, repeats]
    last = {}

    def run_ours() -> float:
        last.update(last_json(ours))
        return last["batch_median_seconds"]

    a, b = paired(run_ours, lambda: last_json(theirs)["batch_median_seconds"], args.rounds)
    report(name, a, b, "transformers")
    return last


# What is wrong with a manifest: (text, its replacement).
BROKEN = [("manifest: 1", "manifest: 2"), ("manifest: 1", "manifest: ["), ("manifest: 1", "manifesto: 1"),
          ("plugin:", "plugins:"), ("  id: org.example.p", "  id: p"), ("  id:", "  ids:"), ("1.0.0", "1"),
          ("1.0.0", "1.0"), ("library: lib", "library: ../lib"), ("library: lib", "library: /lib"),
          ("library: lib", "library: no"), (">=0.1 <0.2", ">=9"), (">=0.1 <0.2", "new"), ("models:", "model:"),
          ("model_type: type", "model_type: .type"), ("config_class: C", "config_class: 1"), ("_prefix: m", "_prefix: -"),
          ("buffer: true", "buffer: 1"), ("[Model", "[.Model"), ("architectures", "architecture")]


# Every manifest has a library of its own with the bytes of a real plugin, so that stamps are read as in life.
def bench_plugins(args, folder: pathlib.Path) -> None:
    library = next((BUILD / "plugins").glob("*/lib*.so"))
    for n in range(200):
        plugin = folder / f"plugins/p{n}"
        plugin.mkdir(parents=True)
        text = MANIFEST.format(n=n)
        if n < len(BROKEN):
            text = text.replace(*BROKEN[n], 1)
        (plugin / f"p{n}.plugin.yaml").write_text(text, encoding="utf-8")
        shutil.copy(library, plugin / f"libp{n}.so")
    ours = [PROGRAM, "--plugin-dir", folder / "plugins", "plugins"]
    listed = json.loads(subprocess.run(ours + ["--json"], check=True, capture_output=True, text=True).stdout)
    states = [one["state"] for one in listed["plugins"] if str(folder) in one["manifest"]]
    assert states.count("refused") == len(BROKEN) and states.count("available") == 200 - len(BROKEN), states
    a, b = paired(lambda: wall(ours), lambda: wall([BUILD / "bin/bench_torch_start"]), args.rounds)
    print(f"{'plugins, 200 manifests':28} modelhost {a * 1e3:9.1f} ms   LibTorch     {b * 1e3:9.1f} ms   "
          f"beyond it {(a - b) * 1e3:6.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only-plugins", action="store_true", help="leave out what needs the model and transformers")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    args = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if args.only_plugins:
            return bench_plugins(args, folder)
        bench_first(args, folder)
        mixed = [" ".join(["sentence number", str(i)] + ["with some more words"] * (i * 7 % 40)) for i in range(32)]
        last = bench_batch(args, "batch of 32, mixed length", mixed, folder)
        bench_batch(args, "batch of 32 x 136 tokens", ["word " * 134] * 32, folder)
        grown = last["anon_after"] - last["anon_before"]
        print(f"{'load':28} {last['load_seconds'] * 1e3:.1f} ms; anonymous memory {last['anon_before'] / 1e6:.1f} -> "
              f"{last['anon_after'] / 1e6:.1f} MB: {100 * grown / last['weights_bytes']:.1f}% of "
              f"{last['weights_bytes'] / 1e6:.1f} MB weights")
        bench_plugins(args, folder)


if __name__ == "__main__":
    main()
