import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the server is built on: its users know these packages, and its modules are written for them. */
const FOUNDATION = [
  '@nestjs/core',
  '@nestjs/platform-fastify',
  '@nestjs/schedule',
  '@willsoto/nestjs-prometheus',
  'class-validator',
  'pg',
  'typeorm',
];

describe('the packages of the server', () => {
  it('include its foundation, so that none is dropped for a few milliseconds', () => {
    const { dependencies } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as {
      dependencies: Readonly<Record<string, string>>;
    };
    expect(Object.keys(dependencies)).toEqual(expect.arrayContaining(FOUNDATION));
  });
});
