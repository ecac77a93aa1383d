import type { MethodResult } from '@assent/contract';
import type { RpcCommands } from './rpc.process';
import { Child } from './support/child';
import { HttpConnection } from './support/http.connection';
import { openPlace } from './support/place';
import type { BenchReport, Figure, Goal } from './support/report';
import { KEYS, startServer } from './support/server';
import { median } from './support/statistics';

const ROUNDS = 4;
const ROUND_SECONDS = 2;
const WARM_UP_SECONDS = 2;
const LIST_SHARE_GOAL = 0.7;
const SCORE_SHARE_GOAL = 0.9;

const SCORE_PARAMS = {
  beliefs: {
    assumptions: [{ id: 'low', text: 'The limit is too low', p: 0.8 }],
    gains: [{ actionId: 'raise', when: { low: true }, gain: 0.9 }],
  },
  actions: [
    { id: 'raise', kind: 'tool', tool: 'file.write', args: {} },
    { id: 'finish', kind: 'finish' },
  ],
};

/** POST /rpc against a bare Fastify that parses the same request and writes the same answer, turn by turn. */
export async function rpc(): Promise<BenchReport> {
  const place = await openPlace();
  const file = require.resolve('./rpc.process');
  const [rival, generator] = [Child.start<RpcCommands>(file), Child.start<RpcCommands>(file)];
  try {
    const env = { DATABASE_URL: place.databaseUrl, WORKSPACES: `bench=${place.folder}` };
    const server = await startServer({ env });
    try {
      const toolList = (await resultOf(server.url, 'tool/list', {})) as MethodResult<'tool/list'>;
      const rivalUrl = await rival.ask('listen', { toolList });
      const compare = async (method: string, params: object): Promise<Comparison> => {
        await requireSameAnswer(server.url, rivalUrl, method, params);
        return rounds(generator, [server.url, rivalUrl], method, params);
      };
      return reportOf(await compare('tool/list', {}), await compare('tree/score', SCORE_PARAMS));
    } finally {
      await server.stop();
    }
  } finally {
    await Promise.all([rival.stop(), generator.stop()]);
    await place.remove();
  }
}

interface Comparison {
  readonly assent: number;
  readonly fastify: number;
}

async function rounds(
  generator: Child<RpcCommands>,
  [assentUrl, fastifyUrl]: readonly [string, string],
  method: string,
  params: object,
): Promise<Comparison> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const load = (url: string, seconds: number) => generator.ask('load', { url, key: KEYS.developer, body, seconds });
  const assent: number[] = [];
  const fastify: number[] = [];
  await load(assentUrl, WARM_UP_SECONDS);
  await load(fastifyUrl, WARM_UP_SECONDS);
  for (let round = 0; round < ROUNDS; round += 1) {
    assent.push(await load(assentUrl, ROUND_SECONDS));
    fastify.push(await load(fastifyUrl, ROUND_SECONDS));
  }
  return { assent: median(assent), fastify: median(fastify) };
}

function reportOf(list: Comparison, score: Comparison): BenchReport {
  const figures = (method: string, { assent, fastify }: Comparison): Figure[] => [
    { what: `${method}, Assent`, value: assent, unit: '/s' },
    { what: `${method}, bare Fastify`, value: fastify, unit: '/s' },
  ];
  const goal = (method: string, { assent, fastify }: Comparison, limit: number): Goal => ({
    what: `POST /rpc ${method} against bare Fastify`,
    value: assent / fastify,
    unit: 'x',
    bound: 'at least',
    limit,
    parts: `${Math.round(assent)}/s against ${Math.round(fastify)}/s, medians of ${ROUNDS} rounds`,
  });
  return {
    figures: [...figures('tool/list', list), ...figures('tree/score', score)],
    goals: [goal('tool/list', list, LIST_SHARE_GOAL), goal('tree/score', score, SCORE_SHARE_GOAL)],
    notes: [
      'Bare Fastify: a plain JSON.parse (no strictness, no key, no validation), the same scoring function, the same answer written anew each time.',
      'The load generator runs on the same machine: with two cores or fewer it takes from both alike.',
    ],
  };
}

async function resultOf(url: string, method: string, params: object): Promise<unknown> {
  const connection = await HttpConnection.open(url);
  try {
    return await connection.call(KEYS.developer, method, params);
  } finally {
    connection.close();
  }
}

async function requireSameAnswer(url: string, rivalUrl: string, method: string, params: object): Promise<void> {
  const [ours, theirs] = await Promise.all([resultOf(url, method, params), resultOf(rivalUrl, method, params)]);
  if (JSON.stringify(ours) !== JSON.stringify(theirs)) throw new Error(`The two servers answer ${method} differently.`);
}
