import { Injectable } from '@nestjs/common';
import { AssentError, type JsonObject, type StartParams, type ToolCall, type Verification } from '@assent/contract';
import { ToolsService } from '@assent/tools';
import type { StepContext } from '../../step/step.context';

type Verify = NonNullable<NonNullable<StartParams['search']>['verify']>;

/** Placeholder in the arguments for the plan to verify. */
const PLACEHOLDER = '{{answer}}';
const OK = 200;
const REDIRECT = 300;
const SERVER_ERROR = 500;
/** Errors of a tool that mean a wrong plan. Any other error says nothing about the plan. */
const FAILS: ReadonlySet<string> = new Set(['invalid', 'conflict', 'not_found', 'precondition_failed']);

/** Verifies plans of a search by a read tool: pass, fail or unknown. */
@Injectable()
export class SearchVerifier {
  constructor(private readonly tools: ToolsService) {}

  /** @throws AssentError invalid for a tool that does not exist, has effects, or does not accept the arguments */
  check(verify: Verify | undefined, workspace: string): void {
    if (!verify) return;
    try {
      if (this.tools.effectOf(verify.tool) !== 'read')
        throw new AssentError('invalid', `The tool ${verify.tool} changes things: a verifier only reads.`);
      this.tools.check(callOf(verify, 'a plan', workspace));
    } catch (thrown) {
      if (!(thrown instanceof AssentError)) throw thrown;
      const pointer = `/search/verify${thrown.details.pointer ?? '/tool'}`;
      throw new AssentError(thrown.reason, thrown.message, { ...thrown.details, pointer }, { cause: thrown });
    }
  }

  /** The arguments may contain model text, so the policy treats the call as proposed by a model. */
  async verify(context: StepContext, answer: string): Promise<Verification> {
    const { run, signal } = context;
    const { search, policy } = await context.params();
    const verify = search?.verify;
    if (!verify) return 'unknown';
    const call = callOf(verify, answer, run.workspace);
    const options = context.callOptions(true);
    try {
      const { verdict } = (await this.tools.decider(options.caller, run.id, policy))(call);
      if (verdict !== 'allow') return 'unknown';
      return verdictOf(await this.tools.run(call, options));
    } catch (thrown) {
      signal.throwIfAborted();
      return thrown instanceof AssentError && FAILS.has(thrown.reason) ? 'fail' : 'unknown';
    }
  }
}

/** A program passes a plan with exit code 0, an endpoint with a status from 200 to 299, any other tool with any output. */
function verdictOf({ exitCode, ended, status }: JsonObject): Verification {
  if (typeof exitCode === 'number') return ended === 'exit' ? (exitCode === 0 ? 'pass' : 'fail') : 'unknown';
  if (typeof status !== 'number') return 'pass';
  if (status >= SERVER_ERROR) return 'unknown';
  return status >= OK && status < REDIRECT ? 'pass' : 'fail';
}

function callOf({ tool, args }: Verify, answer: string, workspace: string): ToolCall {
  return { tool, workspace, args: filled(args, answer) as JsonObject };
}

function filled(value: unknown, answer: string): unknown {
  if (typeof value === 'string') return value.replaceAll(PLACEHOLDER, () => answer);
  if (Array.isArray(value)) return value.map((item) => filled(item, answer));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item, answer)]));
}
