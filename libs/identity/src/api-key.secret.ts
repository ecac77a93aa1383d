import { createHash, timingSafeEqual } from 'node:crypto';
import { newSecret } from '@assent/platform';

/** `aak_<id: 32 hex digits>_<secret: 256 bits in base64url>` */
const API_KEY = /^aak_([0-9a-f]{32})_([\w-]{43})$/;
const ID = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/;

/** A key as it was presented. */
export interface PresentedKey {
  readonly id: string;
  readonly secretHash: string;
}

/** The text of a new key, which is shown once, and its stored form. The secret is random, so a plain hash suffices. */
export function createApiKey(id: string): { readonly key: string; readonly secretHash: string } {
  const secret = newSecret();
  return { key: `aak_${id.replaceAll('-', '')}_${secret}`, secretHash: hashOf(secret) };
}

/** null: the text does not have the form of a key. */
export function readApiKey(text: string): PresentedKey | null {
  const [, id, secret] = API_KEY.exec(text) ?? [];
  return id !== undefined && secret !== undefined ? { id: withHyphens(id), secretHash: hashOf(secret) } : null;
}

/** Parses an id as stored, or in the form within the key. null: malformed. */
export function readKeyId(text: string): string | null {
  const id = text.toLowerCase();
  return ID.test(id) ? withHyphens(id) : null;
}

/** Compares in constant time. */
export function isSameHash(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function withHyphens(id: string): string {
  return id.replace(ID, '$1-$2-$3-$4-$5');
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
