// Asks rustls-webpki with ring about a chain, without a handshake, as a library would:
//
//     webpki-client BUNDLE CHAIN HOST     both PEM; exit code 1, with the error, where the chain is refused
//     webpki-client --version

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls_pki_types::{pem::PemObject, CertificateDer, ServerName, SignatureVerificationAlgorithm, UnixTime};
use webpki::{anchor_from_trusted_cert, ring, EndEntityCert, Error, KeyUsage};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [version] if version == "--version" => println!("{}", env!("CARGO_PKG_DESCRIPTION")),
        [bundle, chain, host] => {
            if let Err(error) = ask(&read(bundle), &read(chain), host) {
                eprintln!("invalid peer certificate: {error:?}");
                std::process::exit(1);
            }
        }
        _ => std::process::exit(2),
    }
}

fn ask(bundle: &[CertificateDer], chain: &[CertificateDer], host: &str) -> Result<(), Error> {
    let anchors: Vec<_> = bundle.iter().filter_map(|der| anchor_from_trusted_cert(der).ok()).collect();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs();
    let leaf = EndEntityCert::try_from(&chain[0])?;
    leaf.verify_for_usage(
        ALGORITHMS,
        &anchors,
        &chain[1..],
        UnixTime::since_unix_epoch(Duration::from_secs(now)),
        KeyUsage::server_auth(),
        None,
        None,
    )?;
    leaf.verify_is_valid_for_subject_name(&ServerName::try_from(host).expect("a host name"))
}

fn read(path: &str) -> Vec<CertificateDer<'static>> {
    let certificates = CertificateDer::pem_file_iter(path).expect("a readable file");
    certificates.map(|certificate| certificate.expect("PEM")).collect()
}

/// Those that rustls 0.23 gives its verifier with ring.
static ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    ring::ECDSA_P256_SHA256,
    ring::ECDSA_P256_SHA384,
    ring::ECDSA_P384_SHA256,
    ring::ECDSA_P384_SHA384,
    ring::ED25519,
    ring::RSA_PKCS1_2048_8192_SHA256,
    ring::RSA_PKCS1_2048_8192_SHA384,
    ring::RSA_PKCS1_2048_8192_SHA512,
    ring::RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS,
    ring::RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS,
    ring::RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS,
    ring::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    ring::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    ring::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
];
