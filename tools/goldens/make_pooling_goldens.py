#!/usr/bin/env python3
"""Writes tests/goldens/pooling.json: what sentence-transformers 5.1.2 makes of token vectors in each pooling mode.

Three texts: three tokens and two of padding, one token, no padding. Run with the interpreter of .venv.
"""
import json
import pathlib

import torch
from sentence_transformers.models import Normalize, Pooling

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests/goldens/pooling.json"
MODES = {
    "cls": "cls_token", "max": "max_tokens", "mean": "mean_tokens", "mean_sqrt_len": "mean_sqrt_len_tokens",
    "weightedmean": "weightedmean_tokens", "lasttoken": "lasttoken",
}


def main():
    torch.manual_seed(5)
    hidden = torch.randn(3, 5, 4)
    mask = torch.tensor([[1, 1, 1, 0, 0], [1, 0, 0, 0, 0], [1, 1, 1, 1, 1]])
    golden = {"hidden": hidden.tolist(), "mask": mask.tolist(), "modes": {}, "normalized": {}}
    selections = {name: [flag] for name, flag in MODES.items()}
    selections["cls,max,mean,mean_sqrt_len,weightedmean,lasttoken"] = list(MODES.values())
    for name, flags in selections.items():
        flags = {"pooling_mode_mean_tokens": False} | {f"pooling_mode_{flag}": True for flag in flags}
        features = {"token_embeddings": hidden.clone(), "attention_mask": mask}
        features = Pooling(4, **flags)(features)
        golden["modes"][name] = features["sentence_embedding"].tolist()
        golden["normalized"][name] = Normalize()(features)["sentence_embedding"].tolist()
    OUT.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
