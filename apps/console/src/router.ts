import { signal, type ReadonlySignal } from '@preact/signals';
import { BASE, patchQuery } from './paths';

export { BASE } from './paths';

export interface Location {
  /** Without the base. */
  readonly path: string;
  readonly query: URLSearchParams;
}

const current = signal(read());

/** The address of the page. */
export const location: ReadonlySignal<Location> = current;

/** Goes to an address of the console. @param href as `href()` of the routes gives it */
export function navigate(href: string, options: { readonly replace?: boolean } = {}): void {
  const from = current.value.path;
  if (options.replace === true) window.history.replaceState(null, '', href);
  else window.history.pushState(null, '', href);
  current.value = read();
  if (current.value.path !== from) window.scrollTo(0, 0);
}

/** Changes the query of the address; null removes a name. By default the entry in the history is replaced. */
export function setQuery(
  patch: Readonly<Record<string, string | null>>,
  options: { readonly push?: boolean } = {},
): void {
  const search = patchQuery(current.value.query, patch).toString();
  const href = `${BASE}${current.value.path}${search === '' ? '' : `?${search}`}`;
  if (href !== `${window.location.pathname}${window.location.search}`)
    navigate(href, { replace: options.push !== true });
}

/** Follows the history and clicks on links of the console. */
export function startRouter(): void {
  window.addEventListener('popstate', () => (current.value = read()));
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (link.origin !== window.location.origin || link.target !== '' || link.hasAttribute('download')) return;
    if (link.pathname !== BASE && !link.pathname.startsWith(`${BASE}/`)) return;
    if (link.hash !== '' && link.pathname === window.location.pathname) return;
    event.preventDefault();
    navigate(`${link.pathname}${link.search}`);
  });
}

function read(): Location {
  const { pathname, search } = window.location;
  const path = pathname.startsWith(BASE) ? pathname.slice(BASE.length) : pathname;
  return { path: path === '' ? '/' : path, query: new URLSearchParams(search) };
}
