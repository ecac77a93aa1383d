import fc from 'fast-check';
import { negotiate } from './accept';

const OFFERS = ['application/json', 'text/vnd.mermaid', 'text/vnd.graphviz'] as const;
const [JSON_TYPE, MERMAID, DOT] = OFFERS;

describe('the response media type', () => {
  it.each([
    [undefined, JSON_TYPE],
    ['', JSON_TYPE],
    ['*/*', JSON_TYPE],
    ['application/*', JSON_TYPE],
    ['text/*', MERMAID],
    ['text/vnd.graphviz', DOT],
    ['TEXT/VND.Graphviz ; Q=0.5', DOT],
    ['text/vnd.mermaid;charset=utf-8', MERMAID],
    ['text/vnd.graphviz;q=0.4, text/vnd.mermaid;q=0.8', MERMAID],
    ['text/vnd.graphviz, text/vnd.mermaid', MERMAID],
    ['application/json;q=0.1, text/vnd.graphviz;q=0.100', JSON_TYPE],
    ['text/*;q=0.9, text/vnd.mermaid;q=0.1', DOT],
    ['*/*, application/json;q=0', MERMAID],
    ['*/*;q=0.1, text/vnd.graphviz', DOT],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', JSON_TYPE],
    ['text/vnd.graphviz;q=2, text/vnd.mermaid;q=0.2', MERMAID],
    ['nonsense, text/vnd.graphviz', DOT],
    ['image/svg+xml', null],
    ['application/json;q=0', null],
    ['*/*;q=0', null],
    ['text', null],
    ['*/json', null],
  ])('for %j is %j', (accept, expected) => {
    expect(negotiate(accept, OFFERS)).toBe(expected);
  });

  it('is always one of those offered, or null', () => {
    const part = fc.constantFrom(...OFFERS, '*/*', 'text/*', ';q=', '0.5', '1', ',', ';', ' ', '"', 'q', '/', '*', '0');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part).map((parts) => parts.join('')),
        ),
        (accept) => {
          expect([...OFFERS, null]).toContain(negotiate(accept, OFFERS));
        },
      ),
    );
  });
});
