// Hosts and ports as URLs have them: brackets surround an IPv6 address (RFC 3986, section 3.2.2).

/** `host:port` as people write it. */
export function formatHostPort(host: string, port: number): string {
  return `${hostInUrl(host)}:${port}`;
}

/** The origin of a server that speaks HTTPS; its usual port is left out. */
export function httpsOrigin(host: string, port: number): string {
  return `https://${port === HTTPS_PORT ? hostInUrl(host) : formatHostPort(host, port)}`;
}

function hostInUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

export const HTTPS_PORT = 443;
