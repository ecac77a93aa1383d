import { AssentError, type BreakerState, type JsonObject } from '@assent/contract';
import type { ToolAdapter } from './adapters/tool-adapter.port';
import { capOutput } from './output-cap';
import type { Redactor } from './redaction';
import type { ToolLimits } from './tool.limits';
import { runAbandoning, runToTheEnd } from './tool.runner';

type Work<T> = (signal: AbortSignal) => Promise<T>;

/** How tools are called: within their limits, and with nothing secret in what comes back. */
export class ToolCalls {
  constructor(
    private readonly limits: ToolLimits,
    private readonly redactor: Redactor,
  ) {}

  breakerOf(tool: string): BreakerState {
    return this.limits.stateOf(tool);
  }

  /** As `breakerOf`, for a tool that exists: its series is in the metrics from now on, called or not. */
  listedBreakerOf(tool: string): BreakerState {
    return this.limits.of(tool).state;
  }

  /**
   * A call that changes nothing: it ends for the caller at the deadline or on the signal, whatever the tool does, and is tried
   * again after transport faults when it is an idempotent read.
   * @throws AssentError `timeout`, `overloaded`, `internal`, and what the tool throws, with a redacted message; the signal's reason
   */
  async look<T>(adapter: ToolAdapter, signal: AbortSignal, work: Work<T>): Promise<T> {
    const limit = this.limits.of(adapter.name);
    const retries = adapter.effect === 'read' && adapter.idempotent;
    return this.redacting(() =>
      runAbandoning(limitsOf(adapter, signal), (own) => limit.runAbandoning(own, retries, () => work(own))),
    );
  }

  /** A call that must not go on unseen: it ends when the tool does. @throws as `look` */
  async change<T>(adapter: ToolAdapter, signal: AbortSignal, work: Work<T>): Promise<T> {
    return this.redacting(() =>
      runToTheEnd(limitsOf(adapter, signal), (own) => this.limits.of(adapter.name).run(own, () => work(own))),
    );
  }

  /** An answer as it may be stored and shown: redacted and bounded. */
  answer(output: JsonObject): JsonObject {
    return capOutput(this.redactor.object(output));
  }

  /** A text as it may be stored and shown. */
  text(text: string): string {
    return this.redactor.text(text);
  }

  /** Arguments as they may be shown. */
  shown(args: JsonObject): JsonObject {
    return this.redactor.object(args);
  }

  holdsSecret(value: JsonObject): boolean {
    return this.redactor.holdsKnown(JSON.stringify(value));
  }

  private async redacting<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      if (!(thrown instanceof AssentError)) throw thrown;
      const message = this.redactor.text(thrown.message);
      if (message === thrown.message) throw thrown;
      throw new AssentError(thrown.reason, message, thrown.details, { cause: thrown });
    }
  }
}

function limitsOf({ name, deadlineMs }: ToolAdapter, signal: AbortSignal) {
  return { tool: name, deadlineMs, signal };
}
