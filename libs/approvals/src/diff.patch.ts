/**
 * What a reviewer reads, as it stands in the stored content, so that it is rendered from the bytes that would be applied: the
 * patch of files, or the summary of an effect outside.
 */
export function patchOf(content: Uint8Array): string {
  const stored = JSON.parse(Buffer.from(content).toString('utf8')) as
    { readonly v: 1; readonly patch: string } | { readonly v: 2; readonly summary: string };
  return stored.v === 2 ? stored.summary : stored.patch;
}
