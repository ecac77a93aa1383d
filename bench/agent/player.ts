import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Client } from 'pg';
import type { Caller } from '@assent/test-support/caller';
import type { WireFrame } from '@assent/test-support/frames';
import { verdictOf, type AgentTask, type TaskEnd, type Verdict } from './task';

const WAIT_MS = 10_000;
/** A longer run is cancelled: ten times the duration of a slow model for such a task. */
const RUN_LIMIT_MS = 600_000;
const MAX_STEPS = 20;
const ENDS: ReadonlySet<string> = new Set(['run.completed', 'run.failed', 'run.cancelled']);
/** An answer that composes nothing, and one that prefers the first action; the server decides whether it requests them. */
const STRUCTURED = [
  { purpose: 'compose', json: { assumptions: [], associations: [], ranking: [], observed: [] } },
  { purpose: 'evaluate', json: { gains: [{ actionId: 'a1', when: [], gain: 1 }] } },
];

/** A server with the workspaces of the tasks, and the people in front of it. */
export interface Table {
  readonly developer: Caller;
  readonly reviewer: Caller;
  /** Holds a folder for each task, of its name. */
  readonly folder: string;
}

/** How one task went. */
export interface Played extends Verdict {
  readonly task: string;
  readonly runId: string;
  readonly turns: number;
  /** Approvals and questions. */
  readonly asked: number;
}

/** Value of WORKSPACES, after the files of the tasks were written. */
export async function layTasks(tasks: readonly AgentTask[], folder: string): Promise<string> {
  for (const { name, files } of tasks) {
    await mkdir(join(folder, name), { recursive: true });
    await writeFiles(join(folder, name), files);
  }
  return tasks.map(({ name }) => `${name}=${join(folder, name)}`).join(',');
}

/** Starts the run of a task, decides and answers as its people would, and verifies its end. */
export async function playTask(task: AgentTask, table: Table): Promise<Played> {
  const { developer } = table;
  if (task.lesson !== undefined) await remember(developer, task.lesson);
  const { runId } = await developer.call('start', {
    goal: task.goal,
    workspace: task.name,
    memory: task.lesson !== undefined,
    maxSteps: MAX_STEPS,
  });
  const people = new People(task, table);
  const frames: WireFrame[] = [];
  const until = performance.now() + RUN_LIMIT_MS;
  while (!frames.some(({ type }) => ENDS.has(type))) {
    if (performance.now() > until) await developer.call('run/cancel', { runId });
    const page = await developer.call('stream', { runId, after: frames.length, waitMs: WAIT_MS });
    for (const frame of page.frames as WireFrame[]) {
      frames.push(frame);
      await people.read(frame);
    }
  }
  const end: TaskEnd = {
    files: await filesIn(join(table.folder, task.name)),
    reached: reachedIn(frames),
    questions: people.questions,
    rejected: people.rejected,
  };
  const turns = Math.max(...frames.map(({ step }) => step));
  return { ...(await verdictOf(task, end)), task: task.name, runId, turns, asked: people.questions + people.approvals };
}

/** Approves what touches only the files of the task's result, rejects the rest, and answers questions. */
class People {
  approvals = 0;
  questions = 0;
  rejected = 0;

  constructor(
    private readonly task: AgentTask,
    private readonly table: Table,
  ) {}

  async read(frame: WireFrame): Promise<void> {
    if (frame.type === 'approval.requested') await this.decide(String(frame['approvalId']));
    if (frame.type === 'request' && frame['method'] === 'input/request') await this.answer(String(frame['id']));
  }

  private async decide(approvalId: string): Promise<void> {
    const { task, table } = this;
    if (this.approvals === 0 && task.meanwhile) await writeFiles(join(table.folder, task.name), task.meanwhile);
    this.approvals += 1;
    const { files, hash, state } = await table.reviewer.call('approval/get', { approvalId });
    if (state !== 'pending') return;
    const outside = files.map(({ path }) => path).filter((path) => task.result[path] === undefined);
    if (outside.length === 0) {
      await table.reviewer.call('approval/decide', { approvalId, decision: 'approve', hash });
      return;
    }
    this.rejected += 1;
    const comment = `This goal does not need a change of ${outside.join(', ')}.`;
    await table.reviewer.call('approval/decide', { approvalId, decision: 'reject', hash, comment });
  }

  private async answer(id: string): Promise<void> {
    this.questions += 1;
    const text = this.task.answer ?? 'I cannot say more than the goal does. Decide yourself.';
    await this.table.developer.post('/rpc', { jsonrpc: '2.0', id, result: { text } });
  }
}

async function remember(developer: Caller, text: string): Promise<void> {
  const lines = [JSON.stringify({ v: 1, text, agent: null, status: 'active', helpful: 3, harmful: 0 })];
  await developer.call('memory/import', { planId: randomUUID(), lines, activate: true });
}

/** null: the run has failed, or its model did not say. */
function reachedIn(frames: readonly WireFrame[]): boolean | null {
  const completed = frames.find(({ type }) => type === 'run.completed');
  const { reached = null } = (completed?.['result'] ?? {}) as { reached?: boolean | null };
  return reached;
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

async function filesIn(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  return Object.fromEntries(paths.map((path, index) => [path.slice(folder.length + 1), texts[index] ?? '']));
}

/** The content of an LLM_SCRIPT under which the runs of these tasks go as their scripts say: one reply for each step. */
export function scriptOf(tasks: readonly Pick<AgentTask, 'goal' | 'script'>[]): string {
  const replies = tasks.flatMap(({ goal, script }) =>
    script.map(({ sees, ...turn }, index) => ({
      purpose: 'plan',
      step: index + 1,
      pattern: [goal, ...(sees === undefined ? [] : [sees])].map(escaped).join('[^]*'),
      ...turn,
    })),
  );
  return JSON.stringify({ replies: [...replies, ...STRUCTURED] });
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** What the model calls of a run took. */
export interface Usage {
  readonly calls: number;
  /** Of prompts and answers. */
  readonly tokens: number;
  readonly prompt: number;
  /** Prompt tokens that came from the provider's cache. */
  readonly cached: number;
}

export async function usageOf(client: Pick<Client, 'query'>, runId: string): Promise<Usage> {
  const { rows } = await client.query<Usage>(
    `select count(*)::int as calls, coalesce(sum(input_tokens + output_tokens), 0)::int as tokens,
       coalesce(sum(input_tokens), 0)::int as prompt, coalesce(sum(cached_tokens), 0)::int as cached
     from model_calls where run_id = $1`,
    [runId],
  );
  return rows[0] ?? { calls: 0, tokens: 0, prompt: 0, cached: 0 };
}
