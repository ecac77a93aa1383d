import type { JsonObject } from '@assent/contract';
import type { ReadAdapter, ToolContext } from '@assent/tools';
import { prepareCall, runCall, shellArguments, type Shell, type ShellArguments } from './shell-call';
import { SHELL_DEADLINE_MARGIN_MS } from './shell-run.adapter';

/** Running a process costs several times a file read. */
const EFFORT = 5;

/** `shell.read`: runs programs that only read. The workspace is read-only for them. */
export function shellRead(shell: Shell): ReadAdapter {
  const programs = shell.programs.filter(({ effect }) => effect === 'read');
  return {
    name: 'shell.read',
    description:
      `Runs one of the programs ${programs.map(({ name }) => name).join(', ')} in the workspace, which it can read and not change; no network. ` +
      '"exitCode" is 128 + n after signal n; "ended" is "time" or "output" when a limit ended it; "truncated" says that output was left out: its beginning and end are there.',
    effect: 'read',
    inputSchema: shellArguments(programs),
    effort: EFFORT,
    idempotent: true,
    deadlineMs: shell.limits.wallMs + SHELL_DEADLINE_MARGIN_MS,

    async run(args: JsonObject, context: ToolContext): Promise<JsonObject> {
      const call = await prepareCall({ ...shell, programs }, args as ShellArguments, context);
      return runCall(shell, call, context, { writable: false });
    },
  };
}
