import { Election, type Ballot } from './election';

/** Tabs of one browser with one clock. */
class Browser {
  now = 0;
  private readonly tabs = new Map<string, Election>();

  open(id: string): void {
    const queue: Ballot[] = [];
    const tab = new Election(id, this.now, (ballot) => queue.push(ballot));
    this.tabs.set(id, tab);
    this.queues.set(id, queue);
    this.deliver();
  }

  close(id: string, crashes = false): void {
    if (!crashes) this.tabs.get(id)?.leave();
    this.deliver();
    this.tabs.delete(id);
  }

  pass(ms: number): void {
    for (const end = this.now + ms; this.now < end;) {
      this.now += 100;
      for (const tab of this.tabs.values()) tab.tick(this.now);
      this.deliver();
    }
  }

  get leaders(): string[] {
    return [...this.tabs].filter(([, tab]) => tab.isLeading).map(([id]) => id);
  }

  private readonly queues = new Map<string, Ballot[]>();

  private deliver(): void {
    for (let isMoved = true; isMoved;) {
      isMoved = false;
      for (const queue of this.queues.values()) {
        for (const ballot of queue.splice(0)) {
          isMoved = true;
          for (const tab of this.tabs.values()) tab.receive(ballot, this.now);
        }
      }
    }
  }
}

describe('the election of a leading tab', () => {
  it('lets a tab that is alone lead, and keeps it when others come', () => {
    const browser = new Browser();
    browser.open('m');
    browser.pass(500);
    expect(browser.leaders).toEqual(['m']);
    browser.open('a');
    browser.open('z');
    browser.pass(20_000);
    expect(browser.leaders).toEqual(['m']);
  });

  it('chooses one of those that are opened together', () => {
    const browser = new Browser();
    for (const id of ['c', 'a', 'b']) browser.open(id);
    browser.pass(1_000);
    expect(browser.leaders).toEqual(['a']);
  });

  it('replaces a leader that leaves within a second, and one that crashes within ten', () => {
    const browser = new Browser();
    for (const id of ['a', 'b', 'c']) browser.open(id);
    browser.pass(1_000);
    browser.close('a');
    browser.pass(1_000);
    expect(browser.leaders).toEqual(['b']);
    browser.close('b', true);
    browser.pass(10_000);
    expect(browser.leaders).toEqual(['c']);
  });
});
