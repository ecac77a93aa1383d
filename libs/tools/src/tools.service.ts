import { Inject, Injectable } from '@nestjs/common';
import {
  AssentError,
  type Effect,
  type GuardDecision,
  type JsonObject,
  type ToolCall,
  type Verdict,
} from '@assent/contract';
import { Config } from '@assent/platform';
import type { ToolAdapter, ToolContext, WriteAdapter } from './adapters/tool-adapter.port';
import type { ApplyResult } from './apply-files';
import { buildDiff, parseContent, type DryRun } from './diff-content';
import { guard, isStricter, type Narrowing, type Rule } from './guard';
import { lockKeys } from './lock-keys';
import { ToolRegistry } from './tool.registry';
import { runAbandoning, runToTheEnd } from './tool.runner';
import { shown } from './workspace-path';

/** The rules of the policy file (`readonly Rule[]`). */
export const TOOL_POLICY = Symbol('TOOL_POLICY');

/** How a call is made: its cancellation, and the key every attempt of it has (`runId:step`). */
export interface CallOptions {
  readonly signal: AbortSignal;
  readonly idempotencyKey: string;
}

/** One row of `tool/list`. */
export interface ToolListing {
  readonly name: string;
  readonly description: string;
  readonly effect: Effect;
  readonly effort: number;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  /** For a call that names no path; `guard` decides each call. */
  readonly verdict: Verdict;
  readonly rule: string;
}

/** Tools from the outside: what there is, what may be called, and the calls. It stores nothing. */
@Injectable()
export class ToolsService {
  constructor(
    private readonly config: Config,
    private readonly registry: ToolRegistry,
    @Inject(TOOL_POLICY) private readonly rules: readonly Rule[],
  ) {}

  /** Names of the configured workspaces, the default first. */
  workspaces(): string[] {
    return [...this.config.workspaces.keys()];
  }

  /** @throws AssentError `invalid`, pointer /policy/..., for a narrowing that is no glob */
  list(narrowing?: Narrowing): ToolListing[] {
    const [workspace = ''] = this.workspaces();
    return this.registry.list().map(({ name, description, effect, effort, inputSchema }) => {
      const { verdict, rule } = guard({ tool: name, effect, workspace, args: {} }, this.rules, narrowing);
      return { name, description, effect, effort, inputSchema, verdict, rule };
    });
  }

  /** @throws AssentError `invalid`, pointer /policy/..., for a narrowing that is no glob */
  checkNarrowing(narrowing?: Narrowing): void {
    guard({ tool: '', effect: 'read', workspace: '', args: {} }, [], narrowing);
  }

  /** @throws AssentError `invalid` with a pointer relative to the call: /tool, /workspace, /args/... */
  check(call: ToolCall): void {
    this.registry.checkArgs(call.tool, call.args);
    this.rootOf(call.workspace);
  }

  /** The verdict for a call that passed `check`; a tool that does not exist is denied. */
  guard(call: ToolCall, narrowing?: Narrowing): GuardDecision {
    return guard({ ...call, effect: this.registry.find(call.tool)?.effect ?? null }, this.rules, narrowing);
  }

  /** What a call of the tool does to the world. @throws AssentError `invalid` for a tool that does not exist */
  effectOf(tool: string): Effect {
    return this.registry.get(tool).effect;
  }

  /** Runs a read tool. @throws AssentError as `check`; `forbidden` when the policy denies it; `timeout`; what the tool throws */
  async run(call: ToolCall, options: CallOptions): Promise<JsonObject> {
    const { adapter, context } = this.prepare(call, options);
    if (adapter.effect !== 'read') {
      throw new AssentError('invalid', `The tool ${call.tool} changes things: it is run dry and applied.`, {
        pointer: '/tool',
      });
    }
    return runAbandoning(limitsOf(adapter, options), (signal) => adapter.run(call.args, { ...context, signal }));
  }

  /** What a write tool would change. Changes nothing. @throws as `run` */
  async dryRun(call: ToolCall, options: CallOptions): Promise<DryRun> {
    const { adapter, context } = this.prepare(call, options);
    const draft = await runAbandoning(limitsOf(adapter, options), (signal) =>
      writing(adapter).dryRun(call.args, { ...context, signal }),
    );
    return buildDiff(call.tool, call.workspace, draft);
  }

  /** Keys of the advisory locks (bigint form) that MUST be held while `apply` runs; take them in this order. @throws as `apply` */
  lockKeys(bytes: Uint8Array, expectedHash: string): bigint[] {
    const content = parseContent(bytes, expectedHash);
    return lockKeys(content, this.rootOf(content.workspace));
  }

  /**
   * Applies approved content; safe to repeat. Ends only when nothing is being written any more, so that the caller's locks cover it.
   * @throws AssentError `precondition_failed` when the bytes have another hash than the approved one; `invalid` when its tool or workspace is gone
   */
  async apply(bytes: Uint8Array, expectedHash: string, options: CallOptions): Promise<ApplyResult> {
    const content = parseContent(bytes, expectedHash);
    const adapter = writing(this.registry.get(content.tool));
    const context = this.contextOf(content.workspace, options, () => true);
    return runToTheEnd(limitsOf(adapter, options), (signal) => adapter.apply(content, { ...context, signal }));
  }

  private prepare(call: ToolCall, options: CallOptions): { adapter: ToolAdapter; context: ToolContext } {
    this.check(call);
    const { verdict, rule } = this.guard(call);
    if (verdict === 'deny') {
      throw new AssentError(
        'forbidden',
        `The policy denies this call of ${call.tool} (rule ${rule}). Choose another action.`,
        { rule },
      );
    }
    // What a call may show is at most what it was allowed itself: a search of everything is no way around a rule for one folder.
    const shows = (path: string) => !isStricter(this.guard({ ...call, args: { path } }).verdict, verdict);
    return { adapter: this.registry.get(call.tool), context: this.contextOf(call.workspace, options, shows) };
  }

  private contextOf(workspace: string, options: CallOptions, shows: ToolContext['shows']): ToolContext {
    return { ...options, workspace: { name: workspace, root: this.rootOf(workspace) }, shows };
  }

  private rootOf(workspace: string): string {
    const root = this.config.workspaces.get(workspace);
    if (root !== undefined) return root;
    throw new AssentError(
      'invalid',
      `There is no workspace ${shown(workspace)}. There are: ${this.workspaces().join(', ')}.`,
      { pointer: '/workspace' },
    );
  }
}

function writing(adapter: ToolAdapter): WriteAdapter {
  if (adapter.effect === 'write') return adapter;
  throw new AssentError(
    'invalid',
    `The tool ${adapter.name} changes nothing: it is run, there is nothing to approve.`,
    { pointer: '/tool' },
  );
}

function limitsOf(adapter: ToolAdapter, { signal }: CallOptions) {
  return { tool: adapter.name, deadlineMs: adapter.deadlineMs, signal };
}
