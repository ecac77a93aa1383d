/** What tabs say to each other to agree on one that leads. */
export interface Ballot {
  /** `claim`: I would lead. `lead`: I do. `leave`: I do no longer. */
  readonly kind: 'claim' | 'lead' | 'leave';
  readonly id: string;
}

/** A leader says this often that it is there. */
export const HEARTBEAT_MS = 2_000;
/** A leader answers a claim within this time. */
const CLAIM_MS = 400;
/** A leader that is silent for this long is gone: three heartbeats. */
const SILENCE_MS = 6_500;

type State = 'waiting' | 'claiming' | 'leading' | 'left';

/**
 * Chooses one tab where the browser has no locks for it. Of two that want to lead the smaller id does. Time is passed in, and
 * messages are handed out: it has no timers of its own.
 */
export class Election {
  private state: State = 'claiming';
  /** When the state was entered, or the leader last heard. */
  private since: number;

  constructor(
    private readonly id: string,
    now: number,
    private readonly send: (ballot: Ballot) => void,
  ) {
    this.since = now;
    send({ kind: 'claim', id });
  }

  get isLeading(): boolean {
    return this.state === 'leading';
  }

  receive({ kind, id }: Ballot, now: number): void {
    if (id === this.id || this.state === 'left') return;
    if (kind === 'leave') {
      if (this.state === 'waiting') this.claim(now);
      return;
    }
    if (this.isLeading) {
      // Two lead after tabs were asleep: the one with the greater id gives way.
      if (kind === 'lead' && id < this.id) this.enter('waiting', now);
      else this.send({ kind: 'lead', id: this.id });
      return;
    }
    if (kind === 'lead' || id < this.id) this.enter('waiting', now);
  }

  /** To be called about every half second. */
  tick(now: number): void {
    const passed = now - this.since;
    if (this.state === 'claiming' && passed >= CLAIM_MS) {
      this.enter('leading', now);
      this.send({ kind: 'lead', id: this.id });
    } else if (this.state === 'leading' && passed >= HEARTBEAT_MS) {
      this.enter('leading', now);
      this.send({ kind: 'lead', id: this.id });
    } else if (this.state === 'waiting' && passed >= SILENCE_MS) {
      this.claim(now);
    }
  }

  leave(): void {
    const wasLeading = this.isLeading;
    this.state = 'left';
    if (wasLeading) this.send({ kind: 'leave', id: this.id });
  }

  private claim(now: number): void {
    this.enter('claiming', now);
    this.send({ kind: 'claim', id: this.id });
  }

  private enter(state: State, now: number): void {
    this.state = state;
    this.since = now;
  }
}
