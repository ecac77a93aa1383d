import { AssentError } from '@assent/contract';
import { readComposerAnswer, readEvaluatorAnswer } from './answer.schemas';
import { readComposition, readGainRows } from './composer.reading';

const FACTS = { material: 'Look at `app.yaml` and at server.ts, port 8080.', earlier: [] };
const assumption = (id: string, text: string, more: object = {}) => ({
  id,
  text,
  p: 0.6,
  excludes: [],
  given: [],
  ...more,
});
const answer = (more: object) =>
  readComposerAnswer(JSON.stringify({ assumptions: [], associations: [], ranking: [], observed: [], ...more }));

function problem(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof AssentError) return `${error.message} ${error.details.pointer ?? ''}`;
  }
  throw new Error('it was read');
}

describe('the answer of a composer', () => {
  it('becomes beliefs, with cases as maps and the composer as their source', () => {
    const { beliefs } = readComposition(
      answer({
        assumptions: [
          assumption('x1', 'The port is 8080'),
          assumption('x2', 'app.yaml is read', {
            excludes: ['x1'],
            given: [{ when: [{ assumptionId: 'x1', value: false }], p: 0.9 }],
          }),
        ],
        associations: [{ assumptionId: 'x2', value: true, actionId: 'a1' }],
      }),
      FACTS,
    );
    expect(beliefs).toEqual({
      assumptions: [
        { id: 'x1', text: 'The port is 8080', p: 0.6, excludes: [], given: [], sources: ['composer'] },
        {
          id: 'x2',
          text: 'app.yaml is read',
          p: 0.6,
          excludes: ['x1'],
          given: [{ when: { x1: false }, p: 0.9 }],
          sources: ['composer'],
        },
      ],
      associations: [{ assumptionId: 'x2', value: true, actionId: 'a1' }],
    });
  });

  it('stands in the order of its ranking', () => {
    const assumptions = ['x1', 'x2', 'x3'].map((id) => assumption(id, `It is ${id}`));
    const ranking = ['x3', 'x1'];
    const { beliefs } = readComposition(answer({ assumptions, ranking }), { ...FACTS, material: 'x1 x2 x3' });
    expect(beliefs.assumptions.map(({ id }) => id)).toEqual(['x3', 'x1', 'x2']);
  });

  it('loses what names something that occurs nowhere, and all that hangs on it', () => {
    const { beliefs, warnings } = readComposition(
      answer({
        assumptions: [
          assumption('x1', 'The value stands in secrets.json'),
          assumption('x2', 'SERVER.ts reads app.yaml', {
            excludes: ['x1'],
            given: [{ when: [{ assumptionId: 'x1', value: true }], p: 0.1 }],
          }),
        ],
        associations: [{ assumptionId: 'x1', value: true, actionId: 'a1' }],
      }),
      FACTS,
    );
    expect(beliefs).toMatchObject({ assumptions: [{ id: 'x2', excludes: [], given: [] }], associations: [] });
    expect(warnings).toEqual([
      'Assumption "x1" of the model was dropped: secrets.json occurs nowhere in what it was given.',
    ]);
  });

  it('may be certain, but not beyond', () => {
    const sure = (p: number) => () =>
      readComposition(answer({ assumptions: [assumption('x1', 'It is so', { p })] }), FACTS);
    expect(sure(1)().beliefs.assumptions[0]?.p).toBe(0.999);
    expect(sure(0)().beliefs.assumptions[0]?.p).toBe(0.001);
    expect(problem(sure(1.5))).toContain('/assumptions/0/p');
  });

  it('may be wrapped in a code block', () => {
    expect(readEvaluatorAnswer('```json\n{"gains": []}\n```')).toEqual({ gains: [] });
  });

  it.each([
    ['', 'The answer is empty.'],
    ['Sure! Here it is:', 'The answer is not valid JSON'],
    ['{"assumptions": []}', 'required property'],
    [
      '{"assumptions": [], "associations": [], "ranking": [], "observed": [], "note": 1}',
      'additional properties ("note")',
    ],
    ['{"assumptions": [{}], "associations": [], "ranking": [], "observed": []}', '/assumptions/0'],
  ])('that cannot be read is refused with the reason: %s', (text, reason) => {
    expect(problem(() => readComposerAnswer(text))).toContain(reason);
  });

  it('is refused where a case contradicts itself', () => {
    const when = [
      { assumptionId: 'x1', value: true },
      { assumptionId: 'x1', value: false },
    ];
    expect(problem(() => readGainRows({ gains: [{ actionId: 'a1', when, gain: 1 }] }))).toContain('/gains/0/when/1');
    expect(problem(() => readGainRows({ gains: [] }))).toContain('There is no row');
  });
});

