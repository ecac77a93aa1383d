import { stringify } from 'yaml';
import { dashboards } from './dashboards';
import { alertRules, recordingRules } from './rules';

const HEAD = '# Written by `npm run dashboards` from monitoring/source. Do not edit.\n';

/** Every file that is written from the sources in this folder, by its path in monitoring/. */
export function generatedFiles(): Record<string, string> {
  const boards = dashboards().map((board) => [
    `grafana/dashboards/${board.uid ?? ''}.json`,
    `${JSON.stringify(board, null, 2)}\n`,
  ]);
  return {
    'alerts.yml': yaml(alertRules()),
    'recording-rules.yml': yaml(recordingRules()),
    ...(Object.fromEntries(boards) as Record<string, string>),
  };
}

function yaml(value: object): string {
  return HEAD + stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
