import { cutText, storableText } from '@assent/platform';

/** Maximum length of a response in the log of deliveries, in characters. */
const EXCERPT_MAX_CHARS = 1_024;
const MASK = '[redacted]';
/** Text that looks like a credential: receivers echo what they were sent, and print their own errors. */
const CREDENTIALS = [
  /\b(?:whsec_|aak_|sk-|ghp_|xox[abprs]-)[A-Za-z0-9+/=_-]{8,}/g,
  /\b(?:Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{8,}/gi,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g,
  /(?<=["']?(?:password|passwd|secret|token|api[_-]?key|authorization)["']?\s*[:=]\s*["']?)[^\s"',;&}]{4,}/gi,
];
/** Line breaks stay; other control characters could change what a terminal displays. */
const CONTROLS = /[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/**
 * The excerpt of a response for the log of deliveries.
 * @param secrets known secrets, which are redacted in any case
 */
export function excerptOf(body: Uint8Array, secrets: readonly string[]): string {
  // Cut first, with room for what masks take away, so that a long answer costs no more than a short one.
  const text = new TextDecoder().decode(body.subarray(0, EXCERPT_MAX_CHARS * 4));
  const masked = secrets.filter(Boolean).reduce((left, secret) => left.replaceAll(secret, MASK), text);
  const clean = CREDENTIALS.reduce((left, pattern) => left.replaceAll(pattern, MASK), masked);
  return cutText(storableText(clean).replaceAll(CONTROLS, '\uFFFD'), EXCERPT_MAX_CHARS);
}
