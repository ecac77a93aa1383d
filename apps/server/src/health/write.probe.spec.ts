import type { Database } from '@assent/platform';
import { WriteProbe } from './write.probe';

/** A database whose writes fail with this SQLSTATE. */
function refusing(code: string): Database {
  const queryDedicated = () => Promise.reject(Object.assign(new Error('could not extend file'), { code }));
  return { queryDedicated } as unknown as Database;
}

describe('the write probe', () => {
  it.each([
    ['a full disk', '53100', /disk of the database is full/],
    ['a read-only database', '25006', /read-only/],
  ])('says what is wrong with %s', async (_, code, text) => {
    await expect(new WriteProbe(refusing(code)).check()).rejects.toMatchObject({
      reason: 'overloaded',
      message: expect.stringMatching(text),
    });
  });

  it('says nothing of a role that may not make temporary tables', async () => {
    await expect(new WriteProbe(refusing('42501')).check()).resolves.toBeUndefined();
  });
});
