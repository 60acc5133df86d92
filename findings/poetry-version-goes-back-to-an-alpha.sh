#!/usr/bin/env bash
# poetry 2.5.1: on a release candidate, `poetry version prepatch`, `preminor` and `premajor` write the first alpha of the same release, which is
# older than the candidate (PEP 440, "Pre-releases": aN, bN, rcN in this order). The next release that the rule names is the one that the
# candidate is for, and the alpha is appended to that. On a final release all three go up. (An alpha that stays as it was, which has the same
# cause: https://github.com/python-poetry/poetry/issues/879)
#
# Seen: 1.0.0rc1 becomes 1.0.0a0 by each of the three rules, and nothing is printed but the change. `prerelease` gives 1.0.0rc2. npm's semver
# 7.8.6, which has rules of the same names, goes from 1.0.0-rc.1 to 1.0.1-0, 1.1.0-0 and 2.0.0-0.
# Expected: a higher version, or an error. The alpha that is published is not taken by those who have the candidate.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check poetry==2.5.1 packaging
npm install --silent --no-audit --no-fund --prefix . semver@7.8.6

for rule in prepatch preminor premajor prerelease; do
  cat >pyproject.toml <<'TOML'
[project]
name = "example"
version = "1.0.0rc1"
TOML
  bumped="$(tools/bin/poetry version --short "$rule")"
  higher="$(tools/bin/python -c 'import sys; from packaging.version import Version; print(Version(sys.argv[1]) > Version("1.0.0rc1"))' "$bumped")"
  echo "$rule $bumped $higher $(node -p 'require("semver").inc("1.0.0-rc.1", process.argv[1])' "$rule")"
done | tee seen.txt
cat >expected.txt <<'TXT'
prepatch 1.0.0a0 False 1.0.1-0
preminor 1.0.0a0 False 1.1.0-0
premajor 1.0.0a0 False 2.0.0-0
prerelease 1.0.0rc2 True 1.0.0-rc.2
TXT
diff expected.txt seen.txt
