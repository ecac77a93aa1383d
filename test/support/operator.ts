import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Stage } from './stage';

const CLI = join(__dirname, '../../dist/server/cli.js');

/** `npm run keys` on the database of a stage. */
export function operate(stage: Stage, ...words: string[]): Promise<{ stdout: string; stderr: string }> {
  const env = { PATH: process.env['PATH'], DATABASE_URL: stage.databaseUrl };
  return promisify(execFile)(process.execPath, [CLI, 'keys', ...words], { env });
}

/** A key that the operator makes. */
export async function operatorKey(stage: Stage, ...words: string[]): Promise<{ id: string; key: string }> {
  const { stdout, stderr } = await operate(stage, 'create', ...words);
  return { id: stderr.split(' ')[0] ?? '', key: stdout.trim() };
}
