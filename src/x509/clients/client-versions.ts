// The release of each client in the table of `clients.ts` that its verdicts were measured with, for people; the line that
// each program printed itself is in `test/client-matrix/further-chains.json`.

/** By the client's name. */
export const CLIENT_VERSIONS: Readonly<Record<string, string>> = {
  "uv-0.2.15": "uv 0.2.15",
  "uv-0.8.3": "uv 0.8.3",
  "uv-0.8.4": "uv 0.8.4",
  "uv-0.10.0": "uv 0.10.0",
  "uv-0.12.5": "uv 0.12.5",
  "uv-0.13.9": "uv 0.13.9",
  "pip-26.3": "pip 26.3",
  "python-3.11 ssl (as pip)": "Python 3.11.7 with OpenSSL 3.0.19",
  "python-3.14 ssl (strict)": "Python 3.14.10 with OpenSSL 3.6.5",
  "curl-7.88 (OpenSSL 3.0)": "curl 7.88.1 with OpenSSL 3.0.19",
  "curl-8.23 (OpenSSL 3.6)": "libcurl 8.23.0 with OpenSSL 3.6.5",
  "openssl-3.0 s_client": "OpenSSL 3.0.19",
  "openssl-3.6 s_client": "OpenSSL 3.6.5",
  "node-20 (OpenSSL 3.0)": "Node 20.19.0 with OpenSSL 3.0.15",
  "node-22": "Node 22.23.3 with OpenSSL 3.5.8",
  "node-24 (OpenSSL 3.5)": "Node 24.21.0 with OpenSSL 3.5.8",
  "node-26": "Node 26.10.0 with OpenSSL 3.5.8",
  "go-1.27": "Go 1.27.0",
  "java-17": "OpenJDK 17.0.15",
  "gnutls-3.7": "GnuTLS 3.7.9",
  "gnutls-3.8": "GnuTLS 3.8.13",
  "bun-1.4 (BoringSSL)": "Bun 1.4.5",
  "deno-2.9 (rustls 0.23.40 + aws-lc-rs, as uv 0.11 and later)": "Deno 2.9.6",
  "rustls-webpki 0.103 + ring (as uv before 0.11)": "rustls-webpki 0.103.17 with ring 0.17.14",
};
