import { ModelFailure } from './model.failure';

/** Far above any answer that the token limits allow, and small enough for the memory of the process. */
const RESPONSE_MAX_BYTES = 16 * 1024 * 1024;

/** The response, ended with `too_long` when its body exceeds the limit. */
export function limitedBody(response: Response, maxBytes = RESPONSE_MAX_BYTES): Response {
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
