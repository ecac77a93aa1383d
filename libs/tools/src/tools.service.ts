import { Injectable } from '@nestjs/common';
import {
  AssentError,
  type BreakerState,
  type ClientTool,
  type Effect,
  type GuardDecision,
  type JsonObject,
  type Principal,
  type ToolCall,
} from '@assent/contract';
import { Config } from '@assent/platform';
import { clientAdapters, clientCallIn, isOfClient } from './client.tools';
import type { ToolAdapter, ToolContext, ToolsListener, UnavailableTools } from './tool-adapter.port';
import type { AppliedFile } from './apply-files';
import { buildDiff, type DryRun } from './diff-content';
import { buildExternal, parseStored } from './external-content';
import { checkNarrowing, isStricter, type Narrowing } from './guard';
import { lockKeys, targetKeys } from './lock-keys';
import { applyRead, readDraft } from './approved-read';
import { ToolCalls } from './tool.calls';
import { ToolGuard, type Decide, type ToolCaller } from './tool.guard';
import { hiddenInSummary, nothingToApply, secretForClient, secretInEffect, withSentFlag } from './tool.refusals';
import { ToolRegistry } from './tool.registry';
import type { Applied, CallOptions, CallPreview, CallQuestion, RemoteListing, ToolListing } from './tool.views';
import { quotePath } from './workspace-path';

/** Tools whose summaries show database rows in addition to the statement. */
const SHOWS_FOREIGN_ROWS: ReadonlySet<string> = new Set(['sql.execute']);

/** The policy for this tool decides whether a message may quote a file. */
const READ_TOOL = 'file.read';

/** Facade of the tools library: lists, decides and calls tools. It stores nothing and reveals no secret. */
@Injectable()
export class ToolsService {
  /** Services that include the tools of clients, cached while the declaration is in use, because a run is read often. */
  private readonly forClients = new WeakMap<readonly ClientTool[], ToolsService>();

  constructor(
    private readonly config: Config,
    private readonly registry: ToolRegistry,
    private readonly guards: ToolGuard,
    private readonly calls: ToolCalls,
  ) {}

  /** The service for a run whose client hosts tools. @throws AssentError invalid, pointer /clientTools/... */
  forClient(tools: readonly ClientTool[] | undefined): ToolsService {
    if (!tools || tools.length === 0) return this;
    const known = this.forClients.get(tools);
    if (known) return known;
    const registry = this.registry.with(clientAdapters(tools));
    const service = new ToolsService(this.config, registry, this.guards.over(registry), this.calls);
    this.forClients.set(tools, service);
    return service;
  }

  /** Names of the configured workspaces, in order. */
  workspaces(): string[] {
    return [...this.config.workspaces.keys()];
  }

  /** @throws AssentError `invalid`, pointer /policy/..., for a narrowing that is not a valid glob */
  async list(caller: ToolCaller, narrowing?: Narrowing): Promise<ToolListing[]> {
    const [workspace = ''] = this.workspaces();
    const decide = await this.guards.decider(caller, null, narrowing);
    return this.registry.list().map(({ name, description, effect, effort, inputSchema }) => {
      const { verdict, rule } = decide({ tool: name, workspace, args: {} });
      const breaker = this.calls.listedBreakerOf(name);
      return { name, description, effect, effort, inputSchema, verdict, rule, breaker };
    });
  }

  /** The usable tools of foreign servers, with the verdict on a call of the caller through the gateway. */
  async remote({ tenantId, subject, scopes }: Principal): Promise<RemoteListing[]> {
    const [workspace = ''] = this.workspaces();
    const decide = await this.guards.decider({ tenantId, subject, scopes, tainted: true, isGateway: true }, null);
    return this.registry
      .list()
      .flatMap(({ name, remote }) =>
        remote ? [{ ...remote, name, verdict: decide({ tool: name, workspace, args: {} }).verdict }] : [],
      );
  }

  /** The tools of foreign servers that are currently available. */
  foreignNames(): string[] {
    return this.registry.list().flatMap(({ name, remote }) => (remote ? [name] : []));
  }

  /** Calls the listener with the names of tools of foreign servers that are new, changed or gone. It MUST NOT throw. */
  onChange(listener: ToolsListener): void {
    this.registry.onChange(listener);
  }

  /** Tools that `list` omits because they are temporarily unavailable. */
  away(): UnavailableTools[] {
    return this.registry.away();
  }

  /** The verdict on a call and its rule. Runs nothing. @throws like `list` and ToolRegistry.find, and when a workspace has to be named */
  async preview(question: CallQuestion, { tenantId, subject, scopes }: Principal): Promise<CallPreview> {
    const { tool, args, policy, tainted = false } = question;
    const call = { tool, args, workspace: question.workspace ?? this.config.pickWorkspace(undefined) };
    const decide = await this.guards.decider({ tenantId, subject, scopes, tainted }, null, policy);
    const effect = this.registry.find(tool)?.effect ?? null;
    const problems = [
      ...problemsOf(() => {
        this.checkArgs(call);
      }),
      ...problemsOf(() => this.rootOf(call.workspace)),
    ];
    return { ...decide(call), effect, problems, breaker: effect && this.calls.breakerOf(tool) };
  }

