#!/usr/bin/env bash
# @vercel/python-analysis 0.14.0, which chooses the Python that Vercel builds with, reads `.python-version` by uv's rules. There `3`, like `3.12`, is
# any Python that begins so (uv, "Requesting a version"). It becomes `==3` here, and by PEP 440 ("Version matching") only 3.0 equals 3. For `3.12`
# this does no harm, since the builds to choose from have no third number.
#
# Seen: of 3.14, 3.13 and 3.12, `3.13` and `>=3` are found; for `3` no build fits, and the default is taken, which is 3.12 here. uv 0.13.9 finds a
# Python for `3`.
# Expected: 3.14, as for `>=3`.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . @vercel/python-analysis@0.14.0
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check uv==0.13.9
mkdir project

cat >choose.cjs <<'JS'
const { discoverPythonPackage, selectPythonVersion } = require("@vercel/python-analysis");
const build = (minor) => ({
  version: { major: 3, minor },
  implementation: "cpython",
  variant: "default",
  os: "linux",
  architecture: "x86_64",
  libc: "gnu",
});
const builds = [build(14), build(13), build(12)];
discoverPythonPackage({ entrypointDir: "project", rootDir: "project" }).then(({ requiresPython }) => {
  const { build: chosen, invalidConstraint } = selectPythonVersion({
    constraints: requiresPython,
    availableBuilds: builds,
    allBuilds: builds,
    defaultBuild: build(12),
    majorMinorOnly: true,
  });
  console.log(`3.${chosen.version.minor}`, invalidConstraint ? "default" : "found");
});
JS
for request in 3.13 '>=3' 3; do
  echo "$request" >project/.python-version
  echo "$request $(node choose.cjs)"
done | tee seen.txt
printf '%s\n' '3.13 3.13 found' '>=3 3.14 found' '3 3.12 default' | diff - seen.txt
cd project
../tools/bin/uv python find --no-python-downloads >python.txt
test -x "$(cat python.txt)"
