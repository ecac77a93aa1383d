import { contentHashOf } from '@assent/platform';

/**
 * Identifies equal fragments. Texts of different agents never share a hash; without an agent it is the hash of the bare
 * text.
 */
export function textHashOf(agent: string | null, text: string): string {
  return contentHashOf(agent === null ? text : `${agent}\n${text}`);
}
