import { UsageError, readOptions, wholeNumber } from '@assent/client/cli';
import { reportFailure } from '@assent/test-support/program';
import { agent } from './agent.bench';
import { cycle } from './cycle.bench';
import { endpoints } from './endpoints.bench';
import { frames } from './frames.bench';
import { growth } from './growth.bench';
import { learning } from './learning.bench';
import { memory } from './memory.bench';
import { inference } from './inference.bench';
import { hedges } from './planner/hedges.eval';
import { windows } from './planner/windows.eval';
import { peers } from './peers.bench';
import { planner } from './planner.bench';
import { recall } from './recall.bench';
import { resume } from './resume.bench';
import { rpc } from './rpc.bench';
import { scoring } from './scoring.bench';
import { sse } from './sse.bench';
import { startup } from './startup.bench';
import { keepReport, printReport, type Bench, type BenchOptions } from './support/report';

const BENCHES: Readonly<Record<string, Bench>> = {
  startup,
  cycle,
  endpoints,
  peers,
  rpc,
  frames,
  growth,
  sse,
  resume,
  recall,
  scoring,
  planner,
  inference,
  hedges,
  windows,
  memory,
  learning,
  agent,
};

const USAGE = 'Usage: npm run bench -- [BENCH...] [--seeds N] [--runs N] [--keep FOLDER] [--rows]';

/** `npm run bench` runs all, `npm run bench -- cycle rpc` those two, `learning --seeds=2 --runs=40` a smaller one. Exits 1 when one could not be run, 2 when the command line cannot be used. */
async function main(words: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const;
  const { values, positionals: names } = readOptions(words, {
    allowPositionals: true,
    options: { seeds: text, runs: text, keep: text, rows: { type: 'boolean' } },
  });
  const { seeds, runs, keep, rows } = values;
  const unknown = names.filter((name) => !(name in BENCHES));
  if (unknown.length > 0) {
    throw new UsageError(`There is no bench ${unknown.join(', ')}: choose from ${Object.keys(BENCHES).join(', ')}.`);
  }
  const options: BenchOptions = {
    ...(seeds !== undefined && { seeds: wholeNumber('--seeds', seeds, 1) }),
    ...(runs !== undefined && { runs: wholeNumber('--runs', runs, 1) }),
    ...(keep !== undefined && { keep }),
    ...(rows !== undefined && { rows }),
  };
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const started = performance.now();
    const report = await bench(options);
    printReport(name, report, (performance.now() - started) / 1_000);
    keepReport(name, report);
  }
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => process.exit(reportFailure(error, { usage: USAGE })),
);
