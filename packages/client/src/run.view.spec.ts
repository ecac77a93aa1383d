import fc from 'fast-check';
import { FRAME_TYPES, type Frame, type FrameBody, type FrameType } from '@assent/contract';
import {
  EMPTY_VIEW,
  MAX_CALLS,
  MAX_TRACE_CHUNKS,
  isKnown,
  reduce,
  viewOf,
  type FrameOf,
  type RunView,
  type UnknownFrame,
} from './run.view';

const RUN_ID = '0199a0de-0000-7000-8000-000000000001';
const HASH = `sha256:${'0'.repeat(64)}`;
const NEEDED = { people: 1, roles: [] };
const ERROR = { reason: 'effect_failed', message: 'It failed.' };
const AMOUNTS = { nodes: 3, calls: 9, tokens: 100, costUsd: 1 } as unknown as FrameBody<'search.started'>['budget'];

/** One body of every type, about one call, one diff, one approval and one request. */
const SAMPLES: { readonly [T in FrameType]: FrameBody<T> } = {
  'run.started': { goal: 'Restore the timeout', workspace: 'example', requester: 'developer' },
  'memory.recalled': {
    fragments: [],
    arm: 'recall',
    late: false,
    degraded: [],
    withheld: [],
    tokens: 0,
    durationMs: 1,
  },
  'trace.delta': { text: 'Perhaps. ' },
  'search.started': { searchId: 's', seed: 1, rules: {} as FrameBody<'search.started'>['rules'], budget: AMOUNTS },
  'search.expanded': {
    searchId: 's',
    version: 1,
    nodeId: 'n1',
    parentId: null,
    duplicate: false,
    verified: 'unverified' as FrameBody<'search.expanded'>['verified'],
    summary: 'Write the file',
  },
  'search.compared': {
    searchId: 's',
    version: 2,
    nodeId: 'n1',
    against: 'n2',
    swapped: false,
    scoreA: 7,
    scoreB: 5,
    critique: 'Shorter.',
    q0: null,
    Q: null,
  },
  'search.completed': {
    searchId: 's',
    version: 3,
    end: 'budget' as FrameBody<'search.completed'>['end'],
    reason: null,
    bestId: 'n1',
    worstId: 'n2',
    used: AMOUNTS,
  },
  'trace.completed': { source: 'caller', chars: 9 },
  'assumption.added': { assumptionId: 'a1', text: 'The unit is seconds', p: 0.7 },
  'tree.built': {
    treeId: 't1',
    composer: 'caller',
    degraded: false,
    assumptions: 1,
    leaves: 2,
    inputHash: HASH,
    warnings: [],
  },
  'path.scored': { treeId: 't1', leafId: 'l0', path: [], actionId: 'write', L: 1, G: 1, C: 0, U: 1 },
  'path.chosen': { treeId: 't1', actionId: 'write', mode: 'expected', U: 1, margin: null, modesAgree: true },
  'plan.updated': {
    steps: [{ id: '1.1', tool: 'file.write', summary: 'file.write a', state: 'current', callId: 'c1' }],
  },
  'assumption.resolved': { assumptionId: 'a1', truth: true, source: 'answer', actor: 'developer' },
  'tree.rescored': {
    treeId: 't1',
    assumptionId: 'a1',
    truth: true,
    before: 'write',
    after: 'write',
    U: 1,
    margin: null,
  },
  request: { jsonrpc: '2.0', id: 'req_1', method: 'approval/request', params: {} },
  'request.resolved': { id: 'req_1', outcome: 'approved', actor: 'reviewer' },
  'tool.proposed': { callId: 'c1', actionId: 'write', tool: 'file.write', args: { path: 'a' }, workspace: 'example' },
  'tool.guarded': { callId: 'c1', tool: 'file.write', verdict: 'ask', rule: 'default', reason: 'It writes.' },
  'tool.started': { callId: 'c1', tool: 'file.write' },
  'tool.output': { callId: 'c1', tool: 'file.write', output: { content: 'x' } },
  'tool.completed': { callId: 'c1', tool: 'file.write', durationMs: 3 },
  'tool.failed': { callId: 'c1', tool: 'file.write', error: ERROR },
  'diff.created': { diffId: 'd1', callId: 'c1', revision: 1, hash: HASH, files: [] },
  'approval.requested': {
    approvalId: 'p1',
    diffId: 'd1',
    requestId: 'req_1',
    hash: HASH,
    rule: 'default',
    expiresAt: '2026-03-03T08:00:00.000Z',
  },
  'approval.voted': { approvalId: 'p1', decision: 'approve', actor: 'ann', hash: HASH, comment: null, needed: NEEDED },
  'approval.revised': {
    approvalId: 'p1',
    diffId: 'd2',
    requestId: 'req_2',
    revision: 2,
    hash: `sha256:${'1'.repeat(64)}`,
    author: 'ann',
    origin: 'content',
    supersedes: 'd1',
    comment: null,
  },
  'approval.reminded': { approvalId: 'p1', needed: NEEDED, expiresAt: '2026-03-04T08:00:00.000Z' },
  'approval.escalated': { approvalId: 'p1', rule: 'prod', deciders: ['on-call'], roles: [], needed: NEEDED },
  'approval.decided': { approvalId: 'p1', decision: 'approve', actor: 'bob', hash: HASH, comment: 'fine' },
  'approval.expired': { approvalId: 'p1' },
  'approval.voided': { approvalId: 'p1', reason: 'The choice changed.' },
  'diff.applied': { diffId: 'd1', hash: HASH, files: ['a'], written: true },
  'diff.stale': { diffId: 'd1', hash: HASH, files: [{ path: 'a', state: 'changed' }] },
  'diff.rejected': { diffId: 'd1', hash: HASH, actor: 'bob' },
  'memory.recorded': { outcome: 'success', learnt: true },
  'budget.warning': { budget: 'tokens', used: 90, limit: 100 },
  'run.waiting': { for: 'approval', requestId: 'req_1' },
  'run.resumed': { reason: 'takeover' },
  'run.retrying': { error: ERROR, attempts: 2 },
  'run.completed': { result: { kind: 'applied', actionId: 'write', diffId: 'd1' } },
  'run.failed': { error: ERROR },
  'run.cancelled': { actor: 'developer', reason: null },
};

