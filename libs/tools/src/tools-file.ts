import { readFile } from 'node:fs/promises';
import { AssentError, type JsonObject } from '@assent/contract';
import type { Config } from '@assent/platform';
import type { AnyToolFamily, FamilyTools, ToolHost } from './tool-adapter.port';
import { GatewaySettings, gatewaySection } from './gateway.settings';
import { ownSchemaCheck } from './json-schema';
import { findFamilies } from './tool.families';
import { ToolSources } from './tool.sources';

/** @returns the text of the tools file; `{}` without a file, so that every family uses its defaults */
export async function readToolsFile(file: string | null): Promise<string> {
  if (file === null) return '{}';
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw refused('', 'cannot be read: check that TOOLS_FILE exists and the server may read it', { cause });
  }
}

/**
 * Creates the tools of all families from the tools file.
 * @param text JSON: an object with a section for each configured family
 * @throws AssentError `invalid` naming the section and the property that is wrong; nothing was started
 */
export async function createTools(
  text: string,
  families: readonly AnyToolFamily[],
  host: ToolHost,
): Promise<FamilyTools> {
  const sections = readSections(text);
  const all = [...families, gatewaySection];
  const known = new Map(all.map((family) => [family.section, family]));
  for (const section of Object.keys(sections)) {
    if (!known.has(section)) {
      throw refused(
        `/${escaped(section)}`,
        `there is no section ${JSON.stringify(section)}; there are: ${[...known.keys()].join(', ')}`,
      );
    }
  }
  const made = all.map((family) => toolsOf(family, sections[family.section], host));
  return (await Promise.all(made)).flat();
}

/**
 * Names of the variables under properties named `secret` or `urlSecret` at any depth. Their values are hidden from the start,
 * although some tools read them later.
 */
export function secretsNamedIn(text: string): string[] {
  const names: string[] = [];
  JSON.stringify(readSections(text), (key, value: unknown) => {
    if (/secret$/i.test(key) && typeof value === 'string') names.push(value);
    return value;
  });
  return names;
}

/** @param text that `createTools` has accepted */
export function gatewaySettingsIn(text: string): GatewaySettings {
  return new GatewaySettings(readSections(text)[gatewaySection.section] ?? {});
}

async function toolsOf(family: AnyToolFamily, given: unknown, host: ToolHost): Promise<FamilyTools> {
  const { section } = family;
  const settings =
    given === undefined && !('required' in family.settingsSchema) ? {} : checkedSettings(family, given ?? {});
  try {
    return await family.create(settings, host);
  } catch (cause) {
    throw refused(`/${section}`, `section "${section}": ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** Compiles the schema, which takes some milliseconds of a start, so it is not called for absent sections. */
function checkedSettings({ section, settingsSchema }: AnyToolFamily, given: unknown): JsonObject {
  const checked = ownSchemaCheck<JsonObject>(settingsSchema)(given);
  if (checked.ok) return checked.value;
  const place = checked.pointer === '' ? 'it' : checked.pointer.slice(1);
  throw refused(`/${section}${checked.pointer}`, `section "${section}": ${place} ${checked.problem}`);
}

function readSections(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refused('', 'it is not JSON', { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw refused('', 'it must be an object with a section for each family of tools');
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function refused(pointer: string, problem: string, options?: ErrorOptions): AssentError {
  return new AssentError(
    'invalid',
    `The tools file (TOOLS_FILE): ${problem.replace(/\.$/, '')}. Correct it and start again.`,
    { pointer },
    options,
  );
}

/**
 * Checks the tools file like a start, without starting programs or connections.
 * @throws AssentError `invalid` naming the section and the property that is wrong
 */
export async function checkToolsFile(config: Config): Promise<void> {
  const ignore = (): void => undefined;
  const host: ToolHost = {
    log: { info: ignore, warn: ignore },
    secret: (name) => config.variable(name),
    redact: (text) => text,
    trust: { known: () => Promise.resolve([]), see: () => Promise.resolve(null), onTrust: () => ignore },
    egressAllow: config.env.EGRESS_ALLOW,
  };
  const made = await createTools(await readToolsFile(config.toolsFile), findFamilies(), host);
  await new ToolSources(made).beforeApplicationShutdown();
}
