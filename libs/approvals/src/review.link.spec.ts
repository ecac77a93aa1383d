import { reviewUrl } from './review.link';

const HASH = `sha256:${'ab'.repeat(32)}`;

describe('the address of an approval for people', () => {
  it('names the approval and its revision below the public address', () => {
    const expected = 'https://assent.example/ui/approvals/0199?rev=abababababab';
    expect(reviewUrl('https://assent.example', '0199', HASH)).toBe(expected);
    expect(reviewUrl('https://assent.example/', '0199', HASH)).toBe(expected);
  });

  it('is null without a public address', () => {
    expect(reviewUrl(undefined, '0199', HASH)).toBeNull();
  });
});
