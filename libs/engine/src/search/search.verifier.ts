import { Injectable } from '@nestjs/common';
import { AssentError, type JsonObject, type StartParams, type ToolCall, type Verification } from '@assent/contract';
import { ToolsService } from '@assent/tools';
import type { ToolCaller } from '@assent/tools';
import type { Work } from '../work';

type Verify = NonNullable<NonNullable<StartParams['search']>['verify']>;

/** Stands in the arguments for the plan that is checked. */
const PLACEHOLDER = '{{answer}}';
const OK = 200;
const REDIRECT = 300;
const SERVER_ERROR = 500;
/** What a tool says of a plan that is wrong. Anything else that goes wrong says nothing of the plan. */
const FAILS: ReadonlySet<string> = new Set(['invalid', 'conflict', 'not_found', 'precondition_failed']);

/** Checks plans of a search by a tool that reads: it succeeds, or it fails, or it cannot say. */
@Injectable()
export class SearchVerifier {
  constructor(private readonly tools: ToolsService) {}

  /** @throws AssentError invalid, for a tool that does not exist, changes things, or does not take the arguments */
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

  /** What a model has written may be in the arguments, so the policy decides as for anything that a model proposes. */
  async verify({ run, signal }: Work, params: StartParams, caller: ToolCaller, answer: string): Promise<Verification> {
    const verify = params.search?.verify;
    if (!verify) return 'unknown';
    const call = callOf(verify, answer, run.workspace);
    try {
      const { verdict } = (await this.tools.decider(caller, run.id, params.policy))(call);
      if (verdict !== 'allow') return 'unknown';
      return verdictOf(await this.tools.run(call, { caller, signal, idempotencyKey: `${run.id}/${run.step}` }));
    } catch (thrown) {
      signal.throwIfAborted();
      return thrown instanceof AssentError && FAILS.has(thrown.reason) ? 'fail' : 'unknown';
    }
  }
}

/** A program passes a plan by exit code 0, an endpoint by a status from 200 to 299; anything else that answers does by answering. */
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
