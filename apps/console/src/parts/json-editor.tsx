import './json-editor.css';
import { useEffect, useRef } from 'preact/hooks';
import { placeOf, type Span } from '../text/json.source';

const MIN_LINES = 8;
const MAX_LINES = 32;
const LINE_HEIGHT = 20;

/**
 * JSON as text, with line numbers.
 * @param wrong offset of an error: its line is marked
 * @param jump where the cursor goes; a new object moves it again
 */
export function JsonEditor(props: {
  readonly label: string;
  readonly text: string;
  readonly wrong: number | null;
  readonly jump: Span | null;
  readonly onText: (text: string) => void;
}) {
  const { label, text, wrong, jump, onText } = props;
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const count = text.split('\n').length;
  const wrongLine = wrong === null ? 0 : placeOf(text, wrong).line;
  const lines = Math.min(MAX_LINES, Math.max(MIN_LINES, count));
  useEffect(() => {
    const element = area.current;
    if (!element || !jump) return;
    element.focus();
    element.setSelectionRange(jump.start, Math.max(jump.end, jump.start + 1));
    element.scrollTop = Math.max(0, placeOf(text, jump.start).line * LINE_HEIGHT - element.clientHeight / 3);
  }, [jump]);
  return (
    <div class="json-editor" style={{ height: `${(lines + 1) * LINE_HEIGHT}px` }}>
      <div class="json-lines" aria-hidden="true" ref={gutter}>
        {Array.from({ length: count }, (_, index) => (
          <div key={index}>{index + 1 === wrongLine ? <b>{index + 1}</b> : index + 1}</div>
        ))}
      </div>
      <textarea
        ref={area}
        aria-label={label}
        aria-invalid={wrong !== null}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        wrap="off"
        value={text}
        onInput={(event) => onText(event.currentTarget.value)}
        onScroll={(event) => {
          if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
        }}
      />
    </div>
  );
}
