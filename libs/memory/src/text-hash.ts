import { contentHashOf } from '@assent/platform';

/** What makes two fragments the same one. Texts of two agents never meet; without an agent it is the hash of the bare text. */
export function textHashOf(agent: string | null, text: string): string {
  return contentHashOf(agent === null ? text : `${agent}\n${text}`);
}
