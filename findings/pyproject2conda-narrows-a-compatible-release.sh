#!/usr/bin/env bash
# pyproject2conda 0.23.2: in the environment file for conda each `~=` becomes `=`. PEP 440 ("Compatible release") takes `~=1.20` for 1.20 and all
# later versions before 2; conda's `=1.20` is 1.20.* only. The help names this replacement for the version of Python; it is made for every
# dependency, although conda has `~=` itself.
#
# Seen: of `packaging~=23.0` and `urllib3~=2.2.0`, conda's reading (py-rattler 0.28.0) excludes packaging 23.1 and 23.2 and urllib3 2.2.1 to 2.2.3,
# which the requirements file of the same tool has, by `packaging` 26.4. Nothing is printed.
# Expected: `~=`, or `>=23.0,==23.*`. The conda environment otherwise keeps what was released first, without its fixes.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pyproject2conda==0.23.2 py-rattler==0.28.0 packaging==26.4

cat >pyproject.toml <<'TOML'
[project]
name = "example"
version = "1"
requires-python = ">=3.10"
dependencies = ["packaging~=23.0", "urllib3~=2.2.0"]
TOML
tools/bin/pyproject2conda yaml 2>&1 | tee conda.txt
tools/bin/pyproject2conda requirements 2>&1 | tee pip.txt
tools/bin/python - <<'PY' | tee seen.txt
from packaging.requirements import Requirement
from rattler import MatchSpec, Version, VersionSpec

conda = [MatchSpec(line[4:].strip()) for line in open("conda.txt") if line.startswith("  - ")]
pip = [Requirement(line.strip()) for line in open("pip.txt") if line.strip()]
releases = {"packaging": ["22.0", "23.0", "23.1", "23.2", "24.0"], "urllib3": ["2.1.0", "2.2.0", "2.2.1", "2.2.2", "2.2.3", "2.3.0"]}
for (name, versions), spec, requirement in zip(releases.items(), conda, pip, strict=True):
    print(name, "pip:", *[version for version in versions if version in requirement.specifier])
    print(name, "conda:", *[version for version in versions if VersionSpec(spec.version).matches(Version(version))])
    assert all(VersionSpec(str(requirement.specifier)).matches(Version(version)) == (version in requirement.specifier) for version in versions)
PY
printf '%s\n' 'packaging pip: 23.0 23.1 23.2' 'packaging conda: 23.0' \
  'urllib3 pip: 2.2.0 2.2.1 2.2.2 2.2.3' 'urllib3 conda: 2.2.0' | diff - seen.txt
