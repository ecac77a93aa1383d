import { setTimeout } from 'node:timers/promises';
import type { DecisionVerb } from '@assent/contract';
import { Barrier } from '../support/barrier';
import type { DecisionTransport } from '../support/decision-transports';
import { DecisionRace, type Attempt, type Trace, type Waiting } from '../support/decision-race';
import { scaled } from '../support/limits';

/** Of each kind. `npm run test:races` makes 1,000. */
const TRIALS = Number(process.env['RACE_TRIALS'] ?? 60);
/** Races at the same time: more than the servers have connections to the database. */
const AT_ONCE = 40;
const TRIAL_MS = 3_000;
const START_MS = 120_000;
/** A first guess of how long the decisions of a batch take; after that it is known. */
const FIRST_SPAN_MS = 500;
/** Somewhat more than the decisions take, so that some are in time to the last. */
const SPAN_SHARE = 1.2;

/** Transports differ in how much they look up first: a lead below this lets each of them win. */
const LEAD_MS = 200;

interface Call {
  readonly transport: DecisionTransport;
  readonly at: number;
  readonly verb: DecisionVerb;
  readonly afterMs: number;
}

let race: DecisionRace;

beforeAll(async () => {
  race = await DecisionRace.open();
});

afterAll(() => race.close());

/** The transports in another order for each trial, half of them at each process. */
function calls(trial: number, count: number, verbOf: (place: number) => DecisionVerb): Call[] {
  const { transports } = race;
  return Array.from({ length: count }, (_, place) => {
    const transport = transports[(trial + place) % transports.length];
    if (!transport) throw new Error('no transport is configured');
    return {
      transport,
      at: Math.floor(trial / transports.length) + place,
      verb: verbOf(place),
      afterMs: place === 0 || trial % 2 === 0 ? 0 : Math.random() * LEAD_MS,
    };
  });
}

function attempts(waiting: Waiting, all: readonly Call[]): Promise<Attempt[]> {
  return Promise.all(
    all.map(async ({ transport, at, verb, afterMs }) => {
      if (afterMs > 0) await setTimeout(afterMs);
      return { transport, verb, said: await transport.decide(race.server(at).url, waiting, verb) };
    }),
  );
}

/** Checks that one decision took effect, and the answer to each client. @returns the outcome and its actor */
function expectOne(trace: Trace, tried: readonly Attempt[], ends: readonly string[]): string {
  const { decision, actor, run } = trace;
  const end = decision ?? trace.state;
  const refusals = ends.includes('expired') ? ['taken', 'lost', 'gone'] : ['taken', 'lost'];
  const approved = decision === 'approve' ? 1 : 0;
  const isCancelled = run === 'cancelled';
  const heard = tried.map(({ transport, verb, said }) => `${transport.name} ${verb}: ${said}`);
  // Four people decide: only the winner gets a success.
  const winners = tried.filter(({ said }) => said === 'taken');
  const others = tried.map(({ said }) => said).filter((said) => !refusals.includes(said));
  const found = {
    ...trace,
    heard,
    others,
    winners: winners.map(({ transport, verb }) => `${transport.actor} ${verb}`),
  };
  expect(found).toEqual({
    ...found,
    others: [],
    winners: decision === null ? [] : [`${actor ?? ''} ${decision}`],
    decided: decision === null ? 0 : 1,
    resolved: 1,
    expired: end === 'expired' ? 1 : 0,
    verdicts: end === 'cancelled' ? 0 : 1,
    // A cancel may come after the decision and before the effect.
    dispatches: isCancelled ? trace.started : approved,
    started: isCancelled ? Math.min(trace.started, approved) : approved,
    applied: isCancelled ? 0 : approved,
    applies: trace.applied,
  });
  expect(ends).toContain(end);
  return `${end}${decision === null ? '' : ` by ${winners[0]?.transport.name ?? 'nobody'}`}`;
}

