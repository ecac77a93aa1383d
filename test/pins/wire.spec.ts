import { Ajv, type ValidateFunction } from 'ajv';
import * as formats from 'ajv-formats';
import { FRAME_BODIES, METHODS, type MethodName } from '@assent/contract';
import type { Caller } from '../support/caller';
import { docTable } from '../support/doc-tables';
import { frameOf, framesUntil, type WireFrame } from '../support/frames';
import { decide, offerOf, startPending } from '../support/pending';
import { readPlan, writePlan } from '../support/plans';
import { Stage, type Replica } from '../support/stage';

const HEAD = ['runId', 'seq', 'at', 'type', 'step', 'clientTraceId'];
/** Served beside the routes that OpenAPI describes. */
const UNDESCRIBED = [
  'POST /rpc',
  'POST /mcp',
  'GET /.well-known/oauth-protected-resource/mcp',
  'POST /mcp/gateway',
  'GET /.well-known/oauth-protected-resource/mcp/gateway',
  'POST /ag-ui',
  'GET /ag-ui/runs/{id}/events',
  'GET /ag-ui/capabilities',
  'GET /',
  'GET /docs',
  'GET /openapi.json',
];

describe('what goes over the wire', () => {
  const ajv = formats.default(new Ajv({ strict: false }));
  let stage: Stage;
  let server: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start({ APPROVAL_TTL_SECONDS: '3600' });
  });
  afterAll(() => stage.close());

  const closedBody = (type: keyof typeof FRAME_BODIES): ValidateFunction =>
    ajv.compile({ ...FRAME_BODIES[type], additionalProperties: false });
  const badFrames = (frames: readonly WireFrame[]) =>
    frames.flatMap((frame) => {
      const body = Object.fromEntries(Object.entries(frame).filter(([name]) => !HEAD.includes(name)));
      const check = closedBody(frame.type as keyof typeof FRAME_BODIES);
      const head = Object.keys(frame).slice(0, HEAD.length);
      return check(body) && head.join() === HEAD.join() ? [] : [{ type: frame.type, head, body, errors: check.errors }];
    });
  const expectResult = (method: MethodName, result: unknown) => {
    const check = ajv.compile(METHODS[method].result);
    expect({ method, valid: check(result), errors: check.errors }).toEqual({ method, valid: true, errors: null });
  };

  it('is what the schemas of frames and results say, over runs that end in every way', async () => {
    const { developer, reviewer } = server;
    const approved = await startPending(developer, 'pinned.txt', 'x', { trace: ['Maybe.'], clientTraceId: 'pin' });
    const call = async (caller: Caller, method: MethodName, params: object): Promise<void> => {
      expectResult(method, (await caller.ask(method, params)).result);
    };
    await call(developer, 'run/get', { runId: approved.runId });
    await call(developer, 'tree/get', { runId: approved.runId });
    await call(developer, 'tree/score', { runId: approved.runId, params: { mode: 'paper' } });
    await call(developer, 'diff/get', { diffId: approved.diffId });
    await call(reviewer, 'approval/get', { approvalId: approved.approvalId });
    await call(reviewer, 'approval/list', {});
    await call(reviewer, 'approval/decide', {
      approvalId: approved.approvalId,
      decision: 'approve',
      hash: approved.hash,
    });
    const rejected = await startPending(developer, 'rejected.txt', 'x');
    await decide(reviewer, rejected, 'reject', { comment: 'no' });
    const cancelled = await startPending(developer, 'cancelled.txt', 'x');
    await call(developer, 'run/cancel', { runId: cancelled.runId, reason: 'why not' });
    await stage.write('stale.txt', 'old');
    const stale = await startPending(developer, 'stale.txt', 'x');
    await stage.write('stale.txt', 'newer');
    await decide(reviewer, stale, 'approve');
    const offered = await offerOf(developer, stale);
    await decide(reviewer, offered, 'reject');
    const denied = await developer.call('start', writePlan('denied.txt', 'x', { policy: { deny: ['**'] } }));
    const read = await developer.call('start', readPlan('README.md', { memory: true }));
    const refuted = await startPending(developer, 'refuted.txt', 'x');
    await call(developer, 'assumption/resolve', { runId: refuted.runId, assumptionId: 'too-short', truth: false });
    const all = [
      ...(await framesUntil(developer, approved.runId, 'run.completed')),
      ...(await framesUntil(developer, rejected.runId, 'run.completed')),
      ...(await framesUntil(developer, cancelled.runId, 'run.cancelled')),
      ...(await framesUntil(developer, stale.runId, 'run.completed')),
      ...(await framesUntil(developer, denied.runId, 'run.failed')),
      ...(await framesUntil(developer, refuted.runId, 'run.completed')),
      ...(await framesUntil(developer, read.runId, 'run.completed')),
    ];
    await call(developer, 'complete', { runId: read.runId, outcome: 'success' });
    const recorded = await developer.call('stream', { runId: read.runId, types: ['memory.recorded'] });
    all.push(...(recorded.frames as WireFrame[]));
    await call(developer, 'stream', { runId: read.runId });
    await call(developer, 'run/list', {});
    await call(developer, 'planner/calibration', {});
    await call(developer, 'tool/list', {});
    await call(developer, 'memory/search', { query: 'timeout' });
    await call(developer, 'rpc.discover', {});
    await call(developer, 'start', readPlan('README.md'));
    expect(badFrames(all)).toEqual([]);
    expect(frameOf(all, 'run.started')).toMatchObject({ seq: 1, clientTraceId: 'pin' });
    // What these runs have no reason to say.
    const unsaid = [
      'memory.recalled',
      'search.started',
      'search.expanded',
      'search.compared',
      'search.completed',
      'plan.updated',
      'approval.voted',
      'approval.revised',
      'approval.reminded',
      'approval.escalated',
      'approval.expired',
      'budget.warning',
      'run.retrying',
    ];
    const said = new Set(all.map(({ type }) => type));
    expect(Object.keys(FRAME_BODIES).filter((type) => !said.has(type))).toEqual(unsaid);
  });

  it('has the routes of docs/protocol.md, and no others', async () => {
    const { paths } = (await (await fetch(`${server.process.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const described = Object.entries(paths).flatMap(([path, verbs]) =>
      Object.keys(verbs).map((verb) => `${verb.toUpperCase()} ${path}`),
    );
    const documented = docTable('protocol.md', 'route', 'scope', 'answer').map(([route]) => route);
    expect(documented.toSorted()).toEqual([...described, ...UNDESCRIBED].toSorted());
  });
});
