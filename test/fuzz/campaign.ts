import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { Client } from 'pg';
import { SCOPES, type JsonObject } from '@assent/contract';
import { Caller } from '../support/caller';
import { Cycle } from '../support/cycle';
import { eventually } from '../support/eventually';
import { scaled } from '../support/limits';
import { writeCountingServer } from '../support/mcp-gateway';
import { violations } from '../support/oracle';
import { person } from '../support/people';
import { createTestDatabase } from '../support/postgres';
import { QUICK, Replicas } from '../support/replicas';
import { DEVELOPER_KEY, REVIEWER_KEY, type ServerProcess } from '../support/server-process';
import { WorkFolder } from '../support/work-folder';
import { problemsOf, type Answer } from './expectations';
import { KnownValues } from './references';
import { requestDrafts, type HttpRequest, type ListedTool, type RequestDraft, type Role } from './requests';

const MINUTE_MS = 60_000;
/** Drawn at once, and sent so many at a time. */
const BATCH = 64;
const AT_ONCE = 8;
/** Longer than any wait that a request may ask for. */
const ANSWER_WITHIN_MS = 20_000;
const MAX_READ = 2_000_000;
const SHOWN = 1_500;
const KEY_LENGTH = 40;
const FIRST_REFUSAL = 300;
const MCP_PATHS = ['/mcp', '/mcp/gateway'];
const ENDED = "('completed', 'failed', 'cancelled')";

export interface FuzzSettings {
  readonly minutes: number;
  readonly seed: number;
  readonly log: (line: string) => void;
}

interface Problem {
  times: number;
  /** The shortest request that caused it. */
  example: string;
}

/** Sends requests until the time is over, then checks what the server has stored and printed. @returns whether nothing was wrong */
export async function playFuzz({ minutes, seed, log }: FuzzSettings): Promise<boolean> {
  const fuzz = await Fuzz.open();
  try {
    const endsAt = performance.now() + minutes * MINUTE_MS;
    await fuzz.prepare();
    for (let batch = 0; batch === 0 || performance.now() < endsAt; batch += 1) await fuzz.send(seed, batch);
    for (const line of [...fuzz.counts(), ...(await fuzz.conclude())]) log(line);
    return fuzz.isClean;
  } finally {
    await fuzz.close();
  }
}

class Fuzz {
  private readonly known: KnownValues;
  private readonly problems = new Map<string, Problem>();
  private readonly cycles: Cycle[] = [];
  private readonly outcomes = new Map<string, number>();
  /** Operations that were carried out at least once, and those that were refused. */
  private readonly done = new Set<string>();
  private readonly refused = new Set<string>();
  private readonly replicas: Replicas;
  private readonly keys = new Map<Role, string>([
    ['developer', DEVELOPER_KEY],
    ['reviewer', REVIEWER_KEY],
    ['stranger', 'k'.repeat(KEY_LENGTH)],
  ]);
  private requests: fc.Arbitrary<RequestDraft> | undefined;

  private constructor(
    private readonly databaseUrl: string,
    private readonly folder: WorkFolder,
    scratch: string,
    private readonly dropDatabase: () => Promise<void>,
    tools: string,
  ) {
    this.known = new KnownValues(seedsOf());
    const env = {
      ...QUICK,
      TOOLS_FILE: tools,
      EGRESS_ALLOW: '127.0.0.0/8',
      WEBHOOK_SECRET_KEY: 'k'.repeat(32),
      RATE_LIMIT_UNAUTHENTICATED_PER_SECOND: '0',
    };
    // Two workspaces: the runs of requests use the one, the runs that must succeed the other.
    const workspaces = `${folder.setting},fuzz=${scratch}`;
    this.replicas = new Replicas({ databaseUrl, workspaces, env });
  }

