import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AssentError, isUuid } from '@assent/contract';
import { FramePages, RunHints, RunNotifier } from '@assent/runs';
import { LRUCache } from 'lru-cache';
import type { CallContext } from '../../call.context';
import { RpcDispatcher } from '../../rpc/rpc.dispatcher';
import type { FollowedChanges } from '../mcp.endpoint';
import type { McpExchange } from '../mcp.exchange';
import type { McpHandler } from '../mcp.sdk';
import { SubscriptionLife } from '../subscription.life';

/** A resource whose content depends on the frames of a run. */
interface FollowedResource {
  readonly uri: string;
  readonly runId: string;
  /** Whether a frame changes the resource. */
  readonly changedBy: (frame: FollowedFrame) => boolean;
}

interface FollowedFrame {
  readonly type: string;
  readonly approvalId?: string;
}

interface Filter {
  readonly resourcesListChanged: boolean;
  readonly resourceSubscriptions: readonly string[];
}

interface ListenRequest {
  readonly params?: { readonly notifications?: Readonly<Record<string, unknown>> | null } | null;
}

/** Further resources of one subscription are not followed, and the acknowledgement does not name them. */
const MAX_RESOURCES = 50;
const RUN_URI = /^assent:\/\/runs\/([^/]+)$/;
const TREE_URI = /^assent:\/\/runs\/([^/]+)\/tree$/;
const DIFF_URI = /^assent:\/\/approvals\/([^/]+)\/diff$/;
const TREE_FRAMES: ReadonlySet<string> = new Set(['tree.built', 'path.chosen', 'assumption.resolved', 'tree.rescored']);
const PAGE = 500;
/** A long poll for frames is repeated after this time. */
const POLL_MS = 60_000;
/** Maximum number of runs that one subscription remembers, so that each is read and reported once. */
const MAX_KNOWN_RUNS = 1_000;

/** Follows resources for `subscriptions/listen`: runs, their trees and changes by the frames of the run, and the list of runs. */
@Injectable()
export class McpSubscriptions implements OnModuleInit {
  /** Subscriptions that follow the list of runs. */
  private readonly lists = new Set<McpHandler>();

  constructor(
    private readonly pages: FramePages,
    private readonly hints: RunHints,
    private readonly notifier: RunNotifier,
    private readonly life: SubscriptionLife,
    private readonly dispatcher: RpcDispatcher,
  ) {}

  onModuleInit(): void {
    this.notifier.onGap(() => {
      for (const handler of this.lists) handler.notify.resourcesChanged();
    });
  }

  /**
   * Follows the resources of a subscription that its caller may read.
   * @param handler publishes the changes, and is closed when nothing follows them any more
   * @throws AssentError overloaded
   */
  async follow(request: unknown, exchange: McpExchange, handler: McpHandler): Promise<FollowedChanges> {
    const { context } = exchange;
    const { signal, stop } = this.life.begin(exchange, handler);
    try {
      const filter = filterOf(request);
      if (filter.resourcesListChanged) await this.followList(context, handler, signal);
      const resources = await this.readable(filter.resourceSubscriptions, context);
      for (const runId of new Set(resources.map((resource) => resource.runId))) {
        const ofRun = resources.filter((resource) => resource.runId === runId);
        this.followRun(runId, ofRun, { context, handler, signal }).catch((err: unknown) => {
          context.log.debug({ err, runId }, 'could not follow a run; its subscription ends');
          stop();
        });
      }
      const followed = resources.map(({ uri }) => uri);
      return {
        body: followed.length === filter.resourceSubscriptions.length ? request : narrowed(request, followed),
        stop,
      };
    } catch (thrown) {
      stop();
      throw thrown;
    }
  }

  private async readable(uris: readonly string[], context: CallContext): Promise<FollowedResource[]> {
    const followed: FollowedResource[] = [];
    for (const uri of new Set(uris.slice(0, MAX_RESOURCES))) {
      try {
        const resource = await this.resourceOf(uri, context);
        if (resource) followed.push(resource);
      } catch (thrown) {
        // A resource that the caller cannot read is not followed.
        if (!(thrown instanceof AssentError && ['not_found', 'forbidden'].includes(thrown.reason))) throw thrown;
      }
    }
    return followed;
  }

