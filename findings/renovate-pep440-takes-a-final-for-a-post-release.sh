# @renovatebot/pep440 4.2.4: `>1.0a1` refuses 1.0, 1.0rc1 and 1.0.post1, although `>=1.0a1` takes them; `>1.0` refuses 1!1.0 and `<1!1.0`
# refuses 1.0, as if there were no epoch. PEP 440 ("Exclusive ordered comparison") takes from `>V` the post-releases of V itself only.
#
# Seen: seven pairs on which `packaging` 26.4 and this port of it disagree. A project with `>2.0rc1` is never offered 2.0.
# Expected: the answers of `packaging`.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . @renovatebot/pep440@4.2.4
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check packaging==26.4

printf '%s\n' '1.0 >1.0a1' '1.0rc1 >1.0a1' '1.0.post1 >1.0a1' '1.0 >=1.0a1' '1!1.0 >1.0' '1.0 <1!1.0' '2.0.dev0 <2.0a1' '1.0+a ===1.0' >pairs.txt
cat >ask.mjs <<'JS'
import { readFileSync } from "node:fs";
import { satisfies } from "@renovatebot/pep440";
for (const line of readFileSync("pairs.txt", "utf8").trim().split("\n")) {
  const [version, specifier] = line.split(" ");
  console.log(line, satisfies(version, specifier, { prereleases: true }));
}
JS
node ask.mjs | tee npm.txt
tools/bin/python - <<'PY' | tee packaging.txt
from packaging.specifiers import SpecifierSet

for line in open("pairs.txt").read().splitlines():
    version, specifier = line.split(" ")
    print(line, str(SpecifierSet(specifier).contains(version, prereleases=True)).lower())
PY
test "$(diff npm.txt packaging.txt | grep -c '^>')" = 7
grep -x '1.0 >1.0a1 false' npm.txt
grep -x '1.0 >1.0a1 true' packaging.txt
