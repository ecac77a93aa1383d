import { Counter, Gauge, Histogram } from 'prom-client';
import { MemoryMetrics } from './memory.metrics';

const HOUR_MS = 3_600_000;

describe('the gain of memory as a series', () => {
  const help = { help: 'x', registers: [] };
  const gauge = new Gauge({ name: 'gain', labelNames: ['bound'], ...help });
  const counter = () => new Counter({ name: 'count', ...help }) as never;
  const metrics = new MemoryMetrics(
    new Histogram({ name: 'time', ...help }),
    counter(),
    counter(),
    counter(),
    gauge,
    counter(),
  );
  const shown = async () => (await gauge.get()).values.map(({ value }) => value);

  it('is that of the tenant with the lowest bound, and counts for a day', async () => {
    metrics.measured('poor', { lower: -0.2, mean: -0.1, upper: 0 }, 0);
    metrics.measured('rich', { lower: 0.1, mean: 0.2, upper: 0.3 }, HOUR_MS);
    expect(await shown()).toEqual([-0.2, -0.1, 0]);
    metrics.measured('rich', { lower: 0.1, mean: 0.2, upper: 0.3 }, 25 * HOUR_MS);
    expect(await shown()).toEqual([0.1, 0.2, 0.3]);
  });
});
