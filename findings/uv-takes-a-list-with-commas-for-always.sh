# uv 0.13.9: a marker that lists Pythons with commas, `python_version in '3.8, 3.9'`, as much old metadata has it, counts as always true,
# and so does its `not in`. Nothing is printed. With spaces, `'3.8 3.9'`, the list is read. pip 26.3 reads both.
#
# Seen: for Python 3.11 uv takes all but the list with spaces, pip takes only the `not in`.
# Expected: pip's answer, or a warning. What such a marker keeps for old Pythons is installed on every Python.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check uv==0.13.9 pip==26.3

cat >requirements.in <<'TXT'
idna==3.10 ; python_version in '3.8, 3.9'
six==1.17.0 ; python_version in '3.8 3.9'
attrs==25.3.0 ; python_version not in '3.8, 3.9'
iniconfig==2.1.0 ; python_version not in '3.8, 3.9, 3.11'
TXT
tools/bin/uv pip compile --no-header --no-annotate --no-deps --python-version 3.11 requirements.in 2>uv-stderr.txt | tee uv.txt
tools/bin/pip install --quiet --disable-pip-version-check --dry-run --no-deps --ignore-installed --report pip.json \
  --target unused --only-binary :all: --python-version 3.11 -r requirements.in
tools/bin/python -c '
import json
print("\n".join(sorted(i["metadata"]["name"] for i in json.load(open("pip.json"))["install"])))' | tee pip.txt
cat uv-stderr.txt
printf '%s\n' 'attrs==25.3.0' 'idna==3.10' 'iniconfig==2.1.0' | diff - uv.txt
! grep -i warn uv-stderr.txt
echo attrs | diff - pip.txt
