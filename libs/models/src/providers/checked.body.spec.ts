import fc from 'fast-check';
import { checkedBody } from './checked.body';

const SECRETS = { baseUrl: 'http://127.0.0.1:1/v1' };
const CHUNK = { id: 'c1', choices: [{ index: 0, delta: { content: 'Öl, 3 €.' }, finish_reason: 'stop' }] };
const EVENT = `data: ${JSON.stringify(CHUNK)}\n\n`;
const BODIES = [
  ['one event', EVENT],
  ['several events', `: hello\n\n${EVENT}data: [DONE]\n\n`],
  ['a document', JSON.stringify(CHUNK)],
  ['a document in each line', `${JSON.stringify(CHUNK)}\n${JSON.stringify(CHUNK)}\n`],
  ['an error', `${EVENT}event: error\ndata: {"message":"out of memory"}\n\n`],
  ['a page', '<html><title>Sign in</title></html>'],
  ['neither', 'Not ready yet'],
] as const;

/** The checked text of a body that arrives in these pieces, or the message of its failure. */
async function read(pieces: readonly Uint8Array[]): Promise<string> {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  return checkedBody(new Response(body), 'chat', SECRETS)
    .text()
    .catch((failure: unknown) => String(failure));
}

describe('a checked body', () => {
  it.each(BODIES)('is the same for every split into two pieces: %s', async (_, text) => {
    const bytes = new TextEncoder().encode(text);
    const whole = await read([bytes]);
    const positions = fc.uniqueArray(fc.nat(bytes.length), { maxLength: 6 });
    for (let cut = 1; cut < bytes.length; cut += 1) {
      expect(await read([bytes.slice(0, cut), bytes.slice(cut)])).toBe(whole);
    }
    await fc.assert(
      fc.asyncProperty(positions, async (cuts) => {
        const ends = [...cuts.sort((a, b) => a - b), bytes.length];
        const pieces = ends.map((end, index) => bytes.slice(index === 0 ? 0 : ends[index - 1], end));
        expect(await read(pieces)).toBe(whole);
      }),
    );
  });
});
