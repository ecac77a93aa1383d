/** Marks the choice: a shape, so that it does not depend on colour. */
export function Star() {
  return (
    <svg class="tree-star" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">
      <path d="M8 1.6l1.9 4.1 4.5.5-3.3 3 .9 4.4L8 11.4l-4 2.2.9-4.4-3.3-3 4.5-.5z" />
    </svg>
  );
}
