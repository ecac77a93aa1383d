import type { AssentClient } from '@assent/client';
import { Barrier } from './barrier';
import type { Cycle } from './cycle';
import type { WorkFolder } from './work-folder';

/** Frames of a decision: approval.decided, request.resolved, run.resumed. */
export const DECISION_FRAMES = 3;

export interface KillScene {
  readonly cycle: Cycle;
  readonly barrier: Barrier;
  readonly databaseUrl: string;
  readonly folder: WorkFolder;
  /** Clients of the process that will die. */
  readonly developer: AssentClient;
  readonly reviewer: AssentClient;
}

/** Brings the run to the barrier. A call that the kill cuts off may fail. */
type Approach = (scene: KillScene) => Promise<void>;

export const KILL_POINTS: readonly (readonly [name: string, approach: Approach])[] = [
  ['the run is inserted and the answer is not out', (scene) => startInto(scene, 'idempotency_keys')],
  ['the run is inserted and its first frame is not', (scene) => startInto(scene, 'frames')],
  ['the plan is not committed', (scene) => planInto(scene, 'trees')],
  ['the tree is stored and the diff is not', (scene) => planInto(scene, 'diffs')],
  ['the diff is stored and the approval is not', (scene) => planInto(scene, 'approvals')],
  ['the plan is written in part', planInPart],
  ['the decision is committed and the answer is not out', decideInto],
  [
    'the decision is committed and the dispatch is not claimed',
    (scene) => approveInto(scene, (asked) => scene.barrier.frame(scene.cycle.runId, asked + DECISION_FRAMES + 1)),
  ],
  [
    'the dispatch is claimed and the effect has not begun',
    (scene) => approveInto(scene, () => scene.barrier.effectsOf(scene.cycle.runId)),
  ],
  ['the file is renamed and the row does not say so', renameInto],
  ['the run has ended and its verdict is not committed', completeInto],
];

/** What becomes of the statement that the dead process was waiting for. */
export const FATES = [
  ['never reaches the database', true],
  ['is carried out after its death', false],
] as const;

/** @returns the seq of the last frame before the decision */
export async function untilAsked(cycle: Cycle, developer: AssentClient): Promise<number> {
  await cycle.start(developer);
  return (await cycle.seen('run.waiting')).seq;
}

async function startInto({ cycle, barrier, developer }: KillScene, table: string): Promise<void> {
  await barrier.writesOf(table);
  cycle.tryToStart(developer).catch(() => undefined);
}

async function planInto({ cycle, barrier, developer }: KillScene, table: string): Promise<void> {
  await barrier.writesOf(table);
  await cycle.start(developer);
}

async function planInPart({ cycle, barrier, databaseUrl, developer }: KillScene): Promise<void> {
  const before = await Barrier.open(databaseUrl);
  await before.writesOf('trees');
  await cycle.start(developer);
  await before.waiters(1);
  await barrier.frame(cycle.runId, 2);
  await before.lift();
}

async function decideInto({ cycle, barrier, developer, reviewer }: KillScene): Promise<void> {
  await untilAsked(cycle, developer);
  await barrier.writesOf('decisions');
  cycle.tryToApprove(reviewer).catch(() => undefined);
}

async function renameInto(scene: KillScene): Promise<void> {
  const { cycle, barrier, folder } = scene;
  await approveInto(scene, (asked) => barrier.frame(cycle.runId, asked + DECISION_FRAMES + 2));
  await barrier.waiters(1);
  const content = await folder.read(cycle.task.path);
  if (content !== cycle.task.result) throw new Error(`${cycle.task.path} was not renamed yet`);
}

async function completeInto({ cycle, barrier, developer }: KillScene): Promise<void> {
  await cycle.finish();
  await barrier.writesOf('frames');
  developer.call('complete', { runId: cycle.runId, outcome: 'success' }).catch(() => undefined);
}

/** @param block puts up the barrier, knowing the seq of the last frame before the decision */
async function approveInto(scene: KillScene, block: (asked: number) => Promise<void>): Promise<void> {
  const { cycle, developer, reviewer } = scene;
  await block(await untilAsked(cycle, developer));
  await cycle.approve(reviewer);
}
