#!/usr/bin/env bash
# pip 26.3 on Python 3.11: `--client-cert` is shown only in the handshake. A server with TLS 1.3 that demands it for one path, after
# the handshake (RFC 8446, section 4.6.2; Apache's `SSLVerifyClient` in a `<Location>`), gets none, because the context of truststore,
# pip's default, does not offer post-handshake authentication. With `--use-deprecated=legacy-certs` pip shows it.
#
# Seen: by default "No matching distribution found", since the page answers 403; with the older context the download succeeds.
# Expected: the same certificate in both.
set -euo pipefail
work="$(mktemp -d)"
server=""
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/python -m pip install --quiet --disable-pip-version-check pip==26.3
env/bin/python -m pip download --quiet --no-deps --dest files six==1.17.0

for name in ca server client; do openssl ecparam -name prime256v1 -genkey -noout -out "$name.key"; done
openssl req -x509 -new -key ca.key -subj /CN=Root -days 2 -out ca.pem \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
sign() { # sign NAME SUBJECT EXTENSIONS
  openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -days 2 -out "$1.crt" -extfile <(printf '%s\n' "$3") 2>/dev/null
}
sign server /CN=localhost 'subjectAltName=DNS:localhost'
sign client /CN=ada 'extendedKeyUsage=clientAuth'
cat client.crt client.key >client.pem

cat >server.py <<'PY'
import http.server, pathlib, ssl, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            self.connection.verify_client_post_handshake()
            # The answer of the client is read with the next read.
            self.connection.settimeout(1)
            try:
                self.connection.recv(1)
            except (TimeoutError, ssl.SSLWantReadError):
                pass
            subject = self.connection.getpeercert()
        except ssl.SSLError:
            subject = None
        status, body, kind = 403, b"", "text/plain"
        if subject:
            name = self.path.rsplit("/", 1)[-1]
            file = pathlib.Path("files") / name
            if name and file.is_file():
                status, body, kind = 200, file.read_bytes(), "application/octet-stream"
            else:
                links = "".join(f'<a href="/files/{f.name}">{f.name}</a>' for f in pathlib.Path("files").iterdir())
                status, body, kind = 200, f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), "text/html"
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *args):
        pass

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.minimum_version = ssl.TLSVersion.TLSv1_3
context.load_cert_chain("server.crt", "server.key")
context.load_verify_locations("ca.pem")
context.post_handshake_auth = True
context.verify_mode = ssl.CERT_REQUIRED
httpd = http.server.ThreadingHTTPServer(("localhost", 0), Handler)
httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
pathlib.Path("port").write_text(str(httpd.server_address[1]))
httpd.serve_forever()
PY
env/bin/python server.py 2>server.txt &
server=$!
until [ -s port ]; do sleep 0.1; done

download() { # download FOLDER MORE...
  env -i PATH="$PATH" HOME="$work" env/bin/python -m pip --isolated download --no-deps --no-cache-dir \
    --retries 0 --cert ca.pem --client-cert client.pem --index-url "https://localhost:$(cat port)/simple/" --dest "$1" "${@:2}" six
}
if download default -vv >default.txt 2>&1; then exit 1; fi
grep -o "403 Client Error: Forbidden" default.txt | head -1
grep 'ERROR: No matching distribution found for six' default.txt
download older --use-deprecated=legacy-certs >older.txt 2>&1
ls older
[ -f older/six-1.17.0-py2.py3-none-any.whl ]
