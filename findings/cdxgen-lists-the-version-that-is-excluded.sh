#!/usr/bin/env bash
# cdxgen 12.8.4: where `requirements.txt` is only read (`--no-install-deps`), the first version that a line names becomes that of the
# component, whatever stands before it. PEP 440 ("Version specifiers") has `!=`, `<` and `>` exclude it. An epoch is cut off with all that
# follows. (10.10.2 left lines with `!=` out: https://github.com/cdxgen/cdxgen/issues/3685)
#
# Seen: of seven lines, `six<1.17` is six 1.17, `idna!=3.10` is idna 3.10, `packaging>24.1` is 24.1, `pytz!=2024.1,>=2023.1` is 2024.1, and
# `example==1!2.0` is 1. By `packaging` 26.4 none of the five is in its set. The confidence is the same, 0.5, as for the line with `==`.
# Expected: no version for the four and `1!2.0` for the fifth, as cyclonedx-bom 7.5.0 writes them. A scan of this list reports what is excluded for its faults.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check cyclonedx-bom==7.5.0 packaging==26.4
npm install --silent --no-audit --no-fund --omit=optional --prefix tools @cyclonedx/cdxgen@12.8.4

mkdir project home
cat >project/requirements.txt <<'TXT'
six<1.17
idna!=3.10
packaging>24.1
pytz!=2024.1,>=2023.1
example==1!2.0
tzdata>=2025.1,<2026
colorama==0.4.6
TXT
(cd project && HOME="$work/home" ../tools/node_modules/.bin/cdxgen --type python --no-install-deps --output ../cdxgen.json . >../log.txt 2>&1)
tools/bin/cyclonedx-py requirements project/requirements.txt --output-file cyclonedx-py.json 2>>log.txt

tools/bin/python - <<'PY' | tee seen.txt
import json
from packaging.requirements import Requirement


def components(path):
    with open(path) as file:
        return {item["name"]: item for item in json.load(file)["components"]}


cdxgen, other = components("cdxgen.json"), components("cyclonedx-py.json")
for line in open("project/requirements.txt"):
    requirement = Requirement(line.strip())
    item = cdxgen[requirement.name]
    fits = item["version"] in requirement.specifier
    confidence = item["evidence"]["identity"][0]["confidence"]
    print(requirement, "|", item["purl"], "fits" if fits else "excluded", confidence, "|", other[requirement.name].get("version"))
PY
cat >expected.txt <<'TXT'
six<1.17 | pkg:pypi/six@1.17 excluded 0.5 | None
idna!=3.10 | pkg:pypi/idna@3.10 excluded 0.5 | None
packaging>24.1 | pkg:pypi/packaging@24.1 excluded 0.5 | None
pytz!=2024.1,>=2023.1 | pkg:pypi/pytz@2024.1 excluded 0.5 | None
example==1!2.0 | pkg:pypi/example@1 excluded 0.5 | 1!2.0
tzdata<2026,>=2025.1 | pkg:pypi/tzdata@2025.1 fits 0.5 | None
colorama==0.4.6 | pkg:pypi/colorama@0.4.6 fits 0.5 | 0.4.6
TXT
diff expected.txt seen.txt
