import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './free.port';

/** The MCP server that the protocol's authors publish for trials, over Streamable HTTP. */
export interface McpServer {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const LISTENING = 'listening on port';

export async function startMcpServer(): Promise<McpServer> {
  const entry = join(dirname(require.resolve('@modelcontextprotocol/server-everything/package.json')), 'dist/index.js');
  const port = await freePort();
  const env = { PATH: process.env['PATH'], PORT: String(port) };
  const child = spawn(process.execPath, [entry, 'streamableHttp'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  const listening = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => line.includes(LISTENING) && resolve());
    }
  });
  const ended = exited.then(() => Promise.reject(new Error('The MCP server ended before it listened.')));
  await Promise.race([listening, ended]);
  // Once it listens, its end is no failure.
  ended.catch(() => undefined);
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
