import { BURN_RATES, SLOS, WINDOWS, recordName, type BurnRate, type Slo } from './slos';
import { THRESHOLDS } from './thresholds';

interface Annotations {
  readonly summary: string;
  readonly description: string;
  readonly runbook_url: string;
}

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Annotations;
}

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

export interface RuleFile<Rule> {
  readonly groups: readonly { readonly name: string; readonly interval?: string; readonly rules: readonly Rule[] }[];
}

/** Where a runbook is, from the root of the repository. */
const runbookOf = (name: string) => `docs/runbooks/${name}.md`;

/** The share of failures of each SLO over each window that an alert looks at. */
export function recordingRules(): RuleFile<RecordingRule> {
  return {
    groups: SLOS.map((slo) => ({
      name: `assent-${slo.name}`.replaceAll('_', '-'),
      interval: '30s',
      rules: WINDOWS.map((window) => ({ record: recordName(slo, window), expr: ratio(slo, window) })),
    })),
  };
}

/** Nothing went wrong where no series of failures exists yet: `0 *` of all keeps the labels. */
function ratio({ bad, all }: Slo, window: string): string {
  return `((${bad(window)}) or 0 * (${all(window)})) / (${all(window)})`;
}

export function alertRules(): RuleFile<AlertRule> {
  const budgets = SLOS.map((slo) => ({
    name: `assent-slo-${slo.name}`.replaceAll('_', '-'),
    rules: (['page', 'ticket'] as const).flatMap((severity) => burning(slo, severity)),
  }));
  const rules = THRESHOLDS.map(({ alert, expr, for: lasting, severity, summary, impact, runbook }) => ({
    alert,
    expr,
    ...(lasting === '0m' ? {} : { for: lasting }),
    labels: { severity },
    annotations: { summary, description: impact, runbook_url: runbookOf(runbook) },
  }));
  return { groups: [...budgets, { name: 'assent-thresholds', rules }] };
}

function burning(slo: Slo, severity: 'page' | 'ticket'): AlertRule[] {
  const told = slo.neverPages ? 'ticket' : severity;
  const rates = BURN_RATES.filter((rate) => rate.severity === severity);
  return [
    {
      alert: slo.alert,
      expr: rates.map((rate) => burnsAt(slo, rate)).join(' or '),
      labels: { severity: told, slo: slo.name, budget: severity === 'page' ? 'fast' : 'slow' },
      annotations: {
        summary: slo.summary,
        description: `${slo.impact} Share now: {{ $value | humanizePercentage }}. Over 30 days it may be ${percent(1 - slo.objective)}.`,
        runbook_url: runbookOf(slo.runbook),
      },
    },
  ];
}

function burnsAt(slo: Slo, { long, short, factor }: BurnRate): string {
  const limit = Number((factor * (1 - slo.objective)).toPrecision(6));
  return `(${recordName(slo, long)} > ${limit} and ${recordName(slo, short)} > ${limit})`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))}%`;
}
