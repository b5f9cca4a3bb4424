#!/usr/bin/env python3
"""Compares `modelhost tokenize` with HF tokenizers on random text, live.

    .venv/bin/python tests/reference/check_tokenizers.py [-n 20000] [--seed 0] [--model DIR] [--program FILE]

Text is drawn from every plane of Unicode, from words of the vocabulary and from what tokenizers treat specially. Ids
and token types of single texts and of pairs must be equal. Exit status 1 on any difference.
"""
import argparse
import json
import os
import pathlib
import random
import subprocess
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

from transformers import AutoTokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPECIAL = ["[CLS]", "[SEP]", "[MASK]", "[UNK]", "[PAD]", " ", "  ", "\u00a0", "\u3000", "\u200b", "\u0301", "\ufeff",
           "\u200d", "İ", "ß", "ς", "Σ", "ﬁ", "…", "。", "한국어", "你好", "😀", "👨\u200d👩\u200d👧", "\u202e", "\x01", "\x7f", "'", "-",
           "_", "naïve", "ÀÉÎ", "x" * 101, "y" * 100]
LINE_BREAKS = set("\t\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")


def random_char(rng: random.Random) -> str:
    top = rng.choice([0x80, 0x250, 0x3000, 0xa000, 0x10000, 0x20000, 0x110000])
    code = rng.randrange(1, top)
    char = chr(code)
    return " " if 0xd800 <= code < 0xe000 or char in LINE_BREAKS else char


def random_text(rng: random.Random, words: list) -> str:
    parts = []
    for _ in range(rng.randrange(0, 12)):
        kind = rng.random()
        if kind < 0.4:
            parts.append(rng.choice(words))
        elif kind < 0.7:
            parts.append("".join(random_char(rng) for _ in range(rng.randrange(1, 6))))
        else:
            parts.append(rng.choice(SPECIAL))
        if rng.random() < 0.5:
            parts.append(" ")
    return "".join(parts)


def ours(program: str, model: pathlib.Path, lines: list, *flags: str) -> list:
    text = "".join(line + "\n" for line in lines).encode("utf-8")
    out = subprocess.run([program, "tokenize", str(model), *flags], input=text, stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in out.stdout.decode("utf-8").split("\n")[:-1]]


def compare(name: str, results: list, expected: dict, lines: list) -> int:
    differences = 0
    for i, result in enumerate(results):
        if result["input_ids"] == expected["input_ids"][i] and result["token_type_ids"] == expected["token_type_ids"][i]:
            continue
        differences += 1
        if differences <= 5:
            print(f"{name} {lines[i]!r}\n  modelhost  {result['input_ids']}\n  tokenizers {expected['input_ids'][i]}")
    print(f"{name}: {len(results)} texts, {differences} differences")
    return differences + (len(results) != len(lines))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / ".cache/models/all-MiniLM-L6-v2")
    parser.add_argument("--program", default=str(ROOT / "build/release/bin/modelhost"))
    args = parser.parse_args()
    rng = random.Random(args.seed)
    tokenizer = AutoTokenizer.from_pretrained(args.model.resolve())
    words = sorted(tokenizer.get_vocab())
    singles = [random_text(rng, words) for _ in range(args.n)]
    # An empty second text is a pair here and none in transformers; the difference is documented.
    pairs = [(a, b) for a, b in ((random_text(rng, words), random_text(rng, words)) for _ in range(args.n // 4)) if b]
    failed = compare("single", ours(args.program, args.model, singles), tokenizer(singles), singles)
    lines = [f"{a}\t{b}" for a, b in pairs]
    cut = tokenizer([a for a, _ in pairs], [b for _, b in pairs], truncation="longest_first", max_length=24)
    failed += compare("pairs cut to 24", ours(args.program, args.model, lines, "--pairs", "--max-length", "24"), cut, lines)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
