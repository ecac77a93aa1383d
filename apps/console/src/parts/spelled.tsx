import { letterOf, spell, type Piece } from '../text/hidden';
import { PARTS } from './texts';

/** Text from outside: isolated, with each hidden character spelled out in its place. */
export function Spelled({ text }: { readonly text: string }) {
  return (
    <bdi class="spelled">
      <Pieces of={spell(text)} />
    </bdi>
  );
}

export function Pieces({ of }: { readonly of: readonly Piece[] }) {
  return (
    <>
      {of.map((piece, index) =>
        'text' in piece ? (
          piece.text
        ) : (
          <span key={index} class="hidden-character" title={PARTS.hidden[piece.kind]}>
            {letterOf(piece)}⟨{piece.code}⟩
          </span>
        ),
      )}
    </>
  );
}
