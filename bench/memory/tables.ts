import { fixed, interval, percent, table } from '../support/table';
import type { AggregatorRow } from './aggregators';
import type { BestAnswerRow } from './best-answer';
import type { FusedRecall } from './fused-recall';
import type { LearningRow } from './learning';

export function learningTable(rows: readonly LearningRow[]): string {
  return table(
    ['arm', '1st quarter', '2nd', '3rd', '4th', 'tries', 'lessons given', '4th - memory off [95%]'],
    rows.map(({ arm, solved, tries: attempts, given, gain }) => [
      arm,
      ...solved.map(percent),
      fixed(attempts, 1),
      fixed(given, 2),
      gain ? interval(gain) : '',
    ]),
  );
}

export function fusedRecallTable(rows: readonly FusedRecall[]): string {
  return table(
    ['noise of the vectors', 'fused', 'full text', 'trigram', 'vector', 'fused - best [95%]'],
    rows.map(({ noise, fused, text, trigram, vector, gain }) => [
      fixed(noise, 2),
      ...[fused, text, trigram, vector].map((rank) => fixed(rank, 3)),
      interval(gain),
    ]),
  );
}

export function aggregatorTable(rows: readonly AggregatorRow[]): string {
  return table(
    ['nodes', 'pairs', 'aggregator', 'rank correlation [95%]', 'best found'],
    rows.map(({ nodes, pairing, aggregator, correlation, found }) => [
      String(nodes),
      pairing,
      `\`${aggregator}\``,
      interval(correlation),
      percent(found),
    ]),
  );
}

export function bestAnswerTable(rows: readonly BestAnswerRow[]): string {
  return table(
    ['judge right', 'aggregator', 'with the best so far', 'parent only', 'difference [95%]', 'calls'],
    rows.map(({ right, aggregator, withIncumbent, without, gain, calls }) => [
      percent(right),
      `\`${aggregator}\``,
      percent(withIncumbent),
      percent(without),
      interval(gain),
      `${fixed(calls, 2)} x`,
    ]),
  );
}
