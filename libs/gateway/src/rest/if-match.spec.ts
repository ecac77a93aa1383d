import { ERROR_REASONS } from '@assent/contract';
import { etag, hashFromIfMatch } from './if-match';

describe('If-Match on a decision', () => {
  const hash = `sha256:${'a'.repeat(64)}`;

  it('names the content by its ETag', () => {
    expect(hashFromIfMatch(etag(hash))).toBe(hash);
  });

  it.each([[undefined], ['*'], [' * ']])('is required when it is %j', (header) => {
    expect(() => hashFromIfMatch(header)).toThrow(
      expect.objectContaining({ reason: 'precondition_required' }) as Error,
    );
  });

  it.each([[hash], [`W/"${hash}"`], [`"${hash}", "other"`], ['""'], ['"a b"']])(
    'is refused when it is %j',
    (header) => {
      expect(() => hashFromIfMatch(header)).toThrow(
        expect.objectContaining({ reason: 'precondition_failed' }) as Error,
      );
    },
  );

  it('is refused under a title that also fits a malformed header, for which no content was compared', () => {
    expect(ERROR_REASONS.precondition_failed.title).not.toMatch(/hash|content/);
  });
});
