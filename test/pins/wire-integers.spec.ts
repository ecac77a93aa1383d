import type { Client } from 'pg';
import { CallbackSchema, METHODS, type MethodRow } from '@assent/contract';
import { Stage, type Replica } from '../support/stage';

/** The column that an integer of a request goes to or is compared with, by the name it has on the wire. */
const COLUMNS: Readonly<Record<string, string>> = {
  after: 'frames.seq',
  'audit/export after': 'audit_log.position',
  baseVersion: 'memory_plans.base_version',
  calibration: 'calibrations.version',
  maxCalls: 'tool_policies.max_calls',
  'approval/policy/set version': 'approval_policies.version',
  'tool/policy/set version': 'tool_policies.version',
  version: 'searches.version',
  seed: 'searches.seed',
  step: 'trees.step',
  'budget.nodes': 'searches.nodes_max',
  'budget.calls': 'searches.calls_max',
  'budget.tokens': 'searches.tokens_max',
  tokens: 'searches.tokens_used',
};
/** Stored as JSON, or used only by the server itself: no column has to fit them. */
const WITHOUT_COLUMN: ReadonlySet<string> = new Set([
  'limit',
  'waitMs',
  'context',
  'depth',
  'params.depth',
  'maxSteps',
  'hunks[]',
  'leaseSeconds',
  'overlapSeconds',
  'rules.maxChild',
  'rules.maxIter',
  'search.rules.maxChild',
  'search.rules.maxIter',
  'clientTools[].deadlineSeconds',
  'questions.ttlSeconds',
  'decisions[].hunks[]',
  'start budget.tokens',
]);
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  smallint: [-32_768, 32_767],
  integer: [-2_147_483_648, 2_147_483_647],
  bigint: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

interface Schema {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema | readonly Schema[];
  readonly anyOf?: readonly Schema[];
}
interface WireInteger {
  readonly where: string;
  readonly name: string;
  readonly schema: Schema;
}

function integersOf(where: string, schema: Schema, name = ''): WireInteger[] {
  const { properties = {}, patternProperties = {}, items, anyOf = [] } = schema;
  const at = (key: string) => (name === '' ? key : `${name}.${key}`);
  return [
    ...(schema.type === 'integer' ? [{ where, name, schema }] : []),
    ...Object.entries(properties).flatMap(([key, value]) => integersOf(where, value, at(key))),
    ...Object.values(patternProperties).flatMap((value) => integersOf(where, value, at('*'))),
    ...[items ?? []].flat().flatMap((value) => integersOf(where, value, `${name}[]`)),
    ...anyOf.flatMap((value) => integersOf(where, value, name)),
  ];
}

describe('every integer of a request', () => {
  let stage: Stage;
  let server: Replica;
  const integers = [
    ...Object.entries<MethodRow>(METHODS).flatMap(([method, { params }]) => integersOf(method, params as Schema)),
    ...integersOf('POST /approvals/{id}/callback', CallbackSchema as Schema),
  ];

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start();
  });
  afterAll(() => stage.close());

  it('has bounds that fit the column it goes to', async () => {
    const types = await columnTypes(stage.sql);
    expect(integers.length).toBeGreaterThan(45);
    const wrong = integers.filter(({ where, name, schema }) => {
      const { minimum = -Infinity, maximum = Infinity } = schema;
      const column = COLUMNS[`${where} ${name}`] ?? COLUMNS[name] ?? COLUMNS[name.replace(/^search\./, '')];
      const isFree = WITHOUT_COLUMN.has(`${where} ${name}`) || WITHOUT_COLUMN.has(name);
      const [least, most] = isFree ? (RANGES['bigint'] ?? []) : (RANGES[types.get(column ?? '') ?? ''] ?? []);
      return least === undefined || most === undefined || minimum < least || maximum > most;
    });
    expect(wrong.map(({ where, name, schema }) => [where, name, schema.minimum, schema.maximum])).toEqual([]);
  });

  it('that is larger than its column is refused as invalid', async () => {
    const larger = 2_147_483_648;
    for (const [method, params] of [
      ['approval/policy/set', { version: larger, rules: [] }],
      ['tool/policy/set', { version: larger, rules: [] }],
    ] as const) {
      const { code, data } = await server.developer.fail(method, params);
      expect([method, code, data['pointer'], data['retryable']]).toEqual([method, -32602, '/version', false]);
    }
  });
});

async function columnTypes(client: Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; type: string }>(
    `select table_name || '.' || column_name as name, data_type as type from information_schema.columns
      where table_schema = 'public'`,
  );
  return new Map(rows.map(({ name, type }) => [name, type]));
}
