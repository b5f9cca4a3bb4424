#!/usr/bin/env python3
"""Makes tests/nn/activation_values.inc: what transformers' activations give for five numbers.

    ./tools/setup --reference && .venv/bin/python tools/goldens/make_activation_goldens.py
"""
import pathlib

import torch
from transformers.activations import ACT2FN

TARGET = pathlib.Path(__file__).resolve().parents[2] / "tests/nn/activation_values.inc"
WITHOUT_PARAMETERS = sorted(set(ACT2FN) - {"prelu", "xielu"})  # these two are trained and part of a checkpoint


def main() -> None:
    x = torch.tensor([-3.0, -0.5, 0.0, 0.7, 8.0])
    lines = []
    for name in WITHOUT_PARAMETERS:
        values = ", ".join(repr(round(value, 7)) for value in ACT2FN[name](x).tolist())
        lines.append(f'    {{"{name}", {{{values}}}}},\n')
    TARGET.write_text("// Made by tools/goldens/make_activation_goldens.py\n" + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
