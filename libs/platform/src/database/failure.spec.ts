import { once } from 'node:events';
import type { Client, ClientConfig } from 'pg';
import { AssentError } from '@assent/contract';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { failureOf, type FailureKind } from './failure';
import { Connections, thrownBy } from './testing/connections';

const SHORT_MS = 200;

let own: TestDatabase;
const connections = new Connections();
const open = (url = own.url, config: ClientConfig = {}) => connections.open(url, config);

beforeAll(async () => {
  own = await createTestDatabase();
});
afterEach(() => connections.close());
afterAll(() => own.drop());

const one = async (text: string, values: unknown[] = []) => (await open()).query(text, values);

/** A named statement is sent in full once, and by name afterwards. */
async function named(text: string, between: string): Promise<unknown> {
  const client = await open();
  await client.query({ name: 'again', text });
  await client.query(between);
  return client.query({ name: 'again', text });
}

/** Two transactions, each with one changed row. */
async function twoTransactions(isolation: string): Promise<[Client, Client]> {
  const both = await Promise.all([open(), open()]);
  await both[0].query('create table if not exists pairs (id integer primary key, count integer)');
  await both[0].query('insert into pairs values (1, 0), (2, 0) on conflict do nothing');
  await Promise.all(both.map((client) => client.query(`begin isolation level ${isolation}`)));
  await Promise.all(both.map((client, index) => client.query(bump(index + 1))));
  return both;
}

async function inNoOrder(): Promise<unknown> {
  const [a, b] = await twoTransactions('serializable');
  await a.query('commit');
  return b.query('commit');
}

async function deadlock(): Promise<unknown> {
  const [a, b] = await twoTransactions('read committed');
  return Promise.all([a.query(bump(2)).then(() => a.query('commit')), b.query(bump(1)).then(() => b.query('commit'))]);
}

const bump = (id: number) => `update pairs set count = (select sum(count) from pairs) + 1 where id = ${id}`;
const asRole = (name: string) => {
  const url = new URL(own.url);
  url.username = name;
  url.password = 'secret';
  return open(url.href);
};

const SAID: readonly (readonly [code: string, kind: FailureKind, how: string, provoke: () => Promise<unknown>])[] = [
  ['08P01', 'fatal', 'a parameter is missing', () => one('select $1::int + $2::int', [1])],
  ['22003', 'invalid', 'a number is out of range', () => one('select $1::int', ['2147483648'])],
  [
    '22001',
    'invalid',
    'a text is too long',
    () => one(`create temp table t (x varchar(1)); insert into t values ('ab')`),
  ],
  ['22008', 'invalid', 'a date is out of range', () => one('select $1::date', ['2024-13-40'])],
  ['22021', 'invalid', 'a text holds U+0000', () => one('select $1::text', ['a\0b'])],
  ['22P05', 'invalid', 'JSON holds U+0000', () => one(`select $1::jsonb`, ['"\\u0000"'])],
  ['23505', 'fatal', 'a key is taken', () => one('create temp table t (x int unique); insert into t values (1), (1)')],
  ['42703', 'fatal', 'there is no such column', () => one('select nothing')],
  [
    '0A000',
    'transient',
    'a prepared statement does not fit any more',
    () => named('select * from changing', 'alter table changing add b integer'),
  ],
  ['26000', 'transient', 'a prepared statement is gone', () => named('select 1', 'deallocate all')],
  ['25006', 'transient', 'the database is read only', readOnly],
  ['25P03', 'transient', 'a transaction was idle for too long', idleInTransaction],
  ['28000', 'transient', 'the login is refused', () => asRole('spec_nologin')],
  ['28P01', 'transient', 'the password is wrong', () => asRole('spec_nobody')],
  ['3D000', 'transient', 'there is no such database', () => open(own.url.replace(/\/[^/]+$/, '/nowhere'))],
  ['40001', 'transient', 'transactions cannot be put in an order', inNoOrder],
  ['40P01', 'transient', 'transactions wait for each other', deadlock],
  ['53300', 'transient', 'there are too many connections', () => asRole('spec_limited')],
  ['55P03', 'transient', 'a lock is held', lockHeld],
  [
    '57014',
    'transient',
    'a statement runs into its time',
    async () => (await open(own.url, { statement_timeout: SHORT_MS })).query('select pg_sleep(60)'),
  ],
  ['57P01', 'transient', 'an administrator ends the connection', terminated],
  [
    '57P05',
    'transient',
    'a connection was idle for too long',
    async () => endOf(await open(), `set idle_session_timeout = ${SHORT_MS}`),
  ],
];

async function readOnly(): Promise<unknown> {
  const client = await open();
  await client.query('set default_transaction_read_only = on');
  return client.query('create table never (x integer)');
}

async function idleInTransaction(): Promise<unknown> {
  return endOf(await open(own.url, { idle_in_transaction_session_timeout: SHORT_MS }), 'begin');
}

/** Messages with which the server ends a connection. */
async function endOf(client: Client, statement: string): Promise<never> {
  const ended = once(client, 'error');
  await client.query(statement);
  const [error] = (await ended) as [Error];
  throw error;
}

async function lockHeld(): Promise<unknown> {
  const [holder, other] = await Promise.all([open(), open(own.url, { lock_timeout: SHORT_MS })]);
  await Promise.all([holder, other].map((client) => client.query('begin')));
  await holder.query('lock table changing');
  return other.query('lock table changing');
}

async function terminated(): Promise<unknown> {
  const client = await open();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const sleeping = client.query('select pg_sleep(60)');
  await Promise.all([sleeping.catch(() => undefined), one('select pg_terminate_backend($1)', [rows[0]?.pid])]);
  return sleeping;
}

describe('what the database says', () => {
  beforeAll(async () => {
    await one('create table changing (a integer)');
    for (const [name, rule] of [
      ['spec_nologin', `nologin password 'secret'`],
      ['spec_nobody', 'login'],
      ['spec_limited', `login password 'secret' connection limit 0`],
    ]) {
      await one(`create role ${name} ${rule}`);
    }
  });
  afterAll(async () => {
    for (const name of ['spec_nologin', 'spec_nobody', 'spec_limited']) await one(`drop role ${name}`);
  });

  it.each(SAID)('%s is %s: %s', async (code, kind, _, provoke) => {
    const reported = await thrownBy(provoke);
    expect(reported).toEqual({ code, kind });
  });
});

describe('what nobody else throws', () => {
  it.each([
    ['a full disk of a workspace', Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', path: '/a' })],
    ['a file that cannot be opened', Object.assign(new Error('EMFILE'), { code: 'EMFILE', path: '/a' })],
    ['an AssentError with any text', new AssentError('conflict', 'Connection terminated unexpectedly')],
    ['a fault of ours', new TypeError('x is not a function')],
    ['no error at all', 'Connection terminated unexpectedly'],
  ])('%s: nothing about the database', (_, thrown) => {
    expect(failureOf(thrown)).toBeNull();
  });
});
