import { AssentError, type BreakerState, type EffectOutcome, type JsonObject } from '@assent/contract';
import { storableObject, storableText } from '@assent/platform';
import type { EffectReport, ToolAdapter } from './tool-adapter.port';
import { capOutput } from './output-cap';
import type { Redactor, TextFilter } from './redaction';
import type { ToolLimits } from './tool.limits';
import { runAbandoning, runToTheEnd } from './tool.runner';

type Work<T> = (signal: AbortSignal) => Promise<T>;

/**
 * How tools are called: within their limits, and with nothing in what comes back that is secret or that the database
 * cannot hold. Every output, message and name of every tool family passes here.
 */
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
   * A call that changes nothing: it ends for the caller at the deadline or on the signal, regardless of the tool, and
   * an idempotent read is retried after transport faults.
   * @throws AssentError `timeout`, `overloaded`, `internal`, and what the tool throws, with a redacted message; the signal's reason
   */
  async run<T>(adapter: ToolAdapter, signal: AbortSignal, work: Work<T>): Promise<T> {
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

  /** An answer as it may be stored and shown: storable, redacted and bounded. */
  answer(output: JsonObject): JsonObject {
    return capOutput(this.redactForDisplay(output));
  }

  /** How an effect went, as it may be stored and shown. */
  effectOf(tool: string, report: EffectReport = { ok: true, message: `${tool} was carried out.` }): EffectOutcome {
    return { ...report, tool, message: this.text(report.message) };
  }

  /** A text as it may be stored and shown. */
  text(text: string): string {
    return this.redactor.text(storableText(text));
  }

  /** For a text of which a part is answered. */
  redaction(): TextFilter {
    return this.redactor.stream(true);
  }

  /** Arguments as they may be shown. */
  redactForDisplay(args: JsonObject): JsonObject {
    return this.redactor.object(storableObject(args));
  }

  containsSecret(value: JsonObject): boolean {
    return this.redactor.containsKnown(JSON.stringify(value));
  }

  private async redacting<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      if (!(thrown instanceof AssentError)) throw thrown;
      const message = this.text(thrown.message);
      if (message === thrown.message) throw thrown;
      throw new AssentError(thrown.reason, message, thrown.details, { cause: thrown });
    }
  }
}

function limitsOf({ name, deadlineMs }: ToolAdapter, signal: AbortSignal) {
  return { tool: name, deadlineMs, signal };
}
