/** Receives one marginal: its entries begin at `from`, and the last place varies fastest. Valid only during the call. */
export type Read<Use> = (use: Use, marginal: Float64Array, from: number) => void;

/** The action at one dimension of a table: keep it for some marginals, sum it out for the others. */
interface Step<Use> {
  readonly kept: Step<Use> | undefined;
  readonly summed: Step<Use> | undefined;
  /** Below the first place: the marginal is complete. */
  readonly uses: readonly Use[];
}

/** Places of a table, as bits. */
export type Places = number;

export function placesOf(places: readonly number[]): Places {
  return places.reduce((bits, place) => bits | (1 << place), 0);
}

export function isAmong(place: number, places: Places): boolean {
  return ((places >> place) & 1) === 1;
}

/**
 * Reads many marginals of one table in one descent over its places, last place first. Marginals share the sums that they have
 * in common, and a place that is kept costs nothing.
 */
export class Marginals<Use> {
  private readonly root: Step<Use> | undefined;
  private scratch = new Float64Array(0);
  private top = 0;

  /** @param count number of places, at most 31 @param asked the places of each marginal, with its use */
  constructor(
    private readonly count: number,
    asked: readonly (readonly [places: Places, use: Use])[],
  ) {
    const uses = new Map<Places, Use[]>();
    for (const [places, use] of asked) {
      const same = uses.get(places);
      if (same) same.push(use);
      else uses.set(places, [use]);
    }
    this.root = stepsOf(count - 1, [...uses.keys()], uses);
  }

  /** @param sizes number of values by place */
  read(table: Float64Array, sizes: readonly number[], read: Read<Use>): void {
    if (!this.root) return;
    // Each sum has at most half the entries of its source.
    if (this.scratch.length < 2 * table.length) this.scratch = new Float64Array(2 * table.length);
    this.scratch.set(table);
    this.top = table.length;
    this.descend(this.root, this.count - 1, { from: 0, length: table.length, inner: 1 }, sizes, read);
  }

  private descend(
    step: Step<Use>,
    place: number,
    { from, length, inner }: { readonly from: number; readonly length: number; readonly inner: number },
    sizes: readonly number[],
    read: Read<Use>,
  ): void {
    if (place < 0) {
      for (const use of step.uses) read(use, this.scratch, from);
      return;
    }
    const size = sizes[place] ?? 1;
    if (step.kept) this.descend(step.kept, place - 1, { from, length, inner: inner * size }, sizes, read);
    if (!step.summed) return;
    if (size === 1) {
      this.descend(step.summed, place - 1, { from, length, inner }, sizes, read);
      return;
    }
    const to = this.top;
    this.top += length / size;
    this.sum(from, length, inner, size, to);
    this.descend(step.summed, place - 1, { from: to, length: length / size, inner }, sizes, read);
    this.top = to;
  }

  private sum(from: number, length: number, inner: number, size: number, to: number): void {
    const { scratch } = this;
    if (inner === 1 && size === 2) {
      // Half of all sums: two neighbours.
      for (let row = from, end = from + length; row < end; row += 2, to += 1) {
        scratch[to] = (scratch[row] ?? 0) + (scratch[row + 1] ?? 0);
      }
      return;
    }
    const block = inner * size;
    for (let row = from, end = from + length; row < end; row += block, to += inner) {
      for (let next = 0; next < inner; next += 1) {
        let total = scratch[row + next] ?? 0;
        for (let at = row + next + inner; at < row + block; at += inner) total += scratch[at] ?? 0;
        scratch[to + next] = total;
      }
    }
  }
}

/** @param sets distinct, and equal in all places above `place` */
function stepsOf<Use>(
  place: number,
  sets: readonly Places[],
  uses: ReadonlyMap<Places, readonly Use[]>,
): Step<Use> | undefined {
  const [first] = sets;
  if (first === undefined) return undefined;
  if (place < 0) return { kept: undefined, summed: undefined, uses: uses.get(first) ?? [] };
  const [keep, sum]: [Places[], Places[]] = [[], []];
  for (const set of sets) (isAmong(place, set) ? keep : sum).push(set);
  return { kept: stepsOf(place - 1, keep, uses), summed: stepsOf(place - 1, sum, uses), uses: [] };
}
