import { commandBlocks, missingLine } from './page-blocks';

const PAGE = [
  '```sh\nnpm start\n```\n\nIt prints:\n\n```\nready\n```',
  '<!-- goes on -->\n\n```sh\ncurl -sN x\n```\n\nOne line.\n\nAnother one.\n\n```\nno output\n```',
  '```sh\nls\n```\n\n```js\nf();\n```\n',
].join('\n\n');

describe('the blocks of a page', () => {
  it('are commands, with the output that follows them at once or after one line', () => {
    expect(commandBlocks(PAGE)).toEqual([
      { line: 1, commands: 'npm start\n', shown: ['ready'], goesOn: false },
      { line: 13, commands: 'curl -sN x\n', shown: null, goesOn: true },
      { line: 25, commands: 'ls\n', shown: null, goesOn: false },
    ]);
  });

  it.each([
    [['a', 'b'], 'x\na\nb\n', null],
    [['a', 'b'], 'a\nx\nb\n', 'b'],
    [['a', '...', 'b'], 'a\nx\nb\n', null],
    [['id: ...', '(1.5)'], 'id: 7\n(1.5)\n', null],
    [['(1.5)'], '(1x5)\n', '(1.5)'],
    [['a', '...', 'b'], 'b\na\n', 'b'],
  ])('show %j of the output %j, but for the line %j', (shown, output, missing) => {
    expect(missingLine(shown, output)).toBe(missing);
  });
});