  /** @throws AssentError `invalid`, pointer /policy/..., for a narrowing that is not a valid glob */
  checkNarrowing(narrowing?: Narrowing): void {
    checkNarrowing(narrowing);
  }

  /** @throws AssentError `invalid` with a pointer relative to the call: /tool, /workspace, /args/... */
  check(call: ToolCall): void {
    this.checkArgs(call);
    this.rootOf(call.workspace);
  }

  /**
   * The verdict for a call that passed `check`; denies a tool that does not exist. @throws like ToolRegistry.find
   * @param runId the run whose budget counts
   */
  async guard(call: ToolCall, caller: ToolCaller, runId: string, narrowing?: Narrowing): Promise<GuardDecision> {
    return (await this.guards.decider(caller, runId, narrowing))(call);
  }

  /** Decides calls on one snapshot of the policies. @param runId the run whose budget counts; null: none */
  decider(caller: ToolCaller, runId: string | null, narrowing?: Narrowing): Promise<Decide> {
    return this.guards.decider(caller, runId, narrowing);
  }

  /** The effect of a tool. @throws AssentError `invalid` for a tool that does not exist */
  effectOf(tool: string): Effect {
    return this.registry.get(tool).effect;
  }

  /** Like `effectOf`, but undefined for a tool that does not exist. @throws like ToolRegistry.find */
  findEffect(tool: string): Effect | undefined {
    return this.registry.find(tool)?.effect;
  }

  breakerOf(tool: string): BreakerState {
    return this.calls.breakerOf(tool);
  }

  /** Arguments made safe to show. */
  redactForDisplay(args: JsonObject): JsonObject {
    return this.calls.redactForDisplay(args);
  }

  /**
   * Runs a read tool. @returns its output, redacted and bounded
   * @throws AssentError like `check` and ToolCalls.run; `forbidden` when the policy denies the call
   */
  async run(call: ToolCall, options: CallOptions): Promise<JsonObject> {
    const { adapter, context } = await this.prepare(call, options);
    if (adapter.effect !== 'read') {
      throw new AssentError(
        'invalid',
        `The tool ${call.tool} changes something, so it cannot be run as a read: make a dry run, then apply it.`,
        {
          pointer: '/tool',
        },
      );
    }
    const output = await this.calls.run(adapter, options.signal, (signal) =>
      adapter.run(call.args, { ...context, signal }),
    );
    return this.calls.answer(output, context.keepsContent);
  }

  /** Computes the change of a tool without applying it; for a read through the gateway, the call to approve. @throws like `run` */
  async dryRun(call: ToolCall, options: CallOptions): Promise<DryRun> {
    const { adapter, context } = await this.prepare(call, options);
    if (adapter.effect === 'read' && options.caller.isGateway !== true) throw nothingToApply(adapter);
    if (adapter.effect === 'write') {
      const draft = await this.calls.run(adapter, options.signal, (signal) =>
        adapter.dryRun(call.args, { ...context, signal }),
      );
      return buildDiff(call.tool, call.workspace, draft);
    }
    const draft =
      adapter.effect === 'read'
        ? readDraft(adapter, call.args)
        : await this.calls.run(adapter, options.signal, (signal) => adapter.dryRun(call.args, { ...context, signal }));
    if (draft && this.calls.containsSecret(draft.effect)) throw secretInEffect(adapter);
    const summary = draft && this.calls.text(draft.summary);
    // A reviewer must see the whole effect. Only rows from a database may be redacted.
    if (draft && summary !== draft.summary && !SHOWS_FOREIGN_ROWS.has(call.tool)) throw hiddenInSummary(adapter);
    return buildExternal(call.tool, call.workspace, draft && { ...draft, summary: summary ?? '' });
  }

  /** The approved call of a client's tool, from the approved bytes alone; null when the bytes do not match the hash. */
  approvedCall(bytes: Uint8Array, expectedHash: string): ToolCall | null {
    try {
      const content = parseStored(bytes, expectedHash);
      return content.v === 2 ? clientCallIn(content) : null;
    } catch (thrown) {
      if (thrown instanceof AssentError) return null;
      throw thrown;
    }
  }

  /** Keys of the advisory locks (bigint form) that MUST be held while `apply` runs; take them in this order. @throws like `apply` */
  lockKeys(bytes: Uint8Array, expectedHash: string): bigint[] {
    const content = parseStored(bytes, expectedHash);
    return content.v === 2 ? targetKeys(content) : lockKeys(content, this.rootOf(content.workspace));
  }

  /** Targets of an external effect, made safe to show, and whether it may be applied again; null for files. @throws like `apply` */
  externalEffect(bytes: Uint8Array, expectedHash: string): { targets: readonly string[]; repeatable: boolean } | null {
    const content = parseStored(bytes, expectedHash);
    if (content.v === 1) return null;
    const targets = content.targets.length > 0 ? content.targets : [content.tool];
    return {
      targets: targets.map((target) => this.calls.text(target)),
      repeatable: this.registry.find(content.tool)?.idempotent ?? false,
    };
  }

