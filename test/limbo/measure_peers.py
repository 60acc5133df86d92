"""How other engines judge the visible cases of x509-limbo: OpenSSL's command, plain and strict, and pyca/cryptography.

    PYTHON test/limbo/measure_peers.py test/limbo/limbo-visible.json

PYTHON has `cryptography` installed. A case that an engine cannot be asked (client certificates, names of other kinds,
depths, revocation lists, for pyca purposes of its own) is not run, as in the suite's own harnesses.
"""

import datetime
import ipaddress
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import cryptography
from cryptography import x509
from cryptography.x509 import verification


def read_time(case):
    text = case.get("validation_time")
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None


def ask_openssl(case, *options):
    name = case.get("expected_peer_name")
    if case["validation_kind"] != "SERVER" or case.get("crls") or case.get("max_chain_depth") is not None:
        return None
    if name is not None and name["kind"] not in ("DNS", "IP"):
        return None
    words = ["openssl", "verify", "-no-CApath", "-no-CAstore", "-purpose", "sslserver", *options]
    if (time := read_time(case)) is not None:
        words += ["-attime", str(int(time.timestamp()))]
    if name is not None:
        words += ["-verify_hostname" if name["kind"] == "DNS" else "-verify_ip", name["value"]]
    with tempfile.TemporaryDirectory() as folder:
        def write(file, certificates):
            path = Path(folder, file)
            path.write_text("\n".join(certificates))
            return str(path)

        words += ["-CAfile", write("trusted.pem", case["trusted_certs"])]
        if case["untrusted_intermediates"]:
            words += ["-untrusted", write("untrusted.pem", case["untrusted_intermediates"])]
        words.append(write("peer.pem", [case["peer_certificate"]]))
        return subprocess.run(words, capture_output=True).returncode == 0


def ask_pyca(case):
    name = case.get("expected_peer_name")
    if case["validation_kind"] != "SERVER" or case.get("crls") or name is None or name["kind"] not in ("DNS", "IP"):
        return None
    if case.get("extended_key_usage") not in (None, [], ["serverAuth"]) or case.get("signature_algorithms"):
        return None
    subject = (
        x509.DNSName(name["value"]) if name["kind"] == "DNS" else x509.IPAddress(ipaddress.ip_address(name["value"]))
    )
    try:
        def load(certificates):
            return [x509.load_pem_x509_certificate(text.encode()) for text in certificates]

        builder = verification.PolicyBuilder().store(verification.Store(load(case["trusted_certs"])))
        if (time := read_time(case)) is not None:
            builder = builder.time(time)
        if (depth := case.get("max_chain_depth")) is not None:
            builder = builder.max_chain_depth(depth)
        verifier = builder.build_server_verifier(subject)
        verifier.verify(load([case["peer_certificate"]])[0], load(case["untrusted_intermediates"]))
        return True
    except (ValueError, verification.VerificationError):
        return False
    except Exception:  # Some of its parsers raise errors of their own.
        return False


ENGINES = {
    subprocess.run(["openssl", "version"], capture_output=True, text=True).stdout.split(" (")[0].strip(): ask_openssl,
    "the same, -x509_strict": lambda case: ask_openssl(case, "-x509_strict"),
    f"pyca/cryptography {cryptography.__version__}": ask_pyca,
}

cases = json.loads(Path(sys.argv[1]).read_text())["testcases"]
for suite in ("bettertls", "limbo"):
    chosen = [case for case in cases if case["id"].startswith("bettertls") == (suite == "bettertls")]
    for engine, ask in ENGINES.items():
        verdicts = [(ask(case), case["expected_result"] == "SUCCESS") for case in chosen]
        run = [verdict == expected for verdict, expected in verdicts if verdict is not None]
        wrongly = sum(verdict is True and not expected for verdict, expected in verdicts)
        print(f"{suite}: {engine}: {sum(run)} of {len(run)} run, of {len(chosen)}; {wrongly} accepted against the suite")
