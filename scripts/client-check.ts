import { checkClient } from './client/check';

/** `npm run client:check`: what is packed, checked as an application meets it. */
void checkClient((line) => void process.stdout.write(`${line}\n`)).then((isGood) => {
  process.exitCode = isGood ? 0 : 1;
});
