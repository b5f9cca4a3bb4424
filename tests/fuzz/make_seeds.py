#!/usr/bin/env python3
"""Makes inputs to start fuzzing from: what each format can do, from our goldens and by hand.

    tests/fuzz/make_seeds.py FOLDER    writes FOLDER/<parser>/…; the standard library is enough

The kept corpora in corpus/ grew from these; see README.md.
"""
import hashlib
import io
import json
import pathlib
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDENS = ROOT / "tests/goldens/bin"
LARGEST = 65536
BITS = {"F64": 64, "F32": 32, "F16": 16, "BF16": 16, "I64": 64, "I32": 32, "I16": 16, "I8": 8, "U8": 8, "BOOL": 8, "U16": 16,
        "U32": 32, "U64": 64, "C64": 64, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6}


def plugin_files(pattern: str) -> list:
    return sorted(path for path in ROOT.glob(f"plugins/*/tests/goldens/*/{pattern}") if path.stat().st_size <= 8192)


def safetensors(header, size: int = 0, padding: str = "") -> bytes:
    text = (header if isinstance(header, str) else json.dumps(header, separators=(",", ":"))) + padding
    return struct.pack("<Q", len(text.encode())) + text.encode() + bytes(size)


def safetensors_seeds():
    yield (GOLDENS / "expected.safetensors").read_bytes()
    yield from (path.read_bytes() for path in plugin_files("*.safetensors")[:20])
    header, end = {"__metadata__": {"format": "pt", "": "größe\\\"\u0001"}}, 0
    for dtype, bits in BITS.items():
        header[dtype] = {"dtype": dtype, "shape": [2, 4], "data_offsets": [end, end + bits]}
        end += bits
    yield safetensors(header, end, " " * 7)
    for dtype, bits in BITS.items():
        yield safetensors({"a": {"dtype": dtype, "shape": [8], "data_offsets": [0, bits]}}, bits)
    scalar = {"dtype": "F32", "shape": [], "data_offsets": [0, 4]}
    yield safetensors({"a": scalar | {"shape": [0, 3], "data_offsets": [0, 0]}, "b": scalar}, 4)
    yield safetensors({"a": scalar | {"other": {"x": [1, -2, 3.5, None, True, {"y": "z"}]}}}, 4)
    yield safetensors({"a": scalar | {"shape": [1] * 64}}, 4)
    yield safetensors({"a": scalar | {"shape": [2**40, 2**40, 0], "data_offsets": [0, 0]}})
    yield safetensors({"a": scalar | {"shape": [2**62]}})
    yield safetensors('{"\\ud83d\\ude00":{"shape":[],"data_offsets":[0,4],"dtype":"F32"}}', 4)
    yield safetensors('{"__metadata__":null}')
    yield safetensors("{}")
    yield safetensors({f"t{i}": scalar | {"data_offsets": [4 * i, 4 * i + 4]} for i in range(600)}, 2400)
    yield b"version https://git-lfs.github.com/spec/v1\n"


def archive(content: dict, streamed: bool = False, zip64: bool = False, method: int = zipfile.ZIP_STORED) -> bytes:
    class Stream(io.BytesIO):
        def seekable(self):
            return not streamed

        def seek(self, *args):
            return super().seek(*args) if not streamed else self.unseekable()

        def tell(self):
            return super().tell() if not streamed else self.unseekable()

        def unseekable(self):
            raise io.UnsupportedOperation

    out = Stream()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, data in content.items():
            with file.open(zipfile.ZipInfo(name), "w", force_zip64=zip64) as record:
                record.write(data)
    return out.getvalue()


def zip_seeds():
    yield from (path.read_bytes() for path in sorted(GOLDENS.glob("*.bin")) if path.name != "legacy.bin")
    content = {"m/data.pkl": b"}.", "m/größe": b"12345", "m/empty": b""}
    for streamed in (False, True):
        for zip64 in (False, True):
            yield archive(content, streamed, zip64)
    yield archive({f"m/data/{i}": b"1234" for i in range(450)})
    yield archive({})
    yield archive(content, method=zipfile.ZIP_DEFLATED)
    yield archive({"../up": b"1"})
    yield archive({"m/" + "x" * 300: b"1"})
    plain = archive(content)
    entries, size, begin = struct.unpack("<HII", plain[-12:-2])
    end64 = len(plain) - 22
    wide = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, entries, entries, size, begin)
    locator = struct.pack("<IIQI", 0x07064B50, 0, end64, 1)
    yield plain[:end64] + wide + locator + plain[end64:]
    ends = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    yield plain[:end64] + wide + locator + ends


