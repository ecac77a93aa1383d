import { FrontendReader, type SentStatement } from './frontend.reader';

const int16 = (...numbers: number[]): Buffer => Buffer.concat(numbers.map((n) => Buffer.from([n >> 8, n & 0xff])));
const int32 = (n: number): Buffer => Buffer.concat([int16(n >> 16), int16(n & 0xffff)]);
const text = (value: string): Buffer => Buffer.from(`${value}\0`);
const sized = (value: Buffer): Buffer => Buffer.concat([int32(value.length), value]);
const message = (type: string, ...fields: Buffer[]): Buffer => {
  const body = Buffer.concat(fields);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
};

const STARTUP = message('', int32(196_608), text('user'), text('assent'), text(''));
const PARSE = message('P', text('one'), text('select $1, $2, $3'), int16(0));
const BIND = message(
  'B',
  text(''),
  text('one'),
  int16(3, 0, 1, 0),
  int16(3),
  sized(Buffer.from('é')),
  sized(Buffer.from([0, 255])),
  int32(0xffff_ffff),
  int16(1, 0),
);
const EXECUTE = message('E', text(''), int32(0));
const SYNC = message('S');
const BEGIN = message('Q', text('begin'));

const SENT: readonly SentStatement[] = [
  { text: 'begin', values: [] },
  { text: 'select $1, $2, $3', values: ['é', Buffer.from([0, 255]), null] },
  { text: 'select $1, $2, $3', values: ['é', Buffer.from([0, 255]), null] },
];

describe('FrontendReader', () => {
  it.each([1, 3, 1_000])('reads each statement that is executed, from pieces of %i bytes', (size) => {
    const sent: SentStatement[] = [];
    const reader = new FrontendReader((statement) => sent.push(statement));
    const bytes = Buffer.concat([STARTUP, BEGIN, PARSE, BIND, EXECUTE, SYNC, BIND, EXECUTE, SYNC]);
    for (let at = 0; at < bytes.length; at += size) reader.read(bytes.subarray(at, at + size));
    expect(sent).toEqual(SENT);
  });
});
