import { AssentError, type BreakerState, type EffectOutcome, type JsonObject } from '@assent/contract';
import { storableObject, storableText } from '@assent/platform';
import type { EffectReport, ToolAdapter } from './tool-adapter.port';
import { CONTENT_MAX_BYTES, OUTPUT_MAX_BYTES, capOutput } from './output-cap';
import type { Redactor, TextFilter } from './redaction';
import type { ToolLimits } from './tool.limits';
import { runAbandoning, runToTheEnd } from './tool.runner';

type Work<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Calls tools within their limits and makes their results safe to store: without secrets and without text that the database
 * cannot hold. Every output, message and name of every tool family passes through here.
 */
export class ToolCalls {
  constructor(
    private readonly limits: ToolLimits,
    private readonly redactor: Redactor,
  ) {}

  breakerOf(tool: string): BreakerState {
    return this.limits.stateOf(tool);
  }

  /** Like `breakerOf`, for a tool that exists. Adds its series to the metrics even if it is never called. */
  listedBreakerOf(tool: string): BreakerState {
    return this.limits.of(tool).state;
  }

  /**
   * Runs a call without effects. It ends for the caller at the deadline or on the signal, regardless of the tool, and
   * an idempotent read is retried after transport faults.
   * @throws AssentError `timeout`, `overloaded`, `internal`, and errors of the tool with a redacted message; the signal's reason
   */
  async run<T>(adapter: ToolAdapter, signal: AbortSignal, work: Work<T>): Promise<T> {
    const limit = this.limits.of(adapter.name);
    const retries = adapter.effect === 'read' && adapter.idempotent;
    return this.redacting(() =>
      runAbandoning(limitsOf(adapter, signal), (own) => limit.runAbandoning(own, retries, () => work(own))),
    );
  }

  /** Runs a call with effects. It ends only when the tool does. @throws like `run` */
  async change<T>(adapter: ToolAdapter, signal: AbortSignal, work: Work<T>): Promise<T> {
    return this.redacting(() =>
      runToTheEnd(limitsOf(adapter, signal), (own) => this.limits.of(adapter.name).run(own, () => work(own))),
    );
  }

  /** A tool output made safe to store and show: storable, redacted and bounded. @param hasContent see ToolContext.keepsContent */
  answer(output: JsonObject, hasContent = false): JsonObject {
    const maxBytes = hasContent ? OUTPUT_MAX_BYTES + CONTENT_MAX_BYTES : OUTPUT_MAX_BYTES;
    return capOutput(this.redactForDisplay(output), maxBytes);
  }

  /** The outcome of an effect, made safe to store and show. */
  effectOf(tool: string, report: EffectReport = { ok: true, message: `${tool} was carried out.` }): EffectOutcome {
    return { ...report, tool, message: this.text(report.message) };
  }

  /** A text made safe to store and show. */
  text(text: string): string {
    return this.redactor.text(storableText(text));
  }

  /** A filter for a text of which only a part is returned. */
  redaction(): TextFilter {
    return this.redactor.stream(true);
  }

  /** Arguments made safe to show. */
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
