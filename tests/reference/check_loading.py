#!/usr/bin/env python3
"""Compares our from_pretrained with transformers' on broken and partial BERT checkpoints, live.

    .venv/bin/python tests/reference/check_loading.py [--tool build/release/bin/load_tool] [--only TEXT]

Every case makes a checkpoint directory, loads it with both, and compares the lists of missing, unexpected and mismatched
keys, and every weight that came from the checkpoint bit for bit. Where transformers refuses, so must we. Exit status 1
on any difference.
"""
import argparse
import json
import logging
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import warnings

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import BertConfig

ROOT = pathlib.Path(__file__).resolve().parents[2]
TYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
SIZES = dict(vocab_size=31, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12,
             max_position_embeddings=10, type_vocab_size=2)


def model_of(name, **config):
    torch.manual_seed(len(name))
    model = getattr(transformers, name)(BertConfig(**{**SIZES, **config})).eval()
    with torch.no_grad():  # biases and norms start as constants, which would hide a key that went elsewhere
        for parameter in model.parameters():
            parameter.normal_()
    return model


class Case:
    """A checkpoint and how it is loaded: `edit` changes the saved state dict, `options` go to both loaders."""

    def __init__(self, name, saved="BertForMaskedLM", loaded=None, edit=None, dtype="float32", options=None,
                 config=None, save=None, layout=None, arrange=None, theirs_fails=False):
        self.name, self.saved, self.loaded, self.edit, self.dtype = name, saved, loaded or saved, edit, dtype
        self.options, self.config, self.save, self.layout = options or {}, config or {}, save or {}, layout
        self.arrange, self.theirs_fails = arrange, theirs_fails  # transformers 4.57.6 stumbles, and we need not

    def make(self, folder):
        model = model_of(self.saved, **self.config).to(TYPES[self.dtype])
        if self.edit is None and self.layout is None:
            model.save_pretrained(folder, **self.save)
        else:
            model.config.architectures, model.config.dtype = [self.saved], self.dtype
            model.config.save_pretrained(folder)
            state = {k: v.clone() for k, v in model.state_dict().items()}
            if self.edit:
                state = self.edit(state) or state
            write(state, folder, self.layout or "safetensors")
        if self.arrange:
            self.arrange(folder)


def write(state, folder, layout):
    if layout == "safetensors":
        save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    elif layout == "zip":
        torch.save(state, folder / "pytorch_model.bin")
    elif layout == "legacy":
        torch.save(state, folder / "pytorch_model.bin", _use_new_zipfile_serialization=False)
    elif layout == "stated dtype":  # sharded, with a dtype in the index and none in the config
        names = sorted(state)
        shards = {f"model-0000{i + 1}-of-00002.safetensors": names[i::2] for i in range(2)}
        for file, keys in shards.items():
            save_file({k: state[k] for k in keys}, folder / file, metadata={"format": "pt"})
        weight_map = {k: file for file, keys in shards.items() for k in keys}
        index = {"metadata": {"dtype": "bfloat16"}, "weight_map": weight_map}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))
        without_dtype(folder)
    else:
        raise AssertionError(layout)


def without_dtype(folder):
    config = json.loads((folder / "config.json").read_text())
    config.pop("dtype", None)
    (folder / "config.json").write_text(json.dumps(config))


def drop(*parts):
    return lambda state: {k: v for k, v in state.items() if not any(part in k for part in parts)}


def rename(old, new):
    return lambda state: {k.replace(old, new): v for k, v in state.items()}


def norms_as_in_2018(state):
    return {k.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): v
            for k, v in state.items()}


def plus(**tensors):
    return lambda state: {**state, **{k.replace("__", "."): v for k, v in tensors.items()}}


def resized(state):
    state["bert.embeddings.word_embeddings.weight"] = torch.randn(40, 8)
    state.pop("cls.predictions.decoder.weight")
    state["bert.encoder.layer.1.output.dense.bias"] = torch.randn(4)
    return state


