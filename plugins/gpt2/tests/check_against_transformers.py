#!/usr/bin/env python3
"""Compares `modelhost forward` with transformers on random GPT-2 models: check_against_transformers.py [-n N] [--seed S]

Every round saves a random model (config, class, weights, sometimes in half precision or in shards), runs the program on
random inputs, runs transformers on the same, and compares all outputs. Rounds are independent: `-n 1 --seed S+I` repeats
round I of a run that started with S. Exits 1 when any round failed. Run it from the repository's root, after a release build:

    .venv/bin/python plugins/gpt2/tests/check_against_transformers.py -n 100

With fused attention transformers returns no attentions; ours are then compared with those of a twin with eager attention,
where the two compute the same.
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
import gpt2_cases  # noqa: E402
from forwards import Forwards  # noqa: E402
from save_cases import Mismatch  # noqa: E402

# Largest difference allowed, of values above 1 as a part of the value. In half precision numbers lie far apart.
TOLERANCE = {torch.float32: 1e-5, torch.float16: 4e-3, torch.bfloat16: 4e-2}
DTYPES = (torch.float32,) * 6 + (torch.float16, torch.bfloat16)


def compare(wanted, got, tolerance):
    """(largest difference, number of tensors). A value that both call NaN (a loss over nothing) is equal."""
    if sorted(wanted) != sorted(got):
        raise Mismatch(f"names differ: {sorted(set(wanted) ^ set(got))}")
    worst = 0.0
    for name, tensor in wanted.items():
        if tensor.shape != got[name].shape or tensor.dtype != got[name].dtype:
            raise Mismatch(f"{name}: {tensor.dtype} {list(tensor.shape)} and {got[name].dtype} {list(got[name].shape)}")
        if not torch.equal(tensor.isnan(), got[name].isnan()):
            raise Mismatch(f"{name}: NaN on one side only")
        apart = ((tensor.float() - got[name].float()).abs() / tensor.float().abs().clamp(min=1)).nan_to_num().flatten()
        worst = max([worst, *apart.tolist()])
        if worst > tolerance:
            raise Mismatch(f"{name} differs by {worst}")
    return worst, len(wanted)


def add_fused_attentions(wanted, got, model, inputs, kind):
    """What transformers does not return is taken from eager attention, or left out where that computes something else."""
    config = model.config
    same = config.scale_attn_weights and not config.scale_attn_by_inverse_layer_idx and kind not in ("left", "head_mask", "mask4d")
    eager = gpt2_cases.run(gpt2_cases.with_implementation(model, "eager"), inputs, output_attentions=True) if same else {}
    for name in [name for name in got if "attentions." in name]:
        if name in eager:
            wanted[name] = eager[name]
        elif not same:
            del got[name]


def one_round(forwards, seed, folder):
    """(dtype, difference, number of tensors) for the random model and inputs of this seed."""
    rng = random.Random(seed)
    config = gpt2_cases.random_config(rng)
    class_name, implementation, dtype = rng.choice(gpt2_cases.CLASSES), rng.choice(["eager", "sdpa"]), rng.choice(DTYPES)
    model = gpt2_cases.make_model(class_name, config, seed, dtype)
    model.set_attn_implementation(implementation)
    kind = rng.choice(gpt2_cases.usable_kinds(class_name, model.config))
    batch = gpt2_cases.batch_size(class_name, config, rng.randint(1, 4))
    length = rng.randint(2, 20)
    inputs = gpt2_cases.make_inputs(class_name, model.config, kind, batch, length, rng, dtype)
    # transformers fails when attentions are wanted of a decoder with cross attention but without encoder states.
    attentions = rng.random() < 0.5 and (kind == "encoder" or not config.add_cross_attention)
    hidden_states = rng.random() < 0.5
    what = f"{class_name} {kind} {implementation} {dtype} batch {batch} length {length}, {model.config.to_diff_dict()}"

    gpt2_cases.save_model(model, folder, max_shard_size=rng.choice(["5GB", "5GB", "9KB"]))
    gpt2_cases.write_tensors(inputs, folder / "in.safetensors")
    architecture = class_name if rng.random() < 0.5 else None
    try:
        got = forwards.run(folder, attention=implementation, architecture=architecture, output_attentions=attentions,
                           output_hidden_states=hidden_states)
        wanted = gpt2_cases.run(model, inputs, output_attentions=attentions, output_hidden_states=hidden_states)
        if implementation == "sdpa" and attentions:
            add_fused_attentions(wanted, got, model, inputs, kind)
        return dtype, *compare(wanted, got, TOLERANCE[dtype])
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

    failed, tensors, worst = 0, 0, dict.fromkeys(TOLERANCE, 0.0)
    for seed in range(arguments.seed, arguments.seed + arguments.n):
        with tempfile.TemporaryDirectory() as folder:
            try:
                dtype, difference, count = one_round(forwards, seed, pathlib.Path(folder))
                worst[dtype], tensors = max(worst[dtype], difference), tensors + count
            except Mismatch as mismatch:
                failed += 1
                print(f"round {seed}: {mismatch}")
    forwards.close()
    figures = ", ".join(f"{worst[dtype]:.3g} of {allowed:g} in {str(dtype)[6:]}" for dtype, allowed in TOLERANCE.items())
    print(f"{arguments.n} rounds, {failed} failed, {tensors} tensors equal, largest differences {figures}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
