import { createTwoFilesPatch } from 'diff';
import { readContent, type StoredContent } from './stored-content';

/** Edits after which the search for the smallest diff stops; what is different then is told as a whole. */
const EDITS_MAX = 400;

/** What is different between two revisions of a change, for people and planners: the proposed results against the later ones. */
export function changesBetween(before: Uint8Array, after: Uint8Array): string {
  const [from, to] = [resultsOf(readContent(before)), resultsOf(readContent(after))];
  const paths = [...new Set([...from.keys(), ...to.keys()])].sort();
  return paths
    .flatMap((path) => {
      const [old, now] = [from.get(path), to.get(path)];
      if (old === now) return [];
      if (now === undefined) return [`${path}: left as it was\n`];
      const patch = createTwoFilesPatch(path, path, old ?? '', now ?? '', 'as proposed', 'as approved', {
        context: 2,
        maxEditLength: EDITS_MAX,
      });
      return [patch ?? `${path}: rewritten\n${now ?? ''}`];
    })
    .join('');
}

/** Text a file shall have, by path; null: none. Of an effect outside its summary. */
function resultsOf(content: StoredContent): Map<string, string | null> {
  if (content.v === 2) return new Map([['the effect', content.summary]]);
  return new Map(content.files.map(({ path, result }) => [path, result]));
}
