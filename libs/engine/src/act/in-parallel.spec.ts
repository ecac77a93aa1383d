import { inParallel } from './in-parallel';

describe('work in parallel', () => {
  it.each([1, 3, 8])(
    'runs at most so many at the same time, and gives results in the order of the items: %i',
    async (limit) => {
      let running = 0;
      let most = 0;
      const results = await inParallel([5, 1, 4, 2, 3, 0], limit, async (item) => {
        running += 1;
        most = Math.max(most, running);
        for (let turns = 0; turns < item; turns += 1) await Promise.resolve();
        running -= 1;
        return item * 10;
      });
      expect(results).toEqual([50, 10, 40, 20, 30, 0]);
      expect(most).toBe(Math.min(limit, 6));
    },
  );

  it('ends only when nothing runs any more, with what was thrown', async () => {
    const ended: number[] = [];
    const work = inParallel([1, 2, 3], 3, async (item) => {
      for (let turns = 0; turns < item * 3; turns += 1) await Promise.resolve();
      ended.push(item);
      if (item === 1) throw new Error('broken');
      return item;
    });
    await expect(work).rejects.toThrow('broken');
    expect(ended).toEqual([1, 2, 3]);
  });

  it('has nothing to do', async () => {
    expect(await inParallel([], 8, () => Promise.reject(new Error('never')))).toEqual([]);
  });
});
