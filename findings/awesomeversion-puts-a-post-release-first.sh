#!/usr/bin/env bash
# awesomeversion 25.8.0, which Home Assistant compares versions with: also where the strategy PEP440 is asked for, a version with a suffix counts
# as older than one without, and so a post-release as older than the release that it mends. PEP 440 ("Summary of permitted suffixes and relative
# ordering") has .devN, aN, bN, rcN, no suffix, .postN in this order. An epoch, which comes first there, is passed over.
#
# Seen: 2.9.0.post0 < 2.9.0, 1.0.post1 < 1.0rc1, 1.0b2 < 1.0a1.post1 and 1!1.0 < 2.0. `packaging` 26.4 has
# the opposite of all four. Two post-releases, or a pre-release and its release, are in the right order.
# Expected: the order of `packaging`. An update that is a post-release is not seen as one.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check awesomeversion==25.8.0 packaging==26.4

tools/bin/python - <<'PY' | tee seen.txt
from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from packaging.version import Version

pairs = [
    ("2.9.0", "2.9.0.post0"),
    ("1.0rc1", "1.0.post1"),
    ("1.0a1.post1", "1.0b2"),
    ("2.0", "1!1.0"),
    ("1.0.post1", "1.0.post2"),
    ("1.0rc1", "1.0"),
]
for older, newer in pairs:
    one, other = (AwesomeVersion(text, ensure_strategy=AwesomeVersionStrategy.PEP440) for text in (older, newer))
    print(older, newer, Version(older) < Version(newer), one < other, one > other)
PY
cat >expected.txt <<'TXT'
2.9.0 2.9.0.post0 True False True
1.0rc1 1.0.post1 True False True
1.0a1.post1 1.0b2 True False True
2.0 1!1.0 True False True
1.0.post1 1.0.post2 True True False
1.0rc1 1.0 True True False
TXT
diff expected.txt seen.txt
