#!/usr/bin/env bash
# packageurl-python 0.17.6: `get_purl` makes a package URL of a download address. It decodes the path like the fields of a form, where `+` is a
# space; in a path `+` is itself (RFC 3986, section 3.3). So build metadata (SemVer, section 10) comes out as another version, one that does
# not exist. The part of a gem's file name that names its platform becomes the version, and the version goes into the name.
#
# Seen: libgit2-sys 0.17.0+1.8.1 becomes `0.17.0%201.8.1`, also from the address that `get_download_url` of the same library gives for the right
# package URL; likewise for a GitHub release, a tag and npm. jruby-launcher-1.1.2-java.gem is version "java" of "jruby-launcher-1.1.2", where
# the purl specification has `pkg:gem/jruby-launcher@1.1.2?platform=java` as its example. Nothing is reported.
# Expected: `0.17.0%2B1.8.1`, and the example. A scan by such a URL finds no advisory, as there is no such version.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check packageurl-python==0.17.6

tools/bin/python - <<'PY' | tee seen.txt
from packageurl.contrib.purl2url import get_download_url
from packageurl.contrib.url2purl import get_purl

for right in ["pkg:cargo/anyhow@1.0.86", "pkg:cargo/libgit2-sys@0.17.0%2B1.8.1"]:
    print(right, "->", get_purl(get_download_url(right)))
for path in [
    "github.com/adoptium/temurin17-binaries/releases/download/jdk-17.0.9+9/sources.tar.gz",
    "github.com/example/tool/archive/refs/tags/v1.2.0+build.5.tar.gz",
    "registry.npmjs.org/example/-/example-1.2.0+build.5.tgz",
    "rubygems.org/downloads/jruby-launcher-1.1.2.gem",
    "rubygems.org/downloads/jruby-launcher-1.1.2-java.gem",
]:
    purl = get_purl(f"https://{path}")
    print(purl.type, purl.name, repr(purl.version))
PY
cat >expected.txt <<'TXT'
pkg:cargo/anyhow@1.0.86 -> pkg:cargo/anyhow@1.0.86
pkg:cargo/libgit2-sys@0.17.0%2B1.8.1 -> pkg:cargo/libgit2-sys@0.17.0%201.8.1
github temurin17-binaries 'jdk-17.0.9 9'
github tool 'v1.2.0 build.5'
npm example '1.2.0 build.5'
gem jruby-launcher '1.1.2'
gem jruby-launcher-1.1.2 'java'
TXT
diff expected.txt seen.txt