  static async open(): Promise<Fuzz> {
    const [{ url, drop }, folder, top] = await Promise.all([
      createTestDatabase(),
      WorkFolder.create(),
      mkdtemp(join(tmpdir(), 'assent-fuzz-')),
    ]);
    const [scratch, notes] = [join(top, 'workspace'), join(top, 'notes')];
    await Promise.all([mkdir(scratch), mkdir(notes)]);
    await writeFile(join(scratch, 'note.txt'), 'a note\n');
    await writeFile(join(notes, 'go'), '');
    const tools = join(top, 'tools.json');
    const server = { command: process.execPath, args: [await writeCountingServer(notes), notes] };
    await writeFile(tools, JSON.stringify({ http: { hosts: ['127.0.0.1'] }, mcp: { servers: { notes: server } } }));
    const remove = async () => {
      await Promise.all([drop(), rm(top, { recursive: true, force: true })]);
    };
    return new Fuzz(url, folder, scratch, remove, tools);
  }

  /** Starts the server, and asks it for its tools. */
  async prepare(): Promise<void> {
    const { url } = await this.replicas.start();
    const { key } = await this.withDatabase((sql) => person(sql, url, 'operator', ['security'], SCOPES));
    this.keys.set('operator', key);
    const tools: Record<string, readonly ListedTool[]> = {};
    for (const path of MCP_PATHS) tools[path] = await this.toolsAt(path);
    this.requests = requestDrafts(tools);
  }

