import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { ReadBuffer, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { McpEndpoint } from './mcp-settings';

/** Longest line that a server may send. */
const MESSAGE_MAX_BYTES = 8_388_608;
/** How long a server has to end after its input has, and again after SIGTERM. */
const END_GRACE_MS = 2_000;
/** All that a server gets besides what the settings give it. */
const BASE_ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' };

export type StdioEndpoint = Extract<McpEndpoint, { kind: 'stdio' }>;

/**
 * A server as a child process that speaks over its standard streams. Unlike the SDK's own transport it inherits no variable,
 * and has a process group of its own, which ends as a whole: `npx` and the like leave their children behind otherwise.
 */
export class ProcessTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;

  private child: ChildProcess | null = null;
  private closed = false;
  private readonly buffer = new ReadBuffer({ maxBufferSize: MESSAGE_MAX_BYTES });

  constructor(private readonly endpoint: StdioEndpoint) {}

  async start(): Promise<void> {
    const { command, args, env, cwd } = this.endpoint;
    const child = spawn(command, args, {
      cwd: cwd ?? tmpdir(),
      env: { ...BASE_ENVIRONMENT, ...env },
      // What it says on stderr may hold anything, and so goes nowhere.
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    });
    this.child = child;
    child.stdout.on('data', (chunk: Buffer) => {
      this.receive(chunk);
    });
    for (const stream of [child.stdin, child.stdout]) stream.on('error', (error) => this.onerror?.(error));
    child.once('exit', () => {
      signalGroup(child, 'SIGKILL');
      this.ended();
    });
    // Rejects when the command cannot be started.
    await once(child, 'spawn');
    child.on('error', (error) => this.onerror?.(error));
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const input = this.child?.stdin;
    if (this.closed || !input?.writable) throw new Error('The server is not running.');
    if (input.write(serializeMessage(message))) return;
    // A server that does not read: its end lets go of what waits.
    await Promise.race([once(input, 'drain'), once(input, 'close')]);
  }

  async close(): Promise<void> {
    const { child } = this;
    if (child?.pid !== undefined) await end(child);
    this.ended();
  }

  private receive(chunk: Buffer): void {
    if (this.closed) return;
    try {
      this.buffer.append(chunk);
    } catch (thrown) {
      this.onerror?.(thrown as Error);
      void this.close();
      return;
    }
    for (;;) {
      try {
        const message = this.buffer.readMessage();
        if (message === null) return;
        this.onmessage?.(message);
      } catch (thrown) {
        // A line that is no message, such as a greeting: the next one may be.
        this.onerror?.(thrown as Error);
      }
    }
  }

  private ended(): void {
    if (this.closed) return;
    this.closed = true;
    this.buffer.clear();
    this.onclose?.();
  }
}

/** Asks a process to end, then ends its group. Settles when it is gone. */
async function end(child: ChildProcess): Promise<void> {
  const isGone = () => child.exitCode !== null || child.signalCode !== null;
  if (isGone()) return;
  const gone = once(child, 'exit');
  child.stdin?.end();
  const terminate = setTimeout(() => signalGroup(child, 'SIGTERM'), END_GRACE_MS);
  const kill = setTimeout(() => signalGroup(child, 'SIGKILL'), 2 * END_GRACE_MS);
  try {
    await gone;
  } finally {
    clearTimeout(terminate);
    clearTimeout(kill);
  }
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in the group: that is what was wanted.
  }
}
