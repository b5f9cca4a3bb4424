#!/usr/bin/env python3
"""Pruning and resizing against transformers: check_surgery.py --tool build/release/bin/model_tool [-n 20] [--seed 0]

Each round makes a random model of a random class, and does a random sequence of the same steps on both sides: prune heads
(new ones, gone ones, layers counted from either end), resize the token embeddings (to more or fewer rows, to a multiple, with
and without mean_resizing, whose new rows are carried over), save and load again, on one side or crosswise.
After every step logits or hidden states must agree within 1e-5, and config, measures and saved files too. Rounds are
independent: `-n 1 --seed S+I` repeats round I of a run that started with S. Exits 1 when any round failed.
"""
import argparse
import importlib
import json
import pathlib
import random
import shutil
import sys
import tempfile

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers.modeling_utils import no_init_weights

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from save_cases import ROOT, Mismatch, Tool, load_with_python  # noqa: E402

TOLERANCE = 1e-5
PLAIN = {"variant": "", "format": "safetensors", "max_shard_size": "5GB"}


def cases_of(architecture):
    sys.path.insert(0, str(ROOT / f"plugins/{architecture}/tests"))
    return importlib.import_module(f"{architecture}_cases")


class Pair:
    """One model on both sides."""

    def __init__(self, tool, cases, class_name, folder, rng):
        self.tool, self.cases, self.folder, self.rng, self.steps = tool, cases, folder, rng, []
        config = cases.random_config(rng)
        # As small, every embedding has fewer rows than columns and new rows equal the mean; some are to be drawn.
        config.vocab_size = rng.choice([config.vocab_size, 211])
        config.tie_word_embeddings = rng.random() < 0.6
        self.attention = rng.choice(["eager", "sdpa"])
        self.model = cases.make_model(class_name, config, rng.randrange(1 << 30))
        self.model.set_attn_implementation(self.attention)
        self.heads = config.num_attention_heads
        self.gone = {layer: set(heads) for layer, heads in config.pruned_heads.items()}
        self.cross_over()

    def save(self):
        theirs, ours = self.folder / "theirs", self.folder / "ours"
        for old in (theirs, ours):
            shutil.rmtree(old, ignore_errors=True)
        self.model.save_pretrained(theirs)
        return theirs, ours

    def load_ours(self, path):
        self.tool.ask("load", **{"as": "m"}, path=path, attention=self.attention)

    def load_theirs(self, path):
        self.model = load_with_python(type(self.model), path, PLAIN).eval()
        self.model.set_attn_implementation(self.attention)

    def cross_over(self):
        self.steps.append("what transformers saved is loaded here")
        theirs, _ = self.save()
        self.load_ours(theirs)

    def cross_back(self):
        self.steps.append("what was saved here is loaded by transformers")
        _, ours = self.save()
        self.tool.ask("save", model="m", path=ours)
        self.load_theirs(ours)

    def save_and_load(self):
        self.steps.append("saved and loaded on each side")
        theirs, ours = self.save()
        self.tool.ask("save", model="m", path=ours)
        self.compare_configs(theirs, ours)
        self.load_ours(ours)
        self.load_theirs(theirs)

    def compare_configs(self, theirs, ours):
        a, b = (json.loads((folder / "config.json").read_text()) for folder in (theirs, ours))
        for config in (a, b):
            config["pruned_heads"] = {layer: sorted(heads) for layer, heads in config.get("pruned_heads", {}).items()}
        if a != b:
            raise Mismatch(f"config.json differs: {sorted(set(map(str, a.items())) ^ set(map(str, b.items())))}")

    def prune(self):
        layers, chosen = self.model.config.num_hidden_layers, {}
        for layer in self.rng.sample(range(layers), self.rng.randint(1, layers)):
            gone = self.gone.get(layer, set())
            left = self.heads - len(gone)
            heads = self.rng.sample(range(self.heads), self.rng.randint(0, self.heads))
            while len(set(heads) - gone) >= left:
                heads.pop()
            self.gone[layer] = gone | set(heads)
            chosen[self.rng.choice([layer, layer - layers])] = heads
        self.steps.append(f"prune {chosen}")
        self.model.prune_heads({layer: list(heads) for layer, heads in chosen.items()})
        self.tool.ask("prune", model="m", heads=chosen)

    def resize(self):
        rows = self.model.config.vocab_size
        size = self.rng.choice([None, rows, max(8, rows + self.rng.randint(-9, 40)), max(8, rows - self.rng.randint(1, 60))])
        multiple = self.rng.choice([None, None, 1, 8, 13])
        mean, seed = self.rng.random() < 0.7, self.rng.randrange(1 << 20)
        self.steps.append(f"resize {rows} to {size}, multiple {multiple}, mean {mean}, seed {seed}")
        torch.manual_seed(seed)
        with no_init_weights():  # else the modules that it makes first draw numbers for nothing
            self.model.resize_token_embeddings(size, pad_to_multiple_of=multiple, mean_resizing=mean)
        self.tool.ask("resize", model="m", size=size, multiple=multiple, mean=mean, seed=seed)
        if not mean and self.model.config.vocab_size > rows:
            self.cross_over()  # transformers draws the old rows too, and overwrites them

    def measure(self):
        model, dummy = self.model, self.model.dummy_inputs
        wanted = {"num_parameters": model.num_parameters(), "without_embeddings": model.num_parameters(exclude_embeddings=True),
                  "memory_of_parameters": model.get_memory_footprint(return_buffers=False),
                  "floating_point_ops": model.floating_point_ops(dummy),
                  "floating_point_ops_of_all": model.floating_point_ops(dummy, exclude_embeddings=False)}
        got = self.tool.ask("measure", model="m")
        if wrong := {name: (value, got[name]) for name, value in wanted.items() if got[name] != value}:
            raise Mismatch(f"measures differ: {wrong}")

    def compare(self):
        """The largest difference of the outputs for random inputs."""
        length = self.rng.choice([4, 8, 12]) if self.model.config.chunk_size_feed_forward else self.rng.randint(2, 12)
        batch = self.cases.batch_size(type(self.model).__name__, self.model.config, 2) if hasattr(self.cases, "batch_size") else 2
        inputs = self.cases.make_inputs(type(self.model).__name__, self.model.config, "plain", batch, length, self.rng)
        save_file({name: tensor.contiguous() for name, tensor in inputs.items()}, self.folder / "in.safetensors")
        self.tool.ask("forward", model="m", input=self.folder / "in.safetensors", output=self.folder / "out.safetensors")
        got, wanted = load_file(self.folder / "out.safetensors"), self.cases.run(self.model, inputs)
        if sorted(got) != sorted(wanted):
            raise Mismatch(f"outputs {sorted(got)} and {sorted(wanted)}")
        worst = 0.0
        for name, tensor in wanted.items():
            if tensor.shape != got[name].shape:
                raise Mismatch(f"{name}: shapes {list(got[name].shape)} and {list(tensor.shape)}")
            worst = max(worst, ((tensor - got[name]).abs() / tensor.abs().clamp(min=1)).max().item())
        if not worst <= TOLERANCE:
            raise Mismatch(f"outputs differ by {worst}")
        return worst


