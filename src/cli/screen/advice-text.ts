// Advice in the words of the command line: the only file that turns advice into flags and commands.

import type { Advice, BuildAdvice, Hint, ResolutionAdvice, TrustChange } from "../../advice.ts";
import { HTTPS_PORT, formatHostPort, httpsOrigin } from "../../base/text/host-port.ts";
import { shellWord } from "../../base/text/shell-word.ts";
import type { AdviceWords } from "../../doctor/report/advice-words.ts";

/** A hint as a sentence without a full stop, commands in backticks. */
export function hintText(hint: Hint): string {
  return typeof hint === "string" ? hint : adviceText(hint);
}

/** Advice as a sentence without a full stop, commands in backticks. */
export function adviceText(advice: Advice): string {
  switch (advice.kind) {
    case "note":
      return advice.text;
    case "trust-this-host": {
      const { fingerprint, isRenewed } = advice;
      const command = `pinion trust add ${urlOf(advice)}`;
      if (fingerprint === undefined)
        return `\`${command}\` shows the server's certificates and trusts one for this host only`;
      return `\`${command} --fingerprint sha256:${fingerprint}\` trusts the ${isRenewed === true ? "new certificate" : "certificate"} for this host only`;
    }
    case "replace-host-trust":
      return `if the server's administrator confirms the new key: \`pinion trust remove ${urlOf(advice)}\`, then \`pinion trust add ${urlOf(advice)}\``;
    case "add-ca":
      return addCaText(advice);
    case "add-intermediate":
      return `add the certificate of \`${advice.subject}\`, which the server does not send: \`--ca FILE\``;
    case "replace-ca":
      return `if \`${advice.subject}\` has a new certificate, replace the old one in the file of trusted certificates`;
    case "fetch-intermediates":
      return "`--fetch-intermediates` downloads the missing certificate from the URL given in the chain (AIA)";
    case "use-trust-source": {
      const how = advice.changes.map(trustChangeText).join(", or ");
      return `${advice.source} would trust this chain (root \`${advice.root}\`): ${how}`;
    }
    case "allow-tls-exception": {
      const names = advice.allow.map((name) => `"${name}"`).join(", ");
      return `to accept it for this host only, put into pinion.toml: \`[[tls-exception]]\`, \`host = "${formatHostPort(advice.host, advice.port)}"\`, \`allow = [${names}]\``;
    }
    case "stop-skipping-verification":
      return `verification is disabled for \`${advice.entry}\` by ${advice.origin}; \`pinion trust add ${urlOf(advice)}\` would make that unnecessary`;
    case "add-trust-sources":
      return `add the bundled roots: \`--trust ${advice.list}\``;
    case "name-trust-variable":
      return "no variable that names certificates is set: see `pinion trust --help`";
    case "write-pin":
      return "write `sha256:` and the hash of the key that `pinion trust add URL` and `pinion doctor URL` show";
    case "send-intermediate": {
      const { subject, url } = advice;
      if (subject === undefined)
        return "the server's administrator should configure it to send the whole chain";
      return `the server's administrator should send \`${subject}\` after the server's own certificate${url === undefined ? "" : `; it is at ${url}`}`;
    }
    case "renew-certificate":
      return "the server's administrator must renew the certificate, unless this machine's clock is wrong";
    case "reissue-certificate":
      return "the certificate has to be reissued by its CA: the server's administrator can request that";
    case "reissue-for-servers":
      return "the server's administrator must get a certificate for TLS servers";
    case "reissue-for-host":
      return `check the host name; the server's administrator can request a certificate that has \`${advice.host}\` as a subjectAltName`;
    case "check-clock":
      return "check this machine's date and time";
    case "update-runtime":
      return `Node ${advice.node} and later support this algorithm`;
    case "update-middlebox":
      return `ask the administrator of ${advice.place === "proxy" ? "the proxy" : "the firewall or proxy on the way"} to update it: it breaks TLS connections`;
    case "examine":
      return advice.what === "answer"
        ? `\`pinion doctor ${shellWord(advice.url)}\` shows what it answered instead`
        : `\`pinion doctor ${shellWord(advice.url)}\` shows the whole ${advice.what}`;
    case "send-credentials-unverified":
      return "`--allow-insecure-credentials` sends them, and anyone on the network path can read them";
    case "choose-link-mode":
      return `\`--link-mode ${advice.mode}\` selects it from the start`;
    case "set-client-certificate":
      return "set one with `--client-cert FILE` and `--client-key FILE`, or with the index's `client-cert`";
    case "check-client-certificate":
      return "check that the certificate is valid, is for TLS clients, and was issued by the CA that the server expects";
    case "set-client-key":
      return "give the file of the key with `--client-key`";
    case "go-online":
      return "run again without `--offline`";
    case "fill-cache":
      return "Run the same without `--offline` once to fill the cache";
    case "skip-dependencies":
      return "Nothing is built here to learn its dependencies: `--no-deps` leaves them out, and `pinion pip wheel` builds it";
    case "only-wheels":
      return `\`--only-binary ${advice.package}\` chooses a version that has a wheel`;
    case "build-wheel":
      return "Pinion installs wheels; build one with `python -m build --wheel` and name it instead";
    // uv's words.
    case "add-find-links":
      return "Packages were unavailable because index lookups were disabled and no additional package locations were provided (try: `--find-links <uri>`)";
    case "add-simple":
      return `\`${advice.asked}\` was asked, which \`${advice.origin}\` names; most indexes end in \`/simple/\`: \`${advice.url}\``;
    case "name-target":
      return "pass `--python-platform` and `--python-version`";
    case "create-environment":
      return advice.isReplacing === true
        ? "run `pinion venv --clear` to create it again"
        : "run `pinion venv` to create an environment";
    case "clear-environment":
      return `Use the \`--clear\` flag or set \`PINION_VENV_CLEAR=1\` to replace the existing ${advice.name}`;
    case "force-removal":
      return "Use the `--force` flag to remove the existing directory anyway";
    case "run-as-owner":
      return `As that user, run the interrupted command again: \`sudo -u '#${advice.uid}' pinion pip install …\` takes the change back or finishes it first`;
    case "reinstall-all":
      return "Recreate the environment, or remove this folder and install everything again with `--reinstall`";
    case "free-cache-space":
      return "Make room with `pinion cache prune` or `pinion cache clean`, or choose another folder with `--cache-dir`";
    case "move-cache":
      return "Choose another folder with `--cache-dir`, or disable the cache with `--no-cache`";
    case "relax-requirement":
    case "raise-python-version":
    case "enable-prereleases":
    case "compare-all-indexes":
    case "allow-builds":
    case "allow-wheels":
      return resolutionText(advice);
    case "missing-compiler":
    case "missing-header":
    case "missing-library":
    case "missing-module":
    case "removed-module":
    case "no-network":
    case "tls-failure":
      return buildText(advice);
    case "skip-project-sources":
      return "`--no-sources` resolves it from the indexes, like every other requirement";
    case "any-port":
      return "`--port 0` takes any free port";
    case "list-shapes":
      return "`pinion lab list` lists them all";
  }
}

