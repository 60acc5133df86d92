#!/usr/bin/env bash
# requirements-parser 0.13.1: of a direct reference (PEP 508, `name @ URL`) to an archive, the name is all that is left. The URL and its hash
# go without a word, although the class has fields for both and fills them for the older `URL#egg=name` and for `name @ git+https:`.
#
# Seen: `six @ https://…` is read like `six` from any index; two such lines with other URLs and hashes count as equal (`==`), and so does the
# plain name. The same with a `file:` URL and with an extra; pip-requirements-parser 32.0.1 and `packaging` 26.4 read the URL.
# Expected: `uri`, `hash_name` and `hash` as for the older form.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check requirements-parser==0.13.1 pip-requirements-parser==32.0.1 packaging==26.4

cat >requirements.txt <<'TXT'
six @ https://one.example.org/six-1.17.0.tar.gz#sha256=ff70335d468e7eb6ec65b95b99d3a2836546063f63acc5171de367e834932a81
six @ https://two.example.org/six-1.16.0.tar.gz#sha256=1e61c37477a1626458e36f7b1d82aa5c9b094fa4802892072e49de9c44c4c926
six
six @ git+https://one.example.org/six.git@1.17.0
https://one.example.org/six-1.17.0.tar.gz#egg=six&sha256=ff70335d468e7eb6ec65b95b99d3a2836546063f63acc5171de367e834932a81
TXT
tools/bin/python - <<'PY' | tee seen.txt
from packaging.requirements import Requirement
from pip_requirements_parser import RequirementsFile
from requirements import parse

with open("requirements.txt") as file:
    read = list(parse(file))
for requirement in read:
    print(requirement.name, requirement.uri, requirement.hash and requirement.hash[:8])
print("equal:", read[0] == read[1] == read[2])
others = RequirementsFile.from_file("requirements.txt").requirements
lines = open("requirements.txt").read().splitlines()
print("the others:", [other.link.url == Requirement(line).url for other, line in zip(others[:2], lines)])
PY
diff - seen.txt <<'TXT'
six None None
six None None
six None None
six git+https://one.example.org/six.git None
six https://one.example.org/six-1.17.0.tar.gz ff70335d
equal: True
the others: [True, True]
TXT
