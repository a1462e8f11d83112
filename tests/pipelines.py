#!/usr/bin/env python3
"""Runs the build files of docs/builds.md with Make, Ninja, CMake and Bazel, each that is installed.

usage: pipelines.py CIRCLE_OPT

Each builds a fixture, builds again without running circle-opt, and builds anew after the model has changed; the results
are what circle-opt gives by itself. Says which are missing: a tool that is not there is not tested.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
BLOCK = re.compile(r"```(make|ninja|cmake|bazel)\n(.*?)```", re.S)
FILES = {"make": "Makefile", "ninja": "build.ninja", "cmake": "CMakeLists.txt", "bazel": "BUILD"}
OUTPUT = {
    "make": "small.circle",
    "ninja": "small.circle",
    "cmake": "build/small.circle",
    "bazel": "bazel-bin/small.circle",
}
COMMANDS = {
    "make": [["make"]],
    "ninja": [["ninja"]],
    "cmake": [["cmake", "-S", ".", "-B", "build"], ["cmake", "--build", "build"]],
    "bazel": [["bazel", "--batch", "build", "--action_env=PATH", "//:small"]],
}


def build(tool, folder, path):
    for command in COMMANDS[tool]:
        run = subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True)
        assert run.returncode == 0, f"{command}: {run.stdout}{run.stderr}"


def put(fixture, folder):
    """Makes a fixture the model; gives what circle-opt makes of it."""
    shutil.copyfile(HERE / "models" / f"{fixture}.circle", folder / "model.circle")
    alone = folder / "alone.circle"
    subprocess.run([folder / "bin" / "circle-opt", "optimize", "-q", folder / "model.circle", "-o", alone], check=True)
    return alone.read_bytes()


def check(tool, text, binary, folder):
    (folder / "bin").mkdir()
    (folder / "bin" / "circle-opt").symlink_to(binary)
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    (folder / FILES[tool]).write_text(text)
    (folder / "WORKSPACE").touch()
    output, wanted = folder / OUTPUT[tool], put("rotary_bias", folder)
    build(tool, folder, path)
    assert output.read_bytes() == wanted, f"{tool}: other bytes"
    first = output.stat().st_mtime_ns
    build(tool, folder, path)
    assert output.stat().st_mtime_ns == first, f"{tool}: built again without need"
    time.sleep(1.1)
    wanted = put("rotary_ordered", folder)
    build(tool, folder, path)
    assert output.read_bytes() == wanted, f"{tool}: not built again after a change"


def main(binary):
    blocks = dict(BLOCK.findall((HERE.parent / "docs" / "builds.md").read_text()))
    assert blocks.keys() == FILES.keys(), blocks.keys()
    for tool, text in blocks.items():
        if shutil.which(tool) is None:
            print(f"{tool}: not installed")
            continue
        with tempfile.TemporaryDirectory() as folder:
            check(tool, text, pathlib.Path(binary).resolve(), pathlib.Path(folder))
        print(f"{tool}: ok")


if __name__ == "__main__":
    main(sys.argv[1])
