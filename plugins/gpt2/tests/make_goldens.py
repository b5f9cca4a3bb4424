#!/usr/bin/env python3
"""Makes goldens/: small random checkpoints with inputs and what transformers computes from them.

Run from the repository's root, with transformers 4.57 and torch 2.13 (tools/setup installs both):

    .venv/bin/python plugins/gpt2/tests/make_goldens.py

Each folder goldens/<config>-<class>/ is a checkpoint as save_pretrained writes it (or, for the layouts at the end, as
others once wrote it), plus inputs.safetensors and outputs.safetensors. Tensors in both are named <case>.<name>: all cases
of one folder stand in one file. A case holds attentions when the test is to ask for them. outputs.safetensors is what eager
attention computes in float32; sdpa.safetensors holds the tensors for which fused attention gives something else. Seeds are
fixed, so that a second run writes the same bytes. Folders with a surgery.json hold what is computed after its steps.
"""
import json
import pathlib
import random
import shutil
import sys

import torch
import transformers

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import gpt2_cases  # noqa: E402

FOLDER = pathlib.Path(__file__).parent / "goldens"
BATCH, LENGTH = 2, 7
LIMIT = 1_700_000  # bytes of all goldens together
AGREE = 5e-6       # between the two attention implementations; what is further apart goes into sdpa.safetensors

SMALL = dict(vocab_size=31, n_embd=8, n_layer=2, n_head=2, n_positions=13)
ALL = gpt2_cases.CLASSES
DOUBLE = ("GPT2DoubleHeadsModel",)
SUMMARY_KINDS = ("plain", "full", "embeds")
CONFIGS = {
    "plain": (ALL, dict(pad_token_id=5)),
    "untied": (("GPT2LMHeadModel", "GPT2DoubleHeadsModel"), dict(tie_word_embeddings=False)),
    "scaled-upcast": (("GPT2Model", "GPT2LMHeadModel"), dict(scale_attn_by_inverse_layer_idx=True, reorder_and_upcast_attn=True,
                                                           n_layer=3)),
    "unscaled": (("GPT2Model",), dict(scale_attn_weights=False, scale_attn_by_inverse_layer_idx=True, n_embd=9, n_head=3)),
    "odd-inner": (("GPT2Model", "GPT2ForTokenClassification"), dict(n_inner=19, activation_function="quick_gelu", n_layer=1,
                                                                   num_labels=3, layer_norm_epsilon=1e-12)),
    "cross": (("GPT2Model", "GPT2LMHeadModel"), dict(add_cross_attention=True, n_embd=10)),
    "cross-upcast": (("GPT2Model",), dict(add_cross_attention=True, reorder_and_upcast_attn=True,
                                         scale_attn_by_inverse_layer_idx=True)),
    "one-head": (("GPT2Model", "GPT2ForSequenceClassification"), dict(n_head=1, n_embd=7, activation_function="relu",
                                                                     num_labels=1, pad_token_id=0)),
    "no-pad": (("GPT2ForSequenceClassification",), dict(num_labels=4, problem_type="multi_label_classification")),
    "pruned": (("GPT2Model", "GPT2LMHeadModel"), dict(n_head=4, pruned_heads={0: [1], 1: [0, 2]}, use_cache=False)),
    "packed": (("GPT2Model",), dict(use_cache=False)),
    "summary-last": (DOUBLE, dict(summary_type="last", summary_activation="tanh")),
    "summary-first": (DOUBLE, dict(summary_type="first", summary_proj_to_labels=False, summary_last_dropout=0.3)),
    "summary-mean": (DOUBLE, dict(summary_type="mean", summary_first_dropout=0)),
    "summary-bare": (DOUBLE, dict(summary_use_proj=False, summary_activation="")),
}


# Fewer rows than columns, so that new rows equal the mean of the old ones and are not drawn.
SURGERY = (("GPT2LMHeadModel", dict(n_embd=16, n_head=4, vocab_size=13), [{"prune": {"1": [2], "-2": [0, 3]}}, {"resize": 19},
                                                                      {"prune": {"1": [2, 1]}}]),
           ("GPT2DoubleHeadsModel", dict(n_embd=16, vocab_size=15, tie_word_embeddings=False),
            [{"resize": 14, "pad_to_multiple_of": 8}, {"resize": 9}]))


