import type { Cell, DenseCell, MapShape } from '../../layers';
import { after, type Footprint, footprint, together } from '../../layers/footprint';
import { numbers } from '../../layers/work';
import { type EdgeMemory, edgeFootprint, layerParts } from './edge';

/** The parts of a cell of the DARTS kind, its output included. */
export function cellFootprints(cell: Cell, [s0, s1]: readonly MapShape[], pass: EdgeMemory): Footprint[] {
  const prepared = [
    { layer: cell.preprocess0, shape: s0! },
    { layer: cell.preprocess1, shape: s1! },
  ];
  const states = prepared.map(({ layer, shape }) => after(layer, shape));
  const parts = prepared.map(({ layer, shape }) => together(layerParts(layer, shape)));
  let edge = 0;
  for (let node = 0; node < cell.nodes; node++) {
    const edges = states.map((state) => edgeFootprint(cell.edges[edge++]!, state, pass));
    states.push(after(cell.edges[edge - 1]!, states.at(-1)!));
    parts.push(...edges, footprint({ kept: numbers(states.at(-1)!) }));
  }
  const output = cell.multiplier * numbers(states.at(-1)!);
  return [...parts, footprint({ kept: output, back: output })];
}

/** The parts of a cell of the NAS-Bench-201 kind, its output included. */
export function denseCellFootprints(cell: DenseCell, input: MapShape, pass: EdgeMemory): Footprint[] {
  let edge = 0;
  return Array.from({ length: cell.nodes }, (_, node) => [
    ...Array.from({ length: node + 1 }, () => edgeFootprint(cell.edges[edge++]!, input, pass)),
    footprint({ kept: numbers(input) }),
  ]).flat();
}
