#!/usr/bin/env bash
# pyc-wheel 2.5.1: `--rename` of a wheel with more than one tag (py2.py3, or a manylinux wheel under its old and its new name) writes all
# `Tag` lines of the WHEEL file into one. And the RECORD of each wheel that it writes, renamed or not, has the hash that WHEEL had before.
#
# Seen: `Tag: cp311-none-anyTag: cp311-none-any` (with Python 3.11) in shellingham's wheel, which neither uv 0.13.9 nor `packaging` 26.4 can
# read. pip and uv install it, and say nothing; `uv pip check` then calls the package "broken or incomplete (unable to read `WHEEL` file)".
# `wheel unpack` finds a "Hash mismatch" in idna's wheel, too, which has one tag.
# Expected: one line for each tag (the binary distribution format), and a RECORD that fits.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pyc-wheel==2.5.1 wheel==0.48.0 uv==0.13.9 pip==26.3
python3 -m venv target

tools/bin/pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest . shellingham==1.5.4 idna==3.10
unzip -p shellingham-*.whl '*/WHEEL' | grep '^Tag' | tee before.txt
for wheel in *.whl; do tools/bin/python -m pyc_wheel --quiet --rename "$wheel"; done
unzip -p shellingham-*.whl '*/WHEEL' | grep '^Tag' | tee after.txt
target/bin/pip install --quiet --disable-pip-version-check --no-deps ./*.whl
target/bin/python -c 'import idna, shellingham'
if tools/bin/uv pip check --python target/bin/python >check.txt 2>&1; then exit 1; fi
grep 'broken or incomplete' check.txt
if tools/bin/wheel unpack idna-*.whl >unpack.txt 2>&1; then exit 1; fi
grep 'Hash mismatch' unpack.txt

tag="$(tools/bin/python -c 'import sys; print(f"cp{sys.version_info[0]}{sys.version_info[1]}-none-any")')"
printf '%s\n' 'Tag: py2-none-any' 'Tag: py3-none-any' | diff - before.txt
printf '%s\n' "Tag: ${tag}Tag: $tag" | diff - after.txt
grep -q 'package `shellingham` is broken or incomplete' check.txt
grep -q "idna-3.10.dist-info/WHEEL" unpack.txt
