const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** A coin that falls the same way for the same seed and name, on every machine (FNV-1a, then murmur3's last mixing). */
export function coin(seed: number, name: string): boolean {
  let hash = FNV_OFFSET ^ seed;
  for (const char of name) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) & 1) === 1;
}
