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

  /** @returns the output as it may be stored. @throws AssentError invalid, pointer /result/output */
  async checked({ runId, requestId, request }: ClientCallRecord, output: JsonObject): Promise<JsonObject> {
    const run = await this.runs.plan(runId);
    return this.outputs.checked(clientToolOf(run?.params.clientTools, request.tool), requestId, output);
  }

  text(text: string): string {
    return this.outputs.text(text);
  }
}
