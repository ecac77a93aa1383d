import pino from 'pino';
import type { Action, NewFrame, StartParams, Tree } from '@assent/contract';
import type { StepApproval } from '@assent/approvals';
import type { Sql } from '@assent/platform';
import type { PastTurn } from '@assent/planner';
import type { RunHead } from '@assent/runs';
import type { ToolsService } from '@assent/tools';
import {
  StepContexts,
  type Carry,
  type RunSession,
  type StepCall,
  type StepContext,
  type StepDiff,
  type StepRead,
} from '../step/step.context';

/** The run of a spec, at step 1, planned by its caller. */
export function runOf(changes: Partial<RunHead> = {}): RunHead {
  return {
    id: 'run',
    tenantId: 'tenant',
    requester: 'ann',
    state: 'running',
    phase: 'plan',
    step: 1,
    fence: 1,
    seq: 1,
    workspace: 'example',
    reverts: null,
    modelPlanned: false,
    origin: 'caller',
    clientTraceId: null,
    traceparent: null,
    requestId: 'request',
    authority: null,
    attempts: 0,
    takeovers: 0,
    isPaused: false,
    updatedAt: new Date('2026-01-01T00:00:00.000Z'),
    ...changes,
  };
}

/** An open assumption. */
export const FULL = {
  id: 'full',
  key: 'disk full',
  text: 'the disk is full',
  p: 0.3,
  negated: false,
  source: 'caller',
  evidence: [],
  given: [],
  excludes: [],
};

/** A tree whose choice is its first action. */
export function treeOf(...actions: readonly Partial<Action>[]): Tree {
  const [chosen] = actions;
  return {
    id: 'tree',
    actions,
    params: {},
    assumptions: [],
    chosen: { actionId: chosen?.id, leafId: 'leaf', path: [] },
    diagnostics: { questions: [] },
  } as unknown as Tree;
}

export function callOf(changes: Partial<StepCall> = {}): StepCall {
  return {
    id: 'call',
    step: 1,
    actionId: 'fix',
    tool: 'file.edit',
    workspace: 'example',
    args: { path: 'a.txt' },
    verdict: 'ask',
    rule: 'default.write',
    state: 'drafted',
    ...changes,
  };
}

export function diffOf(changes: Partial<StepDiff> = {}): StepDiff {
  return {
    id: 'diff',
    state: 'pending',
    hash: 'sha256:1',
    content: Buffer.from('{"v":1}'),
    files: [{ path: 'a.txt', added: 1, removed: 0, change: 'modify' }] as unknown as StepDiff['files'],
    tool: 'file.edit',
    workspace: 'example',
    callId: 'call',
    lineage: { treeId: 'tree', leafId: 'leaf', actionId: 'fix', path: [] },
    args: null,
    isRevised: false,
    ...changes,
  };
}

interface MadeCommit {
  readonly frames: readonly NewFrame[];
  readonly writes: readonly { readonly name: string }[];
  readonly run: Sql;
}

/** Records commits instead of sending them. */
export class FakeCommits {
  readonly made: MadeCommit[] = [];
  /** Whether the next commits find their rows unchanged; false: another writer was first. */
  wins = true;
  readonly commits = {
    commit: (made: MadeCommit) => {
      this.made.push(made);
      return Promise.resolve(this.wins ? runOf() : null);
    },
    commitSerialized: async (_runId: string, decide: () => Promise<MadeCommit>) => this.commits.commit(await decide()),
  };
  readonly dispatcher = { commit: (work: (claim: null) => Promise<RunHead | null>) => work(null) };

  /** The only commit. */
  get only(): MadeCommit {
    const [made, ...more] = this.made;
    if (!made || more.length > 0) throw new Error(`${this.made.length} commits were made`);
    return made;
  }

  /** Frames of the only commit: type and body. */
  get frames(): readonly (readonly [string, object])[] {
    return this.only.frames.map(({ type, body }) => [type, body] as const);
  }

  /** Names of the writes of the only commit. */
  get writes(): readonly string[] {
    return this.only.writes.map(({ name }) => name);
  }
}

export function newSession(signal: AbortSignal = new AbortController().signal): RunSession {
  return { params: null, signal, log: pino({ level: 'silent' }) };
}

/** Rows of one step, and how often they were read. */
export class FakeStore {
  readonly reads: string[] = [];
  params: StartParams = { goal: 'fix it' };
  tree: Tree | undefined;
  call: StepCall | undefined;
  calls: readonly StepRead[] = [];
  turn: Pick<PastTurn, 'reads'> | undefined;
  diff: StepDiff | undefined;
  approval: StepApproval | undefined;

  constructor(private readonly tools: Partial<ToolsService> = {}) {}

  readonly contexts = new StepContexts(
    { forClient: () => this.tools } as never,
    { ofStep: () => this.read('calls', this.calls) } as never,
    { find: () => this.read('step', this.step) } as never,
    { ofStep: () => this.read('turn', this.turn) } as never,
  );

  context(run: RunHead, carry: Carry = {}, signal?: AbortSignal): StepContext {
    return this.contextIn(newSession(signal), run, carry);
  }

  contextIn(session: RunSession, run: RunHead, carry: Carry = {}): StepContext {
    return this.contexts.of(session, { run, readAtMs: performance.now() }, carry);
  }

  private get step() {
    const { params, tree = null, call = null, diff = null, approval = null } = this;
    return { params, tree, call, diff, approval };
  }

  private read<T>(what: string, row: T): Promise<T> {
    this.reads.push(what);
    return Promise.resolve(row);
  }
}
