import { ALWAYS, NET_VALUE, NEVER, type AskingResult } from './asking';
import { fixed, interval, percent, table } from '../support/table';
import type { PolicyResult } from './experiment';
import { LITERAL } from './policies';

const REGRET_DECIMALS = 4;
const DECIMALS = 3;

export function policyTable(results: readonly PolicyResult[]): string {
  return table(
    ['policy', 'regret', 'to `expected` [95%]', 'regret to oracle', 'gain', 'cost paid', 'questions'],
    results.map(({ policy, regret, difference, oracleRegret, gain, paid, questions }) => [
      policy,
      fixed(regret, REGRET_DECIMALS),
      difference ? interval(difference) : '',
      fixed(oracleRegret, REGRET_DECIMALS),
      fixed(gain, DECIMALS),
      fixed(paid, DECIMALS),
      fixed(questions, 2),
    ]),
  );
}

export function askingTable(rows: readonly AskingResult[]): string {
  return table(
    [
      'lambda',
      'C',
      'worth asking',
      'asks',
      'missed',
      'needless',
      'evsi',
      'net value',
      'never',
      'always',
      'evsi - net value [95%]',
    ],
    rows.map(({ lambda, questionCost, worthAsking, asks, missed, needless, results }) => {
      const regretOf = (name: string) => {
        const found = results.find(({ policy }) => policy === name);
        return found ? fixed(found.regret, REGRET_DECIMALS) : '';
      };
      const difference = results.find(({ policy }) => policy === LITERAL)?.difference;
      return [
        String(lambda),
        String(questionCost),
        ...[worthAsking, asks, missed, needless].map(percent),
        ...[LITERAL, NET_VALUE, NEVER, ALWAYS].map(regretOf),
        difference ? interval(difference) : '',
      ];
    }),
  );
}
