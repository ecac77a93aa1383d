import type {} from 'react';
import { JSDOM } from 'jsdom';

/** An element of the page, with the members that tests use. */
export interface Box extends Element {
  readonly textContent: string | null;
  innerHTML: string;
  remove(): void;
}

/** A document, before React looks for one: import this file first. */
const { window } = new JSDOM('<!doctype html><body></body>');
const { document, navigator } = window;
Object.assign(globalThis, { window, document, navigator });

/** A new element at the end of the page. */
export function addBox(): Box {
  return document.body.appendChild(document.createElement('main'));
}
