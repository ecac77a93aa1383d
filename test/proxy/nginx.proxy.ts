import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOOK_HOLD_MAX_SECONDS } from '@assent/contract';
import { eventually } from '../support/eventually';
import { freePort } from '../support/free-port';

const SHIPPED = readFileSync(join(__dirname, '../../docker/nginx.conf'), 'utf8');
/** One minute of the shipped configuration is a second here. */
const TIME_SCALE = 60;
const MS_PER_SECOND = 1_000;

/** The shipped configuration in a real nginx, with the name server and the addresses of Compose replaced. */
describe('nginx as it is shipped', () => {
  let folder: string;
  let replica: Server;
  let proxy: ChildProcess;
  let url: string;
  /** Requests that the replica holds, by path. */
  const held = new Map<string, ServerResponse>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assent-nginx-'));
    replica = createServer((request, response) => {
      if (request.url === '/readyz') response.end('ready');
      else held.set(request.url ?? '', response);
    });
    replica.listen(0, '127.0.0.1');
    await once(replica, 'listening');
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const config = SHIPPED.replace(/\n *resolver [^\n]*/, '')
      .replace('server server:8080 resolve', `server 127.0.0.1:${(replica.address() as AddressInfo).port}`)
      .replace('listen 8080', `listen 127.0.0.1:${port}`)
      .replaceAll('/tmp/', `${folder}/`)
      .replaceAll(/(proxy_read_timeout) (\d+)s/g, (_, name: string, seconds: string) => {
        return `${name} ${(Number(seconds) * MS_PER_SECOND) / TIME_SCALE}ms`;
      });
    await writeFile(join(folder, 'nginx.conf'), config);
    proxy = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-g', 'daemon off;'], {
      stdio: 'ignore',
    });
    await eventually('nginx serves', async () => (await fetch(`${url}/readyz`)).ok);
  });
  afterAll(async () => {
    const gone = once(proxy, 'exit');
    proxy.kill('SIGTERM');
    await gone;
    replica.closeAllConnections();
    replica.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(['/hooks/claude-code', '/mcp', '/mcp/gateway'])(
    'holds %s open when other calls have timed out',
    async (path) => {
      const asked = fetch(`${url}${path}`, { method: 'POST', body: '{}' });
      await eventually('the replica holds it', () => held.has(path));
      const other = await fetch(`${url}/rpc?beside=${path}`, { method: 'POST', body: '{}' });
      expect(other.status).toBe(504);
      held.get(path)?.end('decided');
      expect(await (await asked).text()).toBe('decided');
    },
  );

  it('waits longer than the longest hold, and sends no question twice', async () => {
    const limits = [...SHIPPED.matchAll(/location (\/\S*) \{[^}]*proxy_read_timeout (\d+)s/g)];
    const seconds = Object.fromEntries(limits.map(([, path = '', limit]) => [path, Number(limit)]));
    expect(seconds['/hooks/']).toBeGreaterThan(HOOK_HOLD_MAX_SECONDS);
    expect(seconds['/mcp']).toBeGreaterThan(HOOK_HOLD_MAX_SECONDS);
    const asked = fetch(`${url}/hooks/codex`, { method: 'POST', body: '{}' });
    const response = await eventually('the replica holds it', () => held.get('/hooks/codex'));
    held.delete('/hooks/codex');
    response.destroy();
    expect((await asked).status).toBe(502);
    expect(held.has('/hooks/codex')).toBe(false);
  });

  it('tells the replica when the agent is gone', async () => {
    const gone = new AbortController();
    const asked = fetch(`${url}/hooks/generic`, { method: 'POST', body: '{}', signal: gone.signal });
    const response = await eventually('the replica holds it', () => held.get('/hooks/generic'));
    const closed = once(response, 'close');
    gone.abort();
    await expect(asked).rejects.toThrow();
    await closed;
  });

  it('keeps the metrics from clients', async () => {
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
  });
});
