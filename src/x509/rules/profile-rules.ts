// Rules of RFC 5280's profile and of the CA/Browser Forum that decide nothing for most clients: certificates of real
// private authorities break them every day. The doctor reports them, and they count only in the strict profile.

import { PURPOSE } from "../certificates/extensions.ts";
import { isCritical, lint, other } from "./profile-findings.ts";
import { checkAlternativeNames, checkCommonName, checkConstraintPlace } from "./profile-name-rules.ts";
import type { Rule } from "./rule.ts";

const checkVersion: Rule = ({ certificate, position }) => {
  if (certificate.version === 3 || position > 0) return undefined;
  return other({
    rule: "version",
    code: "tls/malformed-certificate",
    section: "RFC 5280 4.1.2.1",
    seen: `X.509 version ${certificate.version}`,
    expected: "version 3",
  });
};

const checkSerial: Rule = ({ certificate }) => {
  const { serial } = certificate;
  const isNegative = Number.parseInt(serial.slice(0, 1), 16) >= 8;
  const octets = serial.startsWith("00") ? serial.length / 2 - 1 : serial.length / 2;
  const isZero = /^0+$/.test(serial);
  if (!isNegative && !isZero && octets <= MAX_SERIAL_OCTETS) return undefined;
  const seen = isZero
    ? "serial number 0"
    : isNegative
      ? "a negative serial number"
      : `a serial number of ${octets} octets`;
  return lint("serial-number", "RFC 5280 4.1.2.2", {
    seen,
    expected: "a positive number of 20 octets at most",
  });
};

const checkNamesPresent: Rule = ({ certificate, position }) => {
  if (certificate.issuer.relativeNames.length === 0) {
    return lint("empty-issuer", "RFC 5280 4.1.2.4", {
      seen: "an empty issuer",
      expected: "the issuer's name",
    });
  }
  if (position === 0 || certificate.subject.relativeNames.length > 0) return undefined;
  return lint("empty-subject", "RFC 5280 4.1.2.6", {
    seen: "an authority without a name",
    expected: "a subject",
  });
};

const checkAuthorityKeyId: Rule = (link) => {
  const { certificate } = link;
  const { authorityKeyId, subjectKeyId, isSelfIssued } = certificate;
  const section = "RFC 5280 4.2.1.1";
  if (authorityKeyId === undefined) {
    return isSelfIssued
      ? undefined
      : lint("authority-key-identifier-missing", section, {
          seen: "no authorityKeyIdentifier",
          expected: "one",
        });
  }
  if (isCritical(link, "authorityKeyIdentifier")) {
    return lint("authority-key-identifier-critical", section, {
      seen: "a critical authorityKeyIdentifier",
      expected: "one that is not critical",
    });
  }
  if (authorityKeyId.keyId === undefined) {
    return lint("authority-key-identifier-missing", section, {
      seen: "an authorityKeyIdentifier without a key",
      expected: "the issuer's key identifier",
    });
  }
  if (!isSelfIssued || link.position < link.path.length - 1) return undefined;
  if (authorityKeyId.issuer !== undefined || authorityKeyId.serial !== undefined) {
    return lint("root-authority-key-identifier", "CA/B BR 7.1.2.1.3", {
      seen: "issuer and serial in a root's authorityKeyIdentifier",
      expected: "only the key",
    });
  }
  if (authorityKeyId.keyId === subjectKeyId) return undefined;
  return lint("root-authority-key-identifier", "CA/B BR 7.1.2.1.3", {
    seen: "a root that names another key as its issuer's",
    expected: "its own key",
  });
};

const checkSubjectKeyId: Rule = (link) => {
  const section = "RFC 5280 4.2.1.2";
  if (isCritical(link, "subjectKeyIdentifier")) {
    return lint("subject-key-identifier-critical", section, {
      seen: "a critical subjectKeyIdentifier",
      expected: "one that is not critical",
    });
  }
  if (link.position === 0 || link.certificate.subjectKeyId !== undefined) return undefined;
  return lint("subject-key-identifier-missing", section, {
    seen: "an authority without subjectKeyIdentifier",
    expected: "one",
  });
};

