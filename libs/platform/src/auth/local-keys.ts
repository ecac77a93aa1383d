import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config';
import { hasCode } from '../embedded-postgres/system-error';
import { newSecret } from '../ids';
import type { LocalKeys } from './local-principals';

const FILE_NAME = 'keys.json';
const OWNER_ONLY = 0o600;

/**
 * Keys given by the environment. On loopback those that are missing are made at the first start and kept in DATA_DIR,
 * readable by the owner only; where others can reach the server, a principal without a given key does not exist.
 */
export function readLocalKeys(config: Config): LocalKeys {
  const { DEVELOPER_KEY: developer = null, REVIEWER_KEY: reviewer = null } = config.env;
  if ((developer !== null && reviewer !== null) || !config.loopback) return { developer, reviewer };
  const kept = keptKeys(config.dataDir);
  return { developer: developer ?? kept.developer, reviewer: reviewer ?? kept.reviewer };
}

function keptKeys(dataDir: string): LocalKeys {
  const file = join(dataDir, FILE_NAME);
  const draft = `${file}.${newSecret()}`;
  mkdirSync(dataDir, { recursive: true });
  const fresh = { developer: `aak_developer_${newSecret()}`, reviewer: `aak_reviewer_${newSecret()}` };
  try {
    // A link lets exactly one of two replicas that start together make the file, whole; the other one reads it.
    writeFileSync(draft, JSON.stringify(fresh), { mode: OWNER_ONLY });
    linkSync(draft, file);
    return fresh;
  } catch (error) {
    if (!hasCode(error, ['EEXIST'])) throw error;
    return JSON.parse(readFileSync(file, 'utf8')) as LocalKeys;
  } finally {
    rmSync(draft, { force: true });
  }
}
