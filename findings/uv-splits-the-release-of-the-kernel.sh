# uv 0.13.9, new beside 0.12.5: `uv pip compile --universal` writes a marker on `platform_release` together with
# `(sys_platform != 'darwin' or sys_platform == 'darwin')`, which says nothing, into each line that has one. `~=`, which such a marker may have as
# well, is left out altogether, so that the requirement holds on every machine; nothing is printed.
#
# Seen: `six ; platform_release == '5.4'` gets the tautology, `idna ; platform_release ~= '20.4'` gets no marker.
# Expected: the markers as they were written, as 0.12.5 writes the first one; it leaves the second one out, too.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
for version in 0.12.5 0.13.9; do
  python3 -m venv "uv-$version"
  "uv-$version/bin/pip" install --quiet --disable-pip-version-check "uv==$version"
done
cat >requirements.in <<'TXT'
idna==3.10 ; platform_release ~= '20.4'
six==1.17.0 ; platform_release == '5.4'
TXT
for version in 0.12.5 0.13.9; do
  "uv-$version/bin/uv" pip compile --universal --no-header --no-annotate --no-deps requirements.in 2>"said-$version.txt" | tee "pins-$version.txt"
  cat "said-$version.txt"
done
printf '%s\n' "idna==3.10" "six==1.17.0 ; platform_release == '5.4' and (sys_platform != 'darwin' or sys_platform == 'darwin')" | diff - pins-0.13.9.txt
grep -x "six==1.17.0 ; platform_release == '5.4'" pins-0.12.5.txt
! grep -qi warning said-0.13.9.txt
