import { framesPath, readEvents } from '../support/event-stream';
import { eventually } from '../support/eventually';
import { framesUntil } from '../support/frames';
import { decide, startPending } from '../support/pending';
import { DEVELOPER_KEY, REVIEWER_KEY } from '../support/server-process';
import { writePlan } from '../support/plans';
import { Stage, type Replica } from '../support/stage';

/** The text format of Prometheus, line by line: a comment of two kinds, or a sample. */
const COMMENT = /^# (?:HELP [a-zA-Z_:][\w:]* .+|TYPE [a-zA-Z_:][\w:]* (?:counter|gauge|histogram|summary|untyped))$/;
const SAMPLE =
  /^([a-zA-Z_:][\w:]*)(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*\})? (?:[-+]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|Inf)|NaN)$/;
const TRACE = 'observed-1';
const REQUEST = 'request-1';

describe('a server that is looked at', () => {
  let stage: Stage;
  let server: Replica;
  let runId: string;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start({ LOG_LEVEL: 'debug' });
    const pending = await startPending(server.developer, 'observed.txt', 'x', { clientTraceId: TRACE });
    ({ runId } = pending);
    await decide(server.reviewer, pending, 'approve');
    await framesUntil(server.developer, runId, 'run.completed');
    await readEvents(server.developer, framesPath(runId));
    await server.developer.post(
      '/rpc',
      { jsonrpc: '2.0', id: 1, method: 'run/get', params: { runId } },
      { 'x-request-id': REQUEST },
    );
  });
  afterAll(() => stage.close());

  it('says that it lives and that it is ready', async () => {
    for (const path of ['/livez', '/readyz']) {
      const response = await fetch(`${server.process.url}${path}`);
      expect([response.status, await response.json()]).toMatchObject([200, { status: 'ok' }]);
    }
  });

  it('has series of calls, streams, runs, approvals and the database that Prometheus can read', async () => {
    const response = await fetch(`${server.process.url}/metrics`);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const lines = (await response.text()).split('\n').filter((line) => line !== '');
    expect(lines.filter((line) => !COMMENT.test(line) && !SAMPLE.test(line))).toEqual([]);
    const value = (series: string) => Number(lines.find((line) => line.startsWith(`${series} `))?.split(' ')[1]);
    expect(value('assent_rpc_requests_total{method="start",code="0"}')).toBe(1);
    expect(value('assent_rpc_request_seconds_count{method="start"}')).toBe(1);
    expect(value('assent_runs_started_total')).toBe(1);
    expect(value('assent_runs_ended_total{state="completed"}')).toBe(1);
    expect(value('assent_approval_decisions_total{decision="approve"}')).toBe(1);
    expect(value('assent_approval_wait_seconds_count')).toBe(1);
    expect(value('assent_frames_total')).toBeGreaterThan(10);
    expect(value('assent_run_commit_seconds_count')).toBeGreaterThan(0);
    expect(value('assent_database_connections{state="open"}')).toBeGreaterThan(0);
    expect(value('assent_active_runs')).toBe(0);
    expect(value('assent_streams_opened_total')).toBe(1);
    expect(value('assent_stream_gaps_total')).toBe(0);
    expect(value('assent_runs{state="waiting"}')).toBe(0);
    expect(value('assent_run_lease_overdue_seconds')).toBe(0);
    expect(value('assent_approvals_pending')).toBe(0);
    expect(value('assent_database_statement_seconds_count{kind="shared"}')).toBeGreaterThan(0);
    expect(value('assent_http_requests_total{method="GET",route="/runs/:id/frames",status="200"}')).toBe(1);
    expect(value('assent_streams')).toBe(0);
    expect(lines.filter((line) => line.includes(runId))).toEqual([]);
  });

  it('writes JSON lines; those of a run carry its id, the request that started it and the trace of the client', async () => {
    const ofItsRun = () => server.process.lines.filter((line) => line.includes(runId));
    await eventually('the run is logged', () => ofItsRun().length > 2);
    const ready = server.process.lines.findIndex((line) => line.includes('"listening"'));
    const entries = server.process.lines.slice(ready).map((line) => JSON.parse(line) as Record<string, unknown>);
    const ofRun = entries.filter((entry) => JSON.stringify(entry).includes(runId));
    for (const entry of ofRun) {
      expect(entry).toMatchObject({
        runId,
        clientTraceId: TRACE,
        requestId: expect.any(String),
        replicaId: expect.any(String),
      });
    }
    expect(new Set(ofRun.map(({ requestId }) => requestId)).size).toBe(1);
  });

  it('keeps the trace context of a caller for the run although it does not trace itself', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const body = { jsonrpc: '2.0', id: 1, method: 'start', params: writePlan('traced.txt', 'x') };
    const answer = await server.developer.post('/rpc', body, { traceparent });
    const { result } = (await answer.json()) as { result: { runId: string } };
    const frames = await framesUntil(server.developer, result.runId, 'run.waiting');
    expect(new Set(frames.map((frame) => frame['traceparent']))).toEqual(new Set([traceparent]));
    const entries = () => server.process.lines.filter((line) => line.includes(result.runId));
    await eventually('the run is logged', () => entries().length > 0);
    for (const line of entries()) expect(JSON.parse(line)).toMatchObject({ traceId: traceparent.slice(3, 35) });
    const untraced = await server.developer.call('stream', { runId });
    expect(untraced.frames.filter((frame) => 'traceparent' in frame)).toEqual([]);
  });

  it('never logs a key', () => {
    const text = server.process.lines.join('\n');
    for (const key of [DEVELOPER_KEY, REVIEWER_KEY]) expect(text).not.toContain(key);
  });

  it('describes its REST routes', async () => {
    const document = (await (await fetch(`${server.process.url}/openapi.json`)).json()) as {
      paths: Record<string, object>;
    };
    expect(document).toMatchObject({ openapi: expect.stringMatching(/^3\./), info: { title: 'Assent REST API' } });
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/approvals',
        '/approvals/{id}',
        '/approvals/{id}/diff',
        '/approvals/{id}/approve',
        '/approvals/{id}/reject',
        '/runs',
        '/runs/{id}',
        '/runs/{id}/tree',
        '/runs/{id}/frames',
        '/stream-tickets',
      ]),
    );
    expect((await fetch(`${server.process.url}/docs`)).status).toBe(200);
  });
});
