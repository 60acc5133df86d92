// Removes what the machine's user configured, so that a test sees only the settings it makes itself.

const CONFIGURED =
  /^(PIP_|UV_|PINION_|SSL_CERT|SSL_CLIENT|REQUESTS_CA|CURL_CA|NODE_EXTRA_CA|VIRTUAL_ENV$|CONDA_|NETRC$|XDG_|(HTTPS?|ALL|NO)_PROXY$|GIT_|PYTHON|AWS_|LC_|LANGUAGE$|COLUMNS$|NODE_OPTIONS$)/i;

for (const name of Object.keys(process.env)) {
  if (CONFIGURED.test(name)) delete process.env[name];
}
// What git is started with here has no user's settings either: hooks, signatures, other names of branches.
Object.assign(process.env, { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" });
// The usual one: modes of files are compared.
process.umask(0o022);
