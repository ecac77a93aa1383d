import { spell } from '../text/hidden';
import { PARTS } from './texts';

/** Text from outside: isolated, with each hidden character spelled out in its place. */
export function Spelled({ text }: { readonly text: string }) {
  return (
    <bdi class="spelled">
      {spell(text).map((piece, index) =>
        'text' in piece ? (
          piece.text
        ) : (
          <span key={index} class="hidden-character" title={PARTS.hidden[piece.kind]}>
            ⟨{piece.code}⟩
          </span>
        ),
      )}
    </bdi>
  );
}
