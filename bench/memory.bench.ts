import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { AGGREGATORS } from '@assent/contract';
import { compareAggregators } from './memory/aggregators';
import { findBest } from './memory/best-answer';
import { fusedRecall } from './memory/fused-recall';
import { gameOf24, usableSkills } from './memory/game-of-24';
import { learningCurves } from './memory/learning';
import { permutations } from './memory/permutations';
import { aggregatorTable, bestAnswerTable, fusedRecallTable, learningTable } from './memory/tables';
import { BOOTSTRAP } from './support/bootstrap';
import { replaceSection } from './support/section';
import type { BenchReport, Figure } from './support/report';

/** Sizes that fit two minutes on two cores. */
const STREAMS = 24;
const PROBLEMS = 160;
const TRIALS = 100;
const SEARCHES = 300;
const SIZES = [5, 9, 17, 33];
const RIGHTS = [1, 0.8];
/** Width of the noise on the cosine of vectors. */
const NOISES = [0.05, 0.2, 0.4, 0.6, 0.8, 1.2];
const SEED = 24;

const PAGE = join(__dirname, '../docs/memory.md');

/** What memory is worth beside its controls, how judgements become ranks, and what comparing with the best so far buys. */
export async function memory(): Promise<BenchReport> {
  const sections: string[] = [];
  const figures: Figure[] = [];
  const worlds = [
    { world: gameOf24, usable: usableSkills() },
    { world: permutations, usable: Array.from({ length: permutations.skills }, (_, skill) => skill) },
  ];
  for (const { world, usable } of worlds) {
    for (const shifted of [false, true]) {
      const title = `${world.name}${shifted ? ', shifted in the middle' : ''}`;
      const rows = learningCurves(world, usable, { streams: STREAMS, problems: PROBLEMS, shifted, seed: SEED });
      sections.push(`### ${title}\n\n${STREAMS} streams of ${PROBLEMS} problems.\n\n${learningTable(rows)}`);
      for (const { arm, solved } of rows)
        figures.push({ what: `${title}: ${arm}, 4th quarter`, value: (solved[3] ?? 0) * 100, unit: '% solved' });
    }
  }
  for (const right of RIGHTS) {
    const rows = compareAggregators(SIZES, { right, trials: TRIALS, seed: SEED });
    const judge = right === 1 ? 'a judge that is always right' : `a judge that is right ${right * 100}% of the time`;
    sections.push(`### Aggregators, ${judge}\n\n${TRIALS} tournaments a row.\n\n${aggregatorTable(rows)}`);
  }
  const best = findBest(RIGHTS, AGGREGATORS, { trials: SEARCHES, seed: SEED });
  sections.push(`### Finding the best of nine answers\n\n${SEARCHES} searches a row.\n\n${bestAnswerTable(best)}`);
  const recalls = NOISES.map(fusedRecall);
  sections.push(
    `### Fused recall, mean reciprocal rank\n\n5 sets of 320 passages and 100 questions.\n\n${fusedRecallTable(recalls)}`,
  );
  const page = replaceSection(readFileSync(PAGE, 'utf8'), sections.join('\n\n'));
  writeFileSync(PAGE, await format(page, { ...(await resolveConfig(PAGE)), filepath: PAGE }));
  return {
    figures,
    goals: [],
    notes: [
      `seed ${SEED}; intervals: paired bootstrap, ${BOOTSTRAP.resamples} resamples`,
      'the tables are in docs/memory.md now; the solver is simulated, no model takes part',
    ],
  };
}