  private async resourceOf(uri: string, context: CallContext): Promise<FollowedResource | null> {
    const [runOfUri, runOfTree, approvalId] = [RUN_URI, TREE_URI, DIFF_URI].map((pattern) => pattern.exec(uri)?.[1]);
    const runId = runOfUri ?? runOfTree;
    if (runId !== undefined && isUuid(runId)) {
      await this.dispatcher.call('run/get', { runId }, context);
      const changedBy = runOfUri === undefined ? ({ type }: FollowedFrame) => TREE_FRAMES.has(type) : () => true;
      return { uri, runId, changedBy };
    }
    if (approvalId === undefined || !isUuid(approvalId)) return null;
    const approval = await this.dispatcher.call('approval/get', { approvalId }, context);
    if (approval.runId === null) return null;
    const changedBy = (frame: FollowedFrame): boolean =>
      frame.type === 'approval.revised' && frame.approvalId === approvalId;
    return { uri, runId: approval.runId, changedBy };
  }

  /** Publishes the changes of one run until it ends. */
  private async followRun(
    runId: string,
    resources: readonly FollowedResource[],
    {
      context,
      handler,
      signal,
    }: { readonly context: CallContext; readonly handler: McpHandler; readonly signal: AbortSignal },
  ): Promise<void> {
    const { cursor } = await this.dispatcher.call('run/get', { runId }, context);
    const request = { types: new Set<string>(), limit: PAGE, waitMs: POLL_MS, signal };
    for (let after = cursor; !signal.aborted;) {
      const until = Date.now() + POLL_MS;
      const page = await this.pages.page(context.principal.tenantId, runId, { ...request, after });
      // An empty page before the timeout means that this replica drains.
      if (!page || (page.lines.length === 0 && Date.now() < until)) return;
      const frames = page.lines.map(({ json }) => JSON.parse(json) as FollowedFrame);
      for (const { uri, changedBy } of resources) if (frames.some(changedBy)) handler.notify.resourceUpdated(uri);
      after = page.cursor;
      if (page.done) return;
    }
  }

  /** Publishes new runs of the caller. Resolves once every later run counts as new. */
  private async followList(context: CallContext, handler: McpHandler, signal: AbortSignal): Promise<void> {
    const { tenantId, subject } = context.principal;
    /** Earlier runs are not new. */
    let since = '';
    const known = new LRUCache<string, string>({
      max: MAX_KNOWN_RUNS,
      dispose: (createdAt, _, reason) => {
        if (reason === 'evict' && createdAt > since) since = createdAt;
      },
    });
    const begun = this.dispatcher
      .call('run/list', { requester: subject, limit: 1 }, context)
      .then(({ items: [run] }) => {
        if (!run) return;
        since = run.createdAt;
        known.set(run.runId, run.createdAt);
      });
    const check = async (runId: string): Promise<void> => {
      await begun;
      if (known.has(runId)) return;
      const { requester, createdAt } = await this.dispatcher.call('run/get', { runId }, context);
      if (known.has(runId)) return;
      known.set(runId, createdAt);
      if (requester === subject && createdAt >= since) handler.notify.resourcesChanged();
    };
    const stop = this.hints.follow(tenantId, ({ runId }) => {
      check(runId).catch((err: unknown) => {
        context.log.debug({ err, runId }, 'could not read a new run for the list of resources');
      });
    });
    this.lists.add(handler);
    signal.addEventListener('abort', () => {
      stop();
      this.lists.delete(handler);
    });
    await begun;
  }
}

function filterOf(request: unknown): Filter {
  const { resourcesListChanged, resourceSubscriptions: uris } = (request as ListenRequest).params?.notifications ?? {};
  return {
    resourcesListChanged: resourcesListChanged === true,
    resourceSubscriptions: Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string') : [],
  };
}

/** The request with the resources that are followed; the acknowledgement names them. */
function narrowed(request: unknown, resourceSubscriptions: readonly string[]): unknown {
  const { params, ...rest } = request as ListenRequest;
  return { ...rest, params: { ...params, notifications: { ...params?.notifications, resourceSubscriptions } } };
}
