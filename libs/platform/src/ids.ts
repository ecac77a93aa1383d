import { createHash, randomBytes } from 'node:crypto';
import { v7 } from 'uuid';

/** A time-ordered UUID (RFC 9562, version 7): index-friendly, and it sorts by creation. */
export function newId(): string {
  return v7();
}

/** An unguessable token of 256 bits, URL-safe. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** `sha256:<64 hex>` of exactly these bytes (a string counts as UTF-8). */
export function contentHashOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
