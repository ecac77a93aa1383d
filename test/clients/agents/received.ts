import type { ScriptedModel } from './scripted.model';

const MAX_RESULT_CHARS = 300;

/** The last result of the model, in words for a table. */
export function received({ results }: ScriptedModel, work: string): string {
  const result = results.at(-1)?.replaceAll(/\s+/g, ' ').trim() ?? '';
  if (result === '') return 'the model received nothing';
  return `the model received: ${result.replaceAll(work, 'WORK').slice(0, MAX_RESULT_CHARS)}`;
}
