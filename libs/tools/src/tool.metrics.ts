import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';

const CALLS = 'assent_tool_calls_total';
const SECONDS = 'assent_tool_call_seconds';

export type ToolOperation = 'run' | 'dry_run' | 'apply';

/** Series of the tools. */
@Injectable()
export class ToolMetrics {
  constructor(
    @InjectMetric(CALLS) private readonly calls: Counter<'tool' | 'operation' | 'outcome'>,
    @InjectMetric(SECONDS) private readonly seconds: Histogram<'tool' | 'operation'>,
  ) {}

  /** Times an operation and counts how it ended. */
  async observe<T>(tool: string, operation: ToolOperation, work: () => Promise<T>): Promise<T> {
    const stop = this.seconds.startTimer({ tool, operation });
    try {
      const result = await work();
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
];
