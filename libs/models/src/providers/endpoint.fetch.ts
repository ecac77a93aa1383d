import type { EndpointSettings } from './dialects';
import { checkedBody } from './checked.body';
import { ModelFailure } from './model.failure';

/** Far above any answer that the token limits allow, and small enough for the memory of the process. */
const RESPONSE_MAX_BYTES = 16 * 1024 * 1024;
const STATUS_BAD_REQUEST = 400;

/** `fetch` for one endpoint: extends the request body as configured, and limits and checks the responses. */
export class EndpointFetch {
  /**
   * Parameter name sent by `auto`. It changes once, when the endpoint refuses the older name, and applies to all later
   * requests.
   */
  private tokensField: 'max_tokens' | 'max_completion_tokens' = 'max_tokens';

  constructor(private readonly settings: EndpointSettings) {}

  /** @param onHeaders called when the endpoint begins to answer */
  for(onHeaders: () => void): typeof globalThis.fetch {
    return async (input, init) => {
      const response = await this.send(input, init);
      onHeaders();
      const { provider } = this.settings;
      const dialect = provider === 'openai-compatible' ? 'chat' : 'native';
      return checkedBody(response, dialect, this.settings);
    };
  }

  private async send(input: Parameters<typeof fetch>[0], init: RequestInit | undefined): Promise<Response> {
    const field = this.tokensField;
    const response = limitedBody(await fetch(input, this.rewritten(init, field)));
    if (!this.isAuto || field !== 'max_tokens' || response.status !== STATUS_BAD_REQUEST) return response;
    const words = await response.clone().text();
    if (!refusesMaxTokens(words)) return response;
    await response.body?.cancel();
    this.tokensField = 'max_completion_tokens';
    return limitedBody(await fetch(input, this.rewritten(init, this.tokensField)));
  }

  private get isAuto(): boolean {
    const { provider, maxTokensField = 'auto' } = this.settings;
    return provider === 'openai-compatible' && maxTokensField === 'auto';
  }

  private rewritten(init: RequestInit | undefined, auto: EndpointFetch['tokensField']): RequestInit | undefined {
    const { provider, maxTokensField = 'auto', extraBody } = this.settings;
    if (typeof init?.body !== 'string') return init;
    const body = JSON.parse(init.body) as Record<string, unknown>;
    if (provider === 'openai-compatible') {
      const { max_tokens: maxTokens, ...rest } = body;
      const field = maxTokensField === 'auto' ? auto : maxTokensField;
      const limit = maxTokens === undefined || field === 'none' ? {} : { [field]: maxTokens };
      return { ...init, body: JSON.stringify({ ...rest, ...limit, ...extraBody }) };
    }
    return extraBody ? { ...init, body: JSON.stringify({ ...body, ...extraBody }) } : init;
  }
}

/** Whether a 400 asks for the other name of the limit and for nothing else. */
function refusesMaxTokens(words: string): boolean {
  return /\bmax_tokens\b/.test(words) && words.includes('max_completion_tokens');
}

/** The response, ended with `too_long` when its body exceeds the limit. */
function limitedBody(response: Response, maxBytes = RESPONSE_MAX_BYTES): Response {
  if (!response.body) return response;
  let bytes = 0;
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        bytes += chunk.byteLength;
        if (bytes > maxBytes) {
          controller.error(new ModelFailure('too_long', `The model endpoint sent more than ${maxBytes} bytes.`));
        } else {
          controller.enqueue(chunk);
        }
      },
    }),
  );
  const { status, statusText, headers } = response;
  return new Response(counted, { status, statusText, headers });
}
