#!/usr/bin/env python3
"""Compares what `modelhost convert --to bin` writes with what torch.save writes, and loads it in Python, live.

    .venv/bin/python tests/reference/check_bin_writer.py [-n 40] [--seed 0] [--program FILE]

Random state dicts in every dtype go through `modelhost convert` to pytorch_model.bin, in one file and in shards. Every
file must be equal to the byte to what torch.save makes of the shards that huggingface_hub plans, and torch.load must
give the tensors back, with weights_only=True, mapped and not. A BERT with tied weights goes through both formats, and
transformers must load it unchanged. Exit status 1 on any difference.
"""
import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from huggingface_hub import split_torch_state_dict_into_shards
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForMaskedLM

DTYPES = [torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.int32, torch.int16, torch.int8,
          torch.uint8, torch.bool, torch.complex64, torch.uint16, torch.uint32, torch.uint64, torch.float8_e4m3fn,
          torch.float8_e5m2, torch.float8_e8m0fnu]
SHAPES = [(), (0,), (1,), (7,), (300,), (3, 5), (0, 4), (256, 3), (2, 1, 4), (1, 2, 3, 4), (2, 2, 1, 2, 2)]


def convert(program: str, source: pathlib.Path, target: pathlib.Path, *flags: str) -> None:
    subprocess.run([program, "convert", str(source), str(target), *flags], check=True, stdout=subprocess.PIPE)


def bits(tensor: torch.Tensor) -> bytes:
    return bytes(tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy()) if tensor.numel() else b""


def same(a: dict, b: dict) -> bool:
    return list(a) == list(b) and all(a[name].dtype == b[name].dtype and a[name].shape == b[name].shape and
                                      bits(a[name]) == bits(b[name]) for name in a)


def random_state(rng: random.Random, count: int) -> dict:
    state = {}
    for i in range(count):
        dtype, shape = rng.choice(DTYPES), rng.choice(SHAPES)
        elements = torch.Size(shape).numel()
        size = torch.empty(0, dtype=dtype).element_size()
        limit = 2 if dtype == torch.bool else 256
        data = torch.tensor([rng.randrange(limit) for _ in range(elements * size)], dtype=torch.uint8)
        tensor = data.view(dtype).reshape(shape) if elements else torch.empty(shape, dtype=dtype)
        state[rng.choice(["w", "layer.weight", "größe", "模型.😀", "x" * 100]) + f".{i}"] = tensor.clone()
    return state


def file_order(program: str, path: pathlib.Path) -> list:
    """Names in the order in which they are converted."""
    out = subprocess.run([program, "inspect", str(path), "--json"], check=True, stdout=subprocess.PIPE)
    return [tensor["name"] for tensor in json.loads(out.stdout)["tensors"]]


def check_file(path: pathlib.Path, expected: dict, scratch: pathlib.Path) -> int:
    reference = scratch / path.name
    torch.save(expected, reference)
    failures = [] if path.read_bytes() == reference.read_bytes() else ["bytes differ from torch.save's"]
    for mmap in (False, True):
        if not same(torch.load(path, weights_only=True, mmap=mmap), expected):
            failures.append(f"torch.load(mmap={mmap}) gives other tensors")
    for failure in failures:
        print(f"{path.name}: {failure}")
    return len(failures)


def check_random(program: str, rng: random.Random, folder: pathlib.Path) -> int:
    state = random_state(rng, rng.choice([0, 1, 2, 5, 40, 400, 1000, 2001]))
    limit = rng.choice([200, 1000, 20000, 10**9])
    if limit < 10**9:  # huggingface_hub takes all empty tensors for one and puts them into one file
        state = {name: tensor for name, tensor in state.items() if tensor.numel()}
    (folder / "expected").mkdir(parents=True)
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    state = {name: state[name] for name in file_order(program, folder / "model.safetensors")}
    split = split_torch_state_dict_into_shards(state, filename_pattern="pytorch_model{suffix}.bin", max_shard_size=limit)
    files = split.filename_to_tensors or {"pytorch_model.bin": []}
    convert(program, folder, folder / "bin", "--to", "bin", "--max-shard-size", str(limit))
    failed = 0
    for name, tensors in files.items():
        failed += check_file(folder / "bin" / name, {key: state[key] for key in tensors}, folder / "expected")
    if sorted(p.name for p in (folder / "bin").glob("*.bin")) != sorted(files):
        print("other files than huggingface_hub plans")
        failed += 1
    convert(program, folder / "bin", folder / "safe")
    if not same(dict(sorted(load_file(folder / "safe/model.safetensors").items())), dict(sorted(state.items()))):
        print("there and back gives other tensors")
        failed += 1
    return failed


def check_model(program: str, folder: pathlib.Path) -> int:
    torch.manual_seed(3)
    config = BertConfig(vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32)
    model = BertForMaskedLM(config).eval()
    failed = 0
    for size in ("10GB", "5KB"):
        saved = folder / f"transformers-{size}"
        model.save_pretrained(saved, safe_serialization=False, max_shard_size=size)
        for to in ("bin", "safetensors"):
            ours = folder / f"{to}-{size}"
            convert(program, saved, ours, "--to", to, "--max-shard-size", size)
            loaded = BertForMaskedLM.from_pretrained(ours)
            if not same(loaded.state_dict(), model.state_dict()):
                print(f"transformers loads other tensors: {ours.name}")
                failed += 1
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--program", default=str(pathlib.Path(__file__).resolve().parents[2] / "build/release/bin/modelhost"))
    args = parser.parse_args()
    rng = random.Random(args.seed)
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for i in range(args.n):
            failed += check_random(args.program, rng, pathlib.Path(scratch) / str(i))
        failed += check_model(args.program, pathlib.Path(scratch) / "bert")
    print(f"{args.n} random state dicts and a model, {failed} differences")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
