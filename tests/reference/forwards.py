"""Models run on this side, for comparisons of many small ones with transformers."""
import pathlib
import subprocess

from safetensors.torch import load_file
from save_cases import Mismatch, Tool

BY_COMMAND = 12  # one model in so many


class Forwards:
    """`modelhost forward` for one model in twelve; the others run in one process, model_tool, which does the same through the
    same `Host` and does not start once more for each. Requests are files in the model's folder: in.safetensors, out.safetensors.
    """

    def __init__(self, program, plugin_dir=""):
        self.program = [program] + (["--plugin-dir", plugin_dir] if plugin_dir else [])
        self.tool = Tool(pathlib.Path(program).resolve().with_name("model_tool"), plugin_dir)
        self.runs = 0

    def run(self, folder, **options):
        """Outputs. Options: attention, architecture, output_attentions, output_hidden_states."""
        self.runs += 1
        if self.runs % BY_COMMAND == 1:
            self.run_command(folder, options)
        else:
            self.run_tool(folder, options)
        return load_file(folder / "out.safetensors")

    def run_command(self, folder, options):
        command = [*self.program, "forward", folder, "--input", folder / "in.safetensors", "--output", folder / "out.safetensors",
                   "--strict"]
        for name, value in options.items():
            flag = "--" + name.replace("_", "-")
            command += [flag] if value is True else [flag, value] if value else []
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Mismatch(f"the program ended with {done.returncode}: {done.stderr.strip()}")

    def run_tool(self, folder, options):
        loading = {name: options.get(name) for name in ("attention", "architecture")}
        outputs = {name: True for name in ("output_attentions", "output_hidden_states") if options.get(name)}
        self.tool.ask("load", **{"as": "m"}, path=folder, **{name: value for name, value in loading.items() if value})
        self.tool.ask("forward", model="m", input=folder / "in.safetensors", output=folder / "out.safetensors", **outputs)

    def close(self):
        self.tool.close()
