import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, StartError, codeOf, hasCode, newSecret } from '@assent/platform';
import type { LocalKeys, LocalPrincipalName } from './local-principals';

const FILE_NAME = 'keys.json';
const OWNER_ONLY = 0o600;
const KEY_VARIABLES = { developer: 'DEVELOPER_KEY', reviewer: 'REVIEWER_KEY' } as const;

/**
 * Keys from the environment. On loopback, missing keys are generated at the first start and kept in DATA_DIR, readable
 * by the owner only. If others can reach the server, a principal without a configured key does not exist.
 */
export function readLocalKeys(config: Config): LocalKeys {
  const { DEVELOPER_KEY: developer = null, REVIEWER_KEY: reviewer = null } = config.env;
  if ((developer !== null && reviewer !== null) || !config.loopback) return { developer, reviewer };
  const kept = keptKeys(config.dataDir);
  return { developer: developer ?? kept.developer, reviewer: reviewer ?? kept.reviewer };
}

/**
 * The key that the server generated for a local principal. Keys are generated only at a start.
 * @throws Error saying why no key can be shown
 */
export function generatedKey(config: Config, principal: LocalPrincipalName): string {
  const variable = KEY_VARIABLES[principal];
  const missing = (why: string) => new Error(`There is no generated ${principal} key to show: ${why}`);
  if (config.env[variable] !== undefined) throw missing(`${variable} provides it. Read it there.`);
  if (!config.loopback) {
    throw missing(
      `HOST=${config.env.HOST} is not loopback. Set ${variable}, or make an API key with "npm run keys -- create".`,
    );
  }
  const file = join(config.dataDir, FILE_NAME);
  if (existsSync(file)) return readKeys(file)[principal];
  throw missing(`${file} does not exist. Start the server once with "npm start", with the same DATA_DIR.`);
}

function keptKeys(dataDir: string): LocalKeys {
  const file = join(dataDir, FILE_NAME);
  const draft = `${file}.${newSecret()}`;
  mkdirSync(dataDir, { recursive: true });
  const fresh = { developer: `aak_developer_${newSecret()}`, reviewer: `aak_reviewer_${newSecret()}` };
  try {
    // Linking lets exactly one of two replicas that start together create the complete file; the other one reads it.
    writeFileSync(draft, JSON.stringify(fresh), { mode: OWNER_ONLY });
    linkSync(draft, file);
    return fresh;
  } catch (error) {
    if (!hasCode(error, ['EEXIST'])) throw error;
    return readKeys(file);
  } finally {
    rmSync(draft, { force: true });
  }
}

function readKeys(file: string): Record<LocalPrincipalName, string> {
  try {
    const keys = JSON.parse(readFileSync(file, 'utf8')) as Partial<LocalKeys> | null;
    if (typeof keys?.developer === 'string' && typeof keys.reviewer === 'string') {
      return { developer: keys.developer, reviewer: keys.reviewer };
    }
  } catch (error) {
    if (codeOf(error) !== undefined) throw unusable(file, `cannot be read (${String(codeOf(error))})`);
  }
  throw unusable(file, 'does not hold two keys');
}

function unusable(file: string, why: string): StartError {
  return new StartError([
    `DATA_DIR: ${file} ${why}. Remove it to generate new keys, or set DEVELOPER_KEY and REVIEWER_KEY.`,
  ]);
}
