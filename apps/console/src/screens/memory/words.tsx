import { diffWords } from '../../text/words';
import { Spelled } from '../../parts/spelled';

/** Two texts as one, with the words that were removed and added. */
export function Words({ before, after }: { readonly before: string; readonly after: string }) {
  return (
    <p class="memory-words">
      {diffWords(before, after).map(({ value, added, removed }, index) =>
        added ? (
          <ins key={index}>
            <Spelled text={value} />
          </ins>
        ) : removed ? (
          <del key={index}>
            <Spelled text={value} />
          </del>
        ) : (
          <Spelled key={index} text={value} />
        ),
      )}
    </p>
  );
}
