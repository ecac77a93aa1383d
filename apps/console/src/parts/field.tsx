import { cloneElement, type VNode } from 'preact';
import { useId } from 'preact/hooks';

/** A labelled control with its hint and its error. The child is the control. */
export function Field(props: {
  readonly label: string;
  readonly hint?: string;
  readonly error?: string | null | undefined;
  readonly children: VNode<object>;
}) {
  const { label, hint, children } = props;
  const error = props.error ?? '';
  const id = useId();
  const described = [hint === undefined ? '' : `${id}-hint`, error === '' ? '' : `${id}-error`].filter(
    (one) => one !== '',
  );
  return (
    <div class={error === '' ? 'field' : 'field field-wrong'}>
      <label for={id}>{label}</label>
      {cloneElement(children, {
        id,
        'aria-describedby': described.length === 0 ? undefined : described.join(' '),
        'aria-invalid': error === '' ? undefined : true,
      })}
      {hint !== undefined && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error !== '' && (
        <p class="field-error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