def into_subfolder(folder):
    (folder / "sub").mkdir()
    for file in list(folder.iterdir()):
        if file.is_file():
            shutil.move(file, folder / "sub" / file.name)


def mixed_types(state):
    return {k: v.to(torch.float16 if "LayerNorm" in k else torch.bfloat16) for k, v in state.items()}


def as_type(dtype, part):
    return lambda state: {k: v.to(dtype) if part in k else v for k, v in state.items()}


def only(*names):
    def arrange(folder):
        for file in folder.glob("*"):
            if file.name not in names:
                file.unlink()
    return arrange


CASES = [Case(f"{layout}, {dtype}", dtype=dtype, save=save)
         for dtype in TYPES for layout, save in (("safetensors", {}), ("sharded", {"max_shard_size": "3KB"}),
                                                 ("bin", {"safe_serialization": False}),
                                                 ("sharded bin", {"safe_serialization": False, "max_shard_size": "3KB"}))]
CASES += [Case(f"{dtype} wanted of {stored}", dtype=stored, options={"dtype": dtype})
          for stored in TYPES for dtype in TYPES if dtype != stored]
CASES += [Case(f"bin, {layout}", edit=drop("nothing"), layout=layout) for layout in ("zip", "legacy")]
CASES += [
    Case("legacy bin, half", edit=drop("nothing"), layout="legacy", dtype="float16"),
    Case("untied head", config={"tie_word_embeddings": False}),
    Case("untied head without weights", config={"tie_word_embeddings": False}, edit=drop("decoder.weight")),
    Case("tied, head's name alone", edit=drop("word_embeddings")),
    Case("tied, both names", edit=drop("nothing")),
    Case("tied, neither name", edit=drop("word_embeddings", "decoder.weight")),
    Case("tied bias left out", edit=drop("cls.predictions.decoder.bias")),
    Case("missing keys", edit=drop("layer.1.attention", "pooler", "position_embeddings")),
    Case("missing layer", edit=drop("encoder.layer.1.")),
    Case("unexpected keys", edit=plus(extra__weight=torch.ones(2), bert__extra=torch.ones(2), z=torch.ones(1))),
    Case("unexpected and missing", edit=rename("layer.1.", "layer.7.")),
    Case("nothing fits but one", edit=lambda s: {"bert.embeddings.word_embeddings.weight":
                                                s["bert.embeddings.word_embeddings.weight"]}),
    Case("position ids of old files", edit=plus(bert__embeddings__position_ids=torch.arange(10).view(1, 10))),
    Case("base into head", saved="BertModel", loaded="BertForMaskedLM"),
    Case("base into classifier", saved="BertModel", loaded="BertForSequenceClassification"),
    Case("base with extra keys into head", saved="BertModel", loaded="BertForMaskedLM",
         edit=plus(extra__weight=torch.ones(2))),
    Case("base with a head's key into head", saved="BertModel", loaded="BertForSequenceClassification",
         edit=plus(classifier__weight=torch.ones(2, 8))),
    Case("head into base", saved="BertForMaskedLM", loaded="BertModel"),
    Case("head into base, missing and extra", saved="BertForPreTraining", loaded="BertModel",
         edit=lambda s: plus(bert__extra=torch.ones(3))(drop("pooler")(s))),
    Case("head into another head", saved="BertForPreTraining", loaded="BertForTokenClassification"),
    Case("pretraining into masked language model", saved="BertForPreTraining", loaded="BertForMaskedLM"),
    Case("gamma and beta", edit=norms_as_in_2018),
    Case("gamma and beta, base into head", saved="BertModel", loaded="BertForMaskedLM", edit=norms_as_in_2018),
    Case("gamma and beta in a bin", edit=norms_as_in_2018, layout="zip"),
    Case("a gamma that the model has not", edit=plus(foo__LayerNorm__gamma=torch.ones(2))),
    Case("names of weight norm", edit=plus(conv__weight_g=torch.ones(2), bert__conv__weight_v=torch.ones(2))),
    Case("another vocabulary", config={"vocab_size": 40}, options={"config": {"vocab_size": 31}}),
    Case("mismatched sizes, refused", edit=resized),
    Case("mismatched sizes, ignored", edit=resized, options={"ignore_mismatched_sizes": True}),
    Case("labels resized, refused", saved="BertForSequenceClassification", options={"config": {"num_labels": 5}}),
    Case("labels resized, ignored", saved="BertForSequenceClassification",
         options={"config": {"num_labels": 5}, "ignore_mismatched_sizes": True}),
    Case("fewer layers by an override", options={"config": {"num_hidden_layers": 1}}),
    Case("more layers by an override", options={"config": {"num_hidden_layers": 3}}),
    Case("an override for an unknown key", options={"config": {"num_hidden_layer": 3}}),
    Case("variant", save={"variant": "fp16"}, options={"variant": "fp16"}),
    Case("sharded variant", save={"variant": "fp16", "max_shard_size": "3KB"}, options={"variant": "fp16"}),
    Case("bin variant", save={"variant": "fp16", "safe_serialization": False}, options={"variant": "fp16"}),
    Case("sharded bin variant", save={"variant": "v", "safe_serialization": False, "max_shard_size": "3KB"},
         options={"variant": "v"}),
    Case("a variant that is not there", options={"variant": "fp16"}),
    Case("a variant is not read unasked", save={"variant": "fp16"}),
    Case("subfolder", arrange=into_subfolder, options={"subfolder": "sub"}),
    Case("subfolder that is not there", options={"subfolder": "sub"}),
    Case("safetensors wanted of a bin", save={"safe_serialization": False}, options={"use_safetensors": True}),
    Case("bin wanted of safetensors", options={"use_safetensors": False}),
    Case("no weights", arrange=only("config.json")),
    Case("no config", arrange=only("model.safetensors")),
    Case("a shard is gone", save={"max_shard_size": "3KB"},
         arrange=lambda f: sorted(f.glob("model-*.safetensors"))[0].unlink()),
    Case("dtype of the index", edit=drop("nothing"), layout="stated dtype", theirs_fails=True),  # it takes the text for a dtype
    Case("dtype of the first tensor", edit=mixed_types, arrange=without_dtype),
    Case("dtype of the first tensor of a bin", edit=mixed_types, layout="zip", arrange=without_dtype),
    Case("integers for a parameter", edit=as_type(torch.int32, "layer.0.output.dense.weight")),
    Case("booleans for a bias", edit=as_type(torch.bool, "cls.predictions.bias")),
    Case("integers for a parameter of a bin", edit=as_type(torch.int8, "word_embeddings"), layout="zip"),
    Case("key mapping", edit=rename("bert.encoder.layer.", "bert.blocks."),
         options={"key_mapping": {r"^bert\.blocks\.(\d+)\.": r"bert.encoder.layer.\1."}}),
    Case("key mapping with named groups and lookahead", edit=rename("attention.self.query", "attention.self.q"),
         options={"key_mapping": {r"\.q\.(?P<kind>weight|bias)(?!\w)$": r".query.\g<kind>"}}),
    Case("key mapping that fits nothing", options={"key_mapping": {r"^nothing": "x"}}),
    Case("state dict in memory", options={"state_dict": True}),
    Case("base state dict in memory into head", saved="BertModel", loaded="BertForMaskedLM",
         options={"state_dict": True}),
    Case("a single safetensors file", options={"file": "model.safetensors"}),
    Case("a single bin file", save={"safe_serialization": False}, options={"file": "pytorch_model.bin"}),
]


