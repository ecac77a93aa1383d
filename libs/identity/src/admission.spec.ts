import type { Counter } from 'prom-client';
import { loadConfig } from '@assent/platform';
import { Admission } from './admission';
import type { Principals } from './principals';

const PAGES_PER_SECOND = 500;

describe('pages without credentials', () => {
  const refused: unknown[] = [];
  const admission = (perAddress: string): Admission =>
    new Admission(
      { authenticate: () => Promise.reject(new Error('no credentials are read')) } as unknown as Principals,
      loadConfig({ RATE_LIMIT_UNAUTHENTICATED_PER_SECOND: perAddress }, '.'),
      { inc: (labels: unknown) => refused.push(labels) } as unknown as Counter<'limit'>,
    );
  const load = async (to: Admission, ip: string, times: number): Promise<void> => {
    for (let time = 0; time < times; time++) await to.chargePage(ip);
  };

  beforeEach(() => {
    refused.length = 0;
    jest.useFakeTimers();
  });
  afterEach(() => jest.useRealTimers());

  it('are limited for each address, for a second', async () => {
    const limited = admission('20');
    await load(limited, '192.0.2.1', PAGES_PER_SECOND);
    await expect(limited.chargePage('192.0.2.1')).rejects.toMatchObject({
      reason: 'rate_limited',
      message: `An address may load ${PAGES_PER_SECOND} pages and assets per second. Send again in 1 s.`,
    });
    expect(refused).toEqual([{ limit: 'pages' }]);
    await expect(limited.chargePage('192.0.2.2')).resolves.toBeUndefined();
    jest.advanceTimersByTime(1_001);
    await expect(limited.chargePage('192.0.2.1')).resolves.toBeUndefined();
  });

  it('are not limited where addresses are not, as on loopback', async () => {
    await expect(load(admission('0'), '127.0.0.1', PAGES_PER_SECOND + 1)).resolves.toBeUndefined();
  });
});
