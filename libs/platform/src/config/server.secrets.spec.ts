import { tmpdir } from 'node:os';
import { loadConfig } from './config';
import { Environment } from './environment';
import { serverSecrets } from './server.secrets';

describe('the secrets of the server', () => {
  const SETTINGS = ['DEVELOPER_KEY', 'REVIEWER_KEY', 'LLM_API_KEY', 'EMBEDDING_API_KEY', 'WEBHOOK_SECRET_KEY'];
  const keys = { developer: 'made-for-the-developer', reviewer: 'made-for-the-reviewer' };

  it('are the generated keys, and every setting whose name marks a secret', () => {
    const named = Object.keys(new Environment()).filter((name) => /KEY$|SECRETS?$|TOKEN$|PASSWORD$/.test(name));
    expect(named).toEqual(expect.arrayContaining(SETTINGS));
    const given = Object.fromEntries(named.map((name) => [name, `${name.toLowerCase()}-${'x'.repeat(40)}`]));
    const secrets = serverSecrets(loadConfig(given, tmpdir()), keys);
    expect(secrets).toEqual(expect.arrayContaining([...Object.values(given), ...Object.values(keys)]));
  });

  it('include each value of a header list', () => {
    const env = { OTEL_EXPORTER_OTLP_HEADERS: 'x-team=blue,authorization=Basic%20abc123' };
    expect(serverSecrets(loadConfig(env, tmpdir()), keys)).toEqual(
      expect.arrayContaining([env.OTEL_EXPORTER_OTLP_HEADERS, 'Basic%20abc123', 'Basic abc123']),
    );
  });

  it('are the values of headers in a JSON object', () => {
    const env = { LLM_EXTRA_HEADERS: '{"x-team":"blue, green","authorization":"Basic abc123"}' };
    expect(serverSecrets(loadConfig(env, tmpdir()), keys)).toEqual(
      expect.arrayContaining([env.LLM_EXTRA_HEADERS, 'blue, green', 'Basic abc123']),
    );
  });

  it('include each previous key', () => {
    const [first, second] = ['a'.repeat(32), 'b'.repeat(32)];
    const env = { WEBHOOK_SECRET_KEY: 'k'.repeat(32), WEBHOOK_SECRET_KEY_PREVIOUS: `${first}, ${second}` };
    expect(serverSecrets(loadConfig(env, tmpdir()), keys)).toEqual(expect.arrayContaining([first, second]));
  });

  it('include URLs only if they contain a password', () => {
    const url = 'postgres://app:p4ssword@db/x';
    const env = { DATABASE_URL: url, LLM_BASE_URL: 'https://models.example/v1' };
    expect(serverSecrets(loadConfig(env, tmpdir()), keys)).toEqual([...Object.values(keys), url]);
  });
});
