// Products that inspect TLS by signing every server's certificate again, known by the names of their authorities.

import type { Certificate } from "../certificates/certificate.ts";

/** The product whose authority is in a chain, by the names of issuers and subjects; undefined when none is known. */
export function inspectingProduct(chain: readonly Certificate[]): string | undefined {
  for (const certificate of chain) {
    const values = [certificate.issuer, certificate.subject].flatMap((name) =>
      name.relativeNames.flat().map(({ value }) => value.slice(0, MAX_LOOKED_AT)),
    );
    const found = PRODUCTS.find(([, pattern]) => values.some((value) => pattern.test(value)));
    if (found !== undefined) return found[0];
  }
  return undefined;
}

/** Longer than any name that a product gives its authority. */
const MAX_LOOKED_AT = 1024;

/** Gateways of companies first, then programs on the machine itself, then tools of developers. */
const PRODUCTS: readonly (readonly [product: string, pattern: RegExp])[] = [
  ["Zscaler", /\bzscaler\b/i],
  ["Netskope", /\bnetskope\b|\bgoskope\b/i],
  ["Cisco Umbrella", /\bcisco umbrella\b|\bopendns\b/i],
  ["Cisco Secure Web Appliance", /\bironport\b|\bcisco (?:wsa|secure web)/i],
  ["Palo Alto Networks", /\bpalo ?alto\b|\bpan-?os\b|\bglobalprotect\b|\bprisma access\b/i],
  ["Fortinet FortiGate", /\bforti(?:net|gate|gate ca|proxy|client|sase)/i],
  ["Symantec Web Security (Blue Coat)", /\bblue ?coat\b|\bproxysg\b|\bsymantec (?:web|cloud)|\bcloud soc\b/i],
  ["Sophos", /\bsophos\b|\bastaro\b/i],
  ["Check Point", /\bcheck ?point\b/i],
  ["Skyhigh (McAfee) Web Gateway", /\bmcafee\b|\bskyhigh\b|\bmvision\b/i],
  ["Forcepoint", /\bforcepoint\b|\bwebsense\b/i],
  ["Barracuda", /\bbarracuda\b/i],
  ["Untangle", /\buntangle\b|\barista edge threat\b/i],
  ["iboss", /\biboss\b/i],
  ["Trend Micro", /\btrend ?micro\b|\binterscan\b/i],
  [
    "Cloudflare Gateway",
    /\bcloudflare (?:for teams|gateway|zero trust|corporate)|\bgateway ca - cloudflare/i,
  ],
  ["Cato Networks", /\bcato networks\b/i],
  ["Menlo Security", /\bmenlo security\b/i],
  ["WatchGuard", /\bwatchguard\b|\bfireware\b/i],
  ["SonicWall", /\bsonicwall\b/i],
  ["Juniper", /\bjuniper networks ssl\b|\bjuniper.*ssl.?(?:proxy|inspect)/i],
  ["Lightspeed", /\blightspeed (?:systems|rocket|filter)\b/i],
  ["Securly", /\bsecurly\b/i],
  ["GoGuardian", /\bgoguardian\b/i],
  ["ContentKeeper", /\bcontentkeeper\b/i],
  ["Smoothwall", /\bsmoothwall\b/i],
  ["Kaspersky", /\bkaspersky\b/i],
  ["ESET", /\beset ssl filter\b|\beset,? spol\b/i],
  ["Avast", /\bavast\b/i],
  ["AVG", /\bavg (?:web|mail|technologies)/i],
  ["Bitdefender", /\bbitdefender\b/i],
  ["Norton", /\bnorton (?:web|safe|firewall)/i],
  ["AdGuard", /\badguard\b/i],
  ["Dr.Web", /\bdr\.?web\b/i],
  ["NetFilter", /\bnetfilter ?sdk\b/i],
  ["mitmproxy", /\bmitmproxy\b/i],
  ["Charles Proxy", /\bcharles proxy\b/i],
  ["Fiddler", /\bfiddler\b|\bdo_not_trust/i],
  ["Burp Suite", /\bportswigger\b|\bburp\b/i],
  ["OWASP ZAP", /\bowasp\b|\bzed attack proxy\b|\bzaproxy\b/i],
  ["HTTP Toolkit", /\bhttp ?toolkit\b/i],
  ["Proxyman", /\bproxyman\b/i],
  ["Squid", /\bsquid\b/i],
  ["pfSense", /\bpfsense\b/i],
  ["OPNsense", /\bopnsense\b/i],
];
