"""Models to save and load, the C++ side of it, and what two directories or models have in common. For check_save.py."""
import json
import os
import pathlib
import shutil
import subprocess

import torch
import transformers

ROOT = pathlib.Path(__file__).resolve().parents[2]
STEMS = {"safetensors": "model", "bin": "pytorch_model"}
EXTENSIONS = {"safetensors": ".safetensors", "bin": ".bin"}


class Mismatch(Exception):
    pass


def golden_folders():
    """Checkpoints of every plugin."""
    folders = sorted(ROOT.glob("plugins/*/tests/goldens/*/config.json"))
    return [file.parent for file in folders if (file.parent / "model.safetensors").exists()]


def class_of(folder):
    return getattr(transformers, json.loads((folder / "config.json").read_text())["architectures"][0])


class Tool:
    """model_tool as a process that is asked line by line."""

    def __init__(self, program, plugin_dir=""):
        environment = {**os.environ, "MODELHOST_LOG_LEVEL": "off"}
        if plugin_dir:
            environment["MODELHOST_PLUGIN_PATH"] = plugin_dir
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)

    def ask(self, op, **request):
        self.process.stdin.write(json.dumps({"op": op, **request}, default=str) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise Mismatch(f"model_tool ended on {op} {request}")
        answer = json.loads(line)
        if "error" in answer:
            raise Mismatch(f"{op} {request}: {answer['error']}")
        return answer

    def close(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise Mismatch("model_tool failed at its end")


def weights_path(folder, layout):
    """What the C++ side is given to read: the directory; with a variant the file of that name, or an index of the shards."""
    variant, stem, extension = layout["variant"], STEMS[layout["format"]], EXTENSIONS[layout["format"]]
    if not variant:
        return folder
    single = folder / f"{stem}.{variant}{extension}"
    if single.exists():
        return single
    plain = folder.with_name(f"{folder.name}-by-index")
    shutil.copytree(folder, plain)
    return (plain / f"{stem}{extension}.index.{variant}.json").rename(plain / f"{stem}{extension}.index.json")


def save_with_python(model, folder, layout):
    options = {"variant": layout["variant"]} if layout["variant"] else {}
    model.save_pretrained(folder, max_shard_size=layout["max_shard_size"],
                          safe_serialization=layout["format"] == "safetensors", **options)


def load_with_python(cls, folder, layout, dtype="auto"):
    """A model that had every weight and no other in its files."""
    options = {"variant": layout["variant"]} if layout["variant"] else {}
    model, info = cls.from_pretrained(folder, dtype=dtype, output_loading_info=True,
                                      use_safetensors=layout["format"] == "safetensors", **options)
    wrong = {name: value for name, value in info.items() if value}
    if wrong:
        raise Mismatch(f"transformers reports {wrong}")
    return model


def check_same_files(left, right, what):
    names = sorted(set(os.listdir(left)) | set(os.listdir(right)))
    for name in names:
        one, other = left / name, right / name
        if not one.exists() or not other.exists():
            raise Mismatch(f"{what}: {name} is only in {left.name if one.exists() else right.name}")
        if one.read_bytes() != other.read_bytes():
            raise Mismatch(f"{what}: {name} differs in its bytes")
    return len(names)


def same_weights(left, right):
    a, b = left.state_dict(), right.state_dict()
    return list(a) == list(b) and all(
        x.dtype == b[name].dtype and x.shape == b[name].shape
        and torch.equal(x.contiguous().view(torch.uint8) if x.dim() else x, b[name].contiguous().view(torch.uint8) if x.dim() else b[name])
        for name, x in a.items())


def random_like(folder, seed, **overrides):
    """A model of a golden's class with other weights, and perhaps another config."""
    cls = class_of(folder)
    config = cls.config_class.from_pretrained(folder, **overrides)
    torch.manual_seed(seed)
    model = cls(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0.0, 0.2)
    return model
