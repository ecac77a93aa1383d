import type { FrameCommands, FrameLoad } from './frames.process';
import { Child } from './support/child';
import { openPlace } from './support/place';
import type { BenchReport, Figure } from './support/report';
import { median } from './support/statistics';

const ROUNDS = 4;
const ROUND_MS = 1_500;
const WARM_UP_MS = 1_000;
const RUNS = 32;
const SHARE_GOAL = 0.7;
/** Frames a run appends at once: a batch of deltas is the goal, single ones are shown beside it. */
const BATCHES = { goal: 8, single: 1 };

/** Durable frames through the appender against a multi-row INSERT loop on the same database, turn by turn. */
export async function frames(): Promise<BenchReport> {
  const place = await openPlace();
  const child = Child.start<FrameCommands>(require.resolve('./frames.process'));
  try {
    await child.ask('open', { databaseUrl: place.databaseUrl });
    const batched = await rounds(child, BATCHES.goal);
    const single = await rounds(child, BATCHES.single);
    return {
      figures: [...figuresOf(BATCHES.goal, batched), ...figuresOf(BATCHES.single, single)],
      goals: [
        {
          what: `frames a second against multi-row INSERT, ${RUNS} x ${BATCHES.goal}`,
          value: batched.appender / batched.insert,
          unit: 'x',
          bound: 'at least',
          limit: SHARE_GOAL,
          parts: `${Math.round(batched.appender)}/s against ${Math.round(batched.insert)}/s, medians of ${ROUNDS} rounds`,
        },
      ],
      notes: [`With single frames the ratio is ${(single.appender / single.insert).toFixed(2)}.`],
    };
  } finally {
    await child.stop();
    await place.remove();
  }
}

interface Comparison {
  readonly appender: number;
  readonly insert: number;
}

async function rounds(child: Child<FrameCommands>, each: number): Promise<Comparison> {
  const load = (ms: number): FrameLoad => ({ runs: RUNS, each, ms });
  const appender: number[] = [];
  const insert: number[] = [];
  await child.ask('append', load(WARM_UP_MS));
  await child.ask('insert', load(WARM_UP_MS));
  for (let round = 0; round < ROUNDS; round += 1) {
    appender.push(await child.ask('append', load(ROUND_MS)));
    insert.push(await child.ask('insert', load(ROUND_MS)));
  }
  return { appender: median(appender), insert: median(insert) };
}

function figuresOf(each: number, { appender, insert }: Comparison): Figure[] {
  return [
    { what: `appender, ${RUNS} runs x ${each} frames`, value: appender, unit: 'frames/s' },
    { what: `INSERT of ${RUNS * each} rows, one connection`, value: insert, unit: 'frames/s' },
  ];
}
