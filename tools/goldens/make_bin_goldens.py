#!/usr/bin/env python3
"""Makes tests/goldens/bin: one state dict as torch.save writes it in each of its formats, and what is in it.

    ./tools/setup --reference && .venv/bin/python tools/goldens/make_bin_goldens.py

    zip.bin              the format since PyTorch 1.6
    zip_protocol4.bin    the same with pickle protocol 4
    legacy.bin           the format before
    expected.safetensors the same tensors, contiguous and apart from each other
    plain.bin            a dict of contiguous tensors, which write_bin has to write to the byte
The bytes of legacy.bin differ from run to run (keys of storages are addresses); what it holds does not.
"""
import collections
import pathlib

import torch
from safetensors.torch import save_file

TARGET = pathlib.Path(__file__).resolve().parents[2] / "tests/goldens/bin"
DTYPES = [torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.int32, torch.int16, torch.int8,
          torch.uint8, torch.bool, torch.complex64]


def make_state_dict() -> collections.OrderedDict:
    generator = torch.Generator().manual_seed(1)
    state = collections.OrderedDict()
    for dtype in DTYPES:
        state[f"dtype.{dtype}".replace("torch.", "")] = torch.randint(0, 100, (3, 5), generator=generator).to(dtype)
    state["uint16"] = torch.arange(7).to(torch.uint16)  # has no storage class of its own: _rebuild_tensor_v3
    state["float8"] = torch.randn(4, generator=generator).to(torch.float8_e4m3fn)
    base = torch.randn(4, 6, 5, generator=generator)
    state["view.transposed"] = base.transpose(0, 2)
    state["view.strided"] = base[1:4:2, ::2, 1:]
    state["view.slice"] = base[2]  # contiguous, in the middle of a storage
    state["view.expanded"] = torch.randn(1, 3, generator=generator).expand(4, 3)
    state["view.nothing"] = base[4:]
    state["tied.first"] = torch.randn(6, 2, generator=generator)
    state["tied.second"] = state["tied.first"]
    state["parameter"] = torch.nn.Parameter(torch.randn(2, 2, generator=generator))
    state["parameter.with_state"] = torch.nn.Parameter(torch.randn(3, generator=generator), requires_grad=False)
    state["parameter.with_state"].note = "python attribute"
    state["tensor.with_state"] = torch.randn(3, generator=generator)
    state["tensor.with_state"].note = "python attribute"
    state["scalar"] = torch.tensor(2.5)
    state["empty"] = torch.empty(0, 3)
    state["größe.模型.😀"] = torch.tensor([1, 2, 3])
    state[""] = torch.tensor([7.0])
    state["x" * 300] = torch.tensor([8.0])
    state._metadata = collections.OrderedDict([("", {"version": 1}), ("layer", {"version": 2})])
    return state


def make_plain_dict() -> dict:
    """Contiguous tensors, as save_pretrained(safe_serialization=False) saves them: every dtype, every form of number."""
    generator = torch.Generator().manual_seed(2)
    state = {}
    for dtype in [*DTYPES, torch.uint16, torch.uint32, torch.uint64, torch.float8_e4m3fn, torch.float8_e5m2,
                  torch.float8_e8m0fnu]:
        for shape in [(3, 5), (2, 1, 3, 2)]:
            name = f"{str(dtype).removeprefix('torch.')}.{len(shape)}"
            state[name] = torch.randint(0, 100, shape, generator=generator).to(dtype)
    state["scalar"] = torch.tensor(2.5)
    state["4"] = torch.tensor([4.0])  # as the key of a storage
    state[""] = torch.tensor([5.0])
    state["größe.模型.😀"] = torch.tensor([1, 2, 3])
    for rows in [0, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**39 - 1, 2**39]:
        state[f"empty.{rows}"] = torch.empty(rows, 0)
    for name in ["float32.2", "uint16.4", "empty.0"]:
        state[f"tied.{name}"] = state[name].detach()
    return state


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    state = make_state_dict()
    torch.save(state, TARGET / "zip.bin")
    torch.save(state, TARGET / "zip_protocol4.bin", pickle_protocol=4)
    torch.save(state, TARGET / "legacy.bin", _use_new_zipfile_serialization=False)
    torch.save(make_plain_dict(), TARGET / "plain.bin")
    save_file({name: value.detach().clone().contiguous() for name, value in state.items()},
              TARGET / "expected.safetensors")


if __name__ == "__main__":
    main()
