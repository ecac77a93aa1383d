const WORD_BITS = 32;

/** Relation over 0..size-1 as a square of bits. */
export class BitMatrix {
  private readonly words: number;
  private readonly rows: Uint32Array[];

  constructor(readonly size: number) {
    this.words = Math.ceil(size / WORD_BITS);
    this.rows = Array.from({ length: size }, () => new Uint32Array(this.words));
  }

  set(from: number, to: number): void {
    const row = this.row(from);
    row[to >>> 5] = (row[to >>> 5] ?? 0) | (1 << (to & 31));
  }

  has(from: number, to: number): boolean {
    return ((this.row(from)[to >>> 5] ?? 0) & (1 << (to & 31))) !== 0;
  }

  /** Transitive closure (S. Warshall, "A Theorem on Boolean Matrices", JACM 9(1), 1962). */
  close(): void {
    for (let via = 0; via < this.size; via += 1) {
      const reached = this.row(via);
      for (const [from, row] of this.rows.entries()) {
        if (!this.has(from, via)) continue;
        for (let word = 0; word < this.words; word += 1) row[word] = (row[word] ?? 0) | (reached[word] ?? 0);
      }
    }
  }

  private row(index: number): Uint32Array {
    const row = this.rows[index];
    if (!row) throw new RangeError(`no row ${index} of ${this.size}`);
    return row;
  }
}
