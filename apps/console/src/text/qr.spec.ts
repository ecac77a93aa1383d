import qrcode from 'qrcode-generator';
import { maskedCode, penaltyOf, qrCode, type Matrix } from './qr';

const draw = (code: Matrix | null) => code?.map((row) => row.map((dark) => (dark ? '#' : '.')).join('')).join('\n');
/** What another implementation makes of a text. */
function other(text: string): string {
  const code = qrcode(0, 'M');
  code.addData(text, 'Byte');
  code.make();
  const places = Array.from({ length: code.getModuleCount() }, (_, index) => index);
  return places.map((y) => places.map((x) => (code.isDark(y, x) ? '#' : '.')).join('')).join('\n');
}

describe('a QR code', () => {
  // For each of the 40 versions the number of bytes that it holds at most, and two that leave room.
  it.each([
    1, 14, 15, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 666, 711, 779, 857,
    911, 997, 1_059, 1_125, 1_190, 1_264, 1_370, 1_452, 1_538, 1_628, 1_722, 1_809, 1_911, 1_989, 2_099, 2_213, 2_331,
  ])('of %i bytes is what another implementation makes, with one of the masks', (length) => {
    const text = `https://assent.example/ui/#in=${'aZ09-_'.repeat(400)}`.slice(0, length);
    const masked = Array.from({ length: 8 }, (_, mask) => draw(maskedCode(text, mask)));
    expect(masked).toContain(other(text));
    expect(masked).toContain(draw(qrCode(text)));
  });

  const drawn = (...rows: readonly string[]): Matrix => rows.map((row) => Array.from(row, (module) => module === '#'));

  it.each([
    ['nothing', 0, drawn('#.#.', '.#.#', '#.#.', '.#.#')],
    ['a row of five and a column of five', 3 + 3, drawn('#####.', '#.#.#.', '.#.#..', '#.#.#.', '.#.#..', '.#.#.#')],
    [
      'a row of six and a colour that prevails',
      4 + 10,
      drawn('######', '.#.#.#', '#.#.#.', '.#.#.#', '#.#.#.', '.#.#.#'),
    ],
    [
      'squares, each one that overlaps too, and a colour that prevails',
      3 * 2 + 10 * 2,
      drawn('###.', '###.', '.#.#', '#.#.'),
    ],
  ])('is penalized for %s', (_, penalty, code) => {
    expect(penaltyOf(code)).toBe(penalty);
  });

  it('is penalized for a line that looks like a finder pattern with light beside it', () => {
    const plain: string[] = Array.from({ length: 11 }, (_, y) => (y % 2 === 0 ? '#.#.#.#.#.#' : '.#.#.#.#.#.'));
    const withLine = (line: string) => penaltyOf(drawn(...plain.with(5, line)));
    expect(withLine('#.###.#....') - withLine('#.##.##....')).toBeGreaterThanOrEqual(40 - 6);
    expect(withLine('....#.###.#') - withLine('....##.##.#')).toBeGreaterThanOrEqual(40 - 6);
  });

  it('has the mask with the lowest penalty', () => {
    const text = 'https://assent.example/ui/#in=aZ09-_aZ09-_aZ09-_';
    const codes = Array.from({ length: 8 }, (_, mask) => maskedCode(text, mask) ?? []);
    const lowest = Math.min(...codes.map(penaltyOf));
    expect(penaltyOf(qrCode(text) ?? [])).toBe(lowest);
    expect(new Set(codes.map(penaltyOf)).size).toBeGreaterThan(1);
  });

  it('has text as UTF-8', () => {
    const bytes = String.fromCharCode(...new TextEncoder().encode('https://gäste.example/ü'));
    expect(Array.from({ length: 8 }, (_, mask) => draw(maskedCode('https://gäste.example/ü', mask)))).toContain(
      other(bytes),
    );
  });

  it('does not exist for a text that is too long', () => {
    expect(qrCode('x'.repeat(2_332))).toBeNull();
  });
});
