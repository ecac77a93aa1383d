import { Copy } from './copy';

const SHORT = 8;

/** An id: its start, as a link where it has a page, with a button that copies all of it. */
export function Id({ of, href }: { readonly of: string; readonly href?: string }) {
  const short = of.length > SHORT + 4 ? of.slice(0, SHORT) : of;
  return (
    <span class="id">
      {href === undefined ? (
        <code title={of}>{short}</code>
      ) : (
        <a href={href} title={of}>
          <code>{short}</code>
        </a>
      )}
      <Copy text={of} label={of} />
    </span>
  );
}
