import { Collector, type SeenSpan } from '../support/collector';
import { framesPath, readEvents } from '../support/event-stream';
import { eventually } from '../support/eventually';
import { framesUntil } from '../support/frames';
import { decide, type Pending } from '../support/pending';
import { writePlan } from '../support/plans';
import { Receiver } from '../support/receiver';
import { Stage, type Replica } from '../support/stage';
import { createWebhook } from '../support/webhooks';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const SECRET = 'a-goal-that-is-nobodys-business';
const HEADER_KEY = 'collector-key-123';

/** Starts with a trace context of the caller, dies while the run waits; another replica takes the decision. */
describe('a run that is traced', () => {
  let stage: Stage;
  let collector: Collector;
  let receiver: Receiver;
  let second: Replica;
  let pending: Pick<Pending, 'runId' | 'approvalId' | 'hash'>;
  let spans: SeenSpan[];

  beforeAll(async () => {
    [stage, collector, receiver] = await Promise.all([Stage.open(), Collector.open(), Receiver.open()]);
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.endpoint}/`,
      EGRESS_ALLOW: '127.0.0.0/8',
      WEBHOOK_SECRET_KEY: 'k'.repeat(32),
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${HEADER_KEY}`,
    };
    const first = await stage.start(env);
    await createWebhook(first.developer, `${receiver.origin}/hook`, ['run.completed']);
    const params = writePlan('traced.txt', SECRET, { goal: SECRET });
    const body = { jsonrpc: '2.0', id: 1, method: 'start', params };
    const answer = await first.developer.post('/rpc', body, { traceparent: `00-${TRACE}-${SPAN}-01` });
    const { runId } = ((await answer.json()) as { result: { runId: string } }).result;
    const frames = await framesUntil(first.developer, runId, 'run.waiting');
    const asked = frames.find(({ type }) => type === 'approval.requested');
    pending = { runId, approvalId: String(asked?.['approvalId']), hash: String(asked?.['hash']) };
    await eventually('the spans of planning arrive', () => named('phase approve').length > 0);
    await first.process.kill();
    second = await stage.start(env);
    await decide(second.reviewer, pending, 'approve');
    await framesUntil(second.developer, runId, 'run.completed');
    await eventually('the webhook arrives', () => receiver.requests.length > 0);
    await second.process.stop();
    spans = collector.spans;
  });
  afterAll(async () => {
    await stage.close();
    await collector.close();
    await receiver.close();
  });

  const named = (name: string) => collector.spans.filter((span) => span.name === name && span.traceId === TRACE);

  it('is one trace from the call of the client through the phases, the tool, the database and the webhook, over two processes', () => {
    const ofTrace = spans.filter(({ traceId }) => traceId === TRACE);
    const names = new Set(ofTrace.map(({ name }) => name));
    for (const name of [
      'POST /rpc',
      'rpc start',
      'insert into runs',
      'run',
      'phase plan',
      'phase act',
      'phase approve',
      'phase apply',
      'phase observe',
      'execute_tool file.write',
      'transaction',
      'update runs',
      'webhook deliver',
      'POST 127.0.0.1',
    ]) {
      expect([...names]).toContain(name);
    }
    const ids = new Set(ofTrace.map(({ spanId }) => spanId));
    const orphans = ofTrace.filter(({ parentSpanId }) => !ids.has(parentSpanId));
    expect(orphans.map(({ name, parentSpanId }) => [name, parentSpanId])).toEqual([['POST /rpc', SPAN]]);
  });

  it('hangs the work of a later process below the call that started the run, and links it to the call that woke it', () => {
    const start = spans.find(({ name }) => name === 'rpc start');
    const sessions = spans.filter(({ name }) => name === 'run');
    const decision = spans.find(({ name }) => name === 'POST /approvals/:id/approve');
    expect(sessions.map(({ parentSpanId }) => parentSpanId)).toEqual([start?.spanId, start?.spanId]);
    expect(decision?.traceId).not.toBe(TRACE);
    expect(sessions.map(({ links }) => links)).toEqual([[], [decision?.traceId]]);
  });

  it('carries its trace on to the receiver of a webhook: the context of the run in the event, that of the try in its header', () => {
    const [request] = receiver.requests;
    const start = spans.find(({ name }) => name === 'rpc start');
    const delivery = spans.find(({ name }) => name === 'webhook deliver');
    const { data } = JSON.parse(request?.body ?? '{}') as { data: { traceparent: string } };
    expect(data.traceparent).toBe(`00-${TRACE}-${start?.spanId ?? ''}-01`);
    expect(request?.headers['traceparent']).toBe(`00-${TRACE}-${delivery?.spanId ?? ''}-01`);
  });

  it('carries its trace context in every frame, the same bytes in every replay', async () => {
    // An unavailable collector prevents neither serving nor stopping.
    const third = await stage.start({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
    const { events } = await readEvents(third.developer, framesPath(pending.runId));
    const texts = events.map(({ data }) => data).filter((data) => data.includes('"seq"'));
    const contexts = new Set(texts.map((data) => (JSON.parse(data) as { traceparent?: string }).traceparent));
    const start = spans.find(({ name }) => name === 'rpc start');
    expect([...contexts]).toEqual([`00-${TRACE}-${start?.spanId ?? ''}-01`]);
    const page = await third.developer.fetch(framesPath(pending.runId), { headers: { accept: 'application/json' } });
    const text = await page.text();
    for (const frame of texts) expect(text).toContain(frame);
    expect(await third.process.stop()).toBe(0);
  });

  it('has its trace in its log lines', () => {
    const ofRun = second.process.lines.filter((line) => line.includes(pending.runId) && line.startsWith('{'));
    expect(ofRun.length).toBeGreaterThan(0);
    for (const line of ofRun) expect(JSON.parse(line)).toMatchObject({ runId: pending.runId, traceId: TRACE });
  });

  it('sends no goal, content or key of anybody with its spans, and the key of the collector to the collector only', () => {
    for (const secret of [SECRET, second.developer.key, second.reviewer.key, HEADER_KEY]) {
      expect(collector.text).not.toContain(secret);
    }
    expect(collector.headers[0]).toMatchObject({ authorization: `Bearer ${HEADER_KEY}` });
  });

  it('has no spans of polls, heartbeats and probes', () => {
    const roots = spans.filter(({ parentSpanId }) => parentSpanId === '').map(({ name }) => name);
    expect(new Set(roots.filter((name) => !/^(?:GET|POST) \//.test(name)))).toEqual(new Set());
    expect(roots.filter((name) => /livez|readyz|metrics/.test(name))).toEqual([]);
  });
});