def one_round(tool, cases, seed, folder):
    """(steps, largest difference)"""
    rng = random.Random(seed)
    pair = Pair(tool, cases, rng.choice(cases.CLASSES), folder, rng)
    try:
        worst = pair.compare()
        for _ in range(rng.randint(2, 6)):
            rng.choice([pair.prune, pair.prune, pair.resize, pair.resize, pair.save_and_load, pair.cross_over, pair.cross_back])()
            worst = max(worst, pair.compare())
            pair.measure()
        pair.save_and_load()
        return len(pair.steps), max(worst, pair.compare())
    except Mismatch as mismatch:
        steps = "\n    ".join(pair.steps)
        raise Mismatch(f"{mismatch}\n  {type(pair.model).__name__} {pair.attention} {pair.model.config.to_diff_dict()}\n    {steps}") from None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", default="build/release/bin/model_tool")
    parser.add_argument("--program", help="not used; every comparison with Python gets it")
    parser.add_argument("-n", type=int, default=20, help="number of rounds an architecture (default 20)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--architecture", action="append", choices=["bert", "gpt2"], help="default: both")
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    tool, failed = Tool(arguments.tool), 0
    for architecture in arguments.architecture or ["bert", "gpt2"]:
        cases, steps, worst = cases_of(architecture), 0, 0.0
        for seed in range(arguments.seed, arguments.seed + arguments.n):
            with tempfile.TemporaryDirectory() as folder:
                try:
                    count, difference = one_round(tool, cases, seed, pathlib.Path(folder))
                    steps, worst = steps + count, max(worst, difference)
                except Mismatch as mismatch:
                    failed += 1
                    print(f"{architecture} round {seed}: {mismatch}")
        print(f"{architecture}: {arguments.n} rounds, {steps} steps, largest difference {worst:.3g} of {TOLERANCE:g}")
    tool.close()
    print(f"{failed} failures")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
