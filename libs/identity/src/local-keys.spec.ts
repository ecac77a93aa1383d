import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@assent/platform';
import { readLocalKeys } from './local-keys';

describe('readLocalKeys', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assent-keys-'));
  const key = 'k'.repeat(32);

  afterAll(() => rmSync(folder, { recursive: true }));

  it('generates keys for the local principals on loopback only', () => {
    const env = { DATA_DIR: folder, DEVELOPER_KEY: key };
    expect(readLocalKeys(loadConfig({ ...env, HOST: '0.0.0.0' }, folder))).toEqual({ developer: key, reviewer: null });
    expect(readLocalKeys(loadConfig(env, folder)).reviewer).toMatch(/^aak_reviewer_[\w-]{43}$/);
  });
});
