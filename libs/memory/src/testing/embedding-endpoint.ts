import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An embedding that distinguishes two topics, in any wording. */
export const vectorOf = (text: string): unknown[] => [
  /boat|ship/i.test(text) ? 3 : 0,
  /train|rail/i.test(text) ? 3 : 0,
  0.1,
];

interface Asked {
  readonly input: readonly string[];
  readonly model: string;
}

/** An embedding endpoint on loopback, in the form of OpenAI's. */
export class EmbeddingEndpoint {
  /** Vectors of a request; null: the answer is 500. */
  answer: (asked: Asked, request: IncomingMessage) => unknown[][] | null = ({ input }) => input.map(vectorOf);

  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const vectors = this.answer(JSON.parse(Buffer.concat(chunks).toString()) as Asked, request);
      if (vectors === null) {
        response.writeHead(500).end();
        return;
      }
      const data = vectors.map((embedding, index) => ({ index, embedding }));
      // Clients go by the index.
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ data: data.toReversed() }));
    });
  });

  static async open(): Promise<EmbeddingEndpoint> {
    const endpoint = new EmbeddingEndpoint();
    // A connection is never closed between two calls: a slow client would send the next call on it at that moment.
    endpoint.server.keepAliveTimeout = 0;
    await new Promise<void>((resolve) => endpoint.server.listen(0, '127.0.0.1', resolve));
    return endpoint;
  }

  /** Settings of a server that uses it. */
  get env(): Readonly<Record<string, string>> {
    const { port } = this.server.address() as AddressInfo;
    return {
      EMBEDDING_BASE_URL: `http://127.0.0.1:${port}/v1`,
      EMBEDDING_MODEL: 'toy',
      EMBEDDING_TIMEOUT_MS: '10000',
    };
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }
}
