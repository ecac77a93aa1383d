import { UsageError } from '@assent/client/cli';
import { HELP, readArguments } from './args';

describe('the command line of the demo', () => {
  it('starts a server of its own and asks, unless told otherwise', () => {
    expect(readArguments([])).toEqual({ help: false, url: null, yes: false, beliefs: false, reset: false });
  });

  it('reads every option', () => {
    expect(readArguments(['--url', 'http://127.0.0.1:8080', '--yes', '--beliefs', '--reset'])).toEqual({
      help: false,
      url: 'http://127.0.0.1:8080',
      yes: true,
      beliefs: true,
      reset: true,
    });
  });

  it.each([
    [['--ye']],
    [['--url']],
    [['extra']],
    [['--url', '127.0.0.1:8080']],
    [['--url', 'file:///etc']],
    [['--reset']],
  ])('refuses %j', (argv) => {
    expect(() => readArguments(argv)).toThrow(UsageError);
  });

  it('explains every option and every exit status', () => {
    for (const arg of ['--yes', '--beliefs', '--url', '--reset', '--help', '0 ', '1 ', '2 '])
      expect(HELP).toContain(arg);
  });
});
