import { JSDOM } from 'jsdom';

// Before React and the Testing Library look for a document.
const { window } = new JSDOM('<!doctype html><body></body>');
const { document, HTMLElement, MutationObserver, Node } = window;
Object.assign(globalThis, { window, document, HTMLElement, MutationObserver, Node });
if (!('navigator' in globalThis)) globalThis.navigator = window.navigator;
