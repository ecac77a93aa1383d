import { tmpdir } from 'node:os';
import { loadConfig } from '@assent/platform';
import { requireProduction } from './production';

describe('a configuration for production', () => {
  const complete = {
    HOST: '0.0.0.0',
    DATABASE_URL: 'postgres://db/assent',
    WORKSPACES: `work=${tmpdir()}`,
    DEVELOPER_KEY: 'd'.repeat(32),
    REVIEWER_KEY: 'r'.repeat(32),
  };
  const check = (env: NodeJS.ProcessEnv) => () => requireProduction(loadConfig(env, tmpdir()));

  it('is taken when it has a database, keys and a workspace', () => {
    expect(check(complete)).not.toThrow();
  });

  it.each(['DATABASE_URL', 'WORKSPACES', 'DEVELOPER_KEY', 'REVIEWER_KEY'] as const)('is refused without %s', (name) => {
    expect(check({ ...complete, HOST: '127.0.0.1', [name]: undefined })).toThrow(name);
  });

  it('leaves it to API keys and tokens who may call where others can reach it', () => {
    expect(check({ ...complete, DEVELOPER_KEY: undefined, REVIEWER_KEY: undefined })).not.toThrow();
  });

  it('is refused with everything that is missing at once', () => {
    expect(check({})).toThrow(/DATABASE_URL[\s\S]*DEVELOPER_KEY[\s\S]*WORKSPACES/);
  });
});
