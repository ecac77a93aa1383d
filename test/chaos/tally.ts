/** 95% confidence: of an event that was seen in none of n trials, at most 3 in n (rule of three). */
const RULE_OF_THREE = 3;
const NAME_COLUMNS = 120;

interface Count {
  times: number;
  /** Faults that did not happen: the commit they waited for did not come, or the call was over. */
  missed: number;
  inFlight: number;
}

/** What was done to an installation, and how often. */
export class Tally {
  private readonly faults = new Map<string, Count>();
  private readonly positions = new Map<string, number>();
  private readonly totals = new Map<string, number>();

  /** @param inFlight unfinished runs by their last frame */
  struck(fault: string, inFlight: readonly { readonly last: string; readonly runs: number }[]): void {
    const count = this.countOf(fault);
    count.times += 1;
    for (const { last, runs } of inFlight) {
      count.inFlight += runs;
      this.positions.set(last, (this.positions.get(last) ?? 0) + runs);
    }
  }

  /** A fault that was played and did not happen. */
  missed(fault: string): void {
    this.countOf(fault).missed += 1;
  }

  add(counts: Readonly<Record<string, number>>): void {
    for (const [name, count] of Object.entries(counts)) this.totals.set(name, (this.totals.get(name) ?? 0) + count);
  }

  /** Faults that happened. */
  get times(): number {
    return [...this.faults.values()].reduce((sum, { times }) => sum + times, 0);
  }

  /** Lines of the report. */
  lines(): string[] {
    const row = (name: string, ...cells: (number | string)[]) =>
      [name.padEnd(NAME_COLUMNS), ...cells.map((cell) => String(cell).padStart(6))].join(' ');
    const unlessZero = (count: number) => (count === 0 ? '' : count);
    const missed = [...this.faults.values()].reduce((sum, count) => sum + count.missed, 0);
    return [
      row('fault', 'times', 'missed', 'runs'),
      ...[...this.faults]
        .sort(([one], [other]) => one.localeCompare(other))
        .map(([name, count]) => row(name, count.times, unlessZero(count.missed), unlessZero(count.inFlight))),
      row('all', this.times, unlessZero(missed), ''),
      '',
      `missed: faults that did not happen, because the commit they waited for did not come or the call was over`,
      `runs: unfinished ones when the fault came, by their last frame: ${listed(this.positions)}`,
      `in total: ${listed(this.totals)}`,
    ];
  }

  private countOf(fault: string): Count {
    const count = this.faults.get(fault) ?? { times: 0, missed: 0, inFlight: 0 };
    this.faults.set(fault, count);
    return count;
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
