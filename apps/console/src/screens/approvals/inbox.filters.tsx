import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../parts/button';
import { setQuery } from '../../router';
import { href } from '../../addresses';
import { can } from '../../session/session';
import { ORDERS, isFiltered } from './inbox.state';
import { TEXTS } from './texts';
import { NARROW, useMedia } from './use.media';

/** The list is asked for again once nobody has typed for this long. */
const TYPING_MS = 250;
const MORE = ['tool', 'workspace', 'requester', 'risk', 'subject'];
const { inbox: texts } = TEXTS;

/** The filters of the inbox. All of them are in the address. */
export function InboxFilters({
  query,
  search,
}: {
  readonly query: URLSearchParams;
  readonly search: RefObject<HTMLInputElement | null>;
}) {
  const active = MORE.filter((name) => query.has(name)).length;
  const isNarrow = useMedia(NARROW);
  const [isMore, setMore] = useState(active > 0);
  const set = (name: string, value: string): void => setQuery({ [name]: value === '' ? null : value, at: null });
  const select = (name: string, label: string, options: Readonly<Record<string, string>>, first: string) => (
    <label class="inbox-filter">
      <span>{label}</span>
      <select value={query.get(name) ?? ''} onChange={({ currentTarget }) => set(name, currentTarget.value)}>
        <option value="">{first}</option>
        {Object.entries(options).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
  const states = Object.fromEntries(Object.entries(TEXTS.states).filter(([state]) => state !== 'pending'));
  const risks = Object.fromEntries(Object.entries(TEXTS.risks).map(([risk, { label }]) => [risk, label]));
  const [created, expires] = ORDERS;
  const choices = (
    <>
      {select('state', texts.state, { ...states, all: texts.allStates }, texts.waiting)}
      {select('order', texts.order, { [expires]: texts.orders[expires] }, texts.orders[created])}
    </>
  );
  return (
    <search class="inbox-filters" aria-label={texts.filters}>
      <TextFilter name="q" label={texts.search} query={query} input={search} isWide />
      {!isNarrow && choices}
      <label class="check inbox-mine">
        <input
          type="checkbox"
          checked={query.get('mine') === '1'}
          disabled={!can('approval:decide')}
          onChange={({ currentTarget }) => set('mine', currentTarget.checked ? '1' : '')}
        />
        {texts.mine}
      </label>
      <Button tone="quiet" expanded={isMore} onClick={() => setMore(!isMore)}>
        {texts.moreFilters(active)}
      </Button>
      {isFiltered(query) && (
        <Button tone="quiet" href={href('approvals')}>
          {texts.clear}
        </Button>
      )}
      {isMore && (
        <div class="inbox-more">
          {isNarrow && choices}
          <TextFilter name="tool" label={texts.tool} query={query} />
          <TextFilter name="workspace" label={texts.workspace} query={query} />
          <TextFilter name="requester" label={texts.requester} query={query} />
          {select('risk', texts.risk, risks, texts.any)}
          {select('subject', texts.subject, texts.subjects, texts.any)}
        </div>
      )}
    </search>
  );
}

function TextFilter(props: {
  readonly name: string;
  readonly label: string;
  readonly query: URLSearchParams;
  readonly input?: RefObject<HTMLInputElement | null>;
  readonly isWide?: boolean;
}) {
  const { name, label, query, input, isWide = false } = props;
  const given = query.get(name) ?? '';
  const [text, setText] = useState(given);
  useEffect(() => setText(given), [given]);
  useEffect(() => {
    if (text === given) return undefined;
    const timer = setTimeout(() => setQuery({ [name]: text.trim() === '' ? null : text, at: null }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <label class={isWide ? 'inbox-filter inbox-filter-wide' : 'inbox-filter'}>
      <span>{label}</span>
      <input
        ref={input ?? null}
        type="text"
        value={text}
        maxLength={128}
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
    </label>
  );
}
