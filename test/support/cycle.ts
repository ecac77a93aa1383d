import type { AssentClient } from '@assent/client';
import type { Frame, FrameType, StartParams } from '@assent/contract';
import { eventually } from './eventually';
import { answered, type Replicas } from './replicas';
import { paramsOf, type Task } from './work-folder';

type FrameOf<T extends FrameType> = Extract<Frame, { type: T }>;

/** One run as its client lives through it: start, follow every frame, approve, see the end. Over any replica. */
export class Cycle {
  /** Every frame the client was given, in the order it came. */
  readonly frames: Frame[] = [];
  private id: string | undefined;
  private following: Promise<void> | undefined;

  constructor(
    readonly task: Task,
    private readonly replicas: Replicas,
    /** Its stream; other than the replicas' own to follow at one of them. */
    private readonly follower: AssentClient = replicas.developer,
    /** Limit of each wait on an idle machine; longer than the default where an outage takes longer. */
    private readonly withinMs?: number,
  ) {}

  get runId(): string {
    if (this.id === undefined) throw new Error(`the run of ${this.task.path} was never accepted`);
    return this.id;
  }

  /** Starts with the task's own idempotency key, as often as it takes. */
  async start(client: AssentClient = this.replicas.developer): Promise<this> {
    const { runId } = await answered(() => this.tryToStart(client), this.withinMs);
    this.id = runId;
    this.following ??= this.follow(runId);
    // Waiting callers get the error; a test that has already failed does not wait.
    this.following.catch(() => undefined);
    return this;
  }

  tryToStart(client: AssentClient) {
    return client.call('start', this.params());
  }

  /** Waits for the first frame of this type. */
  seen<T extends FrameType>(type: T): Promise<FrameOf<T>> {
    return eventually(`a frame ${type} of ${this.task.path}`, () => this.find(type), this.withinMs);
  }

  find<T extends FrameType>(type: T): FrameOf<T> | undefined {
    return this.frames.find((frame): frame is FrameOf<T> => frame.type === type);
  }

  async approve(client: AssentClient = this.replicas.reviewer) {
    return answered(() => this.tryToApprove(client), this.withinMs);
  }

  async tryToApprove(client: AssentClient) {
    const { approvalId, hash } = await this.seen('approval.requested');
    return client.approvals.approve(approvalId, hash);
  }

  async reject(client: AssentClient = this.replicas.reviewer) {
    const { approvalId, hash } = await this.seen('approval.requested');
    return answered(() => client.approvals.reject(approvalId, hash), this.withinMs);
  }

  cancel(client: AssentClient = this.replicas.developer) {
    return answered(() => client.call('run/cancel', { runId: this.runId }), this.withinMs);
  }

  /** Resolves when the client has read its run to the end. */
  async ended(): Promise<void> {
    await this.following;
  }

  /** One complete cycle, independent of earlier ones. */
  async finish(): Promise<void> {
    await this.start();
    await this.approve();
    await this.ended();
  }

  /** With the same idempotency key at every attempt. */
  protected params(): StartParams {
    return paramsOf(this.task, this.task.path);
  }

  private async follow(runId: string): Promise<void> {
    const { signal } = this.replicas;
    for await (const frame of this.follower.frames(runId, { signal })) this.frames.push(frame);
  }
}
