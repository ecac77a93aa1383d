import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = join(__dirname, '../..');
const LISTENING = /^Listening at (\S+)$/;

/** An example as its README starts it, at a port of its own. */
export interface ExampleProcess {
  readonly url: string;
  /** Everything it wrote, line by line. */
  readonly lines: readonly string[];
  kill(): Promise<void>;
}

/** @throws Error with its output, when it ends before it listens */
export async function startExample(name: string, env: Readonly<Record<string, string>>): Promise<ExampleProcess> {
  const child = spawn(process.execPath, ['-r', '@swc-node/register', `examples/${name}/main.ts`], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], PORT: '0', ...env },
  });
  const lines: string[] = [];
  const gone = once(child, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        const [, listening] = LISTENING.exec(line) ?? [];
        if (listening !== undefined) resolve(listening);
      });
    }
    child.once('close', () => reject(new Error(`The example ${name} ended:\n${lines.join('\n')}`)));
  });
  return {
    url,
    lines,
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
