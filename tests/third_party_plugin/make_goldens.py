#!/usr/bin/env python3
"""Makes goldens/: small random DistilBERT checkpoints, and what transformers computes from them.

    .venv/bin/python tests/third_party_plugin/make_goldens.py
"""
import pathlib

import torch
import transformers
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).parent / "goldens"
SIZES = dict(vocab_size=29, max_position_embeddings=11, n_layers=2, n_heads=3, dim=12, hidden_dim=20)
CLASSES = ["DistilBertModel", "DistilBertForMaskedLM", "DistilBertForSequenceClassification",
           "DistilBertForTokenClassification"]


def inputs_of(config):
    ids = torch.randint(1, config.vocab_size, (2, 7))
    mask = torch.ones_like(ids)
    mask[1, 4:] = 0
    labels = {"DistilBertForMaskedLM": ids.clone(), "DistilBertForSequenceClassification": torch.tensor([0, 1]),
              "DistilBertForTokenClassification": ids % 2}
    cases = {"full": {"input_ids": ids}, "padded": {"input_ids": ids, "attention_mask": mask},
             "heads": {"input_ids": ids, "head_mask": torch.tensor([[1.0, 0, 1], [0.5, 1, 0]])}}
    return cases, labels


def flatten(output):
    for name, value in output.items():
        if isinstance(value, tuple):
            yield from ((f"{name}.{i}", tensor) for i, tensor in enumerate(value))
        else:
            yield name, value


def make(name):
    config = transformers.DistilBertConfig(**SIZES, attn_implementation="eager")
    model = getattr(transformers, name)(config).eval()
    for parameter in model.parameters():
        parameter.data.normal_(0, 0.3)
    folder = FOLDER / f"plain-{name}"
    model.save_pretrained(folder)
    cases, labels = inputs_of(config)
    inputs, outputs = {}, {}
    for case, tensors in cases.items():
        if name in labels:
            tensors = {**tensors, "labels": labels[name]}
        with torch.no_grad():
            output = model(**tensors, output_hidden_states=True, output_attentions=True)
        inputs.update({f"{case}.{key}": value.clone() for key, value in tensors.items()})
        outputs.update({f"{case}.{key}": value.clone().contiguous() for key, value in flatten(output)})
    save_file(inputs, folder / "inputs.safetensors")
    save_file(outputs, folder / "outputs.safetensors")


if __name__ == "__main__":
    torch.manual_seed(5)
    for class_name in CLASSES:
        make(class_name)