interface Part<T extends FrameType = FrameType> {
  readonly type: T;
  readonly step?: number;
  readonly body?: Partial<FrameBody<T>>;
}

function part<T extends FrameType>(type: T, body: Partial<FrameBody<T>> = {}, step = 1): Part {
  return { type, step, body };
}

function frames(...parts: readonly (Part | FrameType)[]): Frame[] {
  return parts.map((given, index) => {
    const { type, step = 1, body = {} } = typeof given === 'string' ? { type: given } : given;
    return frozen({
      runId: RUN_ID,
      seq: index + 1,
      at: new Date(Date.UTC(2026, 2, 2, 8, 0, 0, index)).toISOString(),
      type,
      step,
      clientTraceId: null,
      ...SAMPLES[type],
      ...body,
    } as Frame);
  });
}

/** Throws when somebody writes into it. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

/** What the view of a frame of this type needs to be about something. */
const BEFORE: readonly FrameType[] = [
  'run.started',
  'search.started',
  'assumption.added',
  'tree.built',
  'tool.proposed',
  'diff.created',
  'approval.requested',
  'request',
  'run.waiting',
];

describe('the view of a run', () => {
  it.each(FRAME_TYPES)('shows what %s says', (type) => {
    const before = viewOf(frames(...BEFORE.filter((other) => other !== type)));
    const frame = { ...frames(...BEFORE, type).at(-1), runId: RUN_ID } as Frame;
    const { seq, at, ...shown } = reduce(before, frame);
    expect(isKnown(frame)).toBe(true);
    expect([seq, at]).toEqual([frame.seq, frame.at]);
    expect(shown).not.toEqual({ ...before, seq: undefined, at: undefined });
  });

  it('is the same for the whole and for any prefix and the rest, through JSON, frames twice included', () => {
    const arbitrary = fc.array(
      fc.record({
        type: fc.constantFrom(...FRAME_TYPES),
        step: fc.integer({ min: 1, max: 3 }),
        attempt: fc.integer({ min: 1, max: 3 }),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(arbitrary, fc.nat(), fc.nat(), (given, at, again) => {
        const parts = given.toSorted((a, b) => a.step - b.step);
        const all = frames(
          ...parts.map(({ type, step, attempt }) => part(type, type === 'trace.delta' ? { attempt } : {}, step)),
        );
        const cut = at % (all.length + 1);
        const overlap = again % (cut + 1);
        const stored = JSON.parse(JSON.stringify(viewOf(all.slice(0, cut)))) as RunView;
        expect(viewOf(all.slice(overlap), frozen(stored))).toEqual(viewOf(all));
      }),
    );
  });

  it('passes over types that it does not know, and has their seq', () => {
    const view = viewOf(frames(...BEFORE));
    const unknown: UnknownFrame = {
      runId: RUN_ID,
      seq: view.seq + 1,
      at: '2026-03-02T09:00:00.000Z',
      type: 'plan.imagined',
      step: 1,
      clientTraceId: null,
    };
    expect(isKnown(unknown)).toBe(false);
    expect(reduce(view, unknown)).toEqual({ ...view, seq: unknown.seq, at: unknown.at });
    expect(isKnown({ ...unknown, type: 'constructor' })).toBe(false);
  });

  it('follows a call and its approval to the applied change', () => {
    const view = viewOf(
      frames(
        'run.started',
        'tool.proposed',
        'tool.guarded',
        'diff.created',
        'approval.requested',
        'request',
        'run.waiting',
        'approval.voted',
        'approval.decided',
        'request.resolved',
        'run.resumed',
        'tool.started',
        'tool.completed',
        'diff.applied',
        'run.completed',
      ),
    );
    expect(view).toMatchObject({
      state: 'completed',
      waiting: null,
      requests: [],
      calls: [{ callId: 'c1', state: 'completed', durationMs: 3, guard: { verdict: 'ask' }, args: { path: 'a' } }],
      diff: { diffId: 'd1', state: 'applied', written: true },
      approval: { approvalId: 'p1', state: 'approved', decision: { actor: 'bob' }, votes: [{ actor: 'ann' }] },
      result: { kind: 'applied' },
    });
  });

  it('is about the revised content, without the votes on the one before', () => {
    const { approval } = viewOf(frames('diff.created', 'approval.requested', 'approval.voted', 'approval.revised'));
    expect(approval).toMatchObject({ revision: 2, diffId: 'd2', hash: `sha256:${'1'.repeat(64)}`, votes: [] });
  });

  it('starts tree, choice, guard, diff, approval and what it waits for anew with a new step, and keeps calls and facts', () => {
    const first = [
      'tree.built',
      'path.scored',
      'path.chosen',
      'tool.proposed',
      'tool.guarded',
      'diff.created',
    ] as const;
    const view = viewOf(
      frames(
        part('assumption.added', { assumptionId: 'a1' }),
        part('assumption.added', { assumptionId: 'a2' }),
        ...first,
        'approval.requested',
        'run.waiting',
        part('assumption.resolved', { assumptionId: 'a2' }, 2),
      ),
    );
    expect(view).toMatchObject({
      step: 2,
      tree: null,
      paths: [],
      chosen: null,
      guard: null,
      diff: null,
      approval: null,
      waiting: null,
      calls: [{ callId: 'c1', guard: { verdict: 'ask' } }],
    });
    const { seq } = view;
    const [built] = frames(part('tree.built', {}, 2));
    const next = reduce(view, { ...built, seq: seq + 1 } as Frame);
    expect(next.assumptions.map(({ assumptionId, text, resolved }) => [assumptionId, text, resolved?.truth])).toEqual([
      ['a2', 'The unit is seconds', true],
    ]);
  });

  const delta = (text: string, attempt?: number) =>
    part('trace.delta', attempt === undefined ? { text } : { text, attempt, channel: 'reasoning' });
  const textsOf = ({ trace }: RunView) => trace.chunks.map(({ text, isVoid }) => (isVoid ? `(${text})` : text));

  it('joins the deltas of a trace, and voids what came before a higher attempt or a takeover', () => {
    expect(textsOf(viewOf(frames(delta('a'), delta('b'))))).toEqual(['ab']);
    expect(textsOf(viewOf(frames(delta('a', 1), delta('b', 1), delta('c', 2))))).toEqual(['(ab)', 'c']);
    expect(textsOf(viewOf(frames(delta('a', 1), 'run.resumed', delta('b', 1))))).toEqual(['(a)', 'b']);
  });

  it('lets a trace that is whole stand when the run goes on, and that of the step before', () => {
    expect(textsOf(viewOf(frames(delta('a', 1), 'trace.completed', 'run.waiting', 'run.resumed')))).toEqual(['a']);
    const later = frames(delta('a', 1), part('trace.delta', { text: 'b', attempt: 2, channel: 'reasoning' }, 2));
    expect(textsOf(viewOf(later))).toEqual(['a', 'b']);
  });

  it('says that frames of a forgotten run are erased, and how the run ended', () => {
    const erased = frames('run.started', 'run.completed').map(
      ({ runId, seq, at, type, step, clientTraceId }) =>
        ({ runId, seq, at, type, step, clientTraceId, erased: true }) as unknown as FrameOf<FrameType>,
    );
    expect(viewOf(erased)).toEqual({
      ...EMPTY_VIEW,
      runId: RUN_ID,
      seq: 2,
      step: 1,
      at: erased[1]?.at,
      state: 'completed',
      isErased: true,
    });
  });

  it('copies each list once for many frames', () => {
    const COUNT = 1_000;
    const [head] = frames('run.started');
    const kinds = ['trace.delta', 'tool.proposed', 'tool.guarded', 'tool.output', 'tool.completed'] as const;
    const many = Array.from({ length: COUNT }, (_, index) => {
      const type = kinds[index % kinds.length] ?? 'trace.delta';
      const callId = `call_${Math.floor(index / kinds.length)}`;
      return { ...head, ...SAMPLES[type], type, callId, seq: index + 1 } as Frame;
    });
    let copies = 0;
    class Counted<T> extends Array<T> {
      override slice(): T[] {
        copies += 1;
        return super.slice();
      }
    }
    const trace = { ...EMPTY_VIEW.trace, chunks: new Counted<RunView['trace']['chunks'][number]>() };
    const view = viewOf(many, { ...EMPTY_VIEW, trace, calls: new Counted<RunView['calls'][number]>() });
    expect([view.seq, view.calls.length]).toEqual([COUNT, COUNT / kinds.length]);
    expect(copies).toBe(2);
  });

  it('leaves the views that it goes on from as they were', () => {
    const all = frames(...BEFORE, ...FRAME_TYPES.filter((type) => !type.startsWith('run.')), 'run.completed');
    const views = all.reduce<RunView[]>((before, frame) => [...before, reduce(before.at(-1) ?? EMPTY_VIEW, frame)], []);
    const copies = views.map((view) => JSON.stringify(view));
    views.forEach((view, index) => viewOf(all.slice(index + 1), view));
    expect(views.map((view) => JSON.stringify(view))).toEqual(copies);
    expect(views.at(-1)).toEqual(viewOf(all));
  });

  it('keeps the newest calls and the newest of the trace of 100,000 frames, and says how much it left out', () => {
    const COUNT = 50_000;
    const CHARS = 100;
    const text = 'x'.repeat(CHARS);
    let view: RunView = EMPTY_VIEW;
    const [head] = frames('run.started');
    for (let index = 0; index < COUNT; index += 1) {
      const call = { ...head, type: 'tool.started', callId: `c${index}`, tool: 'file.read', seq: 2 * index + 1 };
      view = reduce(view, call as Frame);
      view = reduce(view, { ...head, type: 'trace.delta', text, seq: 2 * index + 2 } as Frame);
    }
    expect(view.seq).toBe(2 * COUNT);
    expect(view.calls).toHaveLength(MAX_CALLS);
    expect(view.calls.at(-1)?.callId).toBe(`c${COUNT - 1}`);
    expect(view.trace.chunks).toHaveLength(MAX_TRACE_CHUNKS);
    const kept = view.trace.chunks.reduce((sum, chunk) => sum + chunk.text.length, 0);
    expect(kept + view.trace.omittedChars).toBe(COUNT * CHARS);
    expect(JSON.stringify(view).length).toBeLessThan(4 * kept);
  });
});
