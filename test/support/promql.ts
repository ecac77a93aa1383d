import { parser } from '@prometheus-io/lezer-promql';

/** A series that an expression queries, with the labels that it uses. */
export interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** What Grafana puts in before it asks. */
const VARIABLES: Readonly<Record<string, string>> = { $__rate_interval: '5m', $__range: '1h', $__interval: '1m' };

/**
 * The selectors of an expression, read with Prometheus' own grammar.
 * @throws Error naming the place that is no PromQL
 */
export function selectorsOf(expr: string): Selector[] {
  const text = Object.entries(VARIABLES).reduce((sum, [name, value]) => sum.replaceAll(name, value), expr);
  const selectors: { metric: string; labels: string[] }[] = [];
  parser.parse(text).iterate({
    enter: ({ name, type, from, to }) => {
      if (type.isError) throw new Error(`no PromQL at ${from}: ${text.slice(0, from)} >>> ${text.slice(from)}`);
      const part = text.slice(from, to);
      const current = selectors.at(-1);
      if (name === 'VectorSelector') selectors.push({ metric: '', labels: [] });
      else if (name === 'Identifier' && current?.metric === '') current.metric = part;
      else if (name === 'UnquotedLabelMatcher') current?.labels.push(/^\w+/.exec(part)?.[0] ?? '');
    },
  });
  return selectors;
}
