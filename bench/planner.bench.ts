import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { runAsking, type AskingPrices } from './planner/asking';
import { BOOTSTRAP } from './support/bootstrap';
import { runExperiment, type PolicyResult } from './planner/experiment';
import { PLAIN, POLICIES, LITERAL } from './planner/policies';
import { replaceSection } from './support/section';
import { askingTable, policyTable } from './planner/tables';
import { networkWorld, randomWorld, searchWorld, type WorldMaker } from './planner/worlds';
import type { BenchReport } from './support/report';

interface Suite {
  readonly name: string;
  readonly make: WorldMaker;
  readonly worlds: number;
  /** Per price. */
  readonly askingWorlds: number;
  readonly extra: typeof POLICIES;
}

/** Sizes that fit a minute on two cores. */
const SUITES: readonly Suite[] = [
  { name: 'Random worlds', make: randomWorld, worlds: 800, askingWorlds: 250, extra: [] },
  { name: 'Bayesian networks', make: networkWorld, worlds: 400, askingWorlds: 150, extra: [] },
  { name: 'Search', make: searchWorld, worlds: 150, askingWorlds: 50, extra: [PLAIN] },
];

const LAMBDA = 0.3;
/** Standard deviation of noisy beliefs, in log-odds: a true 0.5 is stated as 0.27 to 0.73 two times in three. */
const NOISE = 1;
/** lambda 1 and C 1 are the defaults of the planner, C 1 where one question is on offer. */
const PRICES: AskingPrices = { lambdas: [LAMBDA, 1], questionCosts: [0.1, 0.3, 1] };

const PAGE = join(__dirname, '../docs/planner.md');

/** Regret and cost of the planner's modes and of baselines in worlds with a known truth. Writes docs/planner.md. */
export async function planner(): Promise<BenchReport> {
  const sections: string[] = [];
  const measured: { readonly name: string; readonly results: readonly PolicyResult[] }[] = [];
  for (const { name, make, worlds, extra } of SUITES) {
    for (const noise of [0, NOISE]) {
      const policies = [...POLICIES, ...extra];
      const results = await runExperiment({
        make,
        worlds,
        policies,
        against: LITERAL,
        options: { noise, lambda: LAMBDA },
      });
      const title = `${name}, ${noise === 0 ? 'exact' : 'noisy'} beliefs`;
      measured.push({ name: title, results });
      sections.push(`### ${title}\n\n${worlds} worlds, lambda ${LAMBDA}.\n\n${policyTable(results)}`);
    }
  }
  for (const { name, make, askingWorlds } of SUITES) {
    const rows = await runAsking(make, askingWorlds, PRICES);
    sections.push(
      `### The asking rule: ${name}\n\n${askingWorlds} worlds a row, exact beliefs.\n\n${askingTable(rows)}`,
    );
  }
  const section = sections.join('\n\n');
  process.stdout.write(`\n${section}\n`);
  const page = replaceSection(readFileSync(PAGE, 'utf8'), section);
  writeFileSync(PAGE, await format(page, { ...(await resolveConfig(PAGE)), parser: 'markdown' }));
  return reportOf(measured);
}

function reportOf(
  measured: readonly { readonly name: string; readonly results: readonly PolicyResult[] }[],
): BenchReport {
  const regret = (results: readonly PolicyResult[] | undefined, name: string) =>
    results?.find(({ policy }) => policy === name)?.regret ?? Number.NaN;
  const [exact] = measured;
  const [expected, paper] = [LITERAL, 'paper, rule evsi'].map((name) => regret(exact?.results, name));
  return {
    figures: measured.map(({ name, results }) => ({
      what: `${name}: regret of expected`,
      value: regret(results, LITERAL),
      unit: 'U',
    })),
    goals: [
      {
        what: 'regret of expected against that of paper, random worlds',
        value: (expected ?? Number.NaN) / (paper ?? Number.NaN),
        unit: 'x',
        bound: 'at most',
        limit: 1,
        parts: `${expected?.toFixed(4) ?? ''} against ${paper?.toFixed(4) ?? ''}`,
      },
    ],
    notes: [
      `Seeded: the same figures at every run; intervals from ${BOOTSTRAP.resamples} resamples. The tables are in docs/planner.md.`,
    ],
  };
}