def stub(module: str, name: str):
    """A function that pickles as module.name and may be called by what is unpickled."""
    parts = module.split(".")
    for i in range(len(parts)):
        sys.modules.setdefault(".".join(parts[:i + 1]), types.ModuleType(".".join(parts[:i + 1])))
    kind = type(name, (), {"__module__": module})
    setattr(sys.modules[module], name, kind)
    return kind


class Called:
    def __init__(self, function, *arguments):
        self.parts = function, arguments

    def __reduce__(self):
        return self.parts


class Storage:
    def __init__(self, kind: str, key: str, elements: int, module: str = "torch"):
        self.id = "storage", stub(module, kind), key, "cpu", elements


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        return value.id if isinstance(value, Storage) else None


def pickled(value, protocol: int = 2) -> bytes:
    out = io.BytesIO()
    Pickler(out, protocol).dump(value)
    return out.getvalue()


def tensors() -> dict:
    utils = "torch._utils"
    v2, v3 = stub(utils, "_rebuild_tensor_v2"), stub(utils, "_rebuild_tensor_v3")
    parameter, with_state = stub(utils, "_rebuild_parameter"), stub(utils, "_rebuild_parameter_with_state")
    first, second = Storage("FloatStorage", "0", 24), Storage("LongStorage", "1", 2)
    untyped = Storage("UntypedStorage", "1", 16, "torch.storage")
    rest = (False, OrderedDict())
    plain = Called(v2, first, 0, (2, 3), (3, 1), *rest)
    return {
        "plain": plain,
        "old": Called(stub(utils, "_rebuild_tensor"), first, 0, (2, 3), (3, 1)),
        "metadata": Called(v2, first, 4, (5,), (1,), *rest, None),
        "transposed": Called(v2, first, 1, (3, 2), (1, 3), *rest),
        "expanded": Called(v2, first, 0, (1024, 4, 1), (0, 1, 0), *rest),
        "v3": Called(v3, untyped, 0, (2,), (1,), *rest, stub("torch", "uint16")),
        "empty": Called(v2, second, 0, (0, 7), (7, 1), *rest),
        "parameter": Called(parameter, plain, True, OrderedDict()),
        "state": Called(with_state, plain, True, OrderedDict(), {"note": "text"}),
        "typed": Called(stub("torch._tensor", "_rebuild_from_type_v2"), v2, stub("torch", "Tensor"),
                        (first, 0, (24,), (1,), *rest), {"note": Called(stub("torch", "Size"), (1, 2))}),
        "größe": Called(v2, first, 23, (), (), *rest),
    }


def pickle_seeds():
    for path in sorted(GOLDENS.glob("*.bin")):
        if path.name == "legacy.bin":
            yield path.read_bytes()
        else:
            with zipfile.ZipFile(path) as file:
                yield file.read(next(name for name in file.namelist() if name.endswith("data.pkl")))
    for protocol in range(2, 6):
        yield pickled(tensors(), protocol)
        yield pickled([None, True, -1, 200, 70000, 2**40, 2**90, -(2**70), 1.5, "text", "x" * 300, b"bytes", b"y" * 300, (1,),
                       (1, 2), [[], {}, ()], {"a": {1: 2}}, OrderedDict([("a", 1)])], protocol)
    yield pickled({str(i): value for i, value in enumerate(list(tensors().values()) * 90)})
    yield b"\x80\x02ccollections\nOrderedDict\n]X\x01\x00\x00\x00aK\x01\x86a\x85R."
    yield b"\x80\x02U\x04textT\x02\x00\x00\x00ab\x86q\x00h\x00r\x00\x01\x00\x00j\x00\x01\x00\x00\x87."


