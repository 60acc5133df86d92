# pipenv 2026.10.3 with `use_pylock = true`: a package whose marker does not fit the machine that locks is written with its marker and no
# version and no files. PEP 751 requires one of `vcs`, `directory`, `archive`, `sdist`, `wheels`: no installer reads the file, on any platform.
#
# Seen: a Pipfile with tomli for Pythons that are not this one. `pipenv lock` says "Success!"; pip 26.3 and `packaging` 26.4 end with
# "Exactly one of vcs, directory, archive must be set if sdist and wheels are not set", for the environment that needs no tomli, too.
# Expected: the files, as pdm 2.29.4 writes them, or no entry and a warning.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME="$work/home" PIPENV_IGNORE_VIRTUALENVS=1
mkdir home project
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pipenv==2026.10.3 pip==26.3 packaging==26.4

cat >project/Pipfile <<'TOML'
[[source]]
url = "https://pypi.org/simple"
verify_ssl = true
name = "pypi"

[packages]
idna = "==3.10"
tomli = {version = "*", markers = "python_version < '3.8'"}

[pipenv]
use_pylock = true
TOML
(cd project && ../tools/bin/pipenv lock --python "$(command -v python3)") >pipenv.txt 2>&1
grep -o 'Success!' pipenv.txt
grep -A3 'name = "tomli"' project/pylock.toml | tee tomli.txt
! grep -qE 'version =|wheels|sdist' tomli.txt
code=0
tools/bin/pip install --dry-run --target unused -r project/pylock.toml >pip.txt 2>&1 || code=$?
test "$code" = 1
grep 'Exactly one of' pip.txt
tools/bin/python - <<'PY' | tee packaging.txt
import tomllib
from packaging.pylock import Pylock

try:
    Pylock.from_dict(tomllib.load(open("project/pylock.toml", "rb")))
except Exception as error:
    print(type(error).__name__)
PY
grep -x PylockValidationError packaging.txt