/** In batches; the next one is not prepared before the last one has ended. @returns how often what came of it */
async function trials(
  batch: (waiting: readonly Waiting[], first: number) => Promise<readonly (readonly Attempt[])[]>,
  ends: readonly string[],
): Promise<Map<string, number>> {
  const tally = new Map<string, number>();
  for (let first = 0; first < TRIALS; first += AT_ONCE) {
    const waiting = await race.waiting(Math.min(AT_ONCE, TRIALS - first));
    const tried = await batch(waiting, first);
    const traces = await race.traces(waiting);
    for (const [index, trace] of traces.entries()) {
      const came = expectOne(trace, tried[index] ?? [], ends);
      tally.set(came, (tally.get(came) ?? 0) + 1);
    }
  }
  return tally;
}

/** A race that one side always wins would prove nothing. */
function expectBoth(kind: string, tally: ReadonlyMap<string, number>, ends: readonly string[]): void {
  const reported = [...tally].toSorted().map(([what, count]) => `${what} ${count}`);
  process.stdout.write(`${kind}, ${TRIALS} trials: ${reported.join(', ')}\n`);
  for (const end of ends) expect(reported.filter((line) => line.startsWith(end))).not.toEqual([]);
}

describe(`in ${TRIALS} races of each kind, by REST, RPC, stream answer and callback, at two processes, one decision and one dispatch are left by`, () => {
  const limit = scaled(START_MS + TRIALS * TRIAL_MS);

  it(
    'approve against reject',
    async () => {
      const ends = ['approve', 'reject'];
      const tally = await trials(
        (waiting, first) =>
          Promise.all(
            waiting.map((one, index) =>
              attempts(
                one,
                calls(first + index, race.transports.length, (place) =>
                  (place + Math.floor((first + index) / 2)) % 2 === 0 ? 'approve' : 'reject',
                ),
              ),
            ),
          ),
        ends,
      );
      expectBoth('approve/reject', tally, ends);
    },
    limit,
  );

  it(
    'approve against approve',
    async () => {
      const tally = await trials(
        (waiting, first) =>
          Promise.all(
            waiting.map((one, index) =>
              attempts(
                one,
                calls(first + index, race.transports.length, () => 'approve'),
              ),
            ),
          ),
        ['approve'],
      );
      expectBoth('approve/approve', tally, ['approve']);
    },
    limit,
  );

  it(
    'approve against expire',
    async () => {
      const ends = ['approve', 'expired'];
      let spanMs = FIRST_SPAN_MS;
      const tally = await trials(async (waiting, first) => {
        await race.expireWithin(waiting, spanMs * SPAN_SHARE);
        const since = performance.now();
        const tried = await Promise.all(
          waiting.map((one, index) =>
            attempts(
              one,
              calls(first + index, 2, () => 'approve'),
            ),
          ),
        );
        spanMs = performance.now() - since;
        return tried;
      }, ends);
      expectBoth('approve/expire', tally, ends);
    },
    limit,
  );

  it(
    'approve against cancel',
    async () => {
      const ends = ['approve', 'cancelled'];
      const tally = await trials(
        (waiting, first) =>
          Promise.all(
            waiting.map(async (one, index) => {
              const trial = first + index;
              const cancel = () => race.cancel(race.server(trial), one.runId);
              const early = trial % 3 === 0 ? null : cancel();
              const tried = attempts(
                one,
                calls(trial, 2, () => 'approve'),
              );
              expect(await (early ?? cancel())).toBe('taken');
              return tried;
            }),
          ),
        ends,
      );
      expectBoth('approve/cancel', tally, ends);
    },
    limit,
  );
});

it('a decision that was in time and is held up beyond the end counts, and no sweep expires it', async () => {
  const [one] = await race.waiting(1);
  if (!one) throw new Error('nothing waits');
  const barrier = await Barrier.open(race.databaseUrl);
  let deciding: Promise<Attempt[]>;
  try {
    await barrier.run(one.runId);
    deciding = attempts(
      one,
      calls(0, 1, () => 'approve'),
    );
    const [decision = 0] = await barrier.waiters(1);
    await race.expireWithin([one], 0);
    // A sweep has found it expired and wants the same run.
    await barrier.blockedBy(decision);
  } finally {
    await barrier.lift();
  }
  const [trace] = await race.traces([one]);
  if (!trace) throw new Error('nothing is left');
  expect(expectOne(trace, await deciding, ['approve'])).toBe('approve by REST');
});

it('nothing else is left behind by any of them', async () => {
  expect(await race.violations()).toEqual([]);
});
