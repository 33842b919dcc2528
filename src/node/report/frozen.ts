import { operationLabel } from '../../genotype/drawing/operations';
import type { EpochRecord, FrozenOperation } from '../../search';
import type { AnySpace } from '../../spaces';
import type { ChartLine } from './chart';
import { cellViews, type EdgeView } from './space-view';
import { escapeText } from './text';

type History = readonly Pick<EpochRecord<AnySpace>, 'frozen'>[];

/** Everything that a policy has frozen, in order. */
const allFrozen = (history: History): readonly FrozenOperation[] =>
  history.flatMap(({ frozen = [] }) => frozen);

const isOf = (edge: EdgeView) => (each: FrozenOperation) =>
  each.cellType === edge.alpha && each.edge === edge.index;

/** The epochs in which an operation of an edge was frozen, in some of the cells that share its alpha or in all. */
export function frozenMarks(
  history: History,
  edge: EdgeView,
  primitive: string,
): NonNullable<ChartLine['marks']> {
  const own = allFrozen(history).filter((each) => isOf(edge)(each) && each.primitive === primitive);
  return [...new Set(own.map(({ epoch }) => epoch))].map((epoch) => {
    const cells = own.filter((each) => each.epoch === epoch).map(({ cell }) => cell);
    const where = `cell${cells.length > 1 ? 's' : ''} ${cells.join(', ')}`;
    return { epoch, title: `${operationLabel(primitive)}: frozen in epoch ${epoch + 1}, ${where}` };
  });
}

/** What a policy has frozen, as a table; empty if it is nothing. */
export function frozenTable(space: AnySpace, history: History): string {
  const all = allFrozen(history);
  if (all.length === 0) return '';
  const edges = cellViews(space).flatMap((view) => view.edges);
  const rows = all.map((each) => {
    const edge = edges.find((view) => isOf(view)(each));
    const cells = [
      String(each.epoch + 1),
      String(each.step + 1),
      `${each.cell}, ${each.cellType}`,
      edge?.caption ?? String(each.edge),
      operationLabel(each.primitive),
      each.cosine.toFixed(3),
    ];
    return `<tr>${cells.map((cell) => `<td>${escapeText(cell)}</td>`).join('')}</tr>`;
  });
  const head = ['Epoch', 'Step', 'Cell', 'Edge', 'Operation', 'Cosine']
    .map((name) => `<th scope="col">${name}</th>`)
    .join('');
  return `<p>A ring: an operation was frozen in that epoch, in one or more of the cells that share the edge’s alpha; ${all.length} in all.</p>
<details><summary>What was frozen</summary><div class="card wide" tabindex="0" role="group" aria-label="Frozen operations"><table class="numbers"><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div></details>`;
}
