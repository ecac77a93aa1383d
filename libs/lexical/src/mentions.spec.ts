import type { ActionInput } from '@assent/contract';
import fc from 'fast-check';
import { completeActions, plan, scoreTree } from '@assent/planner';
import { ENGLISH_LEXICON, FRENCH_LEXICON } from './language/lexicon';
import { LexicalComposer } from './lexical.module';
import { mentionsOf } from './mentions';

const COMPOSER = new LexicalComposer();

const LEXICONS = [ENGLISH_LEXICON, FRENCH_LEXICON];
/** Every code unit, including lone surrogates, with syntax characters of regular expressions more often. */
const text = fc.string({
  unit: fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(...Array.from('\\^$.*+?()[]{}|/-,:=!<>&#~ \'"`\t\r\n\u2028')) },
    { weight: 1, arbitrary: fc.constantFrom('a', 'K', '7', 'é', '\u00df', '\u0130', '\u{1f600}') },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) },
  ),
  maxLength: 40,
});
/** Arguments that may count as a name. */
const name = text.filter((value) => !value.includes('\n') && value.trim().length >= 3);

const acting = (value: string): ActionInput => ({ id: 'act', kind: 'tool', tool: 'x', args: { value } });
const OTHER: ActionInput = { id: 'other', kind: 'tool', tool: 'y', args: { value: 'unrelated' } };

describe('an action that a clause names by an argument', () => {
  it('is found for any string, literally', () => {
    fc.assert(
      fc.property(name, fc.constantFrom(...LEXICONS), (value, lexicon) => {
        const actionOf = mentionsOf(completeActions([acting(value), OTHER]), lexicon);
        expect(actionOf(`then ${value} follows`, false)).toBe('act');
      }),
      {
        examples: ['docker-compose.yml', '2026-02-03', '--force', 'a.b', '[x]', '$&1', '\ud83d-\\'].map((value) => [
          value,
          ENGLISH_LEXICON,
        ]),
      },
    );
  });

  it('is not found by a text that only looks like it', () => {
    const actionOf = mentionsOf(completeActions([acting('a.c+'), OTHER]), ENGLISH_LEXICON);
    expect([actionOf('then a.c+ follows', false), actionOf('then abcc follows', false)]).toEqual(['act', null]);
  });
});

it('any strings in the arguments, the labels, the question, the goal and the trace make a tree', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(text, { minLength: 8, maxLength: 8 }),
      async ([goal = '', a = '', b = '', c = '', d = '', e = '', f = '', g = '']) => {
        const actions: ActionInput[] = [
          {
            id: 'act',
            kind: 'tool',
            tool: `x${a}`,
            label: b,
            args: { [c]: d, path: `${e}/${f}`, nested: { f }, count: 7 },
          },
          { id: 'ask', kind: 'ask', question: `?${g}` },
          { id: 'finish', kind: 'finish', label: f },
        ];
        const trace = [`Maybe ${d} is wrong. If ${g}, use ${e}/${f}.`, `Il se peut que ${d} soit faux. ${b}`, a];
        const { tree } = await plan({ treeId: 't', goal, actions, trace }, COMPOSER);
        expect(await scoreTree({ goal, actions, trace }, COMPOSER)).toEqual({ ...tree, id: 'tree_unstored' });
      },
    ),
  ));
