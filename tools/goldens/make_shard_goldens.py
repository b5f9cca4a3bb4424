#!/usr/bin/env python3
"""Makes tests/goldens/shards.json: how huggingface_hub divides state dicts, names the files and reads sizes.

    ./tools/setup --reference && .venv/bin/python tools/goldens/make_shard_goldens.py
"""
import json
import pathlib
import random

import torch
from huggingface_hub import split_torch_state_dict_into_shards
from huggingface_hub.serialization._base import parse_size_to_int

TARGET = pathlib.Path(__file__).resolve().parents[2] / "tests/goldens/shards.json"
PATTERNS = {"": "model{suffix}.safetensors", "fp16": "model.fp16{suffix}.safetensors"}
BY_HAND = [
    ([60, 60, 20, 60, 20, 20], 100),  # the example of huggingface_hub's documentation
    ([10, 20, 200, 30, 40], 50),  # one that is too large comes before the shard that is open
    ([200, 10, 10, 200, 200], 50),
    ([50, 50, 50], 50),  # just fits
    ([50, 51, 49], 50),
    ([0, 0, 10], 10),  # nothing takes no room
    ([10, 0, 10], 10),
    ([100], 50),
    ([100], 100),
    ([1] * 12, 1),
    ([500, 600, 900], "1KB"),
]
SIZES = ["5GB", "5gb", " 1.5 MB ", "1e2kb", "10TB", "0.5KB", "5", "5GiB", "GB", "", "-1KB", "1,5MB", "5 G B", "xKB", ".5MB"]


def cases():
    yield from BY_HAND
    rng = random.Random(0)
    for _ in range(60):
        sizes = [rng.choice([0, 4, 8, 16, 40, 64, 100, 120, 200]) for _ in range(rng.randint(1, 15))]
        yield sizes, rng.choice([50, 64, 100, 150, 200])


def divide(sizes, limit, variant):
    tensors = {f"t{i:02}": torch.zeros(size, dtype=torch.uint8) for i, size in enumerate(sizes)}
    # Empty tensors have no address, so huggingface_hub takes two of them for one; a save writes each.
    split = split_torch_state_dict_into_shards(tensors, filename_pattern=PATTERNS[variant], max_shard_size=limit)
    return {
        "sizes": sizes,
        "limit": limit,
        "variant": variant,
        "files": {name: sorted(keys) for name, keys in split.filename_to_tensors.items()},
        "total_size": split.metadata["total_size"],
    }


def parsed(text):
    try:
        return parse_size_to_int(text)
    except ValueError:
        return None


def main() -> None:
    shards = [
        divide(sizes, limit, variant)
        for i, (sizes, limit) in enumerate(cases())
        for variant in [["", "fp16"][i % 2]]
        if sizes.count(0) < 2
    ]
    TARGET.write_text(json.dumps({"shards": shards, "sizes": {text: parsed(text) for text in SIZES}}, indent=1) + "\n")
    print(f"{len(shards)} divisions")


if __name__ == "__main__":
    main()
