#!/usr/bin/env python3
"""Makes the goldens of the real model: tests/goldens/minilm/{texts.txt,embeddings.safetensors}.

    ./tools/setup --reference && .venv/bin/python tools/goldens/make_minilm_goldens.py

The embeddings are those of sentence-transformers on the CPU in float32, one text a batch, so that no padding is
involved. Texts differ much in length; some are longer than the model's 256 tokens.
"""
import os
import pathlib

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy
from safetensors.numpy import save_file
from sentence_transformers import SentenceTransformer

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = (ROOT / ".cache/models/all-MiniLM-L6-v2").resolve()
TARGET = ROOT / "tests/goldens/minilm"

TEXTS = [
    "A man is eating food.",
    "x",
    "",
    "The girl is carrying a baby through the market while her brother haggles over the price of oranges.",
    "Héllo wörld, naïve café: 你好，世界 😀 and ΑΒΓ Straße İstanbul",
    "[CLS] special [SEP] tokens [MASK] inside",
    "   many    spaces\tand a tab   ",
    "word " * 40,
    "The quick brown fox jumps over the lazy dog. " * 12,
    "An exceedingly long text that does not fit. " * 60,
    "3.14159 is pi; 2.71828 is e; https://example.org/path?query=1&other=2",
    "Ein Hund läuft im Park.",
]


def main() -> None:
    model = SentenceTransformer(str(MODEL), device="cpu")
    embeddings = numpy.concatenate([model.encode([text], batch_size=1) for text in TEXTS])
    TARGET.mkdir(parents=True, exist_ok=True)
    (TARGET / "texts.txt").write_text("".join(text + "\n" for text in TEXTS), encoding="utf-8")
    save_file({"embeddings": embeddings}, TARGET / "embeddings.safetensors", metadata={"format": "pt"})
    print(f"{embeddings.shape} {embeddings.dtype} -> {TARGET}")


if __name__ == "__main__":
    main()
