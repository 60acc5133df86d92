#!/usr/bin/env bash
# uv 0.13.9: a `.venv` file (PEP 832) whose path leads nowhere hides the good `.venv` of the folder above, and commands
# that only look say nothing of it: they show the packages of the system's Python.
#
# Seen: in parent/child, `uv pip list` uses parent/.venv; once `child/.venv` is a file that names a missing folder,
# `uv pip install` ends with "Broken virtual environment …/nowhere: missing `pyvenv.cfg`", but `uv pip freeze` exits 0
# and prints what the system's Python has. A broken symbolic link or an empty folder of that name does the same.
# Expected: the error in both cases, or a warning: `uv pip freeze > requirements.txt` writes another machine's list.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
unset VIRTUAL_ENV CONDA_PREFIX
export UV_PYTHON_DOWNLOADS=never
python3 -m venv tools
tools/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
uv="$work/tools/bin/uv"

"$uv" venv --quiet parent/.venv
mkdir parent/child
cd parent/child
"$uv" pip freeze >good.out 2>good.err
grep 'parent/.venv$' good.err

echo nowhere >.venv
set +e
"$uv" pip install --dry-run --no-index six >install.out 2>&1
install_status=$?
"$uv" pip freeze >freeze.out 2>freeze.err
freeze_status=$?
set -e
grep 'Broken virtual environment.*nowhere.*missing `pyvenv.cfg`' install.out
echo "install: exit $install_status, freeze: exit $freeze_status"
[ "$install_status" -eq 2 ] && [ "$freeze_status" -eq 0 ]
grep 'environment at:' freeze.err
if grep -i 'parent/.venv\|broken\|warning' freeze.err; then exit 1; fi
