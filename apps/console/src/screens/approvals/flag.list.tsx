import type { Diff } from '@assent/client';
import { Icon } from '../../parts/icon';
import { Spelled } from '../../parts/spelled';
import { placeOf, type RowPlace } from './flag.rows';
import type { PatchFile } from './patch.rows';
import { TEXTS } from './texts';

const { hidden: texts } = TEXTS;

/** The characters of a change that a reader does not see, each with its place. Added ones have to be acknowledged. */
export function FlagList(props: {
  readonly diff: Pick<Diff, 'flags' | 'flagsTruncated'>;
  readonly files: readonly PatchFile[];
  readonly isAcknowledged: boolean;
  readonly onAcknowledge: ((isAcknowledged: boolean) => void) | undefined;
  readonly onJump: (place: RowPlace) => void;
}) {
  const { diff, files, isAcknowledged, onAcknowledge, onJump } = props;
  if (diff.flags.length === 0) return null;
  const addsSome = diff.flags.some(({ added }) => added) || diff.flagsTruncated;
  return (
    <section class={`review-flags${addsSome ? '' : ' review-flags-there'}`} id="flags" aria-labelledby="flags-title">
      <h2 id="flags-title">
        <Icon name="warn" /> {texts.title(diff.flags.length)}
      </h2>
      <p>{texts.text}</p>
      <ul tabIndex={0} aria-labelledby="flags-title">
        {diff.flags.map((flag, index) => {
          const place = placeOf(files, flag);
          const name = `${flag.path === '' ? '' : `${flag.path}:`}${flag.line}:${flag.column}`;
          return (
            <li key={index}>
              <code class="review-code-point">{flag.codePoint}</code>
              <span class="review-flag-place">
                {place ? (
                  <button type="button" class="link" aria-label={texts.jump(name)} onClick={() => onJump(place)}>
                    <Spelled text={name} />
                  </button>
                ) : (
                  <Spelled text={name} />
                )}
              </span>
              <span class="review-flag-kind">
                {texts.kinds[flag.kind] ?? flag.kind}, {flag.added ? texts.added : texts.there}
              </span>
            </li>
          );
        })}
      </ul>
      {diff.flagsTruncated && <p>{texts.more}</p>}
      {addsSome && onAcknowledge && (
        <label class="check review-acknowledge">
          <input
            type="checkbox"
            checked={isAcknowledged}
            onChange={({ currentTarget }) => onAcknowledge(currentTarget.checked)}
          />
          {texts.acknowledge}
        </label>
      )}
    </section>
  );
}
