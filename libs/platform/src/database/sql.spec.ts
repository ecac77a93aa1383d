import { RUN, type RunPart } from './run.reference';
import { compile, cte, sql, withCtes, type Cte, type Reference } from './sql';

describe('sql', () => {
  it('turns every value into a parameter, numbered across all nested pieces', () => {
    const inner = sql`select ${'b'} as x where ${1} < ${2}`;
    expect(compile(sql`select ${'a'}, (${inner}), ${null}`)).toEqual({
      text: 'select $1, (select $2 as x where $3 < $4), $5',
      values: ['a', 'b', 1, 2, null],
    });
  });

  it('puts named parts before the final statement; a part in a template is its name', () => {
    const a = cte('a', sql`select ${1}`);
    const b = cte('b', sql`select * from ${a}`);
    expect(compile(withCtes([a, b], sql`select * from ${b} where x = ${2}`))).toEqual({
      text: 'with a as (select $1), b as (select * from a) select * from b where x = $2',
      values: [1, 2],
    });
  });

  it('leaves a statement without parts alone', () => {
    expect(compile(withCtes([], sql`select 1`)).text).toBe('select 1');
  });

  it('refuses two parts of one name', () => {
    const parts = [cte('insert_frames', sql`select 1`), cte('insert_frames', sql`select 2`)];
    expect(() => withCtes(parts, sql`select 1`)).toThrow('a statement has two parts named insert_frames');
  });

  it('never lets a value into the text', () => {
    const { text, values } = compile(sql`select ${"'; drop table runs; --"}`);
    expect({ text, values }).toEqual({ text: 'select $1', values: ["'; drop table runs; --"] });
  });

  it('checks at compile time which parts a part selects from', () => {
    const steps: RunPart = cte('insert_steps', sql`insert into steps select ${RUN.column('id')} from ${RUN}`);
    const trees: RunPart = cte('insert_trees', sql`insert into trees select 1 ${sql`from ${RUN}`}`);
    // @ts-expect-error it would write even if the run could not be changed
    const careless: RunPart = cte('insert_steps', sql`insert into steps select ${1}`);
    const other = cte('update_searches', sql`select 1`);
    // @ts-expect-error it selects from another part
    const wrong: RunPart = cte('insert_trees', sql`insert into trees select 1 from ${other}`);
    // @ts-expect-error the run has no such column
    const column = RUN.column('goal');
    expect([steps, trees, careless, wrong]).toHaveLength(4);
    expect(compile(sql`${column} ${RUN.column('tenantId')}`).text).toBe('run."goal" run."tenantId"');
  });

  it('distinguishes parts by the columns of their rows', () => {
    const next = (from: Reference<string, { run_id: string }>) => compile(sql`select run_id from ${from}`).text;
    const taken: Cte = cte('update_questions', sql`select 1`);
    expect(next(taken.withRows<{ run_id: string }>())).toBe('select run_id from update_questions');
    // @ts-expect-error it declares no run_id
    expect(next(taken)).toBe('select run_id from update_questions');
  });
});
