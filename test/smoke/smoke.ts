import { AssentClient } from '@assent/client';
import type { Frame } from '@assent/contract';

export interface SmokeTarget {
  readonly url: string;
  readonly developerKey: string;
  readonly reviewerKey: string;
  /** Called after each check, with its duration. */
  readonly report: (check: string, ms: number) => void;
}

/** Limit for all checks together; a slower server does not serve people. */
const WITHIN_MS = 55_000;

/**
 * Checks a deployed server: it is alive and ready, authenticates, accepts a run, streams it, waits for a person, and
 * writes no rejected change. It leaves a rejected run behind and changes no file.
 * @throws Error naming the check that failed
 */
export async function smoke({ url, developerKey, reviewerKey, report }: SmokeTarget): Promise<void> {
  const signal = AbortSignal.timeout(WITHIN_MS);
  const developer = new AssentClient({ url, key: developerKey });
  const reviewer = new AssentClient({ url, key: reviewerKey });
  const get = (path: string, headers: Record<string, string> = {}) => fetch(new URL(path, url), { signal, headers });
  const check = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    try {
      const result = await work();
      report(what, performance.now() - started);
      return result;
    } catch (cause) {
      throw new Error(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  };

  await check('it is alive and ready', async () => {
    for (const path of ['/livez', '/readyz']) requireEqual(path, (await get(path)).status, 200);
  });
  await check('it refuses strangers', async () => {
    requireEqual('GET /runs without a key', (await get('/runs')).status, 401);
  });
  await check('it describes itself', async () => {
    const document = (await developer.call('rpc.discover', {})) as { methods?: unknown[] };
    if (!document.methods?.length) throw new Error('rpc.discover lists no method');
  });
  const runId = await check('it takes a run', async () => {
    const path = `smoke-${Date.now()}.txt`;
    const started = await developer.call('start', {
      goal: 'Smoke test: this change is to be rejected',
      memory: false,
      idempotencyKey: path,
      clientTraceId: path,
      policy: { ask: ['file.*'] },
      beliefs: { assumptions: [], gains: [{ actionId: 'write', when: {}, gain: 1 }] },
      actions: [{ id: 'write', kind: 'tool', tool: 'file.write', args: { path, content: 'smoke\n' }, effort: 0 }],
    });
    return started.runId;
  });
  const frames: Frame[] = [];
  await check('it streams the run until a person is asked', async () => {
    for await (const frame of developer.frames(runId, { signal })) {
      frames.push(frame);
      if (frame.type === 'run.waiting') break;
    }
    frames.forEach(({ seq }, index) => requireEqual('the number of a frame', seq, index + 1));
  });
  const asked = frames.find((frame) => frame.type === 'approval.requested');
  if (!asked) throw new Error('the stream had no approval.requested');
  await check('it shows the change to the reviewer, and takes the decision on exactly that', async () => {
    const diff = await reviewer.approvals.diff(asked.approvalId);
    requireEqual('the hash of the diff', diff.hash, asked.hash);
    requireEqual(
      'the approval',
      (await reviewer.approvals.reject(asked.approvalId, asked.hash, { comment: 'smoke test' })).state,
      'rejected',
    );
  });
  await check('it goes on after the decision, and the stream resumes where it was', async () => {
    for await (const frame of developer.frames(runId, { after: frames.length, signal })) frames.push(frame);
    frames.forEach(({ seq }, index) => requireEqual('the number of a frame', seq, index + 1));
    requireEqual('the last frame', frames.at(-1)?.type, 'run.completed');
    if (frames.some(({ type }) => type === 'diff.applied')) throw new Error('a rejected change was applied');
  });
}

function requireEqual(what: string, seen: unknown, expected: unknown): void {
  if (seen !== expected) throw new Error(`${what} is ${String(seen)}, not ${String(expected)}`);
}
