import qrcode from 'qrcode-generator';
import { maskedCode, qrCode, type Matrix } from './qr';

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
  // Versions 1 to 40: the number of bytes that each one holds at most, and the first that is too long for it.
  it.each([
    1, 14, 15, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 1_000, 1_600,
    2_331,
  ])('of %i bytes is what another implementation makes, with one of the masks', (length) => {
    const text = `https://assent.example/ui/#in=${'aZ09-_'.repeat(400)}`.slice(0, length);
    expect(Array.from({ length: 8 }, (_, mask) => draw(maskedCode(text, mask)))).toContain(other(text));
    expect(Array.from({ length: 8 }, (_, mask) => draw(maskedCode(text, mask)))).toContain(draw(qrCode(text)));
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
