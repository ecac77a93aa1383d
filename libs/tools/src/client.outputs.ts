import { Injectable } from '@nestjs/common';
import { AssentError, type ClientTool, type JsonObject } from '@assent/contract';
import { outputProblem } from './client.tools';
import { ToolCalls } from './tool.calls';

/** What clients answer to calls of their tools: checked, redacted and bounded like any other output. */
@Injectable()
export class ClientOutputs {
  constructor(private readonly calls: ToolCalls) {}

  /** @throws AssentError invalid, pointer /result/output, if it does not match the tool's declared output */
  check(tool: ClientTool | undefined, requestId: string, output: JsonObject): void {
    const problem = tool && outputProblem(tool, output);
    if (problem === undefined) return;
    throw new AssentError(
      'invalid',
      `The output for ${requestId} does not match the declaration of the tool: ${problem}. The call is still pending.`,
      { pointer: '/result/output' },
    );
  }

  /** An output as it may be stored. */
  redactForDisplay(output: JsonObject): JsonObject {
    return this.calls.answer(output);
  }

  text(text: string): string {
    return this.calls.text(text);
  }
}
