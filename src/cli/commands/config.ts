// `pinion config`: every setting with its value, where it comes from and what that hides.

import { redactUrl, shownValue } from "../../net/url.ts";
import { formatOrigin, type Sourced } from "../../settings/origin.ts";
import type { SettingStack } from "../../settings/settings.ts";
import { SETTINGS, SETTING_NAMES, type SettingName } from "../../settings/table.ts";
import type { SettingValue } from "../../settings/setting.ts";
import { hasOption, type CommandContext, type ExitCode } from "../command.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { settings, output } = context;
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
  for (const { name, url, origin } of settings.indexTables) {
    output.result(
      `${output.resultStyle("name", "index")}: ${name === undefined ? "" : `${name}=`}${redactUrl(url)}  ${output.resultStyle("dim", formatOrigin(origin))}`,
    );
  }
  if (names.length === 0 && settings.indexTables.length === 0)
    output.status("No setting is set; `pinion config --all` names them");
  return 0;
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
