import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AnyToolFamily } from './tool-adapter.port';

const ADAPTERS_FOLDER = join(__dirname, '../../adapters');
/** Matches compiled files, and sources where TypeScript is loaded directly. */
const FAMILY_FILE = /\.family\.(?:js|ts)$/;

/**
 * Loads the family of every `<name>.family.ts` below the adapters, so a new tool needs no registration.
 * @throws Error for a file without an exported `family`, and for a section that two families claim
 */
export function findFamilies(folder = ADAPTERS_FOLDER): AnyToolFamily[] {
  const load = createRequire(__filename);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => FAMILY_FILE.test(file))
    .sort();
  const families = files.map((file) => familyOf(load(join(folder, file)), file));
  const sections = families.map(({ section }) => section);
  const twice = sections.find((section, index) => sections.indexOf(section) !== index);
  if (twice !== undefined) throw new Error(`Two tool families have the section "${twice}".`);
  return families;
}

function familyOf(loaded: unknown, file: string): AnyToolFamily {
  const { family } = loaded as { readonly family?: AnyToolFamily };
  if (typeof family?.create === 'function' && typeof family.section === 'string') return family;
  throw new Error(`${file} does not export a tool family by the name "family".`);
}
