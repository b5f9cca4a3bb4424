#!/usr/bin/env python3
"""How much faster the example model embeds without a third of its attention heads, in one run:

    cmake --build build/release --target bench && tools/bench/pruning.py [--fraction 0.33] [--rounds 5] [--threads 2]

`modelhost inspect --heads` finds the least important heads on the sentences below, `modelhost prune-heads` writes the
model without them, and both models embed the same batches in turn (A B A B …); medians are compared, so that a machine
whose speed drifts does not decide. Attention is a part of a layer: a third of the heads is 11% of the operations per
token, and more of the time where texts are long.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/release"
MODEL = (ROOT / ".cache/models/all-MiniLM-L6-v2").resolve()
REPEATS = 3  # of a batch in one measurement
SENTENCES = ["A man is eating food.", "A woman is playing violin.", "Two men pushed carts through the woods.",
             "The stock market fell by three percent.", "How do I reset my password?",
             "Photosynthesis turns light into chemical energy."]


def answer(*command) -> dict:
    out = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout
    return json.loads(out)


def prune(fraction: float, target: pathlib.Path) -> dict:
    program = [BUILD / "bin/modelhost", "--log-level", "off"]
    texts = [part for sentence in SENTENCES for part in ("--text", sentence)]
    found = answer(*program, "inspect", MODEL, "--heads", "--fraction", fraction, "--json", *texts)
    return answer(*program, "prune-heads", MODEL, target, "--heads", json.dumps(found["least_important"]), "--json")


def seconds(model: pathlib.Path, texts: pathlib.Path, threads: int) -> float:
    return answer(BUILD / "bin/bench_embed", model, texts, threads, REPEATS)["batch_median_seconds"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fraction", type=float, default=0.33)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    args = parser.parse_args()
    mixed = [" ".join(["sentence number", str(i)] + ["with some more words"] * (i * 7 % 40)) for i in range(32)]
    batches = {"32 of mixed length": mixed, "32 x 136 tokens": ["word " * 134] * 32, "8 x 256 tokens": ["word " * 254] * 8}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        report = prune(args.fraction, folder / "pruned")
        for key in ("heads", "parameters", "operations_per_token"):
            print(f"{key.replace('_', ' '):22} {report['before'][key]:>12,} -> {report['after'][key]:>12,}")
        for title, texts in batches.items():
            file = folder / "texts.txt"
            file.write_text("".join(text + "\n" for text in texts), encoding="utf-8")
            pairs = [(seconds(MODEL, file, args.threads), seconds(folder / "pruned", file, args.threads)) for _ in range(args.rounds)]
            whole, pruned = (statistics.median(column) for column in zip(*pairs))
            print(f"{title:22} whole {whole * 1e3:9.1f} ms   pruned {pruned * 1e3:9.1f} ms   ratio {whole / pruned:6.2f}", flush=True)


if __name__ == "__main__":
    main()
