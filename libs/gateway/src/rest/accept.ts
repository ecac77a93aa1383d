interface MediaRange {
  readonly type: string;
  readonly subtype: string;
  readonly q: number;
}

/** A media range with its weight; other parameters are ignored. */
const RANGE = /^([\w!#$&^.+*-]+)\/([\w!#$&^.+*-]+)$/;
const WEIGHT = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i;

/**
 * Selects the response media type by RFC 9110 section 12.5.1. The most specific matching range gives the weight of a type;
 * among types of equal highest weight the first offer wins. Without the header every type is acceptable. Malformed
 * ranges are ignored.
 * @returns null when no offer is acceptable
 */
export function negotiate<T extends string>(accept: string | undefined, offers: readonly T[]): T | null {
  if (accept === undefined || accept.trim() === '') return offers[0] ?? null;
  const ranges = accept.split(',').flatMap(readRange);
  const wanted = offers.map((offer) => ({ offer, q: weightOf(offer, ranges) })).filter(({ q }) => q > 0);
  const most = Math.max(...wanted.map(({ q }) => q));
  return wanted.find(({ q }) => q === most)?.offer ?? null;
}

function readRange(text: string): MediaRange[] {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim());
  const [, type, subtype] = RANGE.exec(range.toLowerCase()) ?? [];
  if (type === undefined || subtype === undefined) return [];
  const weight = parameters.find((parameter) => /^q=/i.test(parameter));
  if (weight === undefined) return [{ type, subtype, q: 1 }];
  const q = WEIGHT.exec(weight)?.[1];
  return q === undefined ? [] : [{ type, subtype, q: Number(q) }];
}

function weightOf(offer: string, ranges: readonly MediaRange[]): number {
  const [type, subtype] = offer.split('/');
  const named = (range: MediaRange, wantedType?: string, wantedSubtype?: string) =>
    range.type === wantedType && range.subtype === wantedSubtype;
  const fitting =
    ranges.find((range) => named(range, type, subtype)) ??
    ranges.find((range) => named(range, type, '*')) ??
    ranges.find((range) => named(range, '*', '*'));
  return fitting?.q ?? 0;
}