  /** @param batch the number of the batch: it and the seed determine its requests */
  async send(seed: number, batch: number): Promise<void> {
    if (!this.requests) throw new Error('prepare() comes first');
    const drafts = fc.sample(this.requests, { seed: seed + batch, numRuns: BATCH });
    const next = drafts.values();
    const work = async () => {
      for (const draft of next) await this.exchange(draft);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  get isClean(): boolean {
    return this.problems.size === 0;
  }

  counts(): string[] {
    const total = [...this.outcomes.values()].reduce((sum, count) => sum + count, 0);
    const listed = [...this.outcomes].sort(([one], [other]) => one.localeCompare(other));
    const all = new Set([...this.done, ...this.refused]);
    return [
      `${total} requests: ${listed.map(([name, count]) => `${name} ${count}`).join(', ')}`,
      `${all.size} operations: ${this.done.size} were carried out, ${this.refused.size} were refused, at least once`,
    ];
  }

  /** The server still works, what it has stored holds, and it ends. @returns the lines of the report */
  async conclude(): Promise<string[]> {
    const developer = this.caller('developer');
    await this.restoreSettings(developer);
    await this.cancelRuns(developer);
    await this.finishRun();
    for (const violation of await violations({
      databaseUrl: this.databaseUrl,
      folder: this.folder,
      cycles: this.cycles,
      servers: this.replicas.all,
    })) {
      this.report(violation, '');
    }
    const code = await this.replicas.stop(this.server);
    if (code !== 0) this.report(`the server ended with ${String(code)}`, '');
    return [...this.problems].map(
      ([problem, { times, example }]) => `PROBLEM (${times} times): ${problem}\n  ${example}`,
    );
  }

  async close(): Promise<void> {
    await this.replicas.stopAll();
    await Promise.all([this.folder.remove(), this.dropDatabase()]);
  }

  private get server(): ServerProcess {
    const [server] = this.replicas.all;
    if (!server) throw new Error('prepare() comes first');
    return server;
  }

  private caller(role: 'developer' | 'reviewer'): Caller {
    return new Caller(this.server.url, this.keys.get(role) ?? '');
  }

  /** A run from its start to its end: the server works. */
  private async finishRun(): Promise<void> {
    const cycle = new Cycle(await this.folder.task(), this.replicas);
    this.cycles.push(cycle);
    await cycle.finish();
  }

  private async toolsAt(path: string): Promise<readonly ListedTool[]> {
    const headers = { accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-06-18' };
    const response = await this.caller('developer').post(
      path,
      { jsonrpc: '2.0', id: 1, method: 'tools/list' },
      headers,
    );
    const text = await response.text();
    const line = text.split('\n').find((one) => one.startsWith('data: ')) ?? '';
    return (JSON.parse(line.slice('data: '.length)) as { result: { tools: readonly ListedTool[] } }).result.tools;
  }

  private async exchange(draft: RequestDraft): Promise<void> {
    const { transport, operation, role, nth, content, build } = draft;
    const request = build(this.known.fill(content, nth));
    const example = `${role} ${request.method} ${request.path} ${String(request.body ?? '').slice(0, SHOWN)}`;
    try {
      const answer = await this.ask(request, this.keys.get(role));
      const isDone = hasSucceeded(answer);
      const outcome = isDone ? `${transport} done` : `${transport} refused`;
      this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
      (isDone ? this.done : this.refused).add(operation);
      for (const problem of problemsOf(transport, request, answer)) this.report(`${operation}: ${problem}`, example);
      if (isDone) this.known.learn(jsonIn(answer.text));
    } catch (error) {
      this.report(`${operation}: no answer: ${inspect(error)}`, example);
    }
  }

  private async ask({ method, path, headers, body }: HttpRequest, key: string | undefined): Promise<Answer> {
    const response = await fetch(`${this.server.url}${path}`, {
      method,
      headers: { ...headers, ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(scaled(ANSWER_WITHIN_MS)),
    });
    const type = response.headers.get('content-type') ?? '';
    return { status: response.status, type, text: await textOf(response, type) };
  }

  private report(problem: string, example: string): void {
    // Ids and numbers make no other problem.
    const kind = problem.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>').replaceAll(/\d{4,}/g, '<n>');
    const known = this.problems.get(kind);
    if (!known) this.problems.set(kind, { times: 1, example });
    else {
      known.times += 1;
      if (example.length < known.example.length) known.example = example;
    }
  }

  /** What requests have set, so that runs go on. */
  private async restoreSettings(developer: Caller): Promise<void> {
    await developer.call('pause/clear', {});
    for (const name of ['tool/policy', 'approval/policy'] as const) {
      const { version } = await developer.call(`${name}/get`, {});
      await developer.call(`${name}/set`, { version, rules: [] });
    }
    for (const { flag } of (await developer.call('flag/list', {})).items) await developer.call('flag/clear', { flag });
  }

  /** A run that waits for its caller would never end. */
  private async cancelRuns(developer: Caller): Promise<void> {
    await this.withDatabase(async (sql) => {
      const { rows } = await sql.query<{ id: string }>(`select id from runs where state not in ${ENDED}`);
      for (const { id } of rows) await developer.call('run/cancel', { runId: id });
      await eventually('all runs have ended', async () => {
        const left = await sql.query(`select from runs where state not in ${ENDED} or lease_owner is not null`);
        return left.rowCount === 0;
      });
    });
  }

  private async withDatabase<T>(work: (sql: Client) => Promise<T>): Promise<T> {
    const sql = new Client({ connectionString: this.databaseUrl, application_name: 'assent-test' });
    await sql.connect();
    try {
      return await work(sql);
    } finally {
      await sql.end();
    }
  }
}

/** What a client knows that has read the docs: tools with arguments that they take, and places. */
function seedsOf(): JsonObject[] {
  const patch = '--- a/note.txt\n+++ b/note.txt\n@@ -1 +1 @@\n-a note\n+another note\n';
  return [
    { workspace: 'fuzz', tool: 'file.read', args: { path: 'note.txt' } },
    { workspace: 'fuzz', tool: 'file.write', args: { path: 'note.txt', content: 'a note\n' } },
    { workspace: 'fuzz', tool: 'file.write', args: { path: 'other.txt', content: 'new\n' } },
    { workspace: 'fuzz', tool: 'file.edit', args: { path: 'note.txt', edits: [] } },
    { workspace: 'fuzz', tool: 'mcp.notes.append', args: { note: 'from a run' } },
    { workspace: 'fuzz', patch, title: 'Another note' },
    { url: 'http://127.0.0.1:9/hook' },
  ];
}

/** Carried out, by HTTP and by what is inside. */
function hasSucceeded({ status, text }: Answer): boolean {
  const message = jsonIn(text);
  const isError = typeof message === 'object' && message !== null && 'error' in message;
  return status < FIRST_REFUSAL && !isError;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(
      text
        .split('\n')
        .findLast((line) => line.startsWith('data: '))
        ?.slice('data: '.length) ?? text,
    );
  } catch {
    return null;
  }
}

/** A stream is left after its first event. */
async function textOf(response: Response, type: string): Promise<string> {
  if (!type.startsWith('text/event-stream') || !response.body) return response.text();
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (/^data: .*\n\n/m.test(text) || text.length > MAX_READ) break;
  }
  return text;
}
