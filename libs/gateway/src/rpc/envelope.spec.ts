import { readMessage } from './envelope';

describe('a JSON-RPC message', () => {
  it.each([
    [
      'a call with a string id',
      { jsonrpc: '2.0', id: 'a', method: 'm', params: {} },
      { kind: 'call', id: 'a', method: 'm', params: {} },
    ],
    [
      'a call with a number id and no params',
      { jsonrpc: '2.0', id: 0, method: 'm' },
      { kind: 'call', id: 0, method: 'm', params: {} },
    ],
    ['a notification', { jsonrpc: '2.0', method: 'm' }, { kind: 'call', id: null, method: 'm', params: {} }],
    ['a response', { jsonrpc: '2.0', id: 'req_1', result: 1 }, { kind: 'reply', id: 'req_1', result: 1, error: null }],
    [
      'an error response',
      { jsonrpc: '2.0', id: 'req_1', error: { code: 1, message: 'no' } },
      { kind: 'reply', id: 'req_1', result: undefined, error: { message: 'no' } },
    ],
    [
      'a response with "error": null beside its result',
      { jsonrpc: '2.0', id: 'req_1', result: { a: 1 }, error: null },
      { kind: 'reply', id: 'req_1', result: { a: 1 }, error: null },
    ],
    [
      'a response whose result is null',
      { jsonrpc: '2.0', id: 'req_1', result: null },
      { kind: 'reply', id: 'req_1', result: null, error: null },
    ],
  ])('is read: %s', (_, message, expected) => {
    expect(readMessage(message)).toEqual(expected);
  });

  it.each([
    ['no object', 1],
    ['an array in an array', []],
    ['another version', { jsonrpc: '1.0', id: 1, method: 'm' }],
    ['no version', { id: 1, method: 'm' }],
    ['a null id', { jsonrpc: '2.0', id: null, method: 'm' }],
    ['an empty id', { jsonrpc: '2.0', id: '', method: 'm' }],
    ['an id with a line break', { jsonrpc: '2.0', id: 'a\nb', method: 'm' }],
    ['an id of 129 characters', { jsonrpc: '2.0', id: 'x'.repeat(129), method: 'm' }],
    ['a fractional id', { jsonrpc: '2.0', id: 1.5, method: 'm' }],
    ['an unsafe integer id', { jsonrpc: '2.0', id: 2 ** 53, method: 'm' }],
    ['a method that is no string', { jsonrpc: '2.0', id: 1, method: 1 }],
    ['params that are no object', { jsonrpc: '2.0', id: 1, method: 'm', params: 'x' }],
    ['method and result', { jsonrpc: '2.0', id: 1, method: 'm', result: 1 }],
    ['neither method nor result', { jsonrpc: '2.0', id: 1 }],
  ])('is refused with a sentence: %s', (_, message) => {
    expect(readMessage(message)).toEqual({ kind: 'bad', problem: expect.stringMatching(/\w+/) });
  });

  it.each([
    ['no version', { id: 'req_1', result: 1 }, 'req_1'],
    ['another version', { jsonrpc: '1.0', id: 'req_1', result: 1 }, 'req_1'],
    ['result and error', { jsonrpc: '2.0', id: 'r', result: 1, error: { code: 1, message: '' } }, 'r'],
    ['a null result and an error', { jsonrpc: '2.0', id: 'r', result: null, error: { code: 1, message: '' } }, 'r'],
    ['"error": null and no result', { jsonrpc: '2.0', id: 'r', error: null }, 'r'],
    ['an error that is a text', { jsonrpc: '2.0', id: 'r', error: 'no' }, 'r'],
    ['an error without a message', { jsonrpc: '2.0', id: 'r', error: { code: 1 } }, 'r'],
    ['neither, but the id of a request of the server', { jsonrpc: '2.0', id: 'req_1' }, 'req_1'],
    ['a number id', { jsonrpc: '2.0', id: 1, result: 1 }, 1],
    ['a null id', { jsonrpc: '2.0', id: null, result: 1 }, null],
    ['no id', { jsonrpc: '2.0', result: 1 }, null],
    ['an id that cannot be echoed', { jsonrpc: '2.0', id: 'a\nb', result: 1 }, null],
  ])('that looks like a response is refused as one, with its id: %s', (_, message, id) => {
    expect(readMessage(message)).toEqual({ kind: 'bad-reply', id, problem: expect.stringMatching(/\w+/) });
  });
});
