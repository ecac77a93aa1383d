import { countTypes, filterFrames, summaryOf } from './frame.list';
import { framesOf } from './testing/frames';

const FRAMES = framesOf([
  { type: 'run.started', goal: 'Raise the pool' },
  { type: 'path.chosen', actionId: 'a1', label: 'Raise it', U: 0.7654, margin: null },
  { type: 'of.tomorrow', word: 'news' },
  { type: 'run.completed', erased: true },
]);

describe('filterFrames', () => {
  it('takes the frames of the types that have the text', () => {
    const seqs = (filter: { types?: string[]; text?: string }) =>
      filterFrames(FRAMES, { types: [], text: '', ...filter }).map(({ seq }) => seq);
    expect(seqs({})).toEqual([1, 2, 3, 4]);
    expect(seqs({ types: ['path.chosen', 'of.tomorrow'] })).toEqual([2, 3]);
    expect(seqs({ text: ' RAISE ' })).toEqual([1, 2]);
    expect(seqs({ types: ['run.started'], text: 'raise it' })).toEqual([]);
  });
});

describe('countTypes', () => {
  it('counts in the order of the frames', () => {
    expect([...countTypes([...FRAMES, ...FRAMES])][0]).toEqual(['run.started', 2]);
  });
});

describe('summaryOf', () => {
  it('says the most telling properties, and shows unknown types as JSON', () => {
    expect(FRAMES.map(summaryOf)).toEqual([
      'Raise the pool',
      'Raise it · actionId a1 · U 0.765',
      '{"word":"news"}',
      '',
    ]);
  });

  it('is short', () => {
    const [long] = framesOf([{ type: 'trace.delta', text: 'x'.repeat(200_000) }]);
    expect(summaryOf(long ?? fail()).length).toBeLessThan(300);
  });
});

function fail(): never {
  throw new Error('There is no frame.');
}
