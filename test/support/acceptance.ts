import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { DEVELOPER_KEY, REVIEWER_KEY } from './server-process';

const SCRIPT = join(__dirname, '../acceptance/test_rpc_flow.sh');

/** The acceptance script against a server whose workspace is this folder. */
export function playAcceptance(
  url: string,
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn('bash', [SCRIPT, url], {
      env: { PATH: process.env['PATH'], DEVELOPER_KEY, REVIEWER_KEY, WORKSPACE_DIR: folder, ...env },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('close', (code) => {
      resolve({ code, output });
    });
  });
}
