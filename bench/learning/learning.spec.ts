import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Stage } from '@assent/test-support/stage';
import { FILES, play, type Played } from './player';
import { createWorld } from './world';

const RUNS = 40;
const LAST = 15;

describe('the bench of learning, small', () => {
  it('finds the best action where beliefs are wrong, and stays with the beliefs without memory', async () => {
    const stage = await Stage.open();
    try {
      for (const file of FILES) await writeFile(join(stage.folder, file), 'nothing unusual\n');
      const { developer } = await stage.start({ MEMORY_CONTROL_SHARE: '0' });
      const world = createWorld('wide', 0, RUNS);
      const on = await play(world, 'on', 'example', (method, params) => developer.call(method, params));
      const off = await play(world, 'off', 'example', (method, params) => developer.call(method, params));
      const share = (played: readonly Played[], action: number) =>
        played.slice(-LAST).filter(({ chosen }) => chosen === action).length / LAST;
      expect(off.every(({ chosen }) => chosen === world.favourite)).toBe(true);
      expect(on[0]?.chosen).toBe(world.favourite);
      expect(share(on, world.best)).toBeGreaterThan(0.85);
    } finally {
      await stage.close();
    }
  });
});
