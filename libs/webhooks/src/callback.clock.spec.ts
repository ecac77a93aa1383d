import pino from 'pino';
import type { Database } from '@assent/platform';
import { CallbackClock } from './callback.clock';

const MINUTE_MS = 60_000;

/** @param databaseOffMs how far the clock of the database is ahead */
function clockWith(databaseOffMs: number | Error) {
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  const query = () =>
    databaseOffMs instanceof Error
      ? Promise.reject(databaseOffMs)
      : Promise.resolve([{ now: new Date(Date.now() + databaseOffMs) }]);
  return { clock: new CallbackClock({ query } as unknown as Database, log), lines };
}

describe('a callback that is refused for its time', () => {
  it('names the clock of this server where it differs from that of the database', async () => {
    const { clock, lines } = clockWith(10 * MINUTE_MS);
    const nowMs = Date.now();
    await clock.report(nowMs / 1_000 + 600, nowMs);
    expect(lines).toEqual([
      expect.objectContaining({
        messageOffSeconds: 600,
        databaseOffSeconds: 600,
        msg: expect.stringContaining('the clock of this server') as string,
      }),
    ]);
  });

  it('names the clock of the sender otherwise', async () => {
    const { clock, lines } = clockWith(0);
    const nowMs = Date.now();
    await clock.report(nowMs / 1_000 - 3_600, nowMs);
    expect(lines).toEqual([
      expect.objectContaining({
        messageOffSeconds: -3_600,
        msg: expect.stringContaining('the clock of its sender') as string,
      }),
    ]);
  });

  it('is reported once a minute, also while the database cannot be reached', async () => {
    const { clock, lines } = clockWith(new Error('no connection'));
    const nowMs = Date.now();
    for (const at of [nowMs, nowMs + MINUTE_MS - 1, nowMs + MINUTE_MS]) await clock.report(0, at);
    expect(lines.map(({ msg }) => msg)).toEqual(
      Array.from({ length: 2 }, () => expect.stringContaining('could not read the clock of the database') as string),
    );
  });

  it('is reported again after the clock of this server was set back', async () => {
    const { clock, lines } = clockWith(0);
    const nowMs = Date.now();
    for (const at of [nowMs, nowMs - 60 * MINUTE_MS]) await clock.report(0, at);
    expect(lines).toHaveLength(2);
  });
});