def theirs(case, folder):
    """(state dict, report) or the exception."""
    options = dict(case.options)
    cls = getattr(transformers, case.loaded)
    options.update(options.pop("config", {}))
    options.setdefault("dtype", "auto")
    path = folder
    try:
        if "file" in options:
            path = folder / options.pop("file")
            options["config"] = transformers.AutoConfig.from_pretrained(folder)
        if options.pop("state_dict", False):
            path = None
            options["config"] = transformers.AutoConfig.from_pretrained(folder)
            options["state_dict"] = load_file(folder / "model.safetensors")
        model, info = cls.from_pretrained(path, output_loading_info=True, **options)
    except Exception as error:  # noqa: BLE001 - whatever transformers raises is its verdict
        return error
    return model.state_dict(), info


class Tool:
    def __init__(self, path):
        plugins = pathlib.Path(path).resolve().parents[1] / "plugins"
        self.process = subprocess.Popen([path, plugins], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def load(self, case, folder, **more):
        options = dict(case.options)
        request = {"path": str(folder / options.pop("file", "")), "architecture": case.loaded,
                   "output": str(folder.parent / "loaded.safetensors"), "config_overrides": options.pop("config", {})}
        if options.pop("state_dict", False):
            request["state_dict"] = str(folder / "model.safetensors")
        self.process.stdin.write(json.dumps({**request, **options, **more}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        return self.process.wait()


def keys_of(report):
    return {kind: sorted(k if isinstance(k, str) else k["key"] if isinstance(k, dict) else k[0] for k in report[kind])
            for kind in ("missing_keys", "unexpected_keys", "mismatched_keys")}


def same_bits(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and torch.equal(
        a.contiguous().view(-1).view(torch.uint8), b.contiguous().view(-1).view(torch.uint8))


def differences(case, wanted, tool, folder):
    found = []
    for mode in ("map", "parallel", "sequential"):
        got = tool.load(case, folder, read_mode=mode)
        if isinstance(wanted, Exception) or "error" in got:
            if (isinstance(wanted, Exception) and not case.theirs_fails) != ("error" in got):
                found.append(f"{mode}: transformers: {str(wanted)[:200]!r}; ours: {str(got)[:300]}")
            continue
        state, info = wanted
        if keys_of(info) != keys_of(got):
            found.append(f"{mode}: reports differ:\n    theirs {keys_of(info)}\n    ours   {keys_of(got)}")
        ours = load_file(folder.parent / "loaded.safetensors")
        if sorted(ours) != sorted(state):
            found.append(f"{mode}: names differ: {sorted(set(ours) ^ set(state))}")
            continue
        new = set(got["newly_initialized"]) | set(got["missing_keys"])
        for name, tensor in state.items():
            if ours[name].dtype != tensor.dtype or ours[name].shape != tensor.shape:
                found.append(f"{mode}: {name}: {tensor.dtype} {list(tensor.shape)} and {ours[name].dtype}")
            elif tensor.is_meta or any(state[n].data_ptr() == tensor.data_ptr() for n in new):
                continue  # random on both sides; transformers loses the tensors that stand under a tied name alone
            elif not same_bits(tensor, ours[name]):
                found.append(f"{mode}: {name} has other bits")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", default=str(ROOT / "build/release/bin/load_tool"))
    parser.add_argument("--program", help="not used; every check is given it")
    parser.add_argument("--only", default="", help="cases whose name contains this text")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    transformers.utils.logging.disable_progress_bar()
    warnings.simplefilter("ignore")
    tool, failed, refused, count = Tool(arguments.tool), 0, 0, 0
    for case in CASES:
        if arguments.only not in case.name:
            continue
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary) / "model"
            folder.mkdir()
            case.make(folder)
            wanted = theirs(case, folder)
            found = differences(case, wanted, tool, folder)
            refused += isinstance(wanted, Exception)
        count += 1
        failed += bool(found)
        for line in found:
            print(f"{case.name}: {line}")
    if tool.close() != 0:
        print("load_tool did not end well")
        failed += 1
    print(f"{count} checkpoints, of which transformers refuses {refused}; {failed} differ")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
