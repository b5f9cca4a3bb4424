#!/usr/bin/env python3
"""transformers as the judge of prune-heads, resize-embeddings and inspect --heads:

    .venv/bin/python tests/reference/check_surgery_commands.py [--program build/release/bin/modelhost]

Golden models of the plugins are pruned and resized by the program and by transformers: logits must agree (1e-5), and
what the program wrote must load there with the same pruned_heads and nothing missing or unexpected. The importance of
heads is compared with the derivatives of a head_mask in eager attention (1e-4). The real model, where it is, loses a
third of its heads. Exits 1 when anything was wrong.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
import transformers
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from save_cases import class_of  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
REAL = ROOT / ".cache/models/all-MiniLM-L6-v2"
GOLDENS = ["bert/tests/goldens/plain-BertModel", "bert/tests/goldens/plain-BertForMaskedLM",
           "bert/tests/goldens/pruned-BertForSequenceClassification", "gpt2/tests/goldens/plain-GPT2LMHeadModel",
           "gpt2/tests/goldens/plain-GPT2DoubleHeadsModel", "gpt2/tests/goldens/pruned-GPT2Model"]
MEASURED = [golden for golden in GOLDENS if golden.endswith(("MaskedLM", "LMHeadModel"))]
LOGITS, IMPORTANCE = 1e-5, 1e-4


class Mismatch(Exception):
    pass


def run(program, *arguments):
    done = subprocess.run([*program, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Mismatch(f"{arguments[0]} ended with {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def load(cls, folder):
    model, info = cls.from_pretrained(folder, output_loading_info=True, attn_implementation="eager")
    if any(info[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys")):
        raise Mismatch(f"transformers does not load all of it: {info}")
    return model.eval()


def first_output(model, inputs):
    with torch.no_grad():
        return model(**inputs)[0]


def compare_pruned_heads(ours, theirs):
    """As sets: transformers keeps the heads of a layer in no order."""
    found, wanted = ({layer: sorted(heads) for layer, heads in model.config.pruned_heads.items()} for model in (ours, theirs))
    if found != wanted:
        raise Mismatch(f"pruned_heads {found}, not {wanted}")


def compare_outputs(ours, theirs, ids):
    difference = (first_output(ours, {"input_ids": ids}) - first_output(theirs, {"input_ids": ids})).abs().max().item()
    if not difference <= LOGITS:
        raise Mismatch(f"outputs differ by {difference}")


def some_ids(model, rows):
    shape = (rows, 2, 6) if "DoubleHeads" in type(model).__name__ else (rows, 6)
    return torch.randint(1, model.config.vocab_size - 1, shape, generator=torch.Generator().manual_seed(rows))


def heads_that_are_there(model, layer):
    count = model.config.num_attention_heads
    return [head for head in range(count) if head not in set(model.config.pruned_heads.get(layer, []))]


def check_pruning(program, source, folder):
    """Once, and once more in place."""
    cls = class_of(source)
    theirs = load(cls, source)
    for target, layer in ((folder / "pruned", 0), (folder / "pruned", theirs.config.num_hidden_layers - 1)):
        present = heads_that_are_there(theirs, layer)
        if len(present) < 2:
            continue
        origin = target if target.exists() else source
        run(program, "prune-heads", origin, target, "--json", "--heads", json.dumps({layer: present[:1]}))
        theirs.prune_heads({layer: present[:1]})
        ours = load(cls, target)
        compare_pruned_heads(ours, theirs)
        compare_outputs(ours, theirs, some_ids(theirs, 2))


def check_resizing(program, source, folder):
    cls, target = class_of(source), folder / "resized"
    theirs = load(cls, source)
    size = theirs.config.vocab_size
    for new in (size - 3, size + 8):
        run(program, "resize-embeddings", source, target, "--size", new, "--pad-to-multiple-of", 2, "--json")
        ours = load(cls, target)
        theirs = load(cls, source)
        theirs.resize_token_embeddings(new, pad_to_multiple_of=2, mean_resizing=False)
        if ours.config.vocab_size != theirs.config.vocab_size:
            raise Mismatch(f"vocab_size {ours.config.vocab_size}, not {theirs.config.vocab_size}")
        rows = min(size, new)
        if not torch.equal(ours.get_input_embeddings().weight[:rows], theirs.get_input_embeddings().weight[:rows]):
            raise Mismatch("rows that stay differ")


def importance_in_python(model, rows):
    """Mean over rows of |d loss / d head_mask|, [layers, heads]."""
    total = torch.zeros(model.config.num_hidden_layers, model.config.num_attention_heads, dtype=torch.double)
    for ids in rows:
        mask = torch.ones(total.shape, requires_grad=True)
        loss = model(input_ids=ids[None], labels=ids[None], head_mask=mask).loss
        total += torch.autograd.grad(loss, mask)[0].abs().double()
    return total / len(rows)


def check_importance(program, source, folder):
    theirs = load(class_of(source), source)
    ids = some_ids(theirs, 5)
    save_file({"input_ids": ids}, folder / "in.safetensors")
    found = run(program, "inspect", source, "--heads", "--input", folder / "in.safetensors", "--json")
    ours = torch.tensor([[head["importance"] for head in layer["heads"]] for layer in found["layers"]], dtype=torch.double)
    wanted = importance_in_python(theirs, ids)
    difference = ((ours - wanted).abs() / wanted).max().item()
    if not difference <= IMPORTANCE:
        raise Mismatch(f"importance differs by {difference}")


def check_real_model(program, source, folder):
    found = run(program, "inspect", source, "--heads", "--json", "--text", "A man is eating food.", "--text", "It rains.")
    target, heads = folder / "real", found["least_important"]
    run(program, "prune-heads", source, target, "--json", "--heads", json.dumps(heads))
    theirs = load(transformers.BertModel, source)
    theirs.prune_heads({int(layer): gone for layer, gone in heads.items()})
    ours = load(transformers.AutoModel, target)
    compare_pruned_heads(ours, theirs)
    if sum(map(len, heads.values())) != 24:
        raise Mismatch(f"{heads} is not a third of the heads")
    compare_outputs(ours, theirs, torch.randint(1000, 20000, (3, 17), generator=torch.Generator().manual_seed(1)))
    transformers.AutoTokenizer.from_pretrained(target)
    stored, loaded = load_file(target / "model.safetensors"), theirs.state_dict()
    if not all(torch.equal(tensor, loaded[name]) for name, tensor in stored.items()):
        raise Mismatch("weights differ")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT / "build/release/bin/modelhost"))
    arguments = parser.parse_args()
    program = [arguments.program, "--log-level", "off"]
    transformers.logging.set_verbosity_error()
    checks = [(check, ROOT / "plugins" / golden) for golden in GOLDENS for check in (check_pruning, check_resizing)]
    checks += [(check_importance, ROOT / "plugins" / golden) for golden in MEASURED]
    checks += [(check_real_model, REAL)] if REAL.exists() else []
    failed = 0
    for check, source in checks:
        with tempfile.TemporaryDirectory() as folder:
            try:
                check(program, source, pathlib.Path(folder))
            except Mismatch as mismatch:
                failed += 1
                print(f"{check.__name__} {source.name}: {mismatch}")
    print(f"{len(checks)} checks, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
