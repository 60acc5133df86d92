#!/usr/bin/env bash
# purl 2.1.0 (npm), with `normalize` for package URLs and `eq` to compare them: the type definition of `pypi` (package URL specification) has
# names in small letters and `-` for `_`, that of `github` has namespaces and names in small letters. Of all that only the type itself is put into
# small letters.
#
# Seen: `pkg:pypi/Typing_Extensions@4.12.2` stays as it is, and is not equal to `pkg:pypi/typing-extensions@4.12.2`; likewise for a project on
# GitHub. packageurl-js 2.0.1 and packageurl-python 0.17.6 write the second form. The order of qualifiers is normalized.
# Expected: one form. A comparison of two lists of components otherwise has the project as removed and added.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . purl@2.1.0 packageurl-js@2.0.1
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check packageurl-python==0.17.6

cat >javascript.mjs <<'JS'
import packageUrl from "packageurl-js";
import { eq, normalize } from "purl";
const pairs = [
  ["pkg:pypi/Typing_Extensions@4.12.2", "pkg:pypi/typing-extensions@4.12.2"],
  ["pkg:github/PyPA/Packaging@26.4", "pkg:github/pypa/packaging@26.4"],
  ["pkg:pypi/six@1.17.0?b=2&a=1", "pkg:pypi/six@1.17.0?a=1&b=2"],
];
for (const [one, other] of pairs) {
  console.log(normalize(one), eq(one, other), packageUrl.PackageURL.fromString(one).toString() === other);
}
JS
node javascript.mjs | tee seen.txt
tools/bin/python - <<'PY' | tee -a seen.txt
from packageurl import PackageURL

for text in ["pkg:pypi/Typing_Extensions@4.12.2", "pkg:github/PyPA/Packaging@26.4"]:
    print(PackageURL.from_string(text))
PY
cat >expected.txt <<'TXT'
pkg:pypi/Typing_Extensions@4.12.2 false true
pkg:github/PyPA/Packaging@26.4 false true
pkg:pypi/six@1.17.0?a=1&b=2 true true
pkg:pypi/typing-extensions@4.12.2
pkg:github/pypa/packaging@26.4
TXT
diff expected.txt seen.txt
