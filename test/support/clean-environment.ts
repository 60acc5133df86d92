// Removes what the machine's user configured, so that a test sees only the settings it makes itself.

const CONFIGURED =
  /^(PIP_|UV_|PINION_|SSL_CERT|SSL_CLIENT|REQUESTS_CA|CURL_CA|NODE_EXTRA_CA|VIRTUAL_ENV$|CONDA_|NETRC$|XDG_|(HTTPS?|ALL|NO)_PROXY$|GIT_SSL)/i;

for (const name of Object.keys(process.env)) {
  if (CONFIGURED.test(name)) delete process.env[name];
}
