import type { BeliefSource, CalibrationVersion, SourceCalibration } from '@assent/contract';
import type { Caller } from '../support/caller';
import { framesUntil } from '../support/frames';
import { readPlan } from '../support/plans';
import { Stage, type Replica } from '../support/stage';

const PATH = 'config/payments.yaml';

describe('calibration', () => {
  let stage: Stage;
  let server: Replica;
  let developer: Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start();
    ({ developer } = server);
  });
  afterAll(() => stage.close());

  const reportOf = async (source: BeliefSource): Promise<SourceCalibration> => {
    const { items } = await developer.call('planner/calibration', { source });
    const [report] = items;
    if (!report || items.length > 1) throw new Error(`one report was expected: ${JSON.stringify(items)}`);
    return report;
  };
  const recalibrate = (source: BeliefSource) => developer.call('planner/recalibrate', { source });

  /** Outcomes as complete writes them, without a run each. */
  const resolve = (
    tenant: string,
    belief: BeliefSource,
    p: number,
    trues: number,
    falses: number,
    source = 'complete',
  ) =>
    stage.rows(
      `insert into resolutions (run_id, assumption_id, tenant_id, truth, source, actor, step, key, key_truth, p, belief,
         workspace, spread, created_at)
       select gen_random_uuid(), 'a', $1, nth <= $4, $6, 'test', 1, 'a', nth <= $4, $3, $2, 'example', true, now()
       from generate_series(1, $4::integer + $5::integer) as nth`,
      [tenant, belief, p, trues, falses, source],
    );

  /** A run that reads a file and ends, its assumptions resolved. @returns its tree */
  const run = async (resolved: Record<string, boolean>, more: Parameters<typeof readPlan>[1] = {}) => {
    const { runId } = await developer.call('start', readPlan(PATH, more));
    await framesUntil(developer, runId, 'run.completed');
    const truths = Object.entries(resolved).map(([assumptionId, truth]) => ({ assumptionId, truth }));
    await developer.call('complete', { runId, outcome: 'success', resolved: truths });
    return developer.call('tree/get', { runId });
  };

  it('knows nothing at first', async () => {
    const { items, cursor } = await developer.call('planner/calibration', {});
    expect(cursor).toBeNull();
    expect(items.map(({ bins, ...rest }) => ({ ...rest, counts: bins.map(({ count }) => count) }))).toEqual(
      ['caller', 'lexical', 'model'].map((source) => ({
        source,
        count: 0,
        brier: null,
        logLoss: null,
        counts: Array(10).fill(0),
        versions: [],
      })),
    );
  });

  it('counts what complete resolves, by the source of the beliefs', async () => {
    await run({ 'too-short': true, 'on-purpose': false });
    await run({ 'too-short': false });
    const report = await reportOf('caller');
    expect(report.count).toBe(3);
    expect(report.brier).toBeCloseTo((0.01 + 0.01 + 0.81) / 3, 12);
    expect(report.logLoss).toBeCloseTo(-(2 * Math.log(0.9) + Math.log(0.1)) / 3, 12);
    expect(report.bins.filter(({ count }) => count > 0)).toEqual([
      { from: 0.1, to: 0.2, count: 1, meanP: 0.1, rate: 0 },
      { from: 0.9, to: 1, count: 2, meanP: 0.9, rate: 0.5 },
    ]);
    expect((await reportOf('lexical')).count).toBe(0);
  });

  it('is not fitted on fewer than 50 outcomes, and says how many there are', async () => {
    await resolve('local', 'caller', 0.9, 20, 26);
    const refusal = await developer.fail('planner/recalibrate', { source: 'caller' });
    expect(refusal).toMatchObject({
      code: -32002,
      message: expect.stringContaining('has 49 resolved assumptions; a recalibration needs 50'),
      data: { source: 'caller', samples: 49, needed: 50 },
    });
    expect((await reportOf('caller')).versions).toEqual([]);
  });

  it('does not count other tenants, outcomes without a probability, or what was taken for true because nobody answered', async () => {
    const before = await reportOf('caller');
    await resolve('other', 'caller', 0.5, 5, 5);
    await resolve('local', 'caller', 0.5, 5, 5, 'expiry');
    await stage.rows(
      `insert into resolutions (run_id, assumption_id, tenant_id, truth, source, actor, created_at)
       values (gen_random_uuid(), 'a', 'local', true, 'complete', 'test', now())`,
    );
    expect(await reportOf('caller')).toEqual(before);
  });

  it('is fitted by an administrator, as a new version with its points', async () => {
    expect(await server.reviewer.fail('planner/recalibrate', { source: 'caller' })).toMatchObject({ code: -32003 });
    await resolve('local', 'caller', 0.1, 0, 29);
    const version = await recalibrate('caller');
    expect(version).toEqual({
      version: 1,
      samples: 78,
      points: [
        { p: 0.1, calibrated: 0.001 },
        { p: 0.9, calibrated: 21 / 48 },
      ],
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      actor: 'developer',
    } satisfies CalibrationVersion);
    expect((await reportOf('caller')).versions).toEqual([version]);
  });

  it('changes no run that does not ask for it', async () => {
    const tree = await run({});
    expect(tree.assumptions.map(({ id, p, evidence }) => [id, p, evidence])).toEqual(
      expect.arrayContaining([
        ['too-short', 0.9, []],
        ['on-purpose', 0.1, []],
      ]),
    );
  });

  it.each(['latest', 1] as const)('changes a run that asks for %j, which says so', async (calibration) => {
    const plain = await run({});
    const tree = await run({}, { calibration });
    expect(tree.assumptions.map(({ id, p, evidence }) => [id, p, evidence])).toEqual(
      expect.arrayContaining([
        ['too-short', 21 / 48, ['recalibrated from 0.9 by version 1']],
        ['on-purpose', 0.001, ['recalibrated from 0.1 by version 1']],
      ]),
    );
    expect(tree.inputHash).not.toBe(plain.inputHash);
  });

  it('measures what the source said, not what a version made of it', async () => {
    const before = await reportOf('caller');
    await run({ 'too-short': true }, { calibration: 'latest' });
    const after = await reportOf('caller');
    const top = ({ bins }: SourceCalibration) => bins.at(-1);
    expect([after.count, top(after)?.count]).toEqual([before.count + 1, (top(before)?.count ?? 0) + 1]);
  });

  it.each([2, 2_147_483_648, 1e300])(
    'refuses a run that asks for version %d, which does not exist',
    async (calibration) => {
      const before = await stage.rows('select count(*) from runs');
      expect(await developer.fail('start', readPlan(PATH, { calibration }))).toMatchObject({
        code: -32602,
        data: { pointer: '/calibration' },
      });
      expect(await stage.rows('select count(*) from runs')).toEqual(before);
    },
  );

  it('of one source says nothing of another: beliefs read from a trace stay as they are', async () => {
    const { runId } = await developer.call('start', {
      goal: 'Find out what keeps the checkout waiting',
      memory: false,
      actions: [{ id: 'read', kind: 'tool', label: 'Read the file', tool: 'file.read', args: { path: PATH } }],
      trace: 'The pool is probably too small, so reading the file would help.',
      calibration: 'latest',
    });
    await framesUntil(developer, runId, 'run.completed');
    const { assumptions } = await developer.call('tree/get', { runId });
    expect(assumptions.length).toBeGreaterThan(0);
    expect(assumptions.flatMap(({ evidence }) => evidence).filter((line) => line.startsWith('recalibrated'))).toEqual(
      [],
    );
  });

  it('numbers versions without gaps when many are fitted at once, and never changes an old one', async () => {
    const [first] = (await reportOf('caller')).versions;
    const made = await Promise.all(Array.from({ length: 8 }, () => recalibrate('caller')));
    expect(made.map(({ version }) => version).sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    const { versions } = await reportOf('caller');
    expect(versions.map(({ version }) => version)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(versions.at(-1)).toEqual(first);
    expect(versions.slice(0, -1)).toEqual(expect.arrayContaining(made));
  });

  it('counts versions by source', async () => {
    await resolve('local', 'lexical', 0.7, 30, 30);
    expect((await recalibrate('lexical')).version).toBe(1);
    expect((await reportOf('lexical')).versions).toHaveLength(1);
    expect((await reportOf('caller')).versions).toHaveLength(9);
  });

  it('is seen by Prometheus, over all tenants', async () => {
    const fresh = await stage.start();
    await resolve('other', 'model', 0.25, 1, 3);
    const scrape = async () => (await (await fetch(`${fresh.process.url}/metrics`)).text()).split('\n');
    const lines = await scrape();
    const value = (series: string) => Number(lines.find((line) => line.startsWith(`${series} `))?.split(' ')[1]);
    expect(value('assent_planner_calibration_samples{source="model"}')).toBe(4);
    expect(value('assent_planner_calibration_brier{source="model"}')).toBeCloseTo((0.5625 + 3 * 0.0625) / 4, 12);
    expect(value('assent_planner_calibration_log_loss{source="model"}')).toBeCloseTo(
      -(Math.log(0.25) + 3 * Math.log(0.75)) / 4,
      12,
    );
    expect(value('assent_planner_reliability{source="model",bin="0.2-0.3",kind="mean_p"}')).toBe(0.25);
    expect(value('assent_planner_reliability{source="model",bin="0.2-0.3",kind="rate"}')).toBe(0.25);
    // Ten of another tenant, which the report of this one does not count.
    const { count } = await reportOf('caller');
    expect(value('assent_planner_calibration_samples{source="caller"}')).toBe(count + 10);
    expect(lines.filter((line) => line.includes('bin="0.3-0.4"') && line.includes('"model"'))).toEqual([]);
  });

  it('costs a scrape nothing but its own series when the store cannot answer', async () => {
    const fresh = await stage.start();
    await stage.rows('alter table resolutions rename to resolutions_away');
    try {
      const response = await fetch(`${fresh.process.url}/metrics`);
      const text = await response.text();
      expect(response.status).toBe(200);
      expect(text).toContain('assent_database_connections{state="open"}');
      expect(text).not.toMatch(/^assent_planner_calibration_brier\{/m);
    } finally {
      await stage.rows('alter table resolutions_away rename to resolutions');
    }
  });
});