def bin_seeds():
    yield from (b"\x00" + path.read_bytes() for path in sorted(GOLDENS.glob("*.bin")))
    for name, tensor in tensors().items():
        yield b"\x01" + pickled({name: tensor})
    for protocol in range(2, 6):
        yield b"\x01" + pickled(tensors(), protocol)
    yield b"\x01" + pickled(OrderedDict(tensors()))
    yield b"\x01" + pickled({str(i): value for i, value in enumerate(list(tensors().values()) * 90)})
    pickles = pickled({"little_endian": True}) + pickled({"a": tensors()["plain"]}) + pickled(["0"])
    yield b"\x02" + pickles + struct.pack("<Q", 24) + bytes(96)
    yield from (b"\x00" + whole for whole in zip_seeds())
    yield b"\x00version https://git-lfs.github.com/spec/v1\n"
    # As much work as little text can ask for.
    v2, byte = stub("torch._utils", "_rebuild_tensor_v2"), Storage("ByteStorage", "1", 16)
    for shape, strides in [((2**20, *[1] * 63), (0,) * 64), ((2,) * 20, (0,) * 20), ((2,) * 20, (1, 0) * 10), ((2**20,), (0,))]:
        big = Called(v2, byte, 0, shape, strides, False, OrderedDict())
        yield b"\x01" + pickled({str(i): big for i in range(64)})
    stored = b"q\xff" + b"h\xffQ" * 9000  # one storage with a long name, over and over
    yield b"\x02" + pickled({"little_endian": True}) + b"\x80\x02(" + pickled(Storage("ByteStorage", "k" * 30000, 1).id)[2:-1] + stored + b"t."


def index_seeds():
    yield from (path.read_bytes() for path in plugin_files("*.index.json"))
    name = "model-{:05}-of-{:05}.safetensors"
    yield json.dumps({"metadata": {"total_size": 10, "dtype": "bfloat16"},
                      "weight_map": {f"w.{i}": name.format(i, 3) for i in (1, 2, 3)}}).encode()
    for file in [name.format(1, 1), name.format(2, 9), "../up.bin", "a/b", "c\\d", "", ".", "\0", "-00000-of-00000", "x" * 300,
                 "pytorch_model.fp16-00001-of-00001.bin", 1, None]:
        yield json.dumps({"weight_map": {"w": file}}).encode()
    yield json.dumps({"weight_map": {f"w{i}": name.format(i, 99999) for i in range(900)}}).encode()


def config_seeds():
    for seed in configs():
        yield seed + b" " * (-len(seed) % 4)  # what config_fuzzer writes again


def configs():
    yield from (path.read_bytes() for path in plugin_files("*config.json"))
    yield json.dumps({
        "architectures": ["A", "B"], "model_type": "fuzz", "n_embd": 8, "hidden_size": 4, "layer_norm_eps": 1, "torch_dtype": "torch.float16",
        "dtype": None, "chunk_size_feed_forward": 2, "cross_attention_hidden_size": 5, "pruned_heads": {"-1": [0], "10": [1, 2]},
        "id2label": {"0": "a", "07": "b"}, "label2id": {"a": 0}, "problem_type": "regression", "prefix": "\u0001id2label",
        "eos_token_id": [1, 2], "bos_token_id": -1, "attn_implementation": "eager", "task_specific_params": {"x": [1.5e300, None]},
        "_name_or_path": "p", "num_beams": 4, "größe": "\ud83d\ude00"}).encode()
    yield json.dumps({"id2label": {str(i): f"label {i}" for i in range(1500)}, "label2id": {f"label {i}": i for i in range(1500)}}).encode()
    for count in (0, 3, 2**17):
        yield json.dumps({"num_labels": count}).encode()
    yield json.dumps({
        "_from_model_config": True, "max_new_tokens": 5, "do_sample": True, "temperature": 0.7, "eos_token_id": [1, 2], "early_stopping": "never",
        "num_beams": 4, "num_return_sequences": 4, "cache_implementation": "static", "watermarking_config": {"bias": 1},
        "compile_config": None, "assistant_early_exit": 3, "transformers_version": "4.57.6", "_commit_hash": "x"}).encode()
    yield b'{"a": [1e308, -0.0, 1e-7, 123456789012345678901234567890, NaN], "a": 1}'
    yield b'{"a":' * 70
    yield b'{"a": "\\u0001pruned_heads", "pruned_heads": {"1": [0]}}'
    yield b'{"\\u0001id2label": 1}'


SEEDS = {"safetensors_header": safetensors_seeds, "zip_archive": zip_seeds, "pickle_machine": pickle_seeds, "bin_layout": bin_seeds,
         "weight_map": index_seeds, "config": config_seeds}


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    for parser, seeds in SEEDS.items():
        folder = pathlib.Path(sys.argv[1]) / parser
        folder.mkdir(parents=True, exist_ok=True)
        for data in seeds():
            if len(data) <= LARGEST:
                (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


if __name__ == "__main__":
    main()