/** A way to have another source of trust in force, without a subject: "add `--trust env,system`". */
export function trustChangeText(change: TrustChange): string {
  switch (change.kind) {
    case "name-sources":
      return `use \`--trust ${shellWord(change.list)}\``;
    case "drop-settings":
      return change.names
        .map((name) => (name.startsWith("--") ? `leave out \`${name}\`` : `unset \`${name}\``))
        .join(" and ");
    case "use-default-sources":
      return "leave out `--system-certs`";
  }
}

/** uv's words. */
function resolutionText(advice: ResolutionAdvice): string {
  switch (advice.kind) {
    case "relax-requirement": {
      const pins = (versions: typeof advice.chosen): string =>
        versions.map(({ name, version }) => `\`${name}==${version}\``).join(", ");
      const others = advice.others.slice(0, MAX_OTHER_VERSIONS);
      const subject = RELAXED[advice.list];
      const result = advice.chosen.length === 0 ? "" : `: ${pins(advice.chosen)}`;
      const beside = others.length === 0 ? "" : ` with ${pins(others)}`;
      return `There is a solution without the version limits of the ${subject} \`${advice.requirement}\`${result}${beside}`;
    }
    case "raise-python-version": {
      const verb = advice.isExamplePlural ? "support" : "supports";
      const [name, wish] =
        advice.stated === "requires-python"
          ? ["requires-python", `a more restrictive \`requires-python\` value (like ${advice.supported})`]
          : ["--python-version", "a higher `--python-version` value"];
      return `The \`${name}\` value (>=${advice.python}) includes Python versions that are not supported by your dependencies (e.g., ${advice.example} only ${verb} ${advice.supported}). Consider using ${wish}.`;
    }
    case "enable-prereleases": {
      const start =
        advice.reason === "requested"
          ? `\`${advice.package}\` was requested with a pre-release marker`
          : `Pre-releases are available for \`${advice.package}\` in the requested range`;
      return `${start} (e.g., ${advice.example}), but pre-releases weren't enabled (try: \`--prerelease=allow\`)`;
    }
    case "compare-all-indexes":
      return `\`${advice.package}\` was found on ${advice.found}, but not at the requested version (${advice.wanted}). A compatible version may be available on a subsequent index (e.g., ${advice.next}). By default, only versions that are published on the first index that contains a given package are considered, to avoid dependency confusion attacks. If all indexes are equally trusted, use \`--index-strategy unsafe-best-match\` to consider all versions from all indexes, regardless of the order in which they were defined.`;
    case "allow-builds":
      return `Wheels are required for \`${advice.package}\` because building from source is disabled ${scopeOf(advice, "--no-build")}`;
    case "allow-wheels":
      return `A source distribution is required for \`${advice.package}\` because using pre-built wheels is disabled ${scopeOf(advice, "--no-binary")}`;
  }
}

