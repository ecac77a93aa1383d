import { AssentError } from '@assent/contract';

const ONE_ETAG = /^"([\x21\x23-\x7e]{1,128})"$/;

/**
 * Reads the content hash to which a decision is bound.
 * @throws AssentError precondition_required (no header, or `*`, which binds to nothing), precondition_failed (not a single strong ETag)
 */
export function hashFromIfMatch(header: string | undefined): string {
  if (header === undefined || header.trim() === '*') {
    throw new AssentError(
      'precondition_required',
      'Send If-Match with the ETag of GET /approvals/{id}: a decision is bound to exactly that content.',
    );
  }
  const hash = ONE_ETAG.exec(header.trim())?.[1];
  if (hash === undefined) {
    throw new AssentError(
      'precondition_failed',
      'If-Match must be one strong ETag, e.g. "sha256:...", as returned by GET /approvals/{id}.',
    );
  }
  return hash;
}

export function etag(hash: string): string {
  return `"${hash}"`;
}
