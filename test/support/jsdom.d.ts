/** As much of jsdom as is used. Its own types bring those of a browser, which contradict Node's. */
declare module 'jsdom' {
  import type { Box } from '@assent/test-support/dom';

  export class JSDOM {
    constructor(html: string);
    readonly window: {
      readonly navigator: object;
      readonly document: {
        readonly body: { appendChild(element: Box): Box };
        createElement(name: string): Box;
      };
    };
  }
}
