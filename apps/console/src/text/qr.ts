/** Modules of a QR code, row by row; true: dark. */
export type Matrix = readonly (readonly boolean[])[];

/** By version, for error correction level M: error correction codewords of a block, and blocks. */
const CORRECTION = [
  10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
];
const BLOCKS = [
  1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35,
  37, 38, 40, 43, 45, 47, 49,
];
const MASKS: readonly ((x: number, y: number) => number)[] = [
  (x, y) => (x + y) % 2,
  (_, y) => y % 2,
  (x) => x % 3,
  (x, y) => (x + y) % 3,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2,
  (x, y) => ((x * y) % 2) + ((x * y) % 3),
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
];

/** The smallest QR code of a text (ISO/IEC 18004: bytes of UTF-8, level M). null: the text is too long for any. */
export function qrCode(text: string): Matrix | null {
  let best: { readonly code: Matrix; readonly penalty: number } | null = null;
  for (const mask of MASKS.keys()) {
    const code = maskedCode(text, mask);
    if (!code) return null;
    const penalty = penaltyOf(code);
    if (!best || penalty < best.penalty) best = { code, penalty };
  }
  return best?.code ?? null;
}

/** The same with one of the eight masks. */
export function maskedCode(text: string, mask: number): Matrix | null {
  const bytes = new TextEncoder().encode(text);
  const version = CORRECTION.findIndex(
    (_, index) => headerBits(index + 1) + 8 * bytes.length <= 8 * capacity(index + 1),
  );
  if (version < 0) return null;
  const grid = new Grid(version + 1);
  grid.drawPatterns(mask);
  grid.drawCodewords(interleaved(version + 1, dataCodewords(version + 1, bytes)), mask);
  return grid.rows();
}

class Grid {
  private readonly size: number;
  private readonly dark: Uint8Array;
  private readonly isPattern: Uint8Array;

  constructor(private readonly version: number) {
    this.size = version * 4 + 17;
    this.dark = new Uint8Array(this.size ** 2);
    this.isPattern = new Uint8Array(this.size ** 2);
  }

  rows(): Matrix {
    return Array.from({ length: this.size }, (_, y) =>
      Array.from(this.dark.subarray(y * this.size, (y + 1) * this.size), (dark) => dark === 1),
    );
  }

  drawPatterns(mask: number): void {
    const { size, version } = this;
    for (let at = 0; at < size; at += 1) {
      this.pattern(6, at, at % 2 === 0);
      this.pattern(at, 6, at % 2 === 0);
    }
    const last = size - 4;
    for (const [x, y] of [
      [3, 3],
      [last, 3],
      [3, last],
    ] as const) {
      this.square(x, y, 4, (ring) => ring !== 2 && ring !== 4);
    }
    const places = alignments(version);
    const end = places.length - 1;
    for (const [row, y] of places.entries()) {
      for (const [column, x] of places.entries()) {
        const isFinder = (row === 0 && (column === 0 || column === end)) || (row === end && column === 0);
        if (!isFinder) this.square(x, y, 2, (ring) => ring !== 1);
      }
    }
    this.drawFormat(mask);
    if (version >= 7) this.drawVersion();
  }

  drawCodewords(words: readonly number[], mask: number): void {
    let bit = 0;
    for (let right = this.size - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5;
      for (let step = 0; step < this.size; step += 1) {
        const y = ((right + 1) & 2) === 0 ? this.size - 1 - step : step;
        for (const x of [right, right - 1]) {
          const at = y * this.size + x;
          if (this.isPattern[at] === 1) continue;
          const value = ((words[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;
          this.dark[at] = MASKS[mask]?.(x, y) === 0 ? value ^ 1 : value;
          bit += 1;
        }
      }
    }
  }

  private drawFormat(mask: number): void {
    const { size } = this;
    // The two bits of level M are 0.
    const bits = ((mask << 10) | remainderOf(mask, 10, 0x537)) ^ 0x5412;
    for (let index = 0; index < 15; index += 1) {
      const isDark = ((bits >> index) & 1) === 1;
      if (index < 6) this.pattern(8, index, isDark);
      else if (index < 8) this.pattern(8, index + 1, isDark);
      else this.pattern(index === 8 ? 7 : 14 - index, 8, isDark);
      if (index < 8) this.pattern(size - 1 - index, 8, isDark);
      else this.pattern(8, size - 15 + index, isDark);
    }
    this.pattern(8, size - 8, true);
  }

  private drawVersion(): void {
    const bits = (this.version << 12) | remainderOf(this.version, 12, 0x1f25);
    for (let index = 0; index < 18; index += 1) {
      const [across, down] = [this.size - 11 + (index % 3), Math.floor(index / 3)];
      const isDark = ((bits >> index) & 1) === 1;
      this.pattern(across, down, isDark);
      this.pattern(down, across, isDark);
    }
  }

  /** Rings around a place; what is outside of the code is left out. */
  private square(centerX: number, centerY: number, radius: number, isDark: (ring: number) => boolean): void {
    for (let dy = -radius; dy <= radius; dy += 1) {
      for (let dx = -radius; dx <= radius; dx += 1) {
        const [x, y] = [centerX + dx, centerY + dy];
        const isInside = x >= 0 && y >= 0 && x < this.size && y < this.size;
        if (isInside) this.pattern(x, y, isDark(Math.max(Math.abs(dx), Math.abs(dy))));
      }
    }
  }

  private pattern(x: number, y: number, isDark: boolean): void {
    this.dark[y * this.size + x] = isDark ? 1 : 0;
    this.isPattern[y * this.size + x] = 1;
  }
}

function alignments(version: number): number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = version === 32 ? 26 : Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, index) => version * 4 + 10 - step * (count - 2 - index))];
}

