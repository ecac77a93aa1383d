import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SCRIPT = join(__dirname, '../../scripts/move-tenant.sh');
/** In place of psql: writes down how it was called. */
const PSQL = `#!/bin/sh
printf '%s (%s)\\n' "$1" "$PGPASSWORD" >> "$(dirname "$0")/calls"
`;

describe('scripts/move-tenant.sh', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assent-move-'));
    await writeFile(join(folder, 'psql'), PSQL, { mode: 0o755 });
  });
  afterEach(() => rm(folder, { recursive: true }));

  const move = (DATABASE_URL: string) => {
    const NEW_DATABASE_URL = 'postgres://new@there/assent';
    const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, DATABASE_URL, NEW_DATABASE_URL };
    return run('bash', [SCRIPT, 'local'], { env });
  };

  it('gives psql the password of a URL by the environment, where no other user sees it', async () => {
    await move('postgres://old:s3%40c\\r@here:5432/assent?sslmode=require');
    const calls = (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n');
    expect(new Set(calls)).toEqual(
      new Set(['postgres://old@here:5432/assent?sslmode=require (s3@c\\r)', 'postgres://new@there/assent ()']),
    );
  });

  it('refuses a password in the query of a URL', async () => {
    await expect(move('postgres://old@here/assent?password=secret')).rejects.toMatchObject({
      stderr: expect.stringMatching(/^DATABASE_URL has .*Write it before the host: [^\n]*\n$/) as string,
    });
  });
});
