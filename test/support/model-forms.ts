import { breaksOff, failsWith, refuses, says, sendsRaw, type EndpointReply } from './model-replies';
import { MODEL_FILE } from './model-scene';

/** A form in which an endpoint answers a planning call. */
export interface AnswerForm {
  readonly name: string;
  readonly reply: EndpointReply;
}

/** The end of a run whose model gives an unusable answer: the error contains `quote`. */
export interface UselessForm extends AnswerForm {
  readonly quote: string;
}

const ARGS = { path: MODEL_FILE };
const TEXT = JSON.stringify(ARGS);
const USAGE = { prompt_tokens: 100, completion_tokens: 20 };

const body = (choices: unknown, more: object = {}) => ({ id: 'c1', object: 'chat.completion.chunk', choices, ...more });
const delta = (part: object, finish: string | null = null) => body([{ index: 0, delta: part, finish_reason: finish }]);
const calls = (...pieces: object[]) => delta({ tool_calls: pieces });
const whole = (more: object = {}, args: unknown = TEXT, name = 'file_read') => ({
  index: 0,
  id: 'call_a',
  type: 'function',
  function: { name, arguments: args },
  ...more,
});
const ENDS = delta({}, 'tool_calls');
const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const sse = (...chunks: unknown[]) => sendsRaw(`${chunks.map(event).join('')}data: [DONE]\n\n`);
const completion = (message: object, finish: string | null = 'tool_calls', more: object = {}) => ({
  id: 'c1',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: null, ...message }, finish_reason: finish }],
  usage: USAGE,
  ...more,
});
const COMPLETE = completion({ tool_calls: [whole()] });
const withUsage = (last: unknown) => sse(calls(whole()), ENDS, last);
const named = (name: string) => sse(calls(whole({}, TEXT, name)), ENDS);

