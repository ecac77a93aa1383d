/** Goals that are kept with a fragment, the newest. */
export const KEYS_AT_MOST = 16;
export const KEY_MAX_CHARS = 1_000;
export const TAGS_AT_MOST = 16;
export const TAG_MAX_CHARS = 64;
/** Runs that are named with a fragment, the newest; counters count them all. */
export const PROVENANCE_AT_MOST = 100;
