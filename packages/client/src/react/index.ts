'use client';
import {
  createContext,
  createElement,
  useCallback,
  useContext,
  useMemo,
  useState,
  useSyncExternalStore,
  type ReactElement,
  type ReactNode,
} from 'react';
import type { Approval, Frame } from '@assent/contract';
import {
  viewOf,
  type ApprovalFilter,
  type AssentClient,
  type DecisionOptions,
  type RunStore,
  type RunView,
  type StreamStatus,
  type UnknownFrame,
} from '../index';
import { inboxOf, type ApprovalsView } from './inbox';

export type { ApprovalsView } from './inbox';

const Context = createContext<AssentClient | null>(null);
const NO_FRAMES: readonly Frame[] = [];
const LOADING: ApprovalsView = { approvals: [], isLoading: true, connection: 'idle', retryAt: null, error: null };

export interface AssentProviderProps {
  /** Use one client for the whole tree, so that its views share their connections. */
  readonly client: AssentClient;
  readonly children?: ReactNode;
}

export function AssentProvider({ client, children }: AssentProviderProps): ReactElement {
  return createElement(Context.Provider, { value: client }, children);
}

/** The client of the nearest AssentProvider. */
export function useAssent(): AssentClient {
  const client = useContext(Context);
  if (!client) throw new Error('There is no AssentProvider around this component: wrap the tree in one.');
  return client;
}

export interface UseRunOptions {
  /** Frames that a server component or a loader has already read; pass the same array at every render. */
  readonly initialFrames?: readonly (Frame | UnknownFrame)[];
}

/** The run as folded from its frames, live while the component is mounted. */
export function useRun(runId: string, { initialFrames = NO_FRAMES }: UseRunOptions = {}): RunView {
  const store = useStore(runId, initialFrames);
  const initial = useMemo(() => viewOf(initialFrames), [initialFrames]);
  return useSyncExternalStore(store.subscribe, store.getSnapshot, () => initial);
}

/** The state of a run's connection: for "Live", "Connection lost, reconnecting in 3 s", and errors. */
export function useRunStatus(runId: string): StreamStatus {
  const store = useStore(runId, NO_FRAMES);
  return useSyncExternalStore(store.subscribe, store.getStatus, store.getStatus);
}

function useStore(runId: string, frames: readonly (Frame | UnknownFrame)[]): RunStore {
  const client = useAssent();
  return useMemo(() => client.run(runId).view(frames), [client, runId, frames]);
}

/** The matching approvals, live while the component is mounted, oldest first. All lists share one connection. */
export function useApprovals(filter: ApprovalFilter = {}): ApprovalsView {
  const client = useAssent();
  const key = JSON.stringify(filter);
  const list = useMemo(() => inboxOf(client).list(JSON.parse(key) as ApprovalFilter), [client, key]);
  return useSyncExternalStore(list.subscribe, list.getSnapshot, () => LOADING);
}

/** The displayed content. An approval and its view have both properties. */
export interface ShownApproval {
  readonly approvalId: string;
  readonly hash: string;
}

export interface Decision {
  /**
   * Approves exactly the content that was shown when this function was rendered. The promise never rejects: see
   * `error`.
   */
  readonly approve: (options?: DecisionOptions) => Promise<Approval | null>;
  /** Rejects that content. */
  readonly reject: (options?: Omit<DecisionOptions, 'hunks'>) => Promise<Approval | null>;
  readonly isPending: boolean;
  /** Why the newest decision was refused; 412: the content has changed, show it again. */
  readonly error: unknown;
  /** The approval after the decision. */
  readonly decided: Approval | null;
}

const UNDECIDED = { isPending: false, error: null, decided: null };

/**
 * Decides on an approval. The hash is that of the rendered content, never one fetched on click: content that a person
 * has not seen cannot be approved.
 */
export function useDecision({ approvalId, hash }: ShownApproval): Decision {
  const client = useAssent();
  const [state, setState] = useState<Pick<Decision, 'isPending' | 'error' | 'decided'>>(UNDECIDED);
  const decide = useCallback(
    async (verb: 'approve' | 'reject', options: DecisionOptions = {}) => {
      setState({ ...UNDECIDED, isPending: true });
      try {
        const decided = await client.approvals[verb](approvalId, hash, options);
        setState({ ...UNDECIDED, decided });
        return decided;
      } catch (error) {
        setState({ ...UNDECIDED, error });
        return null;
      }
    },
    [client, approvalId, hash],
  );
  const approve = useCallback((options?: DecisionOptions) => decide('approve', options), [decide]);
  const reject = useCallback((options?: DecisionOptions) => decide('reject', options), [decide]);
  return { ...state, approve, reject };
}
