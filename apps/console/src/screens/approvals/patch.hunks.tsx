import { patchFiles } from './patch.rows';
import { PatchTable } from './patch.table';
import { TEXTS } from './texts';

/** The lines of a patch of one file that cannot be chosen. */
export function PatchHunks({ path, patch }: { readonly path: string; readonly patch: string }) {
  const [file] = patchFiles(patch);
  return (
    <div class="review-file">
      {(file?.hunks ?? []).map((hunk, index) => (
        <div key={index} class="review-hunk">
          {index > 0 && <div class="review-gap">{TEXTS.change.gap(hunk.skipped)}</div>}
          <PatchTable path={path} fileIndex={null} rows={hunk.rows} isVirtual={false} target={null} />
        </div>
      ))}
    </div>
  );
}
