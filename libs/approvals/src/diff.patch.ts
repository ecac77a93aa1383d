/** The patch as it stands in the stored content: what a reviewer reads is rendered from the bytes that would be applied. */
export function patchOf(content: Uint8Array): string {
  const { patch } = JSON.parse(Buffer.from(content).toString('utf8')) as { patch: string };
  return patch;
}
