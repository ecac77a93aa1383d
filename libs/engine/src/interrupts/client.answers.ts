import { Injectable } from '@nestjs/common';
import type { JsonObject } from '@assent/contract';
import { cutText } from '@assent/platform';
import { RunRepository } from '@assent/runs';
import { ClientOutputs, type ClientCallRecord } from '@assent/tools';
import { clientToolOf } from '../step/step.context';

/** Maximum length of a client's description of its tool failure, in characters. */
const FAILURE_MAX_CHARS = 2_000;

/** Checks and redacts the answers of clients. */
@Injectable()
export class ClientAnswers {
  constructor(
    private readonly runs: RunRepository,
    private readonly outputs: ClientOutputs,
  ) {}

  /** @throws AssentError invalid, pointer /result/output */
  async check({ runId, requestId, request }: ClientCallRecord, output: JsonObject): Promise<void> {
    const run = await this.runs.goalAndParams(runId);
    this.outputs.check(run && clientToolOf(run.params, request.tool), requestId, output);
  }

  /** An output made safe to store, redacted. */
  shown(output: JsonObject): JsonObject {
    return this.outputs.redactForDisplay(output);
  }

  /** A client's failure message made safe to store. Redacts before it cuts, so that no part of a secret stays. */
  failure(message: string): string {
    return cutText(this.outputs.text(message), FAILURE_MAX_CHARS);
  }
}