def split_outputs(model, inputs, with_attentions):
    """(outputs of eager attention, those of fused attention that differ)"""
    wanted = dict(output_hidden_states=True, output_attentions=with_attentions)
    eager, fused = (gpt2_cases.run(gpt2_cases.with_implementation(model, name), inputs, **wanted) for name in ("eager", "sdpa"))
    return eager, {name: tensor for name, tensor in fused.items() if not (tensor - eager[name]).abs().max() <= AGREE}


def write_cases(model, folder, kinds, seed):
    """Inputs and outputs of a model that is saved in this folder."""
    rng, class_name, config = random.Random(seed), type(model).__name__, model.config
    inputs, outputs, fused = {}, {}, {}
    for kind in kinds:
        # Attentions of cross attention exist only where there is an encoder.
        with_attentions = kind in ("full", "encoder") and (kind == "encoder" or not config.add_cross_attention)
        batch = gpt2_cases.batch_size(class_name, config, BATCH)
        case = gpt2_cases.make_inputs(class_name, config, kind, batch, LENGTH, rng)
        both = split_outputs(model, case, with_attentions)
        for target, tensors in ((inputs, case), (outputs, both[0]), (fused, both[1])):
            target.update({f"{kind}.{name}": value for name, value in tensors.items()})
    gpt2_cases.write_tensors(inputs, folder / "inputs.safetensors")
    gpt2_cases.write_tensors(outputs, folder / "outputs.safetensors")
    if fused:
        gpt2_cases.write_tensors(fused, folder / "sdpa.safetensors")


def operate(model, steps):
    for step in steps:
        if "prune" in step:
            model.prune_heads({int(layer): heads for layer, heads in step["prune"].items()})
        else:
            model.resize_token_embeddings(step["resize"], pad_to_multiple_of=step.get("pad_to_multiple_of"))


def make_folder(name, class_name, settings, seed, kinds=None, dtype=torch.float32, steps=(), **saving):
    config = transformers.GPT2Config(**{**SMALL, **settings})
    model = gpt2_cases.make_model(class_name, config, seed, dtype)
    folder = FOLDER / f"{name}-{class_name}"
    gpt2_cases.save_model(model, folder, **saving)
    if steps:
        (folder / "surgery.json").write_text(json.dumps(steps) + "\n")
        operate(model, steps)
        config = model.config
    write_cases(model.float(), folder, kinds or gpt2_cases.usable_kinds(class_name, config), seed)
    return model, folder


def old_state_dict(model):
    """As the first releases wrote it: without the prefix, without the head, with the buffers of every attention."""
    positions = model.config.n_positions
    state = {name: tensor.clone() for name, tensor in model.transformer.state_dict().items()}
    for layer in range(model.config.n_layer):
        state[f"h.{layer}.attn.bias"] = torch.tril(torch.ones(positions, positions)).view(1, 1, positions, positions)
        state[f"h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    return state


def make_layouts(seed):
    """The same kind of model in other files."""
    make_folder("bfloat16", "GPT2LMHeadModel", {}, seed, ("full",), torch.bfloat16)
    make_folder("float16", "GPT2LMHeadModel", {}, seed + 1, ("full",), torch.float16)
    make_folder("sharded", "GPT2LMHeadModel", {}, seed + 2, ("full",), max_shard_size="3KB")
    make_folder("bin", "GPT2DoubleHeadsModel", {}, seed + 3, ("full",), safe_serialization=False)
    model, folder = make_folder("old", "GPT2LMHeadModel", dict(n_ctx=13), seed + 4, ("full", "left"))
    transformers.modeling_utils.safe_save_file(old_state_dict(model), folder / "model.safetensors", metadata={"format": "pt"})
    model, folder = make_folder("old-bin", "GPT2LMHeadModel", {}, seed + 5, ("full",), safe_serialization=False)
    torch.save(old_state_dict(model), folder / "pytorch_model.bin")


def main():
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    shutil.rmtree(FOLDER, ignore_errors=True)
    seed = 0
    for name, (classes, settings) in CONFIGS.items():
        for class_name in classes:
            seed += 1
            make_folder(name, class_name, settings, seed, SUMMARY_KINDS if name.startswith("summary") else None)
    make_layouts(seed + 1)
    for number, (class_name, settings, steps) in enumerate(SURGERY):
        make_folder("surgery", class_name, settings, seed + 7 + number, ("plain", "full"), steps=steps)
    folders = sum(1 for path in FOLDER.iterdir())
    size = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file())
    print(f"{folders} folders, {size} bytes in {FOLDER}")
    if size > LIMIT:
        raise SystemExit(f"more than {LIMIT} bytes: make the models smaller")


if __name__ == "__main__":
    main()
