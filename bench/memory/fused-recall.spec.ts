import { fusedRecall } from './fused-recall';

describe('the recall order on 320 passages and 100 questions', () => {
  it('has at least the mean reciprocal rank of the best single ranker where these are about equally good', () => {
    const { fused, text, trigram, vector } = fusedRecall(0.4);
    expect(fused).toBeGreaterThanOrEqual(Math.max(text, trigram, vector));
    // Each ranker is a fair competitor: it finds a good part alone.
    expect(Math.min(text, trigram, vector)).toBeGreaterThan(0.3);
  });
});
