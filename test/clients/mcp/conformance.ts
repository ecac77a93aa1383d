import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DEVELOPER_KEY } from '@assent/test-support/server-process';
import { newerNode } from './clients';

/** One run of the conformance suite of the MCP project. */
export interface ConformanceRun {
  readonly package: string;
  readonly words: readonly string[];
  /** Scenarios that must pass. The others want the tools, resources or prompts of a reference server. */
  readonly passes: readonly string[];
}

export const CONFORMANCE: readonly ConformanceRun[] = [
  {
    package: '@modelcontextprotocol/conformance@0.1.13',
    words: [],
    passes: [
      'server-initialize',
      'ping',
      'tools-list',
      'server-sse-multiple-streams',
      'resources-list',
      'prompts-list',
      'dns-rebinding-protection',
    ],
  },
  {
    package: '@modelcontextprotocol/conformance@0.2.0-alpha.12',
    words: ['--requirements', '2026-07-28'],
    passes: [
      'tools-list',
      'server-sse-multiple-streams',
      'resources-list',
      'sep-2164-resource-not-found',
      'prompts-list',
      'dns-rebinding-protection',
      'caching',
      'input-required-result-missing-input-response',
      'input-required-result-unsupported-methods',
      'input-required-result-ignore-extra-params',
      'input-required-result-validate-input',
      'http-header-validation',
    ],
  },
];

const LINE = /^([✓✗]) ([\w-]+): (\d+) passed, (\d+) failed/;

/** @returns a row for each scenario, and those that failed although they must pass */
export async function conforms(
  folder: string,
  run: ConformanceRun,
  serverUrl: string,
): Promise<{ readonly rows: readonly string[][]; readonly failed: readonly string[] }> {
  const proxy = await authorizing(serverUrl);
  try {
    const program = join(folder, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
    const words = [program, 'server', '--url', `${proxy.url}/mcp`, ...run.words];
    const child = spawn(newerNode(folder), words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
    await once(child, 'close');
    const rows = output.split('\n').flatMap((line) => {
      const [, mark, name = '', passed = '', failed = ''] = LINE.exec(line) ?? [];
      return mark === undefined ? [] : [[name, mark === '✓' ? 'passes' : 'fails', passed, failed]];
    });
    const failed = run.passes.filter((name) => !rows.some(([scenario, end]) => scenario === name && end === 'passes'));
    return { rows, failed };
  } finally {
    await proxy.close();
  }
}

/** Adds the key to each request: the suite cannot send headers of its own. */
async function authorizing(target: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const { hostname, port } = new URL(target);
  const server = createServer((request, response) => {
    const headers = { ...request.headers, authorization: `Bearer ${DEVELOPER_KEY}` };
    const { method, url: path } = request;
    const forwarded = send({ hostname, port, path, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    forwarded.on('error', () => response.destroy());
    request.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}
