#!/usr/bin/env bash
# pip-tools 7.6.2: where an extra is the sum of others (`all = ["example[a,b]"]`, the usual way to write it), `pip-compile` takes the
# project for one of its own dependencies and writes it into the file, at the place where it lies on this machine. The same packages asked
# for one by one (`--extra a --extra b`) give a file without it. Known: https://github.com/jazzband/pip-tools/issues/2110
#
# Seen: `example @ file:///…` for `--extra all`, and no warning; on another machine (the folder renamed here) pip 26.3 cannot install the file,
# "No such file or directory". uv 0.13.9 writes the three packages alone.
# Expected: one file for both, as the extras mean the same.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pip==26.3 pip-tools==7.6.2 uv==0.13.9

mkdir here
cat >here/pyproject.toml <<'TOML'
[project]
name = "example"
version = "1"
dependencies = ["click==8.1.7"]

[project.optional-dependencies]
a = ["idna==3.10"]
b = ["six==1.17.0"]
all = ["example[a,b]"]

[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
TOML
compile=(../tools/bin/pip-compile --strip-extras --no-header --annotation-style=line)
(cd here && "${compile[@]}" --extra a --extra b --output-file ../single.txt pyproject.toml) >output.txt 2>&1
(cd here && "${compile[@]}" --extra all --output-file ../all.txt pyproject.toml) >>output.txt 2>&1
(cd here && ../tools/bin/uv pip compile --quiet --no-header --no-annotate --extra all pyproject.toml) | tee uv.txt
for file in single all; do
  echo "$file:"
  sed -e 's/ *#.*//' -e '/^$/d' -e "s|file://.*/here|file:///…/here|" "$file.txt"
done | tee seen.txt
printf '%s\n' single: click==8.1.7 idna==3.10 six==1.17.0 all: click==8.1.7 'example @ file:///…/here' idna==3.10 six==1.17.0 | diff - seen.txt
printf '%s\n' click==8.1.7 idna==3.10 six==1.17.0 | diff - uv.txt
test "$(grep -c '^[A-Z]' output.txt)" = 0

mv here there
tools/bin/pip install --quiet --dry-run --ignore-installed --no-deps -r single.txt
code=0
tools/bin/pip install --quiet --dry-run --ignore-installed --no-deps -r all.txt >refusal.txt 2>&1 || code=$?
test "$code" != 0
grep -o 'No such file or directory' refusal.txt
