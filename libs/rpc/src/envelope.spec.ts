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
    ['result and error', { jsonrpc: '2.0', id: 'r', result: 1, error: { code: 1, message: '' } }],
    ['a response with a number id', { jsonrpc: '2.0', id: 1, result: 1 }],
  ])('is refused with a sentence: %s', (_, message) => {
    expect(readMessage(message)).toEqual({ kind: 'bad', problem: expect.stringMatching(/\w+/) });
  });
});
