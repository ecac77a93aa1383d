import type { QueryRunner } from 'typeorm';
import { MIGRATIONS } from '../../apps/server/src/migrations';

/**
 * What the version before could not live with: it still writes and reads the tables while the new one is rolled out.
 * Removing belongs into a later release, when nothing uses it any more.
 */
const BREAKING: readonly (readonly [string, RegExp])[] = [
  ['drops a table', /\bdrop\s+table\b/i],
  ['drops a column', /\bdrop\s+column\b/i],
  ['renames', /\brename\s+(?:to|column|constraint)\b/i],
  ['changes the type of a column', /\balter\s+column\s+\w+\s+(?:set\s+data\s+)?type\b/i],
  ['makes a column mandatory', /\balter\s+column\s+\w+\s+set\s+not\s+null\b/i],
  [
    'adds a mandatory column without a default',
    /\badd\s+column\s+(?:if\s+not\s+exists\s+)?\w+\s+(?![^,;]*\bdefault\b)[^,;]*\bnot\s+null\b/i,
  ],
];

/** Columns that a database trigger fills on every insert: test/compat/previous-version.spec.ts writes such rows. */
const FILLED_BY_TRIGGER: Readonly<Record<string, readonly string[]>> = {
  Audit1764500000000: ['makes a column mandatory'],
};

async function statementsOf(Migration: (typeof MIGRATIONS)[number]): Promise<string[]> {
  const statements: string[] = [];
  const runner = {
    query: (text: string) => {
      statements.push(text);
      return Promise.resolve([]);
    },
  };
  await new Migration().up(runner as unknown as QueryRunner);
  return statements;
}

function breaksIn(statements: readonly string[]): string[] {
  return statements.flatMap((statement) => BREAKING.filter(([, form]) => form.test(statement)).map(([what]) => what));
}

describe('migrations', () => {
  it.each(MIGRATIONS.map((Migration) => [Migration.name, Migration] as const))(
    '%s only adds: the version before can go on working beside the new one',
    async (_, Migration) => {
      const statements = await statementsOf(Migration);
      expect(statements.length).toBeGreaterThan(0);
      expect(breaksIn(statements)).toEqual(FILLED_BY_TRIGGER[Migration.name] ?? []);
    },
  );

  it.each([
    ['drop table runs'],
    ['alter table runs drop column goal'],
    ['alter table runs rename column goal to aim'],
    ['alter table runs rename to jobs'],
    ['alter table runs alter column goal type varchar(10)'],
    ['alter table runs alter column goal set not null'],
    ['alter table runs add column aim text not null'],
  ])('would be refused with "%s"', (statement) => {
    expect(breaksIn([statement])).toHaveLength(1);
  });

  it.each([
    ["alter table runs add column aim text not null default ''"],
    ['alter table runs add column aim text'],
    ['create table aims (id uuid not null)'],
  ])('may say "%s"', (statement) => {
    expect(breaksIn([statement])).toEqual([]);
  });
});
