import { AssentError, ERROR_REASONS, toAssentError, type ErrorReason } from './errors';

const REASONS = Object.keys(ERROR_REASONS) as ErrorReason[];

describe('errors', () => {
  it.each(REASONS)('%s can be retried if and only if its row says so', (reason) => {
    expect(new AssentError(reason, 'It failed.').retryable).toBe(ERROR_REASONS[reason].retryable);
  });

  it('have a title each, and no two the same', () => {
    const titles = Object.values(ERROR_REASONS).map(({ title }) => title);
    expect(new Set(titles).size).toBe(REASONS.length);
  });

  it('keep what they are given', () => {
    const cause = new Error('the disk is full');
    const error = new AssentError('conflict', 'It failed.', { pointer: '/hash' }, { cause });
    expect(error).toMatchObject({ name: 'AssentError', reason: 'conflict', message: 'It failed.' });
    expect([error.details, error.cause]).toEqual([{ pointer: '/hash' }, cause]);
  });

  it('pass through toAssentError unchanged', () => {
    const error = new AssentError('gone', 'It is gone.');
    expect(toAssentError(error)).toBe(error);
  });

  it.each([[new Error('password=secret')], ['a string'], [undefined], [null]])(
    'hide what else was thrown (%p) and keep it as the cause',
    (thrown) => {
      const error = toAssentError(thrown);
      expect(error.reason).toBe('internal');
      expect(error.message).not.toContain('secret');
      expect(error.cause).toBe(thrown);
    },
  );
});
