import { createHash } from 'node:crypto';
import { Pool, type Client } from 'pg';
import {
  CandidateRepository,
  Embedder,
  FragmentRepository,
  Ranking,
  VectorRanker,
  VectorRepository,
} from '@assent/memory/testing';
import { Database, loadConfig } from '@assent/platform';
import { migrate } from '../apps/server/src/migrate';
import { openPlace, withClient } from './support/place';
import type { BenchReport, Figure } from './support/report';
import { median, percentile } from './support/statistics';

/** BENCH_RECALL_ROWS=1000000 is the figure of the docs; it takes some minutes and 2 GB. */
const MOST_ROWS = Number(process.env['BENCH_RECALL_ROWS'] ?? 1_000_000);
const SIZES = [1_000, 10_000, 100_000, 1_000_000].filter((rows) => rows <= MOST_ROWS);
const SCOPE = { tenantId: 'bench', agent: 'robot' };
/** Size of the vocabulary; a word's frequency falls with its rank, as in a language. */
const VOCABULARY = 20_000;
const WORDS_A_FRAGMENT = 24;
const ROUNDS = 200;
const WARM_UP_ROUNDS = 20;
const P99 = 0.99;
const P99_GOAL_MS = 50;

interface Question {
  readonly name: string;
  readonly ask: (round: number) => string;
}

/** Eight letters without a pattern, so that few words are nearly alike. */
const wordOf = (rank: number): string =>
  createHash('md5')
    .update(String(rank))
    .digest('hex')
    .slice(0, 8)
    .replace(/\d/g, (digit) => 'ghijklmnop'.charAt(Number(digit)));
/** A number from 0 to 1 without a pattern, the same at every run. */
const lot = (seed: number): number => {
  const x = Math.sin(seed * 12.9898) * 43_758.5453;
  return x - Math.floor(x);
};
const words = (round: number, count: number, rank: (lot: number) => number): string =>
  Array.from({ length: count }, (_, index) => wordOf(Math.floor(rank(lot(round * 131 + index))))).join(' ');

const QUESTIONS: readonly Question[] = [
  { name: 'a goal of 12 words, as fragments are', ask: (round) => words(round, 12, (x) => VOCABULARY ** x) },
  { name: 'a goal of 200 words', ask: (round) => words(round, 200, (x) => VOCABULARY ** x) },
  { name: 'rare words only', ask: (round) => words(round, 8, (x) => VOCABULARY * (0.5 + x / 2)) },
  { name: 'the ten commonest words only', ask: (round) => words(round, 8, (x) => 1 + 10 * x) },
  {
    name: 'misspelt rare words',
    ask: (round) => words(round, 4, (x) => VOCABULARY * (0.5 + x / 2)).replace(/(?<=\b\w{5})\w/g, ''),
  },
];

