import type { RunView } from '@assent/client';
import { duration, number, percent } from '../../../../format';
import { Chip } from '../../../../parts/chip';
import { Empty } from '../../../../parts/empty';
import { Id } from '../../../../parts/id';
import { Spelled } from '../../../../parts/spelled';
import { href } from '../../../../addresses';
import { RUN } from '../texts';

const TEXTS = RUN.memory;

/** The lessons that the run was given, with every number of their ranking. */
export default function MemoryTab({ view }: { readonly view: RunView }) {
  const { recalled } = view;
  if (!recalled) return <Empty icon="memory" title={TEXTS.empty} text={TEXTS.emptyText} />;
  const { fragments, arm, late, degraded, withheld, tokens, durationMs } = recalled;
  return (
    <div class="run-memory">
      {late && <p class="notice notice-warn">{TEXTS.late}</p>}
      <dl class="facts run-facts-row">
        <dt>{TEXTS.arm}</dt>
        <dd>{TEXTS.arms[arm]}</dd>
        <dt>{TEXTS.took}</dt>
        <dd class="num">{duration(durationMs)}</dd>
        <dt>{TEXTS.tokens}</dt>
        <dd class="num">{TEXTS.tokensOf(number(tokens))}</dd>
        {degraded.length > 0 && <dt>{TEXTS.degraded}</dt>}
        {degraded.length > 0 && <dd>{degraded.join(', ')}</dd>}
      </dl>
      {fragments.length > 0 && (
        <div class="table-box" tabIndex={0} role="region" aria-label={TEXTS.lesson}>
          <table class="table">
            <thead>
              <tr>
                <th>{TEXTS.lesson}</th>
                <th class="num">Rank</th>
                <th class="num">Similarity</th>
                <th class="num">Credit</th>
                <th class="num">Fused</th>
                <th class="num">Text</th>
                <th class="num">Trigram</th>
                <th class="num">Vector</th>
              </tr>
            </thead>
            <tbody>
              {fragments.map(({ fragmentId, text, version, status, rank, similarity, credit, fused, scores }) => (
                <tr key={fragmentId}>
                  <td class="run-lesson">
                    <Spelled text={text} />
                    <div class="muted">
                      <Id of={fragmentId} href={href('fragment', { id: fragmentId })} /> {TEXTS.version(version)}{' '}
                      <Chip>{status}</Chip>
                    </div>
                  </td>
                  <td class="num">{number(rank)}</td>
                  <td class="num">{percent(similarity)}</td>
                  <td class="num">{percent(credit)}</td>
                  <td class="num">{number(fused)}</td>
                  <td class="num">{scoreOf(scores.text)}</td>
                  <td class="num">{scoreOf(scores.trigram)}</td>
                  <td class="num">{scoreOf(scores.vector)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {withheld.length > 0 && (
        <section class="section">
          <h2>{TEXTS.withheld}</h2>
          <ul class="run-withheld">
            {withheld.map((fragmentId) => (
              <li key={fragmentId}>
                <Id of={fragmentId} href={href('fragment', { id: fragmentId })} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function scoreOf(score: { readonly score: number; readonly place: number | null } | null): string {
  if (score === null) return '–';
  return score.place === null ? percent(score.score) : `${percent(score.score)} #${score.place}`;
}
