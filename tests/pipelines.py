#!/usr/bin/env python3
"""Runs the build files of docs/builds.md with Make, Ninja and CMake, each that is installed.

usage: pipelines.py CIRCLE_OPT

Each builds a fixture, builds again without running circle-opt, and builds anew after the model was touched; all give
the same bytes. Say which are missing: a tool that is not there is not tested.
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
BLOCK = re.compile(r"```(make|ninja|cmake)\n(.*?)```", re.S)
FILES = {"make": "Makefile", "ninja": "build.ninja", "cmake": "CMakeLists.txt"}
OUTPUT = {"make": "small.circle", "ninja": "small.circle", "cmake": "build/small.circle"}
COMMANDS = {
    "make": [["make"]],
    "ninja": [["ninja"]],
    "cmake": [["cmake", "-S", ".", "-B", "build"], ["cmake", "--build", "build"]],
}


def build(tool, folder, path):
    for command in COMMANDS[tool]:
        subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, check=True, stdout=subprocess.DEVNULL)


def check(tool, text, binary, folder):
    (folder / "bin").mkdir()
    (folder / "bin" / "circle-opt").symlink_to(binary)
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    (folder / FILES[tool]).write_text(text)
    model = folder / "model.circle"
    shutil.copyfile(HERE / "models" / "rotary_bias.circle", model)
    output = folder / OUTPUT[tool]
    build(tool, folder, path)
    first, content = output.stat().st_mtime_ns, output.read_bytes()
    build(tool, folder, path)
    assert output.stat().st_mtime_ns == first, f"{tool}: built again without need"
    time.sleep(1.1)
    os.utime(model)
    build(tool, folder, path)
    assert output.stat().st_mtime_ns > first, f"{tool}: not built again after a change"
    assert output.read_bytes() == content, f"{tool}: other bytes"


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
