import { Injectable } from '@nestjs/common';
import {
  InjectMetric,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, Histogram } from 'prom-client';
import type { BreakerState } from '@assent/contract';
import { traced } from '@assent/platform';
import { ToolLabels } from './tool.labels';

const CALLS = 'assent_tool_calls_total';
const SECONDS = 'assent_tool_call_seconds';
const BREAKER = 'assent_tool_breaker_state';

const STATE_VALUES: Readonly<Record<BreakerState, number>> = { closed: 0, half_open: 1, open: 2 };

export type ToolOperation = 'run' | 'dry_run' | 'apply';

/** Metrics of the tools. */
@Injectable()
export class ToolMetrics {
  private readonly labels = new ToolLabels();

  constructor(
    @InjectMetric(CALLS) private readonly calls: Counter<'tool' | 'operation' | 'outcome'>,
    @InjectMetric(SECONDS) private readonly seconds: Histogram<'tool' | 'operation'>,
    @InjectMetric(BREAKER) private readonly breakers: Gauge<'tool'>,
  ) {}

  /** @param label label of the tool, as used by `ToolLimits` */
  breaker(label: string, state: BreakerState): void {
    this.breakers.set({ tool: label }, STATE_VALUES[state]);
  }

  /** Times an operation and counts its outcome. */
  async observe<T>(name: string, operation: ToolOperation, work: () => Promise<T>): Promise<T> {
    const tool = this.labels.of(name);
    const stop = this.seconds.startTimer({ tool, operation });
    try {
      const attributes = {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': tool,
        'assent.tool.operation': operation,
      };
      const result = await traced(`execute_tool ${tool}`, { attributes }, work);
      this.calls.inc({ tool, operation, outcome: 'ok' });
      return result;
    } catch (error) {
      this.calls.inc({ tool, operation, outcome: 'error' });
      throw error;
    } finally {
      stop();
    }
  }
}

export const TOOL_METRIC_PROVIDERS = [
  makeCounterProvider({
    name: CALLS,
    help: 'Tool operations, by how they ended',
    labelNames: ['tool', 'operation', 'outcome'],
  }),
  makeHistogramProvider({
    name: SECONDS,
    help: 'Seconds a tool operation took',
    labelNames: ['tool', 'operation'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
  }),
  makeGaugeProvider({
    name: BREAKER,
    help: 'Circuit breaker of a tool: 0 closed, 1 half open, 2 open',
    labelNames: ['tool'],
  }),
];