const checkBasicConstraints: Rule = (link) => {
  const { certificate, position } = link;
  const { basicConstraints, keyUsage } = certificate;
  const section = "RFC 5280 4.2.1.9";
  if (position > 0) {
    if (basicConstraints === undefined)
      return lint("basic-constraints-missing", section, {
        seen: "an authority without basicConstraints",
        expected: "basicConstraints CA:TRUE",
      });
    if (!isCritical(link, "basicConstraints"))
      return lint("basic-constraints-critical", section, {
        seen: "basicConstraints that are not critical",
        expected: "critical ones",
      });
  }
  if (
    basicConstraints?.pathLength !== undefined &&
    !(basicConstraints.isAuthority && keyUsage?.includes("keyCertSign") !== false)
  ) {
    return lint("path-length-without-authority", section, {
      seen: "a path length in a certificate that is not a CA",
      expected: "none",
    });
  }
  return undefined;
};

const checkKeyUsage: Rule = ({ certificate, position }) => {
  const { keyUsage, basicConstraints } = certificate;
  const section = "RFC 5280 4.2.1.3";
  if (position > 0 && keyUsage === undefined && certificate.version === 3) {
    return lint("key-usage-missing", section, {
      seen: "an authority without keyUsage",
      expected: "keyUsage with keyCertSign",
    });
  }
  if (keyUsage?.length === 0)
    return lint("key-usage-empty", section, {
      seen: "a keyUsage without any use",
      expected: "one use at least",
    });
  if (
    position === 0 &&
    keyUsage?.includes("keyCertSign") === true &&
    basicConstraints?.isAuthority !== true
  ) {
    return lint("key-usage-of-server", section, {
      seen: "keyCertSign in a certificate that is not a CA",
      expected: "keyUsage without keyCertSign",
    });
  }
  return undefined;
};

const checkExtendedKeyUsage: Rule = (link, { purpose }) => {
  const { certificate, position, path } = link;
  const { extendedKeyUsage } = certificate;
  const code = "tls/wrong-purpose";
  if (purpose !== "serverAuth") return undefined;
  if (position === 0 && extendedKeyUsage === undefined) {
    return lint("extended-key-usage-missing", "CA/B BR 7.1.2.7.6", {
      code,
      seen: "no extendedKeyUsage",
      expected: "serverAuth",
    });
  }
  if (extendedKeyUsage === undefined) return undefined;
  if (position === 0 && extendedKeyUsage.includes(PURPOSE.any)) {
    return lint("extended-key-usage-any", "CA/B BR 7.1.2.7.10", {
      code,
      seen: "anyExtendedKeyUsage",
      expected: "only serverAuth",
    });
  }
  if (position === 0 && isCritical(link, "extendedKeyUsage")) {
    return lint("extended-key-usage-critical", "CA/B BR 7.1.2.7.6", {
      code,
      seen: "a critical extendedKeyUsage",
      expected: "one that is not critical",
    });
  }
  if (position > 0 && position === path.length - 1 && certificate.isSelfIssued) {
    return lint("root-extended-key-usage", "CA/B BR 7.1.2.1.2", {
      code,
      seen: "a root with extendedKeyUsage",
      expected: "none",
    });
  }
  return undefined;
};

const checkKeyShape: Rule = ({ certificate }) => {
  const { kind, bits } = certificate.publicKey;
  if (kind !== "rsa" || bits % 8 === 0) return undefined;
  return lint("key-size", "CA/B BR 6.1.5", {
    code: "tls/weak-key",
    seen: `an RSA key of ${bits} bits`,
    expected: "a number of bits that is divisible by 8",
  });
};

const checkPolicyExtensions: Rule = (link) => {
  const names = link.certificate.extensions
    .filter((extension) => !extension.isCritical)
    .map((extension) => extension.name);
  const name = names.find(
    (candidate) => candidate === "policyConstraints" || candidate === "inhibitAnyPolicy",
  );
  if (name === undefined) return undefined;
  return lint("policy-critical", "RFC 5280 4.2.1.11", {
    seen: `${name} that is not critical`,
    expected: "a critical extension",
  });
};

/** Rules that look at a certificate and whether it is the server's own. */
export const certificateProfileRules: readonly Rule[] = [
  checkVersion,
  checkSerial,
  checkNamesPresent,
  checkSubjectKeyId,
  checkBasicConstraints,
  checkKeyUsage,
  checkAlternativeNames,
  checkCommonName,
  checkConstraintPlace,
  checkPolicyExtensions,
  checkKeyShape,
];

/** Rules that need to know where the path ends. */
export const pathProfileRules: readonly Rule[] = [checkAuthorityKeyId, checkExtendedKeyUsage];

const MAX_SERIAL_OCTETS = 20;
