import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';

/** Reads config/<name>.yaml. Since 4.12.0 every duration is a number of milliseconds and its key ends in `_ms`. */
export async function loadConfig(name) {
  const text = await readFile(new URL(`../config/${name}.yaml`, import.meta.url), 'utf8');
  return parse(text);
}
