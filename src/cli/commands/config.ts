// `pinion config`: every setting with its value, where it comes from and what that hides.

import { redactUrl, shownValue } from "../../net/url.ts";
import { formatOrigin, type Sourced } from "../../settings/origin.ts";
import type { IndexTable } from "../../settings/values/index-table.ts";
import type { SettingStack } from "../../settings/settings.ts";
import { SETTINGS, SETTING_NAMES, type SettingName } from "../../settings/table/table.ts";
import type { SettingValue } from "../../settings/table/setting.ts";
import { netrcInForce, variablesInForce } from "../requests/environment-in-force.ts";
import { hasOption, type CommandContext, type ExitCode } from "../grammar/command.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { settings, output } = context;
  const variables = variablesInForce(context);
  const netrc = netrcInForce(context);
  const names = SETTING_NAMES.filter(
    (name) => hasOption(context, "all") || settings.stack(name).inForce.length > 0,
  );
  if (output.isJson) {
    output.json({
      settings: Object.fromEntries(names.map((name) => [name, stackAsJson(name, settings.stack(name))])),
      indexes: settings.indexTables.map((table) => ({
        ...table,
        url: redactUrl(table.url),
        ...(table.proxy === undefined ? {} : { proxy: redactUrl(table.proxy) }),
        origin: formatOrigin(table.origin),
      })),
      ...(variables.length === 0
        ? {}
        : { variables: Object.fromEntries(variables.map(({ name, value }) => [name, value])) }),
      netrc,
    });
    return await Promise.resolve(0);
  }
  for (const name of names) {
    const { inForce, shadowed } = settings.stack(name);
    if (inForce.length === 0)
      output.result(`${output.resultStyle("name", name)}: ${output.resultStyle("dim", "not set")}`);
    for (const value of inForce)
      output.result(
        `${output.resultStyle("name", name)}: ${show(name, value)}  ${output.resultStyle("dim", formatOrigin(value.origin))}`,
      );
    for (const value of shadowed)
      output.result(output.resultStyle("dim", `  hides ${show(name, value)}  ${formatOrigin(value.origin)}`));
  }
  for (const table of settings.indexTables) {
    const { name, url, origin } = table;
    output.result(
      `${output.resultStyle("name", "index")}: ${name === undefined ? "" : `${name}=`}${redactUrl(url)}  ${output.resultStyle("dim", formatOrigin(origin))}`,
    );
    for (const [key, value] of furtherKeys(table)) output.result(`  ${key} = ${value}`);
  }
  for (const { name, value } of variables)
    output.result(`${output.resultStyle("name", name)}: ${value}  ${output.resultStyle("dim", "variable")}`);
  if (netrc !== undefined) {
    const { path, hosts, problem } = netrc;
    output.result(
      `${output.resultStyle("name", "netrc")}: ${hosts.join(", ")}  ${output.resultStyle("dim", path)}`,
    );
    if (problem !== undefined) output.warn(problem);
  }
  const nothing = names.length + settings.indexTables.length + variables.length === 0;
  if (nothing && netrc === undefined) output.status("No setting is set; `pinion config --all` names them");
  return 0;
}

/** What an index table says besides its name and its URL, by the keys of pinion.toml. */
function furtherKeys(table: IndexTable): readonly (readonly [string, string])[] {
  const { authenticate, cacheControl, excludeNewer, proxy } = table;
  const said: readonly (readonly [string, string | undefined])[] = [
    ["default", table.isDefault ? "true" : undefined],
    ["explicit", table.isExplicit ? "true" : undefined],
    ["format", table.format === "simple" ? undefined : table.format],
    ["authenticate", authenticate === "auto" ? undefined : authenticate],
    [
      "ignore-error-codes",
      table.ignoreErrorCodes.length === 0 ? undefined : table.ignoreErrorCodes.join(", "),
    ],
    ["cache-control.api", cacheControl.api],
    ["cache-control.files", cacheControl.files],
    ["exclude-newer", excludeNewer === undefined ? undefined : String(excludeNewer)],
    ["cert", table.cert],
    ["client-cert", table.clientCert],
    ["client-key", table.clientKey],
    ["proxy", proxy === undefined ? undefined : redactUrl(proxy)],
    ["insecure", table.isInsecure ? "true" : undefined],
    ["pins", table.pins.length === 0 ? undefined : table.pins.map((pin) => `sha256:${pin}`).join(", ")],
  ];
  return said.flatMap(([key, value]) => (value === undefined ? [] : [[key, shownValue(value)] as const]));
}

function stackAsJson(name: SettingName, { inForce, shadowed }: SettingStack): object {
  const one = ({ value, origin }: Sourced<SettingValue>): object => ({
    value: redacted(name, value),
    origin: formatOrigin(origin),
    kind: origin.kind,
  });
  return { inForce: inForce.map(one), shadowed: shadowed.map(one) };
}

function show(name: SettingName, { value }: Sourced<SettingValue>): string {
  const safe = redacted(name, value);
  return typeof safe === "object" ? safe.join(", ") : String(safe);
}

/** Addresses may hold passwords, in whatever setting they stand. */
function redacted(name: SettingName, value: SettingValue): SettingValue {
  if (SETTINGS[name].isSecret === true) return "****";
  if (typeof value === "string") return shownValue(value);
  return Array.isArray(value) ? (value as readonly string[]).map(shownValue) : value;
}
