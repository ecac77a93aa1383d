/** Any number: everybody draws the same examples from it, so that a test fails because of the code and not by chance. */
const FIXED_SEED = 20_261_129;
const SEED_BITS = 31;

type Variables = Readonly<Record<string, string | undefined>>;

/** Default seed of all properties: PROPERTY_SEED, or the fixed seed. */
export function propertySeed({ PROPERTY_SEED: given }: Variables): number {
  if (given === undefined || given === '') return FIXED_SEED;
  const seed = Number(given);
  if (Number.isSafeInteger(seed)) return seed;
  throw new Error(`PROPERTY_SEED is "${given}": it must be an integer, or "random".`);
}

/**
 * `random` becomes a seed, once for all test files of a run.
 * @param random in [0, 1)
 * @returns the seed and how to use it again; null: none was to be drawn
 */
export function drawPropertySeed({ PROPERTY_SEED: given }: Variables, random: number) {
  if (given !== 'random') return null;
  const seed = Math.floor(random * 2 ** SEED_BITS);
  return { seed, message: `Properties run on seed ${seed}: PROPERTY_SEED=${seed} npm test repeats them.` };
}
