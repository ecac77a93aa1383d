import { patchOf } from './stored-content';

describe('patchOf', () => {
  it.each([
    ['the patch of files', { v: 1, tool: 'file.write', files: [], patch: '--- a\n+++ b\n' }, '--- a\n+++ b\n'],
    ['the summary of an effect outside', { v: 2, tool: 'http.request', effect: {}, summary: 'POST ä' }, 'POST ä'],
  ])('is %s', (_, stored, text) => {
    expect(patchOf(Buffer.from(JSON.stringify(stored)))).toBe(text);
  });
});