  /**
   * Whether the foreign tool of stored content has changed since the reviewer saw it. A tool that cannot be reached counts as
   * unchanged.
   * @throws like `apply`
   */
  isOutdated(bytes: Uint8Array, expectedHash: string): boolean {
    const content = parseStored(bytes, expectedHash);
    const { definition } = content.v === 2 ? content.effect : {};
    if (typeof definition !== 'string') return false;
    const isAway = this.registry.away().some(({ prefix }) => content.tool.startsWith(prefix));
    return !isAway && this.registry.find(content.tool)?.remote?.hash !== definition;
  }

  /**
   * Applies approved content. Ends only when all work has stopped, so that the caller's locks cover it. Files may be
   * applied again; an external effect only when it is `repeatable`.
   * @throws AssentError `precondition_failed` when the bytes have another hash than the approved one; `invalid` when its tool or
   * workspace is gone; like ToolCalls.change, with `sent: true` in the details when an external effect may have happened anyway
   */
  async apply(bytes: Uint8Array, expectedHash: string, options: CallOptions): Promise<Applied> {
    const content = parseStored(bytes, expectedHash);
    const adapter = this.registry.get(content.tool);
    // Approved content is written as is, but the policy still decides which other files an effect may read.
    const decide = await this.guards.decider({ ...options.caller, tainted: true }, null);
    const { tool, workspace } = content;
    const shows = (path: string) => decide.path({ tool, workspace, args: {} }, path).verdict !== 'deny';
    const context = this.contextOf(workspace, options, { shows, quotes: () => false });
    if (content.v === 1) {
      if (adapter.effect !== 'write') throw nothingToApply(adapter);
      const { outcome, files } = await this.calls.change(adapter, options.signal, (signal) =>
        adapter.apply(content, { ...context, signal }),
      );
      return { outcome, files: files.map((file) => this.withoutSecrets(file)), output: null, effect: null };
    }
    if (adapter.effect === 'write' || (adapter.effect === 'read' && options.caller.isGateway !== true))
      throw nothingToApply(adapter);
    const { outcome, output, report } =
      adapter.effect === 'read'
        ? await applyRead(adapter, content.effect, (work) =>
            this.calls.run(adapter, options.signal, (signal) => work({ ...context, signal })),
          )
        : await this.calls
            .change(adapter, options.signal, (signal) => adapter.apply(content.effect, { ...context, signal }))
            .catch(withSentFlag);
    const effect = outcome === 'stale' ? null : this.calls.effectOf(content.tool, report);
    return { outcome, files: [], output: this.calls.answer(output, context.keepsContent), effect };
  }

  /** Frames show the arguments of client calls unchanged, so arguments that would need redaction are refused. */
  private checkArgs({ tool, args }: ToolCall): void {
    this.registry.checkArgs(tool, args);
    if (isOfClient(tool) && JSON.stringify(this.calls.redactForDisplay(args)) !== JSON.stringify(args))
      throw secretForClient(tool);
  }

  private async prepare(call: ToolCall, options: CallOptions): Promise<{ adapter: ToolAdapter; context: ToolContext }> {
    this.check(call);
    const decide = await this.guards.decider(options.caller, null);
    const { verdict, rule } = decide(call);
    if (verdict === 'deny') {
      throw new AssentError(
        'forbidden',
        `The policy denies this call of ${call.tool} (rule ${rule}). Choose another action.`,
        { rule },
      );
    }
    const adapter = this.registry.get(call.tool);
    // A call may show only paths with at most its own strictness, so a search of everything does not bypass a rule for one folder.
    const shows = (path: string) => !isStricter(decide.path(call, path).verdict, verdict);
    const quotes = (path: string) => decide.path({ ...call, tool: READ_TOOL }, path).verdict === 'allow';
    return { adapter, context: this.contextOf(call.workspace, options, { shows, quotes }) };
  }

  private contextOf(
    workspace: string,
    { signal, idempotencyKey, caller }: CallOptions,
    policy: Pick<ToolContext, 'shows' | 'quotes'>,
  ): ToolContext {
    const root = this.rootOf(workspace);
    return {
      signal,
      idempotencyKey,
      workspace: { name: workspace, root },
      exact: caller.plannedByModel !== true,
      keepsContent: caller.isGateway === true,
      redaction: () => this.calls.redaction(),
      ...policy,
    };
  }

  private withoutSecrets(file: AppliedFile): AppliedFile {
    return file.conflict === undefined ? file : { ...file, conflict: this.calls.text(file.conflict) };
  }

  private rootOf(workspace: string): string {
    const root = this.config.workspaces.get(workspace);
    if (root !== undefined) return root;
    throw new AssentError(
      'invalid',
      `There is no workspace ${quotePath(workspace)}. There are: ${this.workspaces().join(', ')}.`,
      { pointer: '/workspace' },
    );
  }
}

function problemsOf(check: () => unknown): CallPreview['problems'] {
  try {
    check();
    return [];
  } catch (thrown) {
    if (!(thrown instanceof AssentError)) throw thrown;
    return [{ pointer: thrown.details.pointer ?? '', message: thrown.message }];
  }
}
