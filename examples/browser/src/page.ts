/** The element of an id. */
export function element<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`element: the page has no #${id}`);
  return found as T;
}

/** Sets an element's text. */
export function setText(id: string, text: string): void {
  element(id).textContent = text;
}

/** An element made from its tag, class and children. */
export function create<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

/** An SVG text as an element: drawings of the library, never a visitor's text. */
export function picture(svg: string): HTMLElement {
  const holder = create('div', 'picture');
  holder.innerHTML = svg;
  return holder;
}
