// Reads the sources of a plan, each once, and takes away from the default ones what the operating system distrusts.

import { readDistrust, type Distrust } from "./distrust.ts";
import { MOZILLA_ROOTS, MOZILLA_ROOTS_DATE } from "./mozilla-roots.generated.ts";
import { readFileSource, readBundleBytes, type FileCache, type SourceContents } from "./read-source.ts";
import type { AnchorSource, SourceRequest } from "./sources.ts";
import { readSystemCertificates, type SystemAccess } from "./system.ts";

/** What one source holds: DER in base64. */
export interface ReadSource {
  readonly source: AnchorSource;
  readonly certificates: readonly string[];
  /** Those whose own trust settings there reject them for TLS servers. */
  readonly rejected?: readonly string[];
}

/** Owns what has been read. */
export class SourceReader {
  readonly #system: SystemAccess;
  readonly #files: FileCache = new Map();
  readonly #sources = new Map<SourceRequest, SourceContents>();
  readonly #distrusted = new Set<string>();
  readonly #notes: string[] = [];
  #systemStore: ReadSource | undefined;
  #mozilla: ReadSource | undefined;
  #distrust: Distrust | undefined;

  constructor(system: SystemAccess) {
    this.#system = system;
  }

  get warnings(): readonly string[] {
    return [...this.#sources.values()].flatMap((contents) => contents.warnings);
  }

  get notes(): readonly string[] {
    return [...[...this.#sources.values()].flatMap((contents) => contents.notes), ...this.#notes];
  }

  /** Certificates (DER in base64) that the sources read so far held, but the operating system distrusts. */
  get distrusted(): readonly string[] {
    return [...this.#distrusted];
  }

  /** @throws `tls/trust-source-unusable` */
  read(request: SourceRequest): ReadSource {
    switch (request.kind) {
      case "system":
        return (this.#systemStore ??= this.#readSystem());
      case "mozilla":
        return (this.#mozilla ??= {
          source: { kind: "mozilla", date: MOZILLA_ROOTS_DATE },
          certificates: this.#withoutDistrusted(MOZILLA_ROOTS.map(([, base64]) => base64)),
        });
      case "given":
        return { source: { kind: "given" }, certificates: this.#readGiven(request.pems) };
      case "file": {
        const contents =
          this.#sources.get(request) ??
          readFileSource(request, { platform: this.#system.platform, cache: this.#files });
        this.#sources.set(request, contents);
        return { source: request.source, certificates: contents.certificates, rejected: contents.rejected };
      }
    }
  }

  /** Whether the operating system explicitly distrusts this certificate. */
  isDistrusted(der: Uint8Array): boolean {
    return (this.#distrust ??= readDistrust(this.#system)).covers(der);
  }

  #readSystem(): ReadSource {
    const { certificates, path } = readSystemCertificates(this.#system);
    return {
      source: path === undefined ? { kind: "system" } : { kind: "system", path },
      certificates: this.#withoutDistrusted(certificates),
    };
  }

  #readGiven(pems: readonly string[]): readonly string[] {
    return pems.flatMap((pem) => {
      const { certificates, damaged } = readBundleBytes(Buffer.from(pem));
      for (const { reason } of damaged) this.#notes.push(`Skipped a certificate of the program: ${reason}`);
      return certificates;
    });
  }

  #withoutDistrusted(certificates: readonly string[]): readonly string[] {
    const distrust = (this.#distrust ??= readDistrust(this.#system));
    if (distrust.isEmpty) return certificates;
    return certificates.filter((base64) => {
      const isDenied = distrust.covers(Buffer.from(base64, "base64"));
      if (isDenied) this.#distrusted.add(base64);
      return !isDenied;
    });
  }
}