/** Forms that deviate from the specification and can be read: each calls `file_read` once. */
export const READABLE: readonly AnswerForm[] = [
  { name: 'usage without choices', reply: withUsage({ id: 'c1', usage: USAGE }) },
  { name: 'usage with choices null', reply: withUsage(body(null, { usage: USAGE })) },
  { name: 'usage with an empty list of choices', reply: withUsage(body([], { usage: USAGE })) },
  {
    name: 'usage as strings',
    reply: withUsage(body([], { usage: { prompt_tokens: '100', completion_tokens: '20' } })),
  },
  { name: 'usage without counts', reply: withUsage(body([], { usage: {} })) },
  { name: 'usage null in every chunk', reply: sse({ ...calls(whole()), usage: null }, { ...ENDS, usage: null }) },
  { name: 'usage with a count missing', reply: withUsage(body([], { usage: { prompt_tokens: 100 } })) },
  {
    name: 'usage that is negative',
    reply: withUsage(body([], { usage: { prompt_tokens: -1, completion_tokens: 2 } })),
  },
  { name: 'usage under other names', reply: withUsage(body([], { usage: { input_tokens: 9, output_tokens: 2 } })) },
  { name: 'no usage', reply: sse(calls(whole()), ENDS) },
  { name: 'error null in every chunk', reply: sse({ ...calls(whole()), error: null }, { ...ENDS, error: null }) },
  { name: 'arguments as an object', reply: sse(calls(whole({}, ARGS)), ENDS) },
  {
    name: 'arguments as an object, no index, no id',
    reply: sse(calls({ function: { name: 'file_read', arguments: ARGS } }), ENDS),
  },
  { name: 'arguments in a code block', reply: sse(calls(whole({}, `\`\`\`json\n${TEXT}\n\`\`\``)), ENDS) },
  { name: 'arguments encoded twice', reply: sse(calls(whole({}, JSON.stringify(TEXT))), ENDS) },
  { name: 'arguments with spaces around', reply: sse(calls(whole({}, `\n ${TEXT}\n`)), ENDS) },
  { name: 'a name with "functions."', reply: named('functions.file_read') },
  { name: 'a name with "default_api."', reply: named('default_api.file_read') },
  { name: 'a name with the number of the call', reply: named('functions.file_read:0') },
  { name: 'the name of the tool', reply: named('file.read') },
  { name: 'a call without index', reply: sse(calls(whole({ index: undefined })), ENDS) },
  { name: 'a call with index null and without id', reply: sse(calls(whole({ index: null, id: null })), ENDS) },
  { name: 'a call without type', reply: sse(calls(whole({ type: undefined })), ENDS) },
  { name: 'a call with an empty id', reply: sse(calls(whole({ id: '' })), ENDS) },
  {
    name: 'a call in pieces without index',
    reply: sse(
      calls({ id: 'call_a', type: 'function', function: { name: 'file_read', arguments: '' } }),
      calls({ function: { arguments: TEXT.slice(0, 7) } }),
      calls({ function: { arguments: TEXT.slice(7) } }),
      ENDS,
    ),
  },
  {
    name: 'the name in every piece of a call',
    reply: sse(calls(whole({}, TEXT.slice(0, 7))), calls(whole({}, TEXT.slice(7))), ENDS),
  },
  {
    name: 'an empty id and name in later pieces',
    reply: sse(
      calls(whole({}, TEXT.slice(0, 7))),
      calls({ index: 0, id: '', function: { name: '', arguments: TEXT.slice(7) } }),
      ENDS,
    ),
  },
  {
    name: 'arguments before the name',
    reply: sse(
      calls({ index: 0, id: 'call_a', function: { arguments: TEXT.slice(0, 7) } }),
      calls({ index: 0, function: { name: 'file_read', arguments: TEXT.slice(7) } }),
      ENDS,
    ),
  },
  {
    name: 'two calls with one index',
    reply: sse(calls(whole()), calls(whole({ id: 'call_b' }, '{"path":"."}', 'file_list')), ENDS),
  },
  { name: 'one call that is not in a list', reply: sse(delta({ tool_calls: whole() }), ENDS) },
  {
    name: 'tool_calls null beside text',
    reply: sse(delta({ content: 'Hm.', tool_calls: null }), calls(whole()), ENDS),
  },
  {
    name: 'the older function_call',
    reply: sse(delta({ function_call: { name: 'file_read', arguments: TEXT } }), delta({}, 'function_call')),
  },
  { name: 'reasoning_content', reply: sse(delta({ reasoning_content: 'I look.' }), calls(whole()), ENDS) },
  { name: 'reasoning', reply: sse(delta({ reasoning: 'I look.' }), calls(whole()), ENDS) },
  { name: 'reasoning as an object', reply: sse(delta({ reasoning: { text: 'I look.' } }), calls(whole()), ENDS) },
  {
    name: 'reasoning details beside',
    reply: sse(delta({ reasoning: null, reasoning_details: [{ text: 'x' }] }), calls(whole()), ENDS),
  },
  {
    name: 'a <think> block in pieces',
    reply: sse(delta({ content: '<thi' }), delta({ content: 'nk>I look.</think>Reading.' }), calls(whole()), ENDS),
  },
  {
    name: 'content in parts',
    reply: sse(delta({ content: [{ type: 'text', text: 'I read.' }] }), calls(whole()), ENDS),
  },
  { name: 'refusal false', reply: sse(delta({ refusal: false }), calls(whole()), ENDS) },
  {
    name: 'no role, delta null at the end',
    reply: sse(calls(whole()), body([{ index: 0, delta: null, finish_reason: 'tool_calls' }])),
  },
  { name: 'the finish reason stop', reply: sse(calls(whole()), delta({}, 'stop')) },
  { name: 'an unknown finish reason', reply: sse(calls(whole()), delta({}, 'eos_token')) },
  { name: 'an empty finish reason in every chunk', reply: sse(delta({ content: 'x' }, ''), calls(whole()), ENDS) },
  { name: 'no finish reason', reply: sse(calls(whole())) },
  { name: 'no [DONE]', reply: sendsRaw(event(calls(whole())) + event(ENDS)) },
  { name: 'a last event that no empty line ends', reply: sendsRaw((event(calls(whole())) + event(ENDS)).trimEnd()) },
  {
    name: 'comments',
    reply: sendsRaw(`: PROCESSING\n\n${event(calls(whole()))}: PROCESSING\n\n${event(ENDS)}data: [DONE]\n\n`),
  },
  {
    name: 'carriage returns',
    reply: sendsRaw(`${event(calls(whole()))}${event(ENDS)}data: [DONE]\n\n`.replaceAll('\n', '\r\n')),
  },
  {
    name: 'no space after data',
    reply: sendsRaw(`${event(calls(whole()))}${event(ENDS)}data: [DONE]\n\n`.replaceAll('data: ', 'data:')),
  },
  { name: 'a byte order mark', reply: sendsRaw(`\uFEFF${event(calls(whole()))}${event(ENDS)}data: [DONE]\n\n`) },
  { name: 'another content type', reply: sendsRaw(event(calls(whole())) + event(ENDS), 'text/plain') },
  { name: 'a whole completion', reply: sendsRaw(JSON.stringify(COMPLETE), 'application/json') },
  {
    name: 'a whole completion, printed over lines',
    reply: sendsRaw(JSON.stringify(COMPLETE, null, 2), 'application/json'),
  },
  { name: 'a whole completion as a stream', reply: sendsRaw(JSON.stringify(COMPLETE)) },
  { name: 'a whole completion in one event', reply: sse(COMPLETE) },
  {
    name: 'a chunk in each line',
    reply: sendsRaw(`${JSON.stringify(calls(whole()))}\n${JSON.stringify(ENDS)}\n`, 'application/x-ndjson'),
  },
];