describe('what a composer takes for settled', () => {
  const earlier = [
    { step: 1, assumptionId: 's1.x1', text: 'A', p: 0.5, truth: null },
    { step: 1, assumptionId: 's1.x2', text: 'B', p: 0.5, truth: true },
    { step: 2, assumptionId: 's2.x1', text: 'C', p: 0.5, truth: null },
  ];

  it('is taken over for what was open, and was not said both ways', () => {
    const observed = [
      { number: 1, truth: false },
      { number: 2, truth: false },
      { number: 3, truth: true },
      { number: 3, truth: false },
      { number: 4, truth: true },
      { number: 0, truth: true },
    ];
    const read = readComposition(answer({ observed }), { ...FACTS, earlier });
    expect(read.observed).toEqual([{ step: 1, assumptionId: 's1.x1', truth: false }]);
    expect(read.warnings).toHaveLength(4);
  });
});

describe('an answer beyond all size', () => {
  const many = <T>(count: number, each: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => each(index));
  const literals = many(20_000, (index) => ({ assumptionId: `x${index}`, value: true }));

  it.each([
    [{ assumptions: many(3_000, (index) => assumption(`x${index}`, `It is so, ${index}`)) }, '/assumptions'],
    [{ associations: many(3_000, () => ({ assumptionId: 'x1', value: true, actionId: 'a1' })) }, '/associations'],
    [{ ranking: many(20_000, (index) => `x${index}`) }, '/ranking'],
    [{ observed: many(9_000, (number) => ({ number, truth: true })) }, '/observed'],
    [{ assumptions: [assumption('x1', 'a'.repeat(2_001))] }, '/assumptions/0/text'],
    [{ assumptions: [assumption('x1', 'It is so', { excludes: many(20_000, (index) => `x${index}`) })] }, '/excludes'],
    [{ assumptions: [assumption('x1', 'It is so', { given: many(9_000, () => ({ when: [], p: 0.5 })) })] }, '/given'],
    [{ assumptions: [assumption('x1', 'It is so', { given: [{ when: literals, p: 0.5 }] })] }, '/given/0/when'],
  ])('is refused before it is weighed: %#', (more, at) => {
    const said = problem(() => readComposition(answer(more), FACTS));
    expect(said).toContain('at most');
    expect(said).toContain(at);
  });

  it('is refused for gains too', () => {
    const gains = many(2_049, () => ({ actionId: 'a1', when: [], gain: 1 }));
    expect(problem(() => readGainRows({ gains }))).toContain('at most 2048');
    expect(problem(() => readGainRows({ gains: [{ actionId: 'a1', when: literals, gain: 1 }] }))).toContain(
      'at most 16',
    );
  });

  it('loses an assumption that names more than one statement can', () => {
    const text = many(17, (index) => `a${index}.ts`).join(' ');
    const { beliefs, warnings } = readComposition(answer({ assumptions: [assumption('x1', text)] }), FACTS);
    expect(beliefs.assumptions).toEqual([]);
    expect(warnings).toEqual(['Assumption "x1" of the model was dropped: it names more than 16 things.']);
  });
});
