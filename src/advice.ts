// What to do about a failure, as values: a program can act on them. Flags and commands are not named here:
// `cli/screen/advice-text.ts` puts advice into the words of the command line (docs/doctor.md, "Advice").

/** One thing that a person or a program can do. Values survive JSON; `kind` is stable. */
export type Advice =
  | ResolutionAdvice
  | BuildAdvice
  | TrustAdvice
  | ServerAdvice
  | ConnectionAdvice
  | InstallAdvice
  /** A sentence that asks for nothing that a program could do. */
  | { readonly kind: "note"; readonly text: string };

/** A hint of an error: a sentence, or advice. */
export type Hint = string | Advice;

/** Changes to what is trusted on this machine. */
export type TrustAdvice =
  /**
   * Trust this certificate for this host and port only, after comparing its fingerprint (SHA-256, hexadecimal digits)
   * with the one that the administrator gives; without a fingerprint, whichever the person picks.
   */
  | (HostPlace & {
      readonly kind: "trust-this-host";
      readonly fingerprint?: string;
      readonly isRenewed?: true;
    })
  /** The key of a host has changed: drop what is stored, then store the new one. */
  | (HostPlace & { readonly kind: "replace-host-trust" })
  /** Add the root of a private CA, or of the product that inspects TLS, to what is trusted. */
  | { readonly kind: "add-ca"; readonly root?: string; readonly product?: string }
  /** Add the intermediate that the server does not send to what is trusted. */
  | { readonly kind: "add-intermediate"; readonly subject: string }
  /** The trusted certificate of this subject has been replaced by its CA. */
  | { readonly kind: "replace-ca"; readonly subject: string }
  /** Have the missing intermediates downloaded from the URLs that the chain gives (AIA). */
  | { readonly kind: "fetch-intermediates"; readonly urls: readonly string[] }
  /** Another source of trust on this machine would accept the chain. */
  | {
      readonly kind: "use-trust-source";
      readonly source: string;
      readonly root: string;
      readonly changes: readonly TrustChange[];
    }
  /** Accept this fault for this host only; `allow` are names of exceptions. */
  | (HostPlace & { readonly kind: "allow-tls-exception"; readonly allow: readonly string[] })
  /** The host is not verified by configuration; trusting it would make that unnecessary. */
  | (HostPlace & {
      readonly kind: "stop-skipping-verification";
      readonly entry: string;
      readonly origin: string;
    })
  | { readonly kind: "add-trust-sources"; readonly list: string }
  | { readonly kind: "name-trust-variable" }
  | { readonly kind: "write-pin" };

/** A way to have another source of trust in force. */
export type TrustChange =
  /** Name the sources outright: `env,system`. */
  | { readonly kind: "name-sources"; readonly list: string }
  /** Remove the settings (variables, options) that replace the default sources. */
  | { readonly kind: "drop-settings"; readonly names: readonly string[] }
  /** Use the default sources again, instead of the system store only. */
  | { readonly kind: "use-default-sources" };

/** What the administrator of the server, or of its CA, can do. */
export type ServerAdvice =
  | { readonly kind: "send-intermediate"; readonly subject?: string; readonly url?: string }
  | { readonly kind: "renew-certificate" }
  | { readonly kind: "reissue-certificate" }
  | { readonly kind: "reissue-for-servers" }
  | { readonly kind: "reissue-for-host"; readonly host: string }
  /** The server's name, or the clock of this machine, may be what is wrong. */
  | { readonly kind: "check-clock" }
  | { readonly kind: "update-runtime"; readonly node: string }
  | { readonly kind: "update-middlebox"; readonly place: "proxy" | "way" };

/** What decides about a connection. */
export type ConnectionAdvice =
  /** Look at the whole chain, or the whole handshake. */
  | { readonly kind: "examine"; readonly url: string; readonly what: "chain" | "handshake" | "answer" }
  /** Credentials are withheld from a host that is not verified. */
  | { readonly kind: "send-credentials-unverified" }
  | { readonly kind: "set-client-certificate" }
  | { readonly kind: "check-client-certificate" }
  | { readonly kind: "set-client-key" }
  | { readonly kind: "go-online" }
  | { readonly kind: "fill-cache" };

