#!/usr/bin/env python3
"""Compares `modelhost forward` with transformers on random BERT models: check_against_transformers.py [-n N] [--seed S]

Every round saves a random model (config, class, weights), runs the program on random inputs, runs transformers on the
same, and compares all outputs. Rounds are independent: `-n 1 --seed S+I` repeats round I of a run that started with S.
Exits 1 when any round failed. Run it from the repository's root, after a release build:

    .venv/bin/python plugins/bert/tests/check_against_transformers.py -n 100
"""
import argparse
import pathlib
import random
import sys
import tempfile

import torch
import transformers

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[2] / "tests/reference")]
import bert_cases  # noqa: E402
from forwards import Forwards  # noqa: E402
from save_cases import Mismatch  # noqa: E402

TOLERANCE = 1e-5


def compare(wanted, got):
    """(largest difference, number of tensors). A value that both call NaN (a loss over nothing) is equal."""
    if sorted(wanted) != sorted(got):
        raise Mismatch(f"names differ: {sorted(set(wanted) ^ set(got))}")
    worst = 0.0
    for name, tensor in wanted.items():
        if tensor.shape != got[name].shape or tensor.dtype != got[name].dtype:
            raise Mismatch(f"{name}: {tensor.dtype} {list(tensor.shape)} and {got[name].dtype} {list(got[name].shape)}")
        if not torch.equal(tensor.isnan(), got[name].isnan()):
            raise Mismatch(f"{name}: NaN on one side only")
        worst = max([worst, *(tensor - got[name]).abs().nan_to_num().flatten().tolist()])
        if worst > TOLERANCE:
            raise Mismatch(f"{name} differs by {worst}")
    return worst, len(wanted)


def one_round(forwards, seed, folder):
    """What compare() returns for the random model and inputs of this seed."""
    rng = random.Random(seed)
    config = bert_cases.random_config(rng)
    class_name = rng.choice(bert_cases.CLASSES)
    implementation = rng.choice(["eager", "sdpa"])
    config._attn_implementation = implementation
    model = bert_cases.make_model(class_name, config, seed)
    model.set_attn_implementation(implementation)
    kind = rng.choice(bert_cases.usable_kinds(class_name, model.config))
    length = rng.randint(1, 5) * (4 if config.chunk_size_feed_forward else 1) + (0 if config.chunk_size_feed_forward else rng.randint(0, 15))
    inputs = bert_cases.make_inputs(class_name, model.config, kind, rng.randint(1, 4), length, rng)
    # transformers fails when attentions are wanted of a decoder with cross attention but without encoder states.
    attentions = rng.random() < 0.5 and (kind == "encoder" or not config.add_cross_attention)
    hidden_states = rng.random() < 0.5
    what = f"{class_name} {kind} {implementation} length {length}, {model.config.to_diff_dict()}"

    bert_cases.save_model(model, folder)
    bert_cases.write_tensors(inputs, folder / "in.safetensors")
    architecture = class_name if rng.random() < 0.5 else None
    try:
        got = forwards.run(folder, attention=implementation, architecture=architecture, output_attentions=attentions,
                           output_hidden_states=hidden_states)
        wanted = bert_cases.run(model, inputs, output_attentions=attentions, output_hidden_states=hidden_states)
        return compare(wanted, got)
    except Mismatch as mismatch:
        raise Mismatch(f"{mismatch}\n  {what}") from None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=50, help="number of rounds (default 50)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--program", default="build/release/bin/modelhost")
    parser.add_argument("--plugin-dir", default="", help="passed on to the program")
    arguments = parser.parse_args()
    forwards = Forwards(arguments.program, arguments.plugin_dir)
    transformers.logging.set_verbosity_error()

    failed, worst, tensors = 0, 0.0, 0
    for seed in range(arguments.seed, arguments.seed + arguments.n):
        with tempfile.TemporaryDirectory() as folder:
            try:
                difference, count = one_round(forwards, seed, pathlib.Path(folder))
                worst, tensors = max(worst, difference), tensors + count
            except Mismatch as mismatch:
                failed += 1
                print(f"round {seed}: {mismatch}")
    forwards.close()
    print(f"{arguments.n} rounds, {failed} failed, {tensors} tensors equal, largest difference {worst:.3g} (allowed {TOLERANCE:g})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
