import { createHash } from 'node:crypto';
import { canonicalJson } from '@assent/platform';

/** `sha256:<64 hex digits>` over canonical JSON: sorted keys, no spaces, undefined treated as absent. */
export function inputHashOf(value: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}
