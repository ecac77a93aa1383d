/** Number of hash digits in a link, enough to distinguish revisions of one approval. */
const REVISION_DIGITS = 12;
const HASH_PREFIX = 'sha256:';

/** Address of the page on which a person decides; null if no public address is configured. */
export function reviewUrl(publicUrl: string | undefined, approvalId: string, hash: string): string | null {
  if (publicUrl === undefined) return null;
  const revision = hash.slice(HASH_PREFIX.length, HASH_PREFIX.length + REVISION_DIGITS);
  return `${publicUrl.replace(/\/+$/, '')}/ui/approvals/${approvalId}?rev=${revision}`;
}
