#!/usr/bin/env bash
# uv 0.13.9: `uv pip compile --no-strip-extras` writes one project on two lines where one dependency needs it plain and
# another needs it with an extra: `pydantic==…` and `pydantic[email]==…`, each with its own "via". Named in the input
# file, the same two requirements become one line. A tool that counts lines, or forbids a project twice, is surprised.
#
# Seen: fastapi needs pydantic, fastapi-cloud-cli needs pydantic[email]:
#   pydantic==2.14.4
#   pydantic[email]==2.14.4
# and for an input file with `pydantic` and `pydantic[email]` only the second.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check uv==0.13.9
compile() { tools/bin/uv pip compile --quiet --no-strip-extras --no-annotate --no-header --python-version 3.12 "$1" | grep -E '^pydantic(\[email\])?=='; }

printf 'fastapi==0.165.0\nfastapi-cloud-cli==0.28.0\n' >transitive.in
printf 'pydantic[email]==2.14.4\npydantic==2.14.4\n' >direct.in
printf 'pydantic==2.14.4\n' >pin.txt

echo 'through dependencies:'
tools/bin/uv pip compile --quiet --no-strip-extras --no-annotate --no-header --python-version 3.12 -c pin.txt transitive.in |
  grep -E '^pydantic(\[email\])?==' | tee transitive.txt
echo 'in the input file:'
compile direct.in | tee direct.txt
printf 'pydantic==2.14.4\npydantic[email]==2.14.4\n' | diff - transitive.txt
printf 'pydantic[email]==2.14.4\n' | diff - direct.txt
