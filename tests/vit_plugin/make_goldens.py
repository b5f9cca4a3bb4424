#!/usr/bin/env python3
"""Makes goldens/: small random ViT checkpoints, and what transformers computes from them.

    .venv/bin/python tests/vit_plugin/make_goldens.py
"""
import pathlib

import torch
import transformers
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).parent / "goldens"
PLAIN = dict(hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20, image_size=8, patch_size=4)
ODD = dict(PLAIN, image_size=[6, 9], patch_size=[2, 3], num_channels=1, qkv_bias=False, hidden_act="gelu_new",
           pooler_output_size=7, pooler_act="relu", num_labels=3)


def cases_of(config, name):
    sizes = config.image_size if isinstance(config.image_size, list) else [config.image_size] * 2
    pixels = torch.randn(2, config.num_channels, *sizes)
    cases = {"full": {"pixel_values": pixels}}
    if config.patch_size == 4:
        cases["other_size"] = {"pixel_values": torch.randn(1, config.num_channels, 12, 8),
                               "interpolate_pos_encoding": True}
    if name == "ViTForImageClassification":
        cases["full"]["labels"] = torch.tensor([0, 1])
    return cases


def flatten(output):
    for name, value in output.items():
        if isinstance(value, tuple):
            yield from ((f"{name}.{i}", tensor) for i, tensor in enumerate(value))
        else:
            yield name, value


def make(kind, sizes, name):
    config = transformers.ViTConfig(**sizes, attn_implementation="eager")
    model = getattr(transformers, name)(config).eval()
    for parameter in model.parameters():
        parameter.data.normal_(0, 0.3)
    folder = FOLDER / f"{kind}-{name}"
    model.save_pretrained(folder)
    inputs, outputs = {}, {}
    for case, tensors in cases_of(config, name).items():
        with torch.no_grad():
            output = model(**tensors, output_hidden_states=True, output_attentions=True)
        inputs.update({f"{case}.{key}": torch.as_tensor(value).clone() for key, value in tensors.items()})
        outputs.update({f"{case}.{key}": value.clone().contiguous() for key, value in flatten(output)})
    save_file(inputs, folder / "inputs.safetensors")
    save_file(outputs, folder / "outputs.safetensors")


if __name__ == "__main__":
    torch.manual_seed(5)
    for kind, sizes in {"plain": PLAIN, "odd": ODD}.items():
        for class_name in ("ViTModel", "ViTForImageClassification"):
            make(kind, sizes, class_name)
