import { Injectable } from '@nestjs/common';
import { AssentError, type ClientTool, type JsonObject } from '@assent/contract';
import { outputProblem } from './client.tools';
import { ToolCalls } from './tool.calls';

/** Results of client tool calls. They are checked, redacted and bounded like any other output. */
@Injectable()
export class ClientOutputs {
  constructor(private readonly calls: ToolCalls) {}

  /** @throws AssentError invalid, pointer /result/output, if the output does not match the schema declared by its tool */
  check(tool: ClientTool | undefined, requestId: string, output: JsonObject): void {
    const problem = tool && outputProblem(tool, output);
    if (problem === undefined) return;
    throw new AssentError(
      'invalid',
      `The output for ${requestId} does not match the declaration of the tool: ${problem}. The call is still pending.`,
      { pointer: '/result/output' },
    );
  }

  /** An output in the form in which it may be stored. */
  redactForDisplay(output: JsonObject): JsonObject {
    return this.calls.answer(output);
  }

  text(text: string): string {
    return this.calls.text(text);
  }
}
