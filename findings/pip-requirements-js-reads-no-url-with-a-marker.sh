#!/usr/bin/env bash
# pip-requirements-js 1.0.3, whose README says that it reads pip's requirements files by the grammar of PEP 508: a direct reference with a marker
# is refused. PEP 508 ("Grammar") wants a space before that semicolon; the parser skips the space first and then finds none. `===` is refused
# too, since `==` comes first among the operators and takes two of the three characters. A file with one such line is refused as a whole.
#
# Seen: of four lines, `name @ URL` and `name == 1.0 ; marker` are read, `name @ URL ; marker` and `name === 1.0` are errors. `packaging` 26.4
# reads all four.
# Expected: the URL with its marker, and the version.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . pip-requirements-js@1.0.3
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check packaging==26.4

cat >requirements.txt <<'TXT'
six @ https://example.org/six-1.17.0-py2.py3-none-any.whl
six == 1.17.0 ; os_name == 'posix'
six @ https://example.org/six-1.17.0-py2.py3-none-any.whl ; os_name == 'posix'
six === 1.17.0
TXT
cat >read.cjs <<'JS'
const { readFileSync } = require("node:fs");
const { parsePipRequirementsFile } = require("pip-requirements-js");
const text = readFileSync("requirements.txt", "utf8").trim();
for (const lines of [...text.split("\n"), text]) {
  try {
    console.log(parsePipRequirementsFile(lines).length);
  } catch (error) {
    console.log(error.constructor.name);
  }
}
JS
node read.cjs | tee javascript.txt
printf '%s\n' 1 1 RequirementsSyntaxError RequirementsSyntaxError RequirementsSyntaxError | diff - javascript.txt
tools/bin/python - <<'PY' | tee python.txt
from packaging.requirements import Requirement

for line in open("requirements.txt"):
    requirement = Requirement(line.strip())
    print(requirement.url or requirement.specifier, requirement.marker)
PY
cat >expected.txt <<'TXT'
https://example.org/six-1.17.0-py2.py3-none-any.whl None
==1.17.0 os_name == "posix"
https://example.org/six-1.17.0-py2.py3-none-any.whl os_name == "posix"
===1.17.0 None
TXT
diff expected.txt python.txt
