import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { serve } from './support/child';
import { filePath, fileText, startParams, type FramePage } from './support/cycle.run';
import { EventSocket } from './support/event.socket';
import { HttpConnection } from './support/http.connection';

export interface People {
  readonly url: string;
  readonly developer: string;
  readonly reviewer: string;
}

export interface Approvals extends People {
  readonly workspace: string;
  /** Numbers of the runs, `first` to `first + count - 1`: each has its own file. */
  readonly first: number;
  readonly count: number;
}

/** Milliseconds from the decision, one of each run. */
export interface ApprovalTimes {
  readonly answeredMs: number[];
  readonly frameMs: number[];
  readonly fileMs: number[];
}

export interface Questions extends People {
  readonly first: number;
  readonly count: number;
}

export interface ToolCalls {
  readonly side: string;
  readonly tool: string;
  readonly first: number;
  readonly count: number;
}

/** Answers to questions that were open at the same time. */
export interface CrowdAnswers {
  readonly answerMs: readonly number[];
  readonly seconds: number;
  /** Questions that got no answer, or that of another question. */
  readonly lost: number;
}

interface Approval {
  readonly approvalId: string;
  readonly hash: string;
  readonly goal: string;
}

interface ApprovalPage {
  readonly items: readonly Approval[];
  readonly cursor: string | null;
}

const commands = { approve, answerHooks, connectMcp, callTool, openCrowd, decideCrowd };
export type EndpointCommands = typeof commands;

const WAIT_MS = 20_000;
/** Between two looks of a reviewer at the inbox. */
const LOOK_MS = 5;
const HOLD_SECONDS = 600;
/** Sockets opened at once; more would overflow the listen queue of the server. */
const OPEN_AT_ONCE = 50;
const DECIDERS = 16;

/** Runs whose change is approved, one at a time. */
async function approve({ url, developer, reviewer, workspace, first, count }: Approvals): Promise<ApprovalTimes> {
  const times: ApprovalTimes = { answeredMs: [], frameMs: [], fileMs: [] };
  const [asks, decides] = [await HttpConnection.open(url), await HttpConnection.open(url)];
  for (let number = first; number < first + count; number += 1) {
    const { runId } = await asks.call<{ runId: string }>(developer, 'start', startParams(number));
    const types = ['approval.requested', 'run.failed'];
    const params = { runId, after: 0, types, waitMs: WAIT_MS };
    const { frames, cursor } = await asks.call<FramePage>(developer, 'stream', params);
    const [request] = frames;
    if (request?.type !== 'approval.requested') throw new Error(`Run ${runId} did not ask: ${JSON.stringify(frames)}`);
    const path = `/runs/${runId}/frames?after=${cursor}&types=diff.applied`;
    const stream = await follow(url, path, developer);
    const file = untilFile(join(workspace, filePath(number)), fileText(number, 20));
    const { approvalId, hash } = request;
    const decidedAt = performance.now();
    const since = (): number => performance.now() - decidedAt;
    const decision = { approvalId, decision: 'approve', hash };
    const [answered, frame, written] = await Promise.all([
      decides.call(reviewer, 'approval/decide', decision).then(since),
      stream.event.then(since),
      file.then(since),
    ]);
    stream.close();
    times.answeredMs.push(answered);
    times.frameMs.push(frame);
    times.fileMs.push(written);
  }
  for (const connection of [asks, decides]) connection.close();
  return times;
}

/** Questions of an agent that are held until a reviewer decides, one at a time. @returns milliseconds from the decision to the agent's answer */
async function answerHooks({ url, developer, reviewer, first, count }: Questions): Promise<number[]> {
  const times: number[] = [];
  const [agent, decides] = [await HttpConnection.open(url), await HttpConnection.open(url)];
  for (let number = first; number < first + count; number += 1) {
    const answer = ask(agent, developer, number);
    const [approval] = await pending(decides, reviewer, 1);
    if (!approval) throw new Error(`Question ${number} is not in the inbox.`);
    const decidedAt = performance.now();
    await Promise.all([decide(decides, reviewer, approval, number), answer]);
    times.push(performance.now() - decidedAt);
    requireAnswer(await answer, number);
  }
  for (const connection of [agent, decides]) connection.close();
  return times;
}

const clients = new Map<string, Client>();

