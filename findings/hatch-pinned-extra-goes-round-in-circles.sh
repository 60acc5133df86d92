#!/usr/bin/env bash
# hatch-pinned-extra 0.4.1, which writes the pins of `uv.lock` into an extra of the wheel, walks the lock from each dependency down and does not
# remember where it has been. A circle of dependencies, which an installer has to take and uv locks like any other, ends the build.
#
# Seen: "RecursionError: maximum recursion depth exceeded" for Sphinx 7.2.6 and its sphinxcontrib-applehelp 1.0.7, each of which requires the
# other, by a lock of uv 0.13.9; apache-airflow 2.10.2 and its providers are another such circle. With applehelp 2.0.0, which
# no longer names Sphinx, the wheel has all the pins; and by a `pylock.toml` of the lock with the circle, which is not walked, it has them, too.
# Expected: the pins in all three cases.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pip==26.3 uv==0.13.9 hatchling==1.33.0 hatch-pinned-extra==0.4.1 packaging==26.4

for case in "circle 1.0.7 uv.lock" "tree 2.0.0 uv.lock" "circle-pylock 1.0.7 pylock.toml"; do
  read -r name version lock <<<"$case"
  mkdir "$name"
  touch "$name/example.py"
  cat >"$name/pyproject.toml" <<TOML
[project]
name = "example"
version = "1"
requires-python = ">=3.9"
dependencies = [
  "sphinx==7.2.6",
  "sphinxcontrib-applehelp==$version",
  "sphinxcontrib-devhelp==2.0.0",
  "sphinxcontrib-htmlhelp==2.1.0",
  "sphinxcontrib-qthelp==2.0.0",
  "sphinxcontrib-serializinghtml==2.0.0",
]
dynamic = ["optional-dependencies"]

[build-system]
requires = ["hatchling==1.33.0", "hatch-pinned-extra==0.4.1"]
build-backend = "hatchling.build"

[tool.hatch.metadata.hooks.pinned_extra]
lockfile = "$lock"
TOML
  (
    cd "$name"
    ../tools/bin/uv lock --quiet --python ../tools/bin/python
    if [ "$lock" = pylock.toml ]; then ../tools/bin/uv export --quiet --frozen --no-emit-project --output-file pylock.toml; fi
    code=0
    HATCH_PINNED_EXTRA_ENABLE=1 ../tools/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir .. . >../output.txt 2>&1 || code=$?
    if [ "$code" != 0 ]; then
      echo "$name: $(grep -m 1 -o 'RecursionError: maximum recursion depth exceeded' ../output.txt)"
    else
      (cd .. && tools/bin/python -m zipfile --extract example-1-py3-none-any.whl metadata)
      echo "$name: $(grep "extra == 'pinned'" ../metadata/example-1.dist-info/METADATA | grep -c -i '^Requires-Dist: sphinx\(contrib-applehelp\)\?==')"
    fi
    rm -rf ../example-1-py3-none-any.whl ../metadata
  )
done | tee seen.txt
printf '%s\n' 'circle: RecursionError: maximum recursion depth exceeded' 'tree: 2' 'circle-pylock: 2' | diff - seen.txt
