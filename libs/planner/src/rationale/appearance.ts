import type { Assumption, Source } from '@assent/contract';
import type { Model } from '../model';
import { compareText } from '../order';

type Span = Exclude<Source, string>;

/**
 * Variables in reading order: by position in the trace, then in the caller's order if the caller ranks them, then by key.
 * No other order of the input matters.
 */
export function appearanceOrder({ variables, assumptions, params }: Model): number[] {
  const known = new Map(assumptions.map((assumption) => [assumption.id, assumption]));
  const places = variables.map(({ id, key, rank }) => ({
    span: firstSpan(known.get(id)),
    rank: params.ranking === 'caller' ? rank : 0,
    key,
  }));
  return variables
    .map((_, variable) => variable)
    .sort((a, b) => {
      const [first, second] = [places[a], places[b]];
      if (!first || !second) return 0;
      return compareSpans(first.span, second.span) || first.rank - second.rank || compareText(first.key, second.key);
    });
}

function firstSpan(assumption: Assumption | undefined): Span | undefined {
  const spans = (assumption?.sources ?? []).filter((source): source is Span => typeof source === 'object');
  return spans.sort(compareSpans)[0];
}

/** Variables without a position in the trace come last. */
function compareSpans(a: Span | undefined, b: Span | undefined): number {
  if (!a || !b) return Number(a === undefined) - Number(b === undefined);
  return Number(a.traceId.slice(1)) - Number(b.traceId.slice(1)) || a.span[0] - b.span[0];
}
