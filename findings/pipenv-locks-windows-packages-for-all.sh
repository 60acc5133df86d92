#!/usr/bin/env bash
# pipenv 2026.10.3: a Pipfile limits a package to a platform or a Python by keys that are named after the environment markers (`sys_platform =
# "== 'win32'"`) or by `markers`, both as in pipenv's own documentation. Where such a limit excludes the machine that locks, `Pipfile.lock` has
# it for `markers` only. What the keys limit is locked for all machines, and the machine that just excluded it installs it.
#
# Seen on Linux with Python 3.11: the lock has colorama (for Windows) and exceptiongroup (for old Pythons) without a marker, pyreadline3 and
# tomli with theirs. `pipenv sync` installs the first two and neither of the others.
# Expected: four markers, and nothing to install.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME="$work/home" PIPENV_IGNORE_VIRTUALENVS=1 PIPENV_VENV_IN_PROJECT=1
mkdir home project
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pipenv==2026.10.3

cd project
cat >Pipfile <<'TOML'
[packages]
colorama = {version = "==0.4.6", sys_platform = "== 'win32'"}
exceptiongroup = {version = "==1.2.2", python_version = "< '3.11'"}
pyreadline3 = {version = "==3.5.4", markers = "sys_platform == 'win32'"}
tomli = {version = "==2.0.1", markers = "python_version < '3.11'"}
TOML
../tools/bin/pipenv lock --python "$(command -v python3)" >lock.txt 2>&1
../tools/bin/pipenv requirements | grep == | tee requirements.txt
cat >expected.txt <<'TXT'
colorama==0.4.6
exceptiongroup==1.2.2
pyreadline3==3.5.4; sys_platform == 'win32'
tomli==2.0.1; python_version < '3.11'
TXT
diff expected.txt requirements.txt
../tools/bin/pipenv sync >sync.txt 2>&1
.venv/bin/python -m pip list --format freeze | grep -E 'colorama|exceptiongroup|pyreadline3|tomli' | tee installed.txt
printf '%s\n' colorama==0.4.6 exceptiongroup==1.2.2 | diff - installed.txt
