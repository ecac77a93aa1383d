import { VizLegendOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import { ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** The data source that the dashboard's variable names. */
export const DATA_SOURCE: DataSourceRef = { type: 'prometheus', uid: '${datasource}' };
/** Chosen replicas. */
export const REPLICAS = 'job="assent",instance=~"$instance"';

const WIDTH = 8;
const HEIGHT = 8;

export interface Series {
  readonly expr: string;
  readonly legend: string;
}

export interface Chart {
  readonly title: string;
  /** What to make of it. */
  readonly description: string;
  readonly unit: string;
  readonly series: readonly Series[];
  /** From here on it is drawn in red. */
  readonly limit?: number;
}

export interface Row {
  readonly title: string;
  readonly stats?: readonly Chart[];
  readonly charts: readonly Chart[];
}

/** A panel over time. */
export function chart({ title, description, unit, series, limit }: Chart): TimeseriesBuilder {
  const panel = new TimeseriesBuilder()
    .title(title)
    .description(description)
    .unit(unit)
    .min(0)
    .span(WIDTH)
    .height(HEIGHT)
    .datasource(DATA_SOURCE)
    .legend(new VizLegendOptionsBuilder().showLegend(true))
    .targets(series.map(({ expr, legend }, index) => query(expr, legend, index).range()));
  return limit === undefined ? panel : panel.thresholds(redFrom(limit));
}

/** A panel with the value of now. */
export function stat({ title, description, unit, series, limit }: Chart): StatBuilder {
  const panel = new StatBuilder()
    .title(title)
    .description(description)
    .unit(unit)
    .span(WIDTH / 2)
    .height(HEIGHT / 2)
    .datasource(DATA_SOURCE)
    .targets(series.map(({ expr, legend }, index) => query(expr, legend, index).instant()));
  return limit === undefined ? panel : panel.thresholds(redFrom(limit));
}

function query(expr: string, legend: string, index: number): DataqueryBuilder {
  return new DataqueryBuilder()
    .expr(expr)
    .legendFormat(legend)
    .refId(String.fromCharCode('A'.charCodeAt(0) + index));
}

function redFrom(limit: number): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { value: null, color: 'green' },
    { value: limit, color: 'red' },
  ]);
}

/** Per second, over what the dashboard's resolution allows. */
export function rateOf(selector: string, by = ''): string {
  return `sum${by === '' ? '' : ` by (${by})`} (rate(${selector}[$__rate_interval]))`;
}

export function quantileOf(quantile: number, histogram: string, matchers: string, by = ''): string {
  return `histogram_quantile(${quantile}, sum by (${by === '' ? 'le' : `${by}, le`}) (rate(${histogram}_bucket{${matchers}}[$__rate_interval])))`;
}
