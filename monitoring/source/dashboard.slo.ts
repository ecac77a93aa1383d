import type { Row } from './panels';
import { SLOS, recordName } from './slos';

const FAST = '1h';
const LONGEST = '3d';

/** A row a promise: how much of it fails, against what it may. */
export function sloRows(): Row[] {
  return [
    {
      title: 'Share of failures in the last hour, and its limit for a page',
      charts: SLOS.map((slo) => ({
        title: slo.summary,
        description: `${slo.impact} Runbook: docs/runbooks/${slo.runbook}.md`,
        unit: 'percentunit',
        limit: 14.4 * (1 - slo.objective),
        series: [
          { expr: recordName(slo, FAST), legend: `last ${FAST}` },
          { expr: recordName(slo, LONGEST), legend: `last ${LONGEST}` },
          { expr: `vector(${Number((1 - slo.objective).toPrecision(6))})`, legend: 'budget' },
        ],
      })),
    },
    {
      title: 'Firing',
      charts: [
        {
          title: 'Alerts',
          description: 'What fires now, by name and severity.',
          unit: 'short',
          series: [
            {
              expr: 'sum by (alertname, severity) (ALERTS{alertstate="firing",alertname=~"Assent.+"})',
              legend: '{{alertname}} {{severity}}',
            },
          ],
        },
      ],
    },
  ];
}
