#!/usr/bin/env python3
"""Packs and unpacks the kept inputs of a fuzz target, corpus/<parser>/inputs.ar:

    tests/fuzz/corpus.py unpack PARSER FOLDER   writes every kept input and finding of the parser into FOLDER
    tests/fuzz/corpus.py pack PARSER FOLDER     makes the files of FOLDER the kept inputs; findings stay what they are
    tests/fuzz/corpus.py check                  exits 1 unless every archive is what packing its inputs gives

The archive is one of ar(1) (`ar t`, `ar p`), so the test that replays it needs no library. An input is called by the first 15
digits of its SHA-1; sorted by name and without times or owners, the same inputs give the same bytes. Findings are the
other files of corpus/<parser>/.
"""
import argparse
import hashlib
import pathlib
import sys

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
ARCHIVE, MAGIC, HEADER = "inputs.ar", b"!<arch>\n", 60


def name_of(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()[:15]


def packed(inputs: list) -> bytes:
    members = {name_of(data): data for data in inputs}
    out = bytearray(MAGIC)
    for name, data in sorted(members.items()):
        out += f"{name + '/':<16}{0:<12}{0:<6}{0:<6}{644:<8}{len(data):<10}`\n".encode()
        out += data + b"\n" * (len(data) % 2)
    return bytes(out)


def unpacked(archive: bytes) -> dict:
    """{name: input}"""
    if not archive.startswith(MAGIC):
        raise ValueError("this is no ar archive")
    members, at = {}, len(MAGIC)
    while at < len(archive):
        header = archive[at:at + HEADER]
        size, begin = int(header[48:58]), at + HEADER
        if header[58:] != b"`\n" or begin + size > len(archive):
            raise ValueError(f"the member at {at} is damaged")
        members[header[:16].decode().rstrip(" ").rstrip("/")] = archive[begin:begin + size]
        at = begin + size + size % 2
    return members


def findings(parser: pathlib.Path) -> dict:
    return {path.name: path.read_bytes() for path in sorted(parser.iterdir()) if path.name != ARCHIVE}


def unpack(parser: pathlib.Path, folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in {**unpacked((parser / ARCHIVE).read_bytes()), **findings(parser)}.items():
        (folder / name).write_bytes(data)


def pack(parser: pathlib.Path, folder: pathlib.Path) -> None:
    parser.mkdir(parents=True, exist_ok=True)
    known = set(findings(parser).values())
    inputs = [path.read_bytes() for path in folder.iterdir() if path.is_file()]
    (parser / ARCHIVE).write_bytes(packed([data for data in inputs if data not in known]))


def check() -> int:
    failed = 0
    for parser in sorted(path for path in CORPUS.iterdir() if path.is_dir()):
        archive = (parser / ARCHIVE).read_bytes()
        inputs = unpacked(archive)
        print(f"{parser.name}: {len(inputs)} inputs, {len(findings(parser))} findings, {len(archive)} bytes")
        if not inputs or packed(list(inputs.values())) != archive:
            print(f"{parser.name}: packing these inputs gives another archive")
            failed += 1
    return 1 if failed else 0


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = options.add_subparsers(dest="command", required=True)
    for name in ("unpack", "pack"):
        command = commands.add_parser(name)
        command.add_argument("parser")
        command.add_argument("folder", type=pathlib.Path)
    commands.add_parser("check")
    arguments = options.parse_args()
    if arguments.command == "check":
        return check()
    {"unpack": unpack, "pack": pack}[arguments.command](CORPUS / arguments.parser, arguments.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
