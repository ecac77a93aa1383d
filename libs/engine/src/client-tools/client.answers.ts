import { Injectable } from '@nestjs/common';
import type { JsonObject } from '@assent/contract';
import { RunRepository } from '@assent/runs';
import { ClientOutputs, type ClientCallRecord } from '@assent/tools';
import { clientToolOf } from './client.caller';

/** Answers of clients, held against what their run has declared. */
@Injectable()
export class ClientAnswers {
  constructor(
    private readonly runs: RunRepository,
    private readonly outputs: ClientOutputs,
  ) {}

  /** @throws AssentError invalid, pointer /result/output */
  async check({ runId, requestId, request }: ClientCallRecord, output: JsonObject): Promise<void> {
    const run = await this.runs.plan(runId);
    this.outputs.check(clientToolOf(run?.params.clientTools, request.tool), requestId, output);
  }

  /** An output as it may be stored. */
  shown(output: JsonObject): JsonObject {
    return this.outputs.shown(output);
  }

  text(text: string): string {
    return this.outputs.text(text);
  }
}