async function connectMcp({ side, url, key }: { side: string; url: string; key: string }): Promise<void> {
  const client = new Client({ name: 'assent-bench', version: '1' });
  const requestInit = { headers: { authorization: `Bearer ${key}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
  clients.set(side, client);
}

/** @returns milliseconds of each call */
async function callTool({ side, tool, first, count }: ToolCalls): Promise<number[]> {
  const client = clients.get(side);
  if (!client) throw new Error(`There is no connection to ${side}.`);
  const times: number[] = [];
  for (let number = first; number < first + count; number += 1) {
    const startedAt = performance.now();
    const { content } = await client.callTool({ name: tool, arguments: { message: `number ${number}` } });
    times.push(performance.now() - startedAt);
    if (!JSON.stringify(content).includes(`number ${number}`)) {
      throw new Error(`${side} answered call ${number} with ${JSON.stringify(content)}.`);
    }
  }
  return times;
}

let crowd: { readonly connection: HttpConnection; readonly answer: Promise<string>; at: number }[] = [];

/** Holds so many questions open at the same time. */
async function openCrowd({ url, developer, reviewer, first, count }: Questions): Promise<void> {
  crowd = [];
  while (crowd.length < count) {
    const numbers = Array.from(
      { length: Math.min(OPEN_AT_ONCE, count - crowd.length) },
      (_, at) => first + crowd.length + at,
    );
    const connections = await Promise.all(numbers.map(() => HttpConnection.open(url)));
    for (const [at, connection] of connections.entries()) {
      const answer = ask(connection, developer, numbers[at] ?? Number.NaN);
      const question = { connection, answer, at: Number.NaN };
      answer.then(
        () => (question.at = performance.now()),
        () => undefined,
      );
      crowd.push(question);
    }
  }
  const inbox = await HttpConnection.open(url);
  while ((await countPending(inbox, reviewer)) < count) await delay(100);
  inbox.close();
}

/** Several reviewers decide all open questions. */
async function decideCrowd({ url, reviewer, first }: Questions): Promise<CrowdAnswers> {
  const inbox = await HttpConnection.open(url);
  const open = await pending(inbox, reviewer, crowd.length);
  inbox.close();
  const decidedAt = new Map<number, number>();
  const startedAt = performance.now();
  const work = async (): Promise<void> => {
    const connection = await HttpConnection.open(url);
    for (let approval = open.pop(); approval; approval = open.pop()) {
      const number = numberOf(approval);
      decidedAt.set(number, performance.now());
      await decide(connection, reviewer, approval, number);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: DECIDERS }, work));
  const answers = await Promise.all(
    crowd.map(({ answer }) => Promise.race([answer, delay(WAIT_MS, '', { ref: false })])),
  );
  const lost = answers.filter((answer, at) => !isAnswer(answer, first + at)).length;
  for (const { connection } of crowd) connection.close();
  const answerMs = crowd.map(({ at }, index) => at - (decidedAt.get(first + index) ?? Number.NaN));
  return { answerMs, seconds: (Math.max(...crowd.map(({ at }) => at)) - startedAt) / 1_000, lost };
}

function ask(connection: HttpConnection, key: string, number: number): Promise<string> {
  const body = JSON.stringify({
    session_id: 'bench',
    cwd: '/srv/shop',
    permission_mode: 'default',
    hook_event_name: 'PermissionRequest',
    tool_name: 'Bash',
    tool_input: { command: commandOf(number), description: 'as asked' },
  });
  return connection.send({ method: 'POST', path: `/hooks/claude-code?hold=${HOLD_SECONDS}`, key, body });
}

function commandOf(number: number): string {
  return `deploy --unit=${number}.`;
}

function numberOf({ goal }: Approval): number {
  return Number(/--unit=(\d+)\./.exec(goal)?.[1]);
}

/** Every third question is refused, so that an answer to the wrong question is seen. */
function isRefused(number: number): boolean {
  return number % 3 === 0;
}

async function decide(connection: HttpConnection, key: string, approval: Approval, number: number): Promise<void> {
  const { approvalId, hash } = approval;
  const decision = isRefused(number) ? { decision: 'reject', comment: `No ${number}.` } : { decision: 'approve' };
  await connection.call(key, 'approval/decide', { approvalId, hash, ...decision });
}

function isAnswer(answer: string, number: number): boolean {
  return isRefused(number) ? answer.includes('"deny"') && answer.includes(`No ${number}.`) : answer.includes('"allow"');
}

function requireAnswer(answer: string, number: number): void {
  if (!isAnswer(answer, number)) throw new Error(`Question ${number} was answered with ${answer}`);
}

async function pending(connection: HttpConnection, key: string, count: number): Promise<Approval[]> {
  const found: Approval[] = [];
  while (found.length < count) {
    found.length = 0;
    let cursor: string | null = null;
    do {
      const params = { subject: 'agent_permission', state: 'pending', limit: 100, ...(cursor !== null && { cursor }) };
      const page: ApprovalPage = await connection.call(key, 'approval/list', params);
      found.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== null);
    if (found.length < count) await delay(LOOK_MS);
  }
  return found;
}

async function countPending(connection: HttpConnection, key: string): Promise<number> {
  const { total } = await connection.call<{ total: number }>(key, 'approval/count', { state: 'pending' });
  return total;
}

/** @returns once the stream is open; `event` resolves with its first event */
async function follow(url: string, path: string, key: string): Promise<{ event: Promise<void>; close(): void }> {
  return new Promise((resolve, reject) => {
    let socket: EventSocket | undefined;
    const event = new Promise<void>((heard) => {
      const onOpen = (): void => resolve({ event, close: () => socket?.close() });
      socket = new EventSocket(
        url,
        path,
        key,
        () => heard(),
        onOpen,
        (problem) => reject(new Error(`The stream ${path} ended: ${problem}`)),
      );
    });
  });
}

/** Resolves when the file holds this text. */
function untilFile(path: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const watcher = watch(dirname(path), () => {
      readFile(path, 'utf8').then((found) => {
        if (found !== text) return;
        watcher.close();
        resolve();
      }, reject);
    });
    watcher.on('error', reject);
  });
}

serve(commands);
