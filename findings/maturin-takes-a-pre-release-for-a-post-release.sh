#!/usr/bin/env bash
# maturin 1.16.0: a pre-release in Cargo.toml that is only a number (SemVer, sections 9 and 11), as `npm version prerelease` writes it in a
# repository with both package files, becomes a post-release, because PEP 440 reads `1.0.1-0` as an older form of `1.0.1.post0`. What comes
# before 1.0.1 for cargo and npm comes after it for Python. `-rc.1` is right, and a word that PEP 440 does not know (`-next.1`) ends the build.
#
# Seen: example-1.0.1.post0 from `1.0.1-0`, and no warning. Of that, 1.0.0 and 1.0.1, pip 26.3 installs the post-release, without `--pre`;
# semver 7.8.6, which is npm's, sorts `1.0.1-0` before 1.0.1 and leaves it out of `^1.0.0`.
# Expected: a version below 1.0.1, such as 1.0.1.dev0, or the error that `-next.1` gets.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pip==26.3 maturin==1.16.0
npm install --silent --no-audit --no-fund --prefix . semver@7.8.6

mkdir -p project/src library
printf 'fn main() {}\n' >project/src/main.rs
cat >project/pyproject.toml <<'TOML'
[build-system]
requires = ["maturin>=1,<2"]
build-backend = "maturin"

[project]
name = "example"
dynamic = ["version"]

[tool.maturin]
bindings = "bin"
TOML
build() {
  printf '[package]\nname = "example"\nversion = "%s"\nedition = "2021"\n' "$1" >project/Cargo.toml
  tools/bin/maturin build --manifest-path project/Cargo.toml --out library >"build-$1.txt" 2>&1
}
for version in 1.0.0 1.0.1-rc.1 1.0.1-0 1.0.1; do
  build "$version"
done
cat build-1.0.1-0.txt
if grep -qi warning build-1.0.1-0.txt; then exit 1; fi
if build 1.0.1-next.1; then exit 1; fi
tail -n 2 build-1.0.1-next.1.txt

for wheel in library/*.whl; do
  basename "$wheel" | cut -d - -f 2
done | tee versions.txt
printf '%s\n' 1.0.0 1.0.1 1.0.1.post0 1.0.1rc1 | diff - <(LC_ALL=C sort versions.txt)

tools/bin/pip install --disable-pip-version-check --dry-run --no-index --find-links library example 2>&1 | grep 'Would install' | tee pip.txt
grep -qx 'Would install example-1.0.1.post0' pip.txt
node -p 'const { lt, maxSatisfying } = require("semver"); `${lt("1.0.1-0", "1.0.1")} ${maxSatisfying(["1.0.0", "1.0.1-0"], "^1.0.0")}`' |
  tee npm.txt
grep -qx 'true 1.0.0' npm.txt
