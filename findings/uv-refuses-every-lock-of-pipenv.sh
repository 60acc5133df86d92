# pipenv 2026.10.3 with `use_pylock = true` writes `environments = []`. uv 0.13.9 reads that as "for no environment" and refuses the file on
# every machine; pip 26.3 and `packaging` 26.4 read it as "for any". So the first lock of any Pipfile fits one tool and not the other.
#
# Seen: uv: "The target environment is not supported by the lockfile"; without that line it installs. pip: "Would install idna-3.10".
# Expected: no `environments` key where there are no restrictions, or one reading of an empty one (PEP 751 does not give it).
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME="$work/home" PIPENV_IGNORE_VIRTUALENVS=1
mkdir home project
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pipenv==2026.10.3 uv==0.13.9 pip==26.3 packaging==26.4

cat >project/Pipfile <<'TOML'
[[source]]
url = "https://pypi.org/simple"
verify_ssl = true
name = "pypi"

[packages]
idna = "==3.10"

[pipenv]
use_pylock = true
TOML
(cd project && ../tools/bin/pipenv lock --python "$(command -v python3)") >pipenv.txt 2>&1
grep -x 'environments = \[\]' project/pylock.toml
code=0
tools/bin/uv pip install --dry-run --target unused -r project/pylock.toml >uv.txt 2>&1 || code=$?
grep 'target environment is not supported' uv.txt
test "$code" != 0
tools/bin/pip install --dry-run --ignore-installed --target unused -r project/pylock.toml 2>&1 | grep 'Would install idna-3.10'
grep -v '^environments' project/pylock.toml >project/pylock.any.toml
tools/bin/uv pip install --dry-run --target unused -r project/pylock.any.toml 2>&1 | grep '+ idna==3.10'
