# pex 2.105.2: a universal lock knows that tomli is for Pythons below 3.11 only, and `pex` installs by that. Its export as pylock.toml lists
# tomli without a marker, so that every reader installs it on every Python. Versions lose their last zeros, too: 1.17 for six 1.17.0.
#
# Seen: with Python 3.11 or later, pip 26.3 would install idna, six and tomli from the export; `pex --lock` with the same file
# puts only idna and six into the PEX. `pex3` prints nothing about it.
# Expected: `marker = "python_version < '3.11'"`, as poetry-plugin-export 1.10.1, pdm 2.29.4 and uv 0.13.9 write it.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME="$work/home"
mkdir home
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "skipped: needs Python 3.11 or later"; exit 0; }
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pex==2.105.2 pip==26.3

requirements=(idna==3.10 six==1.17.0 "tomli==2.2.1; python_version < '3.11'")
tools/bin/pex3 lock create --style universal --interpreter-constraint '>=3.10,<4' --target-system linux "${requirements[@]}" -o pex.lock
tools/bin/pex3 lock export --format pep-751 pex.lock -o pylock.toml 2>pex3.txt
tools/bin/pex --lock pex.lock "${requirements[@]}" --layout packed -o example.pex
grep -E '^(name|version|marker)' pylock.toml | tee pylock.txt
ls example.pex/.deps | sed 's/-.*//' | sort | tee pex.txt
tools/bin/pip install --dry-run --ignore-installed --target unused -r pylock.toml 2>&1 | grep 'Would install' | tee pip.txt
test ! -s pex3.txt
printf '%s\n' 'name = "idna"' 'version = "3.10"' 'name = "six"' 'version = "1.17"' 'name = "tomli"' 'version = "2.2.1"' | diff - pylock.txt
printf '%s\n' idna six | diff - pex.txt
grep -x 'Would install idna-3.10 six-1.17.0 tomli-2.2.1' pip.txt
