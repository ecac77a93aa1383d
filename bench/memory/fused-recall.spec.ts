import { fusedRecall } from './fused-recall';

describe('the recall order on 5 sets of 320 passages and 100 questions', () => {
  it.each([0.05, 0.2, 0.8, 1.2])(
    'is at least as good as the best single ranker at noise %d of the vectors',
    (noise) => {
      const { gain, text, trigram } = fusedRecall(noise);
      expect(gain.mean).toBeGreaterThanOrEqual(0);
      // The word rankers are fair competitors: each finds a good part alone.
      expect(Math.min(text, trigram)).toBeGreaterThan(0.3);
    },
  );

  it('is better than every single ranker where these are about equally good', () => {
    expect(fusedRecall(0.4).gain.low).toBeGreaterThan(0);
  });
});
