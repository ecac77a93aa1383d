/** Uniform in [0, 1). */
export type Random = () => number;

const TWO_TO_32 = 2 ** 32;

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state, the same numbers for the same seed on every machine. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / TWO_TO_32;
  };
}

/** A separate random stream for every path of integers, so that other draws do not change a world. */
export function streamOf(...path: readonly number[]): Random {
  const seed = path.reduce((folded, part) => createRandom(folded ^ Math.imul(part + 1, 0x9e3779b1))() * TWO_TO_32, 0);
  return createRandom(seed);
}

export function between(random: Random, min: number, max: number): number {
  return min + (max - min) * random();
}

/** Both ends included. */
export function wholeBetween(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}

/** `count` different ones of 0 to `size` - 1, in the order in which they were drawn. */
export function drawIndexes(random: Random, count: number, size: number): number[] {
  const left = Array.from({ length: size }, (_, index) => index);
  return Array.from({ length: Math.min(count, size) }, () =>
    left.splice(wholeBetween(random, 0, left.length - 1), 1),
  ).flat();
}

/** Standard normal (Box and Muller, 1958). */
export function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}

export function pick<T>(random: Random, choices: readonly [T, ...T[]]): T {
  return choices[wholeBetween(random, 0, choices.length - 1)] ?? choices[0];
}
