import { checkClient } from './client/check';

/** `npm run client:check`: checks the packed package as an application uses it. */
void checkClient((line) => void process.stdout.write(`${line}\n`)).then((isGood) => {
  process.exitCode = isGood ? 0 : 1;
});
