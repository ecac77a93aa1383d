/** Maximum number of goals stored with a fragment; the newest are kept. */
export const MAX_KEYS = 16;
export const KEY_MAX_CHARS = 1_000;
export const MAX_TAGS = 16;
export const TAG_MAX_CHARS = 64;
/** Maximum number of runs named with a fragment; counters include all runs. */
export const MAX_PROVENANCE = 100;