const FINISH = whole({}, '{"reached":true,"summary":"All done."}', 'finish');
const SAYS_DONE = delta({ content: 'I have raised the timeout.' });

/** Forms in which nothing was done, though some say so. */
export const USELESS: readonly UselessForm[] = [
  {
    name: 'a page',
    reply: sendsRaw('<!doctype html><title>Sign in</title><p>to go on', 'text/html'),
    quote: 'Sign in to go on',
  },
  { name: 'a page as a stream', reply: sendsRaw('<html><body>Bad gateway</body></html>'), quote: 'Bad gateway' },
  {
    name: 'an error body',
    reply: sendsRaw('{"error":{"message":"No capacity","code":502}}', 'application/json'),
    quote: 'No capacity',
  },
  {
    name: 'an error body that is text',
    reply: sendsRaw('{"error":"model is not loaded"}', 'application/json'),
    quote: 'model is not loaded',
  },
  {
    name: 'an error body with a code 400',
    reply: sendsRaw('{"object":"error","message":"bad schema","code":400}'),
    quote: 'bad schema',
  },
  {
    name: 'an error body in a list',
    reply: sendsRaw('[{"error":{"code":500,"message":"Internal"}}]'),
    quote: 'Internal',
  },
  {
    name: 'a status block',
    reply: sendsRaw('{"base_resp":{"status_code":1004,"status_msg":"login fail"}}'),
    quote: 'login fail',
  },
  {
    name: 'a body without choices',
    reply: sendsRaw('{"detail":"Not implemented"}', 'application/json'),
    quote: 'Not implemented',
  },
  {
    name: 'a body with no choice',
    reply: sendsRaw('{"choices":[]}', 'application/json'),
    quote: 'No function was called that can be used',
  },
  {
    name: 'an error in the stream',
    reply: sse(SAYS_DONE, { error: { message: 'out of memory' } }),
    quote: 'out of memory',
  },
  {
    name: 'an error event',
    reply: sendsRaw(`${event(SAYS_DONE)}event: error\ndata: {"message":"worker died"}\n\n`),
    quote: 'worker died',
  },
  {
    name: 'an error event of plain text',
    reply: sendsRaw(`${event(SAYS_DONE)}event: error\ndata: worker gone\n\n`),
    quote: 'worker gone',
  },
  {
    name: 'an error beside a finish reason',
    reply: sse(SAYS_DONE, { ...delta({}, 'error'), error: { code: 502, message: 'Provider disconnected' } }),
    quote: 'Provider disconnected',
  },
  { name: 'the finish reason error', reply: sse(calls(FINISH), delta({}, 'error')), quote: 'finish reason "error"' },
  {
    name: 'a stream that ends early',
    reply: breaksOff({ text: ['I have raised '] }, 'end'),
    quote: 'ended before the answer did',
  },
  {
    name: 'a stream that ends after a call',
    reply: sendsRaw(event(calls(FINISH))),
    quote: 'ended before the answer did',
  },
  { name: 'a connection that breaks', reply: breaksOff({ text: ['I have raised '] }, 'reset'), quote: 'connection' },
  { name: 'a cut answer', reply: sse(SAYS_DONE, delta({}, 'length')), quote: 'was cut at' },
  { name: 'a cut answer with a call', reply: sse(calls(FINISH), delta({}, 'length')), quote: 'was cut at' },
  {
    name: 'cut arguments',
    reply: sse(calls(whole({}, '{"reached":true,"summ', 'finish')), ENDS),
    quote: 'not valid JSON',
  },
  { name: 'arguments in a list', reply: sse(calls(whole({}, '[true]', 'finish')), ENDS), quote: 'not a JSON object' },
  { name: 'an unknown function', reply: sse(calls(whole({}, '{}', 'done')), ENDS), quote: 'There is no such function' },
  {
    name: 'a call without a name',
    reply: sse(calls({ index: 0, id: 'call_a', function: { arguments: '{}' } }), ENDS),
    quote: '',
  },
  { name: 'an empty stream', reply: sse(), quote: 'No function was called that can be used' },
  { name: 'an empty body', reply: sendsRaw(''), quote: 'empty body' },
  { name: 'usage alone', reply: sse(body([], { usage: USAGE })), quote: 'No function was called that can be used' },
  { name: 'a refusal', reply: refuses(), quote: 'refused' },
  { name: 'a filtered answer', reply: sse(SAYS_DONE, delta({}, 'content_filter')), quote: 'refused' },
  { name: 'a filtered call', reply: sse(calls(FINISH), delta({}, 'content_filter')), quote: 'refused' },
  {
    name: 'reasoning alone',
    reply: sse(delta({ reasoning_content: 'The timeout is raised.' }), delta({}, 'stop')),
    quote: 'No function',
  },
  {
    name: 'a <think> block alone',
    reply: sse(delta({ content: '<think>It is raised.' }), delta({}, 'stop')),
    quote: 'No function',
  },
  { name: 'garbage', reply: sendsRaw(Buffer.from([0, 159, 146, 150, 10, 10, 255])), quote: 'cannot be read' },
  { name: 'a broken event', reply: sendsRaw('data: {"choices": [nonsense\n\n'), quote: 'cannot be read' },
  { name: 'a refused request', reply: failsWith(400, {}, 'Unknown parameter'), quote: 'Unknown parameter' },
  { name: 'a fault of the endpoint', reply: failsWith(503, {}, 'Try later'), quote: 'Try later' },
];

/** Whole answers in words alone. */
export const WORDS: readonly AnswerForm[] = [
  { name: 'words', reply: says({ text: ['I have raised the timeout.'] }) },
  { name: 'words after a <think> block', reply: says({ text: ['<think>Hm.</think>', 'I have raised it.'] }) },
  { name: 'a call written as text', reply: says({ text: ['{"name":"finish","arguments":{"reached":true}}'] }) },
  { name: 'a call in tags', reply: says({ text: ['<tool_call>{"name":"finish"}</tool_call>'] }) },
  { name: 'words in a whole completion', reply: sendsRaw(JSON.stringify(completion({ content: 'Done.' }, 'stop'))) },
];