function allCodewords(version: number): number {
  const count = Math.floor(version / 7) + 2;
  const aligned = version === 1 ? 0 : (25 * count - 10) * count - 55;
  return Math.floor(((16 * version + 128) * version + 64 - aligned - (version >= 7 ? 36 : 0)) / 8);
}

function capacity(version: number): number {
  return allCodewords(version) - (CORRECTION[version - 1] ?? 0) * (BLOCKS[version - 1] ?? 0);
}

function headerBits(version: number): number {
  return version < 10 ? 12 : 20;
}

function dataCodewords(version: number, bytes: Uint8Array): number[] {
  const count = bytes.length.toString(2).padStart(headerBits(version) - 4, '0');
  const content = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const length = capacity(version);
  const bits = `0100${count}${content}0000`.slice(0, 8 * length);
  const words = (bits.padEnd(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g) ?? []).map((word) =>
    Number.parseInt(word, 2),
  );
  for (let pad = 0xec; words.length < length; pad ^= 0xec ^ 0x11) words.push(pad);
  return words;
}

/** Codewords with their error correction, of all blocks in turn. */
function interleaved(version: number, data: readonly number[]): number[] {
  const count = BLOCKS[version - 1] ?? 1;
  const correction = CORRECTION[version - 1] ?? 0;
  const all = allCodewords(version);
  const shortLength = Math.floor(all / count) - correction;
  const shortCount = count - (all % count);
  const divisor = divisorOf(correction);
  const blocks = Array.from({ length: count }, (_, index) => {
    const start = index * shortLength + Math.max(0, index - shortCount);
    const words = data.slice(start, start + shortLength + (index < shortCount ? 0 : 1));
    return { words, correction: correctionOf(words, divisor) };
  });
  const inTurn = (length: number, wordsOf: (block: (typeof blocks)[number]) => readonly number[]) =>
    Array.from({ length }, (_, index) => blocks.flatMap((block) => wordsOf(block)[index] ?? [])).flat();
  return [...inTurn(shortLength + 1, ({ words }) => words), ...inTurn(correction, (block) => block.correction)];
}

/** Product in the field of 256 elements. */
function product(a: number, b: number): number {
  let sum = 0;
  for (let bit = 7; bit >= 0; bit -= 1) sum = (sum << 1) ^ ((sum >> 7) * 0x11d) ^ (((b >> bit) & 1) * a);
  return sum;
}

function divisorOf(degree: number): number[] {
  let divisor = [...Array.from({ length: degree - 1 }, () => 0), 1];
  for (let index = 0, root = 1; index < degree; index += 1, root = product(root, 2)) {
    const factor = root;
    divisor = divisor.map((value, at) => product(value, factor) ^ (divisor[at + 1] ?? 0));
  }
  return divisor;
}

function correctionOf(words: readonly number[], divisor: readonly number[]): number[] {
  return words.reduce<number[]>(
    ([first = 0, ...rest], word) => {
      const factor = word ^ first;
      return divisor.map((value, at) => (rest[at] ?? 0) ^ product(value, factor));
    },
    divisor.map(() => 0),
  );
}

function remainderOf(value: number, bits: number, divisor: number): number {
  let rest = value;
  for (let index = 0; index < bits; index += 1) rest = (rest << 1) ^ ((rest >> (bits - 1)) * divisor);
  return rest;
}

/** Five or more modules of one colour in a line. */
const RUNS = /0{5,}|1{5,}/g;
/** A line that looks like the middle of a finder pattern, with light beside it. */
const FINDERS = /(?=10111010000|00001011101)/g;

/** How hard a code is to read: the four rules of ISO/IEC 18004, section 7.8.3. The mask with the lowest penalty is taken. */
export function penaltyOf(code: Matrix): number {
  const rows = code.map((row) => row.map(Number));
  const columns = rows.map((row, at) => row.map((_, y) => rows[y]?.[at] ?? 0));
  const lines = [...rows, ...columns].map((line) => line.join(''));
  const runs = lines.flatMap((line) => line.match(RUNS) ?? []).reduce((sum, run) => sum + run.length - 2, 0);
  const finders = lines.reduce((sum, line) => sum + (line.match(FINDERS)?.length ?? 0), 0);
  const dark = rows.flat().reduce((sum, module) => sum + module, 0);
  let squares = 0;
  for (const [y, row] of rows.entries()) {
    const below = rows[y + 1] ?? [];
    for (const [x, module] of row.entries()) {
      if (module === row[x + 1] && module === below[x] && module === below[x + 1]) squares += 1;
    }
  }
  // Steps of 5% between the share of dark modules and a half.
  const steps = Math.floor(Math.abs((dark / code.length ** 2) * 20 - 10));
  return runs + 3 * squares + 40 * finders + 10 * steps;
}
