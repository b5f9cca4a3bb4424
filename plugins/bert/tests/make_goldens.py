#!/usr/bin/env python3
"""Makes goldens/: small random checkpoints with inputs and what transformers computes from them.

Run from the repository's root, with transformers 4.57 and torch 2.13 (tools/setup installs both):

    .venv/bin/python plugins/bert/tests/make_goldens.py

Each folder goldens/<config>-<class>/ is a checkpoint as save_pretrained writes it, plus inputs.safetensors and
outputs.safetensors. Tensors in both are named <case>.<name>: all cases of one folder stand in one file. Seeds are
fixed, so that a second run writes the same bytes. A case holds attentions when the test is to ask for them. Folders with a
surgery.json hold what is computed after its steps.
"""
import json
import pathlib
import random
import shutil
import sys

import torch
import transformers

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import bert_cases  # noqa: E402

FOLDER = pathlib.Path(__file__).parent / "goldens"
BATCH, LENGTH = 2, 8
LIMIT = 3_000_000  # bytes of all goldens together
AGREE = 5e-6       # between transformers' own two attention implementations

SMALL = dict(vocab_size=61, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=19,
             max_position_embeddings=21)
ALL = bert_cases.CLASSES
CONFIGS = {
    "plain": (ALL, {}),
    "relative-key": (("BertModel", "BertForMaskedLM", "BertForQuestionAnswering"),
                     dict(position_embedding_type="relative_key", hidden_size=18, num_attention_heads=3)),
    "relative-key-query": (("BertModel", "BertForPreTraining", "BertForTokenClassification"),
                           dict(position_embedding_type="relative_key_query", hidden_act="gelu_new")),
    "decoder": (("BertModel", "BertForMaskedLM", "BertLMHeadModel", "BertForMultipleChoice"),
                dict(is_decoder=True, add_cross_attention=True, hidden_size=20, num_attention_heads=2)),
    "decoder-relative": (("BertModel", "BertLMHeadModel"),
                         dict(is_decoder=True, position_embedding_type="relative_key_query")),
    "chunked": (ALL, dict(chunk_size_feed_forward=4, num_labels=3, type_vocab_size=5, num_hidden_layers=3)),
    "one-head": (("BertModel", "BertForSequenceClassification", "BertForMultipleChoice"),
                 dict(num_attention_heads=1, hidden_act="tanh", layer_norm_eps=1e-5, num_labels=1, hidden_size=17)),
    "pruned": (("BertModel", "BertForSequenceClassification"),
               dict(pruned_heads={0: [1], 1: [0, 2]}, num_labels=4, problem_type="multi_label_classification")),
}


# Fewer rows than columns, so that new rows equal the mean of the old ones and are not drawn.
SURGERY = (("BertForMaskedLM", dict(vocab_size=13), [{"prune": {"0": [2], "-1": [0, 3]}}, {"resize": 19}, {"prune": {"0": [2, 1]}}]),
           ("BertForPreTraining", dict(vocab_size=15, tie_word_embeddings=False), [{"resize": 14, "pad_to_multiple_of": 8}, {"resize": 9}]))


def difference(left, right):
    return max((left[name] - right[name]).abs().max().item() for name in left if name in right)


def make_case(model, inputs, with_attentions):
    """Both implementations must agree, so that one golden serves the test of both."""
    wanted = dict(output_hidden_states=True, output_attentions=with_attentions)
    outputs = {}
    for implementation in ("eager", "sdpa"):
        twin = type(model)._from_config(model.config, attn_implementation=implementation).eval()
        twin.load_state_dict(model.state_dict())
        outputs[implementation] = bert_cases.run(twin, inputs, **wanted)
    if (apart := difference(outputs["eager"], outputs["sdpa"])) > AGREE:
        raise SystemExit(f"transformers' own two attention implementations differ by {apart}; choose other inputs")
    return outputs["eager"]


def operate(model, steps):
    for step in steps:
        if "prune" in step:
            model.prune_heads({int(layer): heads for layer, heads in step["prune"].items()})
        else:
            model.resize_token_embeddings(step["resize"], pad_to_multiple_of=step.get("pad_to_multiple_of"))


def make_folder(name, class_name, settings, seed, steps=()):
    config = transformers.BertConfig(**{**SMALL, **settings})
    model = bert_cases.make_model(class_name, config, seed)
    folder = FOLDER / f"{name}-{class_name}"
    bert_cases.save_model(model, folder)
    if steps:
        (folder / "surgery.json").write_text(json.dumps(steps) + "\n")
        operate(model, steps)
        config = model.config
    rng = random.Random(seed)
    inputs, outputs = {}, {}
    for kind in bert_cases.usable_kinds(class_name, config):
        # Attentions of cross attention exist only where there is an encoder.
        with_attentions = kind in ("full", "encoder") and (kind == "encoder" or not config.add_cross_attention)
        case = bert_cases.make_inputs(class_name, model.config, kind, BATCH, LENGTH, rng)
        for tensor, value in make_case(model, case, with_attentions).items():
            outputs[f"{kind}.{tensor}"] = value
        inputs.update({f"{kind}.{tensor}": value for tensor, value in case.items()})
    bert_cases.write_tensors(inputs, folder / "inputs.safetensors")
    bert_cases.write_tensors(outputs, folder / "outputs.safetensors")


def main():
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    shutil.rmtree(FOLDER, ignore_errors=True)
    seed = 0
    for name, (classes, settings) in CONFIGS.items():
        for class_name in classes:
            seed += 1
            make_folder(name, class_name, settings, seed)
    for class_name, settings, steps in SURGERY:
        seed += 1
        make_folder("surgery", class_name, settings, seed, steps)
    size = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file())
    print(f"{seed} folders, {size} bytes in {FOLDER}")
    if size > LIMIT:
        raise SystemExit(f"more than {LIMIT} bytes: make the models smaller")


if __name__ == "__main__":
    main()
