"""Saves of the C++ side that are killed at each of their calls, judged by transformers. For check_save.py --crash."""
import errno
import pathlib
import shutil
import tempfile

from save_cases import Mismatch, class_of, golden_folders, load_with_python, random_like, same_weights, save_with_python

KILL, KILL_TORN = 1, 2  # fault_shim.h
SHARD, ONE = 4000, "5GB"
SCENARIOS = {  # old layout (None: no directory), new layout, new vocabulary
    "shards over shards": (SHARD, SHARD, False),
    "one file over shards": (SHARD, ONE, False),
    "shards over one file": (ONE, SHARD, False),
    "new vocabulary": (SHARD, SHARD, True),
    "into a new directory": (None, SHARD, False),
}


class Sweep:
    def __init__(self, tool, folder, format_):
        self.tool, self.folder, self.format = tool, folder, format_
        self.layout = {"format": format_, "variant": "", "max_shard_size": ONE}
        golden = next(path for path in golden_folders() if path.name == "plain-BertForMaskedLM")
        self.cls = class_of(golden)
        self.models = {"old": random_like(golden, 1), "new": random_like(golden, 2), "wide": random_like(golden, 3, vocab_size=77),
                       "next": random_like(golden, 4)}
        for name, model in self.models.items():
            save_with_python(model, folder / f"source-{name}", {**self.layout, "format": "safetensors"})
            tool.ask("load", **{"as": name}, path=folder / f"source-{name}")

    def save(self, model, target, size, **more):
        return self.tool.ask("save", model=model, path=target, max_shard_size=size, format=self.format, **more)

    def state(self, target, old, new):
        """What transformers finds: old, new, or nothing that it would take for a model."""
        if not target.exists():
            return "old" if old is None else "nothing"
        if not (target / "config.json").exists():
            return "shut"
        model = load_with_python(self.cls, target, self.layout)
        for name in filter(None, (old, new)):
            if same_weights(model, self.models[name]):
                return "old" if name == old else "new"
        raise Mismatch("a mixture")

    def point(self, template, old, new, size, fault):
        """The state after a save with that fault, or None when the fault was never reached."""
        place = self.folder / "place"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(template, place)
        target = place / "m"
        ended = self.save(new, target, size, fault=fault)["ended"]
        if ended == "not reached":
            return None
        seen = self.state(target, old, new)
        if seen == "shut":
            if not fault["exchange_error"]:
                raise Mismatch("no config.json")
            self.tool.ask("recover", path=target)
            if self.state(target, old, new) != "new":
                raise Mismatch("a journal that is not finished")
        if old and (target / "README.md").read_text() != "kept":
            raise Mismatch("README.md is gone")
        self.save("next", target, ONE)
        if self.state(target, "next", None) != "old" or len(list(place.iterdir())) != 1 or len(list(target.iterdir())) != (3 if old else 2):
            raise Mismatch("the next save leaves litter")
        return seen


def sweep(tool, formats):
    seen, failures = {}, []
    with tempfile.TemporaryDirectory() as text:
        for format_ in formats:
            folder = pathlib.Path(text) / format_
            folder.mkdir()
            run = Sweep(tool, folder, format_)
            for name, (old_size, size, wide) in SCENARIOS.items():
                old, new = ("old" if old_size else None), ("wide" if wide else "new")
                template = folder / name.replace(" ", "-")
                template.mkdir()
                if old:
                    run.save(old, template / "m", old_size)
                    (template / "m/README.md").write_text("kept")
                for kind in (KILL, KILL_TORN):
                    for exchange_error in (0, errno.EINVAL):
                        sweep_one(run, template, (old, new, size), (kind, exchange_error), f"{format_}, {name}", seen, failures)
    return f"{sum(seen.values())} crash points: {seen}", failures


def sweep_one(run, template, models, fault, what, seen, failures):
    for at in range(1, 1000):
        try:
            state = run.point(template, *models, {"kind": fault[0], "at": at, "exchange_error": fault[1]})
        except (Mismatch, OSError, RuntimeError, ValueError) as error:
            failures.append(f"{what}, fault {fault} at {at}: {type(error).__name__}: {error}")
            continue
        if state is None:
            return
        seen[state] = seen.get(state, 0) + 1
