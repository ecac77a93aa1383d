import type { JsonObject } from '@assent/contract';
import { conditionsHold } from './argument-conditions';
import { compilePolicy } from './policy-document';

/** How conditions of a policy treat arguments. */
function outcomeOf(conditions: object, args: JsonObject, path: string | null = null): string {
  const rule = { id: 'a', tools: ['*'], verdict: 'ask', ...conditions };
  const [compiled] = compilePolicy({ version: 1, rules: [rule] }, 'file').rules;
  if (!compiled) throw new Error('expected a rule');
  const written = conditionsHold(compiled.conditions, args, path, 'written');
  const suspected = conditionsHold(compiled.conditions, args, path, 'suspected');
  if (written) return 'holds';
  return suspected ? 'only against' : 'no';
}

describe('conditions on arguments', () => {
  it.each<[object, JsonObject, 'holds' | 'only against' | 'no']>([
    [{ hosts: ['*.example.com'] }, { url: 'https://API.example.com:8443/x' }, 'holds'],
    [{ hosts: ['*.example.com'] }, { url: 'https://a.b.example.com./x' }, 'holds'],
    [{ hosts: ['*.example.com'] }, { url: 'https://example.com.evil.org' }, 'no'],
    [{ hosts: ['*.example.com'] }, { url: 'https://user@evil.org/?.example.com' }, 'no'],
    [{ hosts: ['127.0.0.1', '::1'] }, { url: 'http://0x7f.1/' }, 'holds'],
    [{ hosts: ['127.0.0.1', '::1'] }, { url: 'http://[0:0::1]/' }, 'holds'],
    [{ hosts: ['*'] }, { url: 'not a url' }, 'only against'],
    [{ hosts: ['*'] }, {}, 'no'],
    [{ hosts: ['*'] }, { url: 3 }, 'no'],
    [{ sqlVerbs: ['select'] }, { statement: 'SELECT 1' }, 'holds'],
    [{ sqlVerbs: ['select'] }, { statement: 'select 1; drop table a' }, 'only against'],
    [{ sqlVerbs: ['delete'] }, { statement: 'with x as (delete from a returning *) select 1' }, 'only against'],
    [{ sqlVerbs: ['delete', 'select'] }, { statement: 'with x as (delete from a) select 1' }, 'holds'],
    [{ sqlVerbs: ['select'] }, { statement: "select 'open" }, 'only against'],
    [{ sqlVerbs: ['select'] }, { statement: '-- nothing' }, 'no'],
    [{ sqlVerbs: ['select'] }, {}, 'no'],
    [{ programs: ['git'] }, { program: 'git' }, 'holds'],
    [{ programs: ['git'] }, { argv: ['git', 'status'] }, 'holds'],
    [{ programs: ['git'] }, { argv: ['/usr/bin/git'] }, 'only against'],
    [{ programs: ['git'] }, { argv: ['GIT'] }, 'only against'],
    [{ programs: ['git'] }, { argv: ['rm', 'git'] }, 'no'],
    [{ programs: ['git'] }, { argv: [] }, 'no'],
    [{ amounts: [{ pointer: '/order/total', atMost: 100 }] }, { order: { total: 100 } }, 'holds'],
    [{ amounts: [{ pointer: '/order/total', atMost: 100 }] }, { order: { total: 100.5 } }, 'no'],
    [{ amounts: [{ pointer: '/order/total', atMost: 100 }] }, { order: { total: '5' } }, 'only against'],
    [{ amounts: [{ pointer: '/order/total', atMost: 100 }] }, { order: {} }, 'no'],
    [{ amounts: [{ pointer: '/a~1b/1', atLeast: 2, atMost: 3 }] }, { 'a/b': [0, 2] }, 'holds'],
    [{ amounts: [{ pointer: '/a~1b/1', atLeast: 2, atMost: 3 }] }, { 'a/b': [0, 1] }, 'no'],
    [{ amounts: [{ pointer: '/length', atLeast: 0 }] }, {}, 'no'],
    [{ amounts: [{ pointer: '/constructor/length', atLeast: 0 }] }, {}, 'no'],
    [
      {
        amounts: [
          { pointer: '/a', atMost: 1 },
          { pointer: '/b', atMost: 1 },
        ],
      },
      { a: 1, b: 2 },
      'no',
    ],
    [{ hosts: ['a.org'], amounts: [{ pointer: '/n', atMost: 1 }] }, { url: 'https://a.org', n: 2 }, 'no'],
  ])('%j of %j: %s', (conditions, args, outcome) => {
    expect(outcomeOf(conditions, args)).toBe(outcome);
  });

  it.each<[string[], string | null, 'holds' | 'only against' | 'no']>([
    [['secrets/**'], 'secrets/a', 'holds'],
    [['secrets/**'], 'SECRETS/a', 'only against'],
    [['secrets/**'], 'se\u200dcrets/a', 'only against'],
    [['secrets/**'], 'notes/a', 'no'],
    [['**'], null, 'no'],
  ])('paths %j of a call on %j: %s', (paths, path, outcome) => {
    expect(outcomeOf({ paths }, {}, path)).toBe(outcome);
  });

  it('holds without conditions', () => {
    expect(outcomeOf({}, {})).toBe('holds');
  });
});
