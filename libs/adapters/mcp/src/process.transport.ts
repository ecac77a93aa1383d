import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { ResponseTracker, MESSAGE_MAX_BYTES, tooLong, type AnsweringTransport } from './response.tracker';
import { LineReader, type Line } from './line.reader';
import { NotSent } from './mcp-failure';
import type { McpEndpoint } from './mcp-settings';

/** Time a server has to exit after its input is closed, and again after SIGTERM. */
const END_GRACE_MS = 2_000;
/** Environment of every server. The settings can add variables. */
const BASE_ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' };

export type StdioEndpoint = Extract<McpEndpoint, { kind: 'stdio' }>;

/**
 * Runs a server as a child process that speaks over its standard streams. Unlike the SDK's own transport it inherits no
 * variables and has its own process group, which is ended as a whole, because `npx` and similar leave their children behind.
 */
export class ProcessTransport implements AnsweringTransport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;

  readonly answers = new ResponseTracker();
  private child: ChildProcess | null = null;
  private closed = false;
  /** The output could not be split into lines; later output is ignored. */
  private isBroken = false;
  private readonly lines = new LineReader(MESSAGE_MAX_BYTES);

  constructor(private readonly endpoint: StdioEndpoint) {}

  async start(): Promise<void> {
    const { command, args, env, cwd } = this.endpoint;
    const child = spawn(command, args, {
      cwd: cwd ?? tmpdir(),
      env: { ...BASE_ENVIRONMENT, ...env },
      // stderr may hold secrets, so it is discarded.
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
    if (this.closed || !input?.writable) throw new NotSent('The server is not running.');
    this.answers.asked(message);
    if (input.write(serializeMessage(message))) return;
    // A server may stop reading; the end of its process also ends the wait.
    await Promise.race([once(input, 'drain'), once(input, 'close')]);
  }

  async close(): Promise<void> {
    const { child } = this;
    if (child?.pid !== undefined) await end(child);
    this.ended();
  }

  private receive(chunk: Buffer): void {
    if (this.closed || this.isBroken) return;
    try {
      for (const line of this.lines.push(chunk)) this.receiveLine(line);
    } catch (thrown) {
      this.isBroken = true;
      this.onerror?.(thrown as Error);
      void this.close();
    }
  }

  private receiveLine(line: Line): void {
    try {
      for (const message of this.messagesOf(line)) this.onmessage?.(message);
    } catch (thrown) {
      // The line is not a message, such as a greeting; later lines may be.
      this.onerror?.(thrown as Error);
    }
  }

  private messagesOf(line: Line): JSONRPCMessage[] {
    if ('text' in line) return this.answers.readText(line.text);
    const id = line.tooLong.answered;
    if (id !== null && this.answers.expects(id)) return [this.answers.receipt(id, tooLong())];
    throw new Error(`A message is longer than ${MESSAGE_MAX_BYTES} bytes.`);
  }

  private ended(): void {
    if (this.closed) return;
    this.closed = true;
    this.lines.clear();
    this.onclose?.();
  }
}

/** Asks a process to exit, then kills its group. Settles when the process is gone. */
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
    // The group is already empty.
  }
}
