/**
 * The script of the page, which is whole without it: values under the pointer in all charts at once, highlighting of one
 * primitive, copying. It reads the numbers from the element `run`.
 */
export const pageScript = `const run = JSON.parse(document.getElementById('run').textContent);
const tip = document.getElementById('tip');
const charts = [...document.querySelectorAll('[data-chart]')];
const cell = (row, text) => row.appendChild(document.createElement('td')).append(text);
const hide = () => {
  tip.hidden = true;
  for (const line of document.querySelectorAll('.nd-cross')) line.style.visibility = 'hidden';
};
const sample = (group) => {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'nd-auto');
  svg.setAttribute('width', 16);
  svg.setAttribute('height', 8);
  const copy = svg.appendChild(group.cloneNode(false));
  const path = copy.appendChild(group.querySelector('path').cloneNode(false));
  path.setAttribute('d', 'M1 4h14');
  path.setAttribute('stroke-width', 2);
  return svg;
};
const show = (svg, event) => {
  const { chart, left, right, epochs } = svg.dataset;
  const box = svg.getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
  const share = (x - left) / (right - left);
  const epoch = Math.min(run.done, Math.max(1, Math.round(1 + share * (epochs - 1))));
  for (const other of charts) {
    const { left, right, epochs } = other.dataset;
    const at = Number(left) + ((epoch - 1) / (epochs - 1)) * (right - left);
    const line = other.querySelector('.nd-cross');
    line.setAttribute('x1', at);
    line.setAttribute('x2', at);
    line.style.visibility = 'visible';
  }
  const table = document.createElement('table');
  const rows = [...svg.querySelectorAll('[data-line]')].map((group) => {
    return { group, value: run.charts[chart][group.dataset.line][epoch - 1] };
  });
  if (rows.length > 2) rows.sort((a, b) => b.value - a.value);
  for (const { group, value } of rows) {
    const row = table.insertRow();
    cell(row, sample(group));
    row.firstChild.append(group.dataset.label);
    cell(row, value === null ? '–' : Number(value.toPrecision(4)));
  }
  tip.replaceChildren('epoch ' + epoch, table);
  tip.hidden = false;
  const beside = event.clientX + 16 + tip.offsetWidth > innerWidth ? event.clientX - 16 - tip.offsetWidth : event.clientX + 16;
  const below = Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8);
  tip.style.transform = 'translate(' + Math.max(4, beside) + 'px,' + Math.max(4, below) + 'px)';
};
for (const svg of charts) {
  svg.addEventListener('pointermove', (event) => show(svg, event));
  svg.addEventListener('pointerdown', (event) => show(svg, event));
  svg.addEventListener('pointerleave', hide);
}
addEventListener('scroll', hide, { passive: true });

const picks = [...document.querySelectorAll('[data-pick]')];
for (const pick of picks) {
  pick.addEventListener('click', () => {
    const on = pick.getAttribute('aria-pressed') !== 'true';
    for (const other of picks) other.setAttribute('aria-pressed', String(on && other === pick));
    const alphas = document.getElementById('alphas');
    alphas.classList.toggle('picking', on);
    for (const group of alphas.querySelectorAll('[data-line]')) {
      group.classList.toggle('picked', on && group.dataset.label === pick.dataset.pick);
    }
  });
}

for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(source);
      button.textContent = document.execCommand('copy') ? 'Copied' : 'Selected';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 2000);
  });
}
`;
