export { escapeXml as escapeText } from '../../genotype/drawing/render';

/** JSON that can stand in a `<script>` element: nothing in it can end the element or open a comment. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/** A coordinate with at most two decimals. */
export function coordinate(value: number): string {
  return String(Math.round(value * 100) / 100 + 0);
}

/** A state's name as papers write it, with the parentheses as an index. */
export function stateHtml(name: string): string {
  return name.replace(/\((.*)\)/, '<sub>$1</sub>');
}
