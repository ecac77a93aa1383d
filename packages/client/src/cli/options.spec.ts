import { UsageError, oneOf, positiveNumber, readOptions, serverAddress, wholeNumber } from './options';

const OPTIONS = { after: { type: 'string', default: '0' }, follow: { type: 'boolean', default: false } } as const;

describe('the options of a command line', () => {
  it('are read with their defaults', () => {
    expect(readOptions(['--follow'], { options: OPTIONS }).values).toEqual({ after: '0', follow: true });
  });

  it.each([[['--what']], [['--after']], [['word']]])('refuse %j', (argv) => {
    expect(() => readOptions(argv, { options: OPTIONS })).toThrow(UsageError);
  });

  it('are numbers, addresses and choices', () => {
    expect([wholeNumber('--after', '12'), positiveNumber('--minutes', '0.5')]).toEqual([12, 0.5]);
    expect(serverAddress('--url', 'https://assent.example/a')).toBe('https://assent.example/a');
    expect(serverAddress('--url', 'HTTP://127.0.0.1:8080')).toBe('HTTP://127.0.0.1:8080');
    expect(oneOf('--on-timeout', 'deny', ['ask', 'deny'])).toBe('deny');
  });

  it.each([
    [() => wholeNumber('--after', '-1'), '--after must be a whole number from 0, not "-1".'],
    [() => wholeNumber('--after', '1.5'), '--after must be a whole number from 0, not "1.5".'],
    [
      () => wholeNumber('--after', '9007199254740992'),
      '--after must be a whole number from 0, not "9007199254740992".',
    ],
    [() => wholeNumber('--hold', '0', 1, 3_600), '--hold must be a whole number from 1 to 3600, not "0".'],
    [() => positiveNumber('--minutes', 'x'), '--minutes must be a positive number, not "x".'],
    [() => positiveNumber('--expires', '0', 90), '--expires must be a positive number up to 90, not "0".'],
    [
      () => serverAddress('--url', 'file:///etc'),
      '--url must be the address of a server, such as http://127.0.0.1:8080, not "file:///etc".',
    ],
    [() => oneOf('--on-timeout', 'allow', ['ask', 'deny']), '--on-timeout must be "ask" or "deny", not "allow".'],
  ])('say what is wrong and what is allowed', (read, text) => {
    expect(read).toThrow(new UsageError(text));
  });
});
