import { createTwoFilesPatch } from 'diff';
import { readContent, type StoredContent } from './stored-content';

/** Maximum number of edits in the search for the smallest diff; beyond it the files are compared as a whole. */
const EDITS_MAX = 400;

/**
 * The differences between two revisions of a change, for people and planners: the proposed results against the later
 * ones.
 */
export function changesBetween(before: Uint8Array, after: Uint8Array): string {
  const [from, to] = [resultsOf(readContent(before)), resultsOf(readContent(after))];
  const paths = [...new Set([...from.keys(), ...to.keys()])].sort();
  return paths
    .flatMap((path) => {
      const [old, now] = [from.get(path), to.get(path)];
      if (old === now) return [];
      if (now === undefined) return [`${path}: unchanged\n`];
      const patch = createTwoFilesPatch(path, path, old ?? '', now ?? '', 'as proposed', 'as approved', {
        context: 2,
        maxEditLength: EDITS_MAX,
      });
      return [patch ?? `${path}: rewritten\n${now ?? ''}`];
    })
    .join('');
}

/** The resulting text of each file by path (null: the file is deleted); for an external effect, its summary. */
function resultsOf(content: StoredContent): Map<string, string | null> {
  if (content.v === 2) return new Map([['the effect', content.summary]]);
  return new Map(content.files.map(({ path, result }) => [path, result]));
}