/** What decides about packages, environments and the cache. */
export type InstallAdvice =
  | { readonly kind: "skip-dependencies" }
  | { readonly kind: "choose-link-mode"; readonly mode: string }
  | { readonly kind: "only-wheels"; readonly package: string }
  | { readonly kind: "build-wheel" }
  | { readonly kind: "add-find-links" }
  /** The index was asked at a URL that does not look like one, and may answer at the other. */
  | { readonly kind: "add-simple"; readonly asked: string; readonly origin: string; readonly url: string }
  | { readonly kind: "skip-project-sources" }
  | { readonly kind: "name-target" }
  | { readonly kind: "create-environment"; readonly isReplacing?: true }
  | { readonly kind: "clear-environment"; readonly name: string }
  | { readonly kind: "force-removal" }
  | { readonly kind: "reinstall-all" }
  /** The interrupted command has to be run again by the user with this number. */
  | { readonly kind: "run-as-owner"; readonly uid: number }
  | { readonly kind: "free-cache-space" }
  | { readonly kind: "move-cache" }
  | { readonly kind: "any-port" }
  | { readonly kind: "list-shapes" };

/** Ways out of a set of requirements that has no solution; ranges and versions are in words. */
export type ResolutionAdvice =
  /** Without the version specifiers of this requirement there is a solution, with these versions: it was tried. */
  | {
      readonly kind: "relax-requirement";
      readonly requirement: string;
      readonly list: "requirements" | "constraints" | "overrides";
      readonly chosen: readonly { readonly name: string; readonly version: string }[];
      readonly others: readonly { readonly name: string; readonly version: string }[];
    }
  | {
      readonly kind: "raise-python-version";
      /** What says for which Pythons: a range of them, or the option for one. */
      readonly stated: "requires-python" | "python-version";
      readonly python: string;
      /** What needs a newer Python: `flask>=3`. */
      readonly example: string;
      readonly isExamplePlural: boolean;
      readonly supported: string;
    }
  | {
      readonly kind: "enable-prereleases";
      readonly package: string;
      /** `requested`: a specifier names a pre-release; `available`: the range holds some. */
      readonly reason: "requested" | "available";
      readonly example: string;
    }
  | {
      readonly kind: "compare-all-indexes";
      readonly package: string;
      readonly wanted: string;
      /** URLs of the index that was used and of the next one. */
      readonly found: string;
      readonly next: string;
    }
  | { readonly kind: "allow-builds"; readonly package: string; readonly isForAll: boolean }
  | { readonly kind: "allow-wheels"; readonly package: string; readonly isForAll: boolean };

/** A known cause of a failed build, with what it is about. */
export type BuildAdvice =
  | { readonly kind: "missing-compiler"; readonly program: string }
  /** `debianPackage` only where it is certain. */
  | { readonly kind: "missing-header"; readonly header: string; readonly debianPackage: string | undefined }
  | { readonly kind: "missing-library"; readonly library: string; readonly debianPackage: string | undefined }
  | { readonly kind: "missing-module"; readonly module: string; readonly isIsolated: boolean }
  /** A module that this Python no longer has. */
  | {
      readonly kind: "removed-module";
      readonly module: string;
      readonly python: string;
      readonly removedIn: string;
    }
  | { readonly kind: "no-network"; readonly host: string | undefined }
  /** A build refused a server's certificate; `seen` is absent where Pinion did not look at the server itself. */
  | {
      readonly kind: "tls-failure";
      readonly host: string | undefined;
      readonly port?: number | undefined;
      readonly seen?: ServerSeen | undefined;
    };

/** What Pinion saw at a server whose certificate a build refused. */
export type ServerSeen =
  /** Pinion refuses it as well, for the reason that the doctor gives. */
  | { readonly kind: "refused"; readonly headline: string; readonly sentences: readonly string[] }
  | { readonly kind: "trusted" };

interface HostPlace {
  readonly host: string;
  readonly port: number;
}
