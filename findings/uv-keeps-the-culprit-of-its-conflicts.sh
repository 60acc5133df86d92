#!/usr/bin/env bash
# The order in which uv decides, on a real set: vllm 0.33.0 for Linux and Python 3.11, as the index was before 2026-11-28. torch requires
# cuda-bindings under a marker, another package without one, and each cuda-python of version 13 requires the cuda-bindings of its own release.
# There is no cuda-python for cuda-bindings 13.5.0 yet.
#
# Seen: uv 0.13.9 decides cuda-bindings 13.5.0 first, rejects five releases of cuda-python, says that cuda-bindings is the culprit, to be
# decided later, and that it goes back. Its choice for torch's marker stays, so it rejects all other releases of version 13 as well and ends
# with cuda-python 12.6.2.post1. With `cuda-python>=13` as a constraint it finds a set that differs in these two projects only.
# Expected: the set of the constraint also without it, as where no marker takes part: the newest cuda-python costs one step of cuda-bindings.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check uv==0.13.9
echo 'vllm==0.33.0' >requirements.in
echo 'cuda-python>=13' >constraints.txt

compile() {
  tools/bin/uv pip compile --no-config --no-header --no-annotate --cache-dir cache --python-version 3.11 \
    --python-platform x86_64-manylinux_2_28 --exclude-newer 2026-11-28 requirements.in "$@"
}

compile --verbose >found.txt 2>log.txt
compile --quiet --constraints constraints.txt >wanted.txt
grep -q 'Package cuda-bindings has too many conflicts (culprit), deprioritizing and backtracking' log.txt
difference="$(diff found.txt wanted.txt || true)"
printf '%s\n' "$difference"
[ "$difference" = '22c22
< cuda-bindings==13.5.0
---
> cuda-bindings==13.4.4
25c25
< cuda-python==12.6.2.post1
---
> cuda-python==13.4.4' ]
