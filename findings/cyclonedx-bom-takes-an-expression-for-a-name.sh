#!/usr/bin/env bash
# cyclonedx-bom 7.5.0: a `License-Expression` (PEP 639) with a `LicenseRef-` or a `+` in it, both of which the grammar of SPDX has (Annex
# "SPDX license expressions"), is written as the name of one license, the form that CycloneDX has for licenses that SPDX does not know. The library
# behind it, license-expression 30.4.4, has a list of names, and neither form is on it.
#
# Seen: `MIT OR Apache-2.0` is an expression; `MIT AND LicenseRef-Example`, `Apache-2.0+ OR MIT` and `Apache-2.0+` are names. Nothing is
# printed. `packaging` 26.4 takes all four for valid.
# Expected: an expression each time. A policy that reads expressions does not find MIT and Apache-2.0 in the three.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check cyclonedx-bom==7.5.0 license-expression==30.4.4 packaging==26.4
python3 -m venv environment

project() { # a project of that name with this license, installed
  mkdir "$1"
  cat >"$1/pyproject.toml" <<TOML
[build-system]
requires = ["hatchling==1.33.0"]
build-backend = "hatchling.build"

[project]
name = "$1"
version = "1.0"
license = "$2"

[tool.hatch.build.targets.wheel]
bypass-selection = true
TOML
  environment/bin/pip install --quiet --disable-pip-version-check "./$1"
}
project example-a 'MIT OR Apache-2.0'
project example-b 'MIT AND LicenseRef-Example'
project example-c 'Apache-2.0+ OR MIT'
project example-d 'Apache-2.0+'
tools/bin/cyclonedx-py environment environment/bin/python --output-file bom.json
tools/bin/python - <<'PY' | tee seen.txt
import json
from packaging.licenses import canonicalize_license_expression

for component in json.load(open("bom.json"))["components"]:
    if component["name"].startswith("example-"):
        (choice,) = component["licenses"]
        key, text = ("expression", choice["expression"]) if "expression" in choice else ("name", choice["license"]["name"])
        print(component["name"], key, text, canonicalize_license_expression(text) == text)
PY
cat >expected.txt <<'TXT'
example-a expression MIT OR Apache-2.0 True
example-b name MIT AND LicenseRef-Example True
example-c name Apache-2.0+ OR MIT True
example-d name Apache-2.0+ True
TXT
diff expected.txt seen.txt
