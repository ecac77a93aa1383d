import type { ActionInput } from '@assent/contract';
import { completeActions, traceParts } from '@assent/planner';
import { clausesOf } from './clauses';
import { findingsOf } from './findings';
import { composeFromTrace } from './lexical.composer';
import { mentionsOf } from './mentions';
import { createReader } from './reading';

/** Characters of the shortest text; several chunks of the composer. */
const SHORT_CHARS = 6_000;
/** Twice the text may take twice the steps, with a tenth on top for the ends of chunks. */
const MAX_GROWTH = 2.2;
/** Steps that a text of any length may take. */
const ONCE = 100;

const ACTIONS = completeActions([
  { id: 'patch', kind: 'tool', tool: 'file.write', args: { path: 'config/app.yaml' } },
  { id: 'restart', kind: 'tool', tool: 'service.restart', args: { service: 'resolver' } },
] satisfies ActionInput[]);

/** Texts that repeat one form: reasoning, intentions, conditions, denials, and other text. */
const FORMS = {
  reasoning: 'The pool is probably too small, so patch config/app.yaml. If lookups fail, restart the resolver. ',
  intentions: "Let's restart the resolver. ",
  'hedges in one sentence': 'maybe the pool is small, ',
  conditions: 'if the port is wrong ',
  'open conditions': 'Unless the port is right. ',
  denials: 'it is unlikely that there is little chance that I do not think that ',
  'conditions that do not hold': 'If it had, there would be a row in config/app.yaml. ',
  'topics and checks': 'The resolver is perhaps stale; config/app.yaml would show that. ',
  references: 'If so, otherwise, if not, in that case, ',
  'words without an end': 'word ',
  'one word': 'a',
  'opened quotes': '"\'`«( ',
  numbers: '10% 1.5 3, ',
  lines: '- maybe\n\n',
  French: 'Le port est peut-être pris, donc redémarrer le service. ',
} as const;

/** Executions of regular expressions, which do all reading of text: their inputs are clauses and chunks of limited length. */
async function readingSteps(text: string): Promise<number> {
  const { prototype } = RegExp;
  const { exec } = prototype;
  let steps = 0;
  Reflect.set(prototype, 'exec', function counted(this: RegExp, read: string) {
    steps += 1;
    return exec.call(this, read);
  });
  try {
    await composeFromTrace(text, ACTIONS);
  } finally {
    Reflect.set(prototype, 'exec', exec);
  }
  return steps;
}

/** Clauses looked at while statements are linked to actions. */
async function linkingSteps(text: string): Promise<number> {
  const clauses = await clausesOf(traceParts(text));
  const readers = new Map(
    [...new Set(clauses.map(({ lexicon }) => lexicon))].map((lexicon) => [
      lexicon,
      createReader(lexicon, mentionsOf(ACTIONS, lexicon)),
    ]),
  );
  const readings = clauses.flatMap((clause) => readers.get(clause.lexicon)?.(clause) ?? []);
  let steps = 0;
  const counted = new Proxy(readings, {
    get(target, property, receiver) {
      if (typeof property === 'string' && /^\d+$/.test(property)) steps += 1;
      return Reflect.get(target, property, receiver) as unknown;
    },
  });
  findingsOf(counted, new Map(ACTIONS.map(({ id, label }) => [id, label])));
  return steps;
}

describe('the work of the offline composer', () => {
  describe.each([
    ['reading', readingSteps],
    ['linking', linkingSteps],
  ])('%s', (_name, stepsOf) => {
    it.each(Object.entries(FORMS))('is proportional to the length of a text of %s', async (_, form) => {
      const text = (chars: number) => form.repeat(Math.ceil(chars / form.length)).slice(0, chars);
      const [short, middle, long] = [
        await stepsOf(text(SHORT_CHARS)),
        await stepsOf(text(2 * SHORT_CHARS)),
        await stepsOf(text(4 * SHORT_CHARS)),
      ];
      expect(middle).toBeLessThanOrEqual(MAX_GROWTH * short + ONCE);
      expect(long).toBeLessThanOrEqual(MAX_GROWTH * middle + ONCE);
    });
  });
});
