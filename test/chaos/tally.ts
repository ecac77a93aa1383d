/** 95% confidence: of an event that was seen in none of n trials, at most 3 in n (rule of three). */
const RULE_OF_THREE = 3;
const NAME_COLUMNS = 88;

interface Count {
  times: number;
  inFlight: number;
}

/** What was done to an installation, and how often. */
export class Tally {
  private readonly faults = new Map<string, Count>();
  private readonly positions = new Map<string, number>();
  private readonly totals = new Map<string, number>();

  /** @param inFlight unfinished runs by their last frame */
  struck(fault: string, inFlight: readonly { readonly last: string; readonly runs: number }[]): void {
    const count = this.faults.get(fault) ?? { times: 0, inFlight: 0 };
    this.faults.set(fault, count);
    count.times += 1;
    for (const { last, runs } of inFlight) {
      count.inFlight += runs;
      this.positions.set(last, (this.positions.get(last) ?? 0) + runs);
    }
  }

  add(counts: Readonly<Record<string, number>>): void {
    for (const [name, count] of Object.entries(counts)) this.totals.set(name, (this.totals.get(name) ?? 0) + count);
  }

  get times(): number {
    return [...this.faults.values()].reduce((sum, { times }) => sum + times, 0);
  }

  /** Lines of the report. */
  lines(): string[] {
    const row = (name: string, times: number | string, runs: number | string) =>
      `${name.padEnd(NAME_COLUMNS)} ${String(times).padStart(6)} ${String(runs).padStart(6)}`;
    return [
      row('fault', 'times', 'runs'),
      ...[...this.faults]
        .sort(([one], [other]) => one.localeCompare(other))
        .map(([name, { times, inFlight }]) => row(name, times, inFlight === 0 ? '' : inFlight)),
      row('all', this.times, ''),
      '',
      `runs: unfinished ones when the fault came, by their last frame: ${listed(this.positions)}`,
      `in total: ${listed(this.totals)}`,
    ];
  }

  /** What no violation in so many faults bounds. */
  get bound(): string {
    const percent = ((100 * RULE_OF_THREE) / Math.max(RULE_OF_THREE, this.times)).toFixed(1);
    return `No promise was broken by ${this.times} faults: with 95% confidence fewer than ${percent}% of such faults break one.`;
  }
}

function listed(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
}
