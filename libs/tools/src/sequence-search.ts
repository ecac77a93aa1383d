/** Up to this length, the engine's own search is slower by at most this factor. */
const SHORT_CHARS = 64;

/**
 * Finds every occurrence of a part in a sequence of characters or lines, including overlapping ones, in order
 * (Knuth-Morris-Pratt). Linear for any input, while String.indexOf takes minutes for some parts of half a million characters.
 * @param options.from index at which the search begins
 * @param options.limit maximum number of results
 */
export function placesOf<T>(
  text: ArrayLike<T>,
  part: ArrayLike<T>,
  { from = 0, limit = Infinity }: { from?: number; limit?: number } = {},
): number[] {
  if (part.length === 0) return [];
  if (part.length <= SHORT_CHARS && isText(text) && isText(part)) return shortPlacesOf(text, part, from, limit);
  const places: number[] = [];
  const borders = bordersOf(part);
  let matched = 0;
  for (let at = from; at < text.length && places.length < limit; at += 1) {
    while (matched > 0 && text[at] !== part[matched]) matched = borders[matched - 1] ?? 0;
    if (text[at] === part[matched]) matched += 1;
    if (matched < part.length) continue;
    places.push(at + 1 - part.length);
    matched = borders[matched - 1] ?? 0;
  }
  return places;
}

function isText(sequence: unknown): sequence is string {
  return typeof sequence === 'string';
}

function shortPlacesOf(text: string, part: string, from: number, limit: number): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(part, from); at !== -1 && places.length < limit; at = text.indexOf(part, at + 1)) {
    places.push(at);
  }
  return places;
}

/** For each prefix of the part, the length of its longest proper prefix that is also its suffix. */
function bordersOf<T>(part: ArrayLike<T>): Uint32Array {
  const borders = new Uint32Array(part.length);
  let border = 0;
  for (let at = 1; at < part.length; at += 1) {
    while (border > 0 && part[at] !== part[border]) border = borders[border - 1] ?? 0;
    if (part[at] === part[border]) border += 1;
    borders[at] = border;
  }
  return borders;
}
