import { useState } from 'preact/hooks';
import type { SourceCalibration } from '@assent/client';
import { number, percent } from '../../format';
import { Button } from '../../parts/button';
import { Confirm } from '../../parts/confirm';
import { Empty } from '../../parts/empty';
import { Load, useLoad } from '../../parts/load';
import { Raw } from '../../parts/raw';
import { Spelled } from '../../parts/spelled';
import { Time } from '../../parts/time';
import { href } from '../../addresses';
import { can, useSeat } from '../../session/session';
import { SERVER } from './texts';

/** Resolved assumptions that the server needs for a recalibration. */
const LEAST = 50;
const DIGITS = 3;
const SCOPE = 'tool:admin';
const { calibration: texts } = SERVER;

/** How good the probabilities of each source were. */
export function CalibrationPanel() {
  const { client } = useSeat();
  const [asked, setAsked] = useState<SourceCalibration['source'] | null>(null);
  const loaded = useLoad('calibration', (from, signal) => from.call('planner/calibration', {}, { signal }));
  const fit = async (): Promise<void> => {
    if (!asked) return;
    await client.call('planner/recalibrate', { source: asked });
    loaded.reload();
  };
  return (
    <Load of={loaded}>
      {({ items }) => {
        const known = items.filter(({ count }) => count > 0);
        if (known.length === 0)
          return (
            <Empty
              icon="server"
              title={texts.empty}
              text={texts.emptyText}
              action={
                <Button tone="primary" href={href('try')}>
                  {texts.emptyAction}
                </Button>
              }
            />
          );
        const body = { jsonrpc: '2.0', id: 1, method: 'planner/calibration', params: {} };
        return (
          <>
            <div class="toolbar">
              <p class="muted">{texts.text}</p>
              <Raw curl={{ method: 'POST', path: '/rpc', body }} json={items} />
            </div>
            <ul class="server-sources">
              {known.map((source) => (
                <li key={source.source} class="card">
                  <Source of={source} onFit={() => setAsked(source.source)} />
                </li>
              ))}
            </ul>
            <Confirm
              open={asked !== null}
              title={texts.title}
              action={texts.action}
              act={fit}
              onClose={() => setAsked(null)}
            >
              <p>{texts.confirm}</p>
            </Confirm>
          </>
        );
      }}
    </Load>
  );
}

function Source({ of, onFit }: { readonly of: SourceCalibration; readonly onFit: () => void }) {
  const { source, count, brier, logLoss, bins, versions } = of;
  return (
    <>
      <header class="section-head">
        <h2>{texts.sources[source]}</h2>
        <Button small disabled={count < LEAST} missingScope={can(SCOPE) ? undefined : SCOPE} onClick={onFit}>
          {texts.action}
        </Button>
      </header>
      <p class="muted">
        {texts.count(count)}. {count < LEAST && texts.needs(LEAST)}
      </p>
      <dl class="facts">
        <dt>{texts.brier}</dt>
        <dd class="num">
          {brier === null ? '–' : brier.toFixed(DIGITS)} <small class="muted">{texts.brierHint}</small>
        </dd>
        <dt>{texts.logLoss}</dt>
        <dd class="num">{logLoss === null ? '–' : logLoss.toFixed(DIGITS)}</dd>
        <dt>{texts.versions}</dt>
        <dd>
          {versions.length === 0
            ? texts.noVersion
            : versions.map(({ version, samples, createdAt, actor }) => (
                <p key={version}>
                  {texts.version(version, samples)}, <Spelled text={actor} />, <Time of={createdAt} />
                </p>
              ))}
        </dd>
      </dl>
      <Bins of={bins} />
    </>
  );
}

/** One row for each range of probabilities with cases: what was given, what came true, and both as marks on a line. */
function Bins({ of }: { readonly of: SourceCalibration['bins'] }) {
  const { bins } = texts;
  return (
    <table class="table server-bins">
      <thead>
        <tr>
          <th class="num">{bins.from}</th>
          <th class="num">{bins.came}</th>
          <th aria-hidden="true" />
          <th class="num">{bins.count}</th>
        </tr>
      </thead>
      <tbody>
        {of.map(({ from, count, meanP, rate }) =>
          meanP === null || rate === null ? null : (
            <tr key={from}>
              <td class="num">{percent(meanP)}</td>
              <td class="num">{percent(rate)}</td>
              <td class="server-line" aria-hidden="true">
                <span>
                  <i class="server-given" style={{ left: percentOf(meanP) }} />
                  <i class="server-came" style={{ left: percentOf(rate) }} />
                </span>
              </td>
              <td class="num">{number(count)}</td>
            </tr>
          ),
        )}
      </tbody>
    </table>
  );
}

function percentOf(share: number): string {
  return `${share * 100}%`;
}