function scopeOf(advice: { readonly package: string; readonly isForAll: boolean }, option: string): string {
  return advice.isForAll
    ? `for all packages (i.e., with \`${option}\`)`
    : `for \`${advice.package}\` (i.e., with \`${option}-package ${advice.package}\`)`;
}

function buildText(advice: BuildAdvice): string {
  switch (advice.kind) {
    case "missing-compiler":
      return `The build needs \`${advice.program}\`, which was not found: on Debian and Ubuntu, \`apt install build-essential\` installs a C and C++ compiler`;
    case "missing-header":
      return `The build needs the header \`${advice.header}\`${installPackage(advice.debianPackage)}`;
    case "missing-library":
      return `The build needs the library \`${advice.library}\`${installPackage(advice.debianPackage)}`;
    case "missing-module":
      return advice.isIsolated
        ? `This error likely indicates that the package depends on \`${advice.module}\`, but doesn't declare it as a build dependency: \`--no-build-isolation\` builds with what is installed in the environment`
        : `Without build isolation, \`${advice.module}\` must be installed in the environment first: \`pinion pip install ${advice.module}\``;
    case "removed-module":
      return `Python ${advice.python} no longer has the module \`${advice.module}\`, which was removed in Python ${advice.removedIn}: install a newer version of the package, or use an older Python`;
    case "no-network":
      return `The build tried to use the network and could not reach ${advice.host === undefined ? "a server" : `\`${advice.host}\``}`;
    case "tls-failure":
      return refusedCertificateText(advice);
  }
}

function refusedCertificateText({
  host,
  port = HTTPS_PORT,
  seen,
}: Extract<BuildAdvice, { kind: "tls-failure" }>): string {
  if (host === undefined)
    return "The build tried to use the network, and the server's certificate is not trusted there: the build was given the certificates that Pinion trusts";
  const place = urlOf({ host, port });
  const refused = `The build could not verify the certificate of \`${formatHostPort(host, port)}\``;
  switch (seen?.kind) {
    case undefined:
      return `${refused}: \`pinion doctor ${place}\` explains why`;
    case "trusted":
      return `${refused}, which Pinion trusts: the build passes over the certificates that it was given in \`SSL_CERT_FILE\`, \`REQUESTS_CA_BUNDLE\` and their kind`;
    case "refused":
      return `${[`${refused}, and Pinion does not trust it either. ${seen.headline}`, ...seen.sentences].join(". ")} (\`pinion doctor ${place}\` shows the whole chain)`;
  }
}

function installPackage(debianPackage: string | undefined): string {
  return debianPackage === undefined
    ? ", which was not found"
    : `, which was not found: on Debian and Ubuntu, \`apt install ${debianPackage}\` installs it`;
}

function addCaText({ root, product }: Extract<Advice, { kind: "add-ca" }>): string {
  const named = root === undefined ? "" : ` (\`${root}\`)`;
  return product === undefined
    ? `if a private CA issued this server's certificate, add its root${named}: \`--ca FILE\``
    : `get the root certificate of ${product}${named} from your administrators and add it: \`--ca FILE\`, or add it to the system store`;
}

function urlOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return shellWord(httpsOrigin(host, port));
}

/** For the reports of the doctor. */
export const ADVICE_WORDS: AdviceWords = { advice: adviceText, trustChange: trustChangeText };

const RELAXED = { requirements: "requirement", constraints: "constraint", overrides: "override" } as const;

/** A hint is one sentence; the JSON output has them all. */
const MAX_OTHER_VERSIONS = 3;
