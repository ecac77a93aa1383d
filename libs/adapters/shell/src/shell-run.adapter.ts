import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '@assent/contract';
import type { EffectDraft, EffectReport, EffectResult, ExternalAdapter, ToolContext } from '@assent/tools';
import type { SandboxKind } from './sandbox';
import {
  prepareCall,
  runCall,
  shellArguments,
  type PreparedCall,
  type Shell,
  type ShellArguments,
  type ShellReport,
} from './shell-call';
import type { ShellLimits } from './shell-settings';

/** Time to start and stop the sandbox, in addition to the program's own time. */
export const SHELL_DEADLINE_MARGIN_MS = 10_000;
/** A person has to review the result. */
const EFFORT = 20;

const CONFINED = 'no network; of the files it can change those of the workspace only';
const SANDBOX_TEXT: Readonly<Record<SandboxKind, string>> = {
  bwrap: `bubblewrap: ${CONFINED}`,
  namespaces: `namespaces: ${CONFINED}`,
  none: 'NONE: the program has the network and all rights of the server',
};

const ENDED_TEXT: Readonly<Record<ShellReport['ended'], string>> = {
  exit: 'ended',
  time: 'was ended when its time was up,',
  output: 'was ended when it printed too much,',
};

/** `shell.run`: runs programs with effects. */
export function shellRun(shell: Shell): ExternalAdapter {
  const programs = shell.programs.filter(({ effect }) => effect === 'external');
  return {
    name: 'shell.run',
    description:
      `Runs one of the programs ${programs.map(({ name }) => name).join(', ')} in the workspace, which it can change; no network. Nothing runs before a decision. ` +
      '"exitCode" is 128 + n after signal n; "ended" is "time" or "output" when a limit ended it; "truncated" says that output was left out: its beginning and end are there.',
    effect: 'external',
    inputSchema: shellArguments(programs),
    effort: EFFORT,
    // Running a program twice may have any effect.
    idempotent: false,
    deadlineMs: shell.limits.wallMs + SHELL_DEADLINE_MARGIN_MS,

    async dryRun(args: JsonObject, context: ToolContext): Promise<EffectDraft> {
      const call = await prepareCall({ ...shell, programs }, args as ShellArguments, context);
      return {
        effect: effectOf(call, shell.limits),
        summary: summaryOf(call, shell.limits, context.workspace.name),
        targets: [`workspace:${context.workspace.name}`],
      };
    },

    async apply(effect: JsonObject, context: ToolContext): Promise<EffectResult> {
      const { program, args, path } = effect as unknown as Required<ShellArguments>;
      const call = await prepareCall({ ...shell, programs }, { program, args, path }, context);
      const now = effectOf(call, shell.limits);
      // An approval for one confinement does not cover another.
      if (!isDeepStrictEqual(now, effect)) {
        return { outcome: 'stale', output: { reason: 'The configuration of the program changed since the approval.' } };
      }
      const output = await runCall(shell, call, context, { writable: true });
      return { outcome: 'applied', output, report: reportOf(call, output) };
    },
  };
}

function reportOf({ program }: PreparedCall, { ended, exitCode }: ShellReport): EffectReport {
  return {
    ok: ended === 'exit' && exitCode === 0,
    exitCode,
    message: `${program.name} ${ENDED_TEXT[ended]} with exit code ${exitCode}.`,
  };
}

function effectOf({ program, args, path, sandbox }: PreparedCall, limits: ShellLimits): JsonObject {
  return { program: program.name, file: program.path, args, path, sandbox: sandbox.kind, limits: { ...limits } };
}

/** Shows one argument per line as JSON, so that spaces, newlines and invisible characters cannot hide where an argument ends. */
function summaryOf({ program, args, path, sandbox }: PreparedCall, limits: ShellLimits, workspace: string): string {
  return [
    `Run ${program.name} in the workspace "${workspace}"`,
    `program: ${visible(program.path)}`,
    ...args.map((arg, index) => `argument ${index + 1}: ${visible(arg)}`),
    `folder: ${visible(path)}`,
    `sandbox: ${SANDBOX_TEXT[sandbox.kind]}`,
    `limits: ${limits.wallMs} ms in all; each process ${limits.cpuSeconds} s CPU, ${limits.memoryBytes} bytes of memory, files of ${limits.fileBytes} bytes; ` +
      `${limits.processes} processes; ${limits.outputBytes} bytes of output a stream`,
  ].join('\n');
}

function visible(text: string): string {
  return JSON.stringify(text).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
