/** Goals that are kept with a fragment, the newest. */
export const MAX_KEYS = 16;
export const KEY_MAX_CHARS = 1_000;
export const MAX_TAGS = 16;
export const TAG_MAX_CHARS = 64;
/** Runs that are named with a fragment, the newest; counters count them all. */
export const MAX_PROVENANCE = 100;
