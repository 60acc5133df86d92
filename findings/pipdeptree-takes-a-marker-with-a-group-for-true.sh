# pipdeptree 4.2.15, the first major release with `from-lock`: a marker of PEP 751 that mentions `dependency_groups` or `extras` counts as
# true as a whole, also where the rest of it does not hold. Each package of a pylock.toml by pdm 2.29.4 has such a marker.
#
# Seen: of pdm's lock, pip 26.3 would install idna; pipdeptree lists what is for Windows, for a group and for an extra, too, and nothing says
# that these are not part of it. A plain marker for Windows, as uv writes it, keeps a package out.
# Expected: idna, as `pip install -r` has it with the default groups and no extra.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME="$work/home"
mkdir home project
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check pdm==2.29.4 'hishel<2' pipdeptree==4.2.15 pip==26.3

cat >project/pyproject.toml <<'TOML'
[project]
name = "example"
version = "1"
requires-python = ">=3.10"
dependencies = ["idna==3.10", "colorama==0.4.6; sys_platform == 'win32'"]

[project.optional-dependencies]
plain = ["six==1.17.0"]

[dependency-groups]
dev = ["iniconfig==2.1.0"]
TOML
(cd project && ../tools/bin/pdm config --local lock.format pylock && ../tools/bin/pdm lock --group :all) >pdm.txt 2>&1
grep -E '^(name|marker)' project/pylock.toml
tools/bin/pip install --dry-run --ignore-installed --target unused -r project/pylock.toml 2>&1 | grep 'Would install' | tee pip.txt
tools/bin/pipdeptree from-lock project/pylock.toml | tee tree.txt
sed 's/ and \\"default\\" in dependency_groups//' project/pylock.toml >project/pylock.plain.toml
tools/bin/pipdeptree from-lock project/pylock.plain.toml | tee plain.txt
grep -x 'Would install idna-3.10' pip.txt
printf '%s\n' colorama==0.4.6 idna==3.10 iniconfig==2.1.0 six==1.17.0 | diff - tree.txt
printf '%s\n' idna==3.10 iniconfig==2.1.0 six==1.17.0 | diff - plain.txt
