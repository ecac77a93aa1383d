/* eslint-disable @typescript-eslint/no-deprecated -- the schema that every Grafana since 9 provisions from files; the newer one needs 13 */
import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  type Dashboard,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { agentRows } from './dashboard.agent';
import { serverRows } from './dashboard.server';
import { sloRows } from './dashboard.slo';
import { DATA_SOURCE, chart, stat, type Row } from './panels';

/** Every dashboard, in the order in which somebody on call looks at them. */
export function dashboards(): Dashboard[] {
  return [
    board('assent-slo', 'Assent: promises', 'Are the promises kept, and how fast do their budgets go.', sloRows()),
    board('assent-agent', 'Assent: runs and approvals', 'What the agents do, what waits for a person.', agentRows()),
    board('assent-server', 'Assent: servers', 'Replicas, database, streams, tools, models.', serverRows()),
  ];
}

function board(uid: string, title: string, description: string, rows: readonly Row[]): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['assent'])
    .refresh('30s')
    .time({ from: 'now-3h', to: 'now' })
    .timezone('browser')
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(
      new QueryVariableBuilder('instance')
        .label('Replica')
        .datasource(DATA_SOURCE)
        .query({ query: 'label_values(up{job="assent"}, instance)', refId: 'instance' })
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .multi(true)
        .includeAll(true)
        .allValue('.+'),
    );
  for (const { title: rowTitle, stats = [], charts } of rows) {
    builder.withRow(new RowBuilder(rowTitle));
    for (const panel of stats) builder.withPanel(stat(panel));
    for (const panel of charts) builder.withPanel(chart(panel));
  }
  return builder.build();
}
