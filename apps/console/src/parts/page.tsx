import type { ComponentChildren } from 'preact';

/** The frame of a screen: its heading, what stands beside it, and its content. */
export function Page(props: {
  readonly title: ComponentChildren;
  /** One line below the title. */
  readonly lead?: ComponentChildren;
  readonly actions?: ComponentChildren;
  /** Uses the whole width, for drawings and diffs. */
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}) {
  return (
    <div class={props.wide === true ? 'page page-wide' : 'page'}>
      <header class="page-head">
        <div class="page-title">
          <h1 tabIndex={-1}>{props.title}</h1>
          {props.lead !== undefined && <p class="page-lead">{props.lead}</p>}
        </div>
        {props.actions !== undefined && <div class="page-actions">{props.actions}</div>}
      </header>
      {props.children}
    </div>
  );
}

/** A titled part of a page. */
export function Section(props: {
  readonly title: string;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <section class="section">
      <header class="section-head">
        <h2>{props.title}</h2>
        {props.actions}
      </header>
      {props.children}
    </section>
  );
}
