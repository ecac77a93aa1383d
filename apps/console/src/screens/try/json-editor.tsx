import { useEffect, useRef } from 'preact/hooks';
import type { Span } from './json.places';
import { TRY } from './texts';

/** JSON with line numbers. @param jump where the cursor goes; a new object moves it again */
export function JsonEditor(props: {
  readonly text: string;
  readonly wrongLine: number | null;
  readonly jump: Span | null;
  readonly onInput: (text: string) => void;
}) {
  const { text, wrongLine, jump, onInput } = props;
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = area.current;
    if (!element || !jump) return;
    element.focus();
    element.setSelectionRange(jump.start, jump.end);
    const lines = text.slice(0, jump.start).split('\n').length - 1;
    const height = element.scrollHeight / Math.max(1, text.split('\n').length);
    element.scrollTop = Math.max(0, lines * height - element.clientHeight / 3);
  }, [jump]);
  const count = text.split('\n').length;
  return (
    <div class={wrongLine === null ? 'try-json' : 'try-json try-json-wrong'}>
      <div class="try-gutter num" aria-hidden="true" ref={gutter}>
        {Array.from({ length: count }, (_, index) => (
          <span key={index} class={index + 1 === wrongLine ? 'try-line-wrong' : ''}>
            {index + 1}
          </span>
        ))}
      </div>
      <textarea
        ref={area}
        aria-label={TRY.jsonLabel}
        aria-invalid={wrongLine !== null}
        spellcheck={false}
        autocomplete="off"
        wrap="off"
        value={text}
        onInput={(event) => onInput(event.currentTarget.value)}
        onScroll={(event) => {
          if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
        }}
      />
    </div>
  );
}
