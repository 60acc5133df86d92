#!/usr/bin/env bash
# dunamai 1.26.5, from which poetry-dynamic-versioning and uv-dynamic-versioning take the version of a project: after the tag of a
# post-release, each commit has a version that is older than the tag. PEP 440 ("Developmental releases") sorts `1.0.post1.dev1` before
# `1.0.post1`. After the tag `v1.0`, the same tool appends another post-release, and the version goes up.
#
# Seen: one commit after `v1.0.post1`, dunamai and uv-dynamic-versioning 0.14.1 build 1.0.post1.dev1, setuptools-scm 10.3.4
# 1.0.post2.dev1. Of the two wheels, pip 26.3 takes that of the tag, so that what was fixed since then is not installed.
# Expected: a version above the tag, as dunamai's own `--bump` has it.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pip==26.3 dunamai==1.26.5 uv-dynamic-versioning==0.14.1 hatchling==1.33.0 \
  setuptools-scm==10.3.4

mkdir project
cd project
git init --quiet
git config user.email author@example.org
git config user.name Author
cat >pyproject.toml <<'TOML'
[project]
name = "example"
dynamic = ["version"]

[build-system]
requires = ["hatchling", "uv-dynamic-versioning"]
build-backend = "hatchling.build"

[tool.hatch.version]
source = "uv-dynamic-versioning"

[tool.uv-dynamic-versioning]
metadata = false
TOML
echo 'state = "tagged"' >example.py
git add . && git commit --quiet --message one

for tag in v1.0 v1.0.post1; do
  git tag "$tag"
  ../tools/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "../wheels-$tag" .
  echo "state = 'fixed after $tag'" >example.py
  git commit --quiet --all --message "after $tag"
  ../tools/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "../wheels-$tag" .
  echo "$tag, one commit later:" \
    "dunamai $(../tools/bin/dunamai from git --no-metadata)," \
    "with --bump $(../tools/bin/dunamai from git --no-metadata --bump)," \
    "setuptools-scm $(../tools/bin/python -m setuptools_scm --force-write-version-files 2>/dev/null | cut -d+ -f1)"
  ../tools/bin/pip install --quiet --pre --upgrade --no-index --find-links "../wheels-$tag" --target "../installed-$tag" example
  cat "../installed-$tag/example.py"
done | tee ../seen.txt
cd ..
printf '%s\n' 'v1.0, one commit later: dunamai 1.0.post1.dev0, with --bump 1.1.dev1, setuptools-scm 1.1.dev1' \
  "state = 'fixed after v1.0'" \
  'v1.0.post1, one commit later: dunamai 1.0.post1.dev1, with --bump 1.0.post2.dev1, setuptools-scm 1.0.post2.dev1' \
  "state = 'fixed after v1.0'" | diff - seen.txt