/** Recall for a plan at a growing number of fragments of one tenant and agent: candidates, ranking, texts. */
export async function recall(): Promise<BenchReport> {
  const place = await openPlace();
  await migrate(place.databaseUrl);
  const database = new Database(new Pool({ connectionString: place.databaseUrl, max: 4, pipeline: true }));
  const config = loadConfig({ WORKSPACES: `bench=${place.folder}` }, place.folder);
  const vectors = new VectorRanker(new Embedder(config), new VectorRepository(database), config);
  const ranking = new Ranking(new CandidateRepository(database), new FragmentRepository(database), vectors, config);
  const figures: Figure[] = [];
  const worst = new Map<number, number>();
  const shortcomings = new Map<string, number>();
  const { MEMORY_RECALL_MS: timeoutMs } = config.env;
  try {
    for (const rows of SIZES) {
      await withClient(place.databaseUrl, (client) => grow(client, rows));
      for (const { name, ask } of QUESTIONS) {
        const ms: number[] = [];
        for (let round = 0; round < ROUNDS + WARM_UP_ROUNDS; round += 1) {
          const goal = ask(round);
          const startedAt = performance.now();
          const shortcoming = await shortcomingOf(ranking.find(SCOPE, goal, { status: 'active', timeoutMs }));
          if (round < WARM_UP_ROUNDS) continue;
          ms.push(performance.now() - startedAt);
          if (shortcoming !== null) shortcomings.set(shortcoming, (shortcomings.get(shortcoming) ?? 0) + 1);
        }
        const p99 = percentile(ms, P99);
        figures.push({ what: `${rows} fragments, ${name}: p50`, value: median(ms), unit: 'ms' });
        figures.push({ what: `${rows} fragments, ${name}: p99`, value: p99, unit: 'ms' });
        worst.set(rows, Math.max(worst.get(rows) ?? 0, p99));
      }
    }
  } finally {
    await database.close();
    await place.remove();
  }
  const [least = Number.NaN] = SIZES;
  const most = SIZES.at(-1) ?? Number.NaN;
  const [first, last] = [worst.get(least) ?? Number.NaN, worst.get(most) ?? Number.NaN];
  const growth = 2 * Math.log2(most / least);
  return {
    figures,
    goals: [
      {
        what: `recall over ${most} fragments, worst question, p99`,
        value: last,
        unit: 'ms',
        bound: 'at most',
        limit: P99_GOAL_MS,
        parts: `${ROUNDS} rounds of ${QUESTIONS.length} kinds of question`,
      },
      {
        what: `growth of the worst p99 from ${least} to ${most} fragments`,
        value: last / first,
        unit: 'x',
        bound: 'at most',
        limit: growth,
        parts: `${last.toFixed(1)} ms against ${first.toFixed(1)} ms; twice the logarithm (base 2) of the growth in size`,
      },
    ],
    notes: [
      'One tenant and one agent have all fragments: the worst case for the scope. Embedded Postgres, fsync on, one question at a time.',
      `The time of a recall is limited as by default, to ${timeoutMs} ms; one that is cut off counts with the time it took.`,
      ...[...shortcomings].map(([what, times]) => `${times} recalls in all: ${what}.`),
    ],
  };
}

/** SQLSTATE: the statement was ended because its time was up. */
const QUERY_CANCELED = '57014';

/** null: it has used every ranker. */
async function shortcomingOf(found: ReturnType<Ranking['find']>): Promise<string | null> {
  try {
    const { degraded } = await found;
    return degraded[0] ?? null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === QUERY_CANCELED) return 'cut off';
    throw error;
  }
}

/** Fills up to so many active fragments, made in SQL, and counts their words as the agent does. */
async function grow(client: Client, rows: number): Promise<void> {
  const others = ['document', 'active', 'staged', 'listing', 'activated', 'runs', 'lineage', 'text'];
  for (const name of others) await client.query(`drop index if exists memory_fragments_${name}`);
  const { rows: found } = await client.query<{ indexdef: string }>(
    `select indexdef from pg_indexes where indexname in ('memory_fragments_recall', 'memory_fragments_newest')`,
  );
  await client.query('drop index memory_fragments_recall, memory_fragments_newest');
  await client.query(
    `insert into memory_fragments (id, tenant_id, agent, status, text, text_hash, keys, tags, helpful, harmful, strength, version, provenance, document,
       active_at, created_at, updated_at)
     select gen_random_uuid(), $1, $2, 'active', said, md5(said || i), array[said], array['success'], i % 7, i % 3, 2, 1, '[]', to_tsvector('english', said),
       now(), now(), now()
     from generate_series((select count(*) + 1 from memory_fragments), $3::bigint) as i, lateral (
       select string_agg(translate(left(md5(floor(power($4::float8, random()))::integer::text), 8), '0123456789', 'ghijklmnop'), ' ') as said
       from generate_series(1, $5::integer + (i * 0)::integer)
     ) as sentence`,
    [SCOPE.tenantId, SCOPE.agent, rows, VOCABULARY, WORDS_A_FRAGMENT],
  );
  for (const { indexdef } of found) await client.query(indexdef);
  await client.query('truncate memory_words');
  await client.query(
    `insert into memory_words (tenant_id, word, docs) select $1, word, ndoc from ts_stat('select document from memory_fragments')`,
    [SCOPE.tenantId],
  );
  await client.query('vacuum analyze memory_fragments');
  await client.query('vacuum analyze memory_words');
}
