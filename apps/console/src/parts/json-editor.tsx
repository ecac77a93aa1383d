import './json-editor.css';
import { useRef } from 'preact/hooks';
import { placeOf } from '../text/json.source';
import { Icon } from './icon';
import { Spelled } from './spelled';
import { PARTS } from './texts';

/** What is wrong in a JSON text, and where. */
export interface SourceProblem {
  readonly offset: number;
  readonly message: string;
}

const MIN_LINES = 8;
const MAX_LINES = 32;
const LINE_HEIGHT = 20;

/** JSON as text, with line numbers and a way to the place of an error. */
export function JsonEditor(props: {
  readonly label: string;
  readonly text: string;
  readonly problem: SourceProblem | null;
  readonly isReadOnly?: boolean;
  readonly onText: (text: string) => void;
}) {
  const { label, text, problem, isReadOnly = false, onText } = props;
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const count = text.split('\n').length;
  const place = problem && placeOf(text, problem.offset);
  const lines = Math.min(MAX_LINES, Math.max(MIN_LINES, count));
  const jump = (): void => {
    if (!problem || !area.current) return;
    area.current.focus();
    area.current.setSelectionRange(problem.offset, problem.offset + 1);
  };
  return (
    <div>
      <div class="json-editor" style={{ height: `${(lines + 1) * LINE_HEIGHT}px` }}>
        <div class="json-lines" aria-hidden="true" ref={gutter}>
          {Array.from({ length: count }, (_, index) => (
            <div key={index}>{index + 1 === place?.line ? <b>{index + 1}</b> : index + 1}</div>
          ))}
        </div>
        <textarea
          ref={area}
          aria-label={label}
          aria-invalid={problem !== null}
          readOnly={isReadOnly}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          value={text}
          onInput={(event) => onText(event.currentTarget.value)}
          onScroll={(event) => {
            if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
      {problem && place && (
        <p class="notice notice-bad json-problem" role="alert">
          <Icon name="warn" />
          <span>
            <Spelled text={problem.message} />
          </span>
          <button type="button" class="link" onClick={jump}>
            {PARTS.toPlace(place.line, place.column)}
          </button>
        </p>
      )}
    </div>
  );
}
