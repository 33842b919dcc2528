import type { Point, Stroke } from './strokes';

/** A drawing pad on a canvas. */
export interface Pad {
  /** The strokes so far, the one being drawn included. */
  readonly strokes: readonly Stroke[];
  /** Takes the last stroke back. */
  undo(): void;
  clear(): void;
}

/** How far an arrow key moves the pen, as a share of the pad's side. */
const STEP = 1 / 24;
/** Width of a drawn line, as a share of the pad's side. */
const PEN = 1 / 14;
const ARROWS: Readonly<Record<string, readonly [dx: number, dy: number]>> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

/** Lets people draw on a canvas with mouse, finger, pen or keyboard. */
export function createPad(canvas: HTMLCanvasElement, onChange: () => void): Pad {
  const context = canvas.getContext('2d')!;
  let strokes: Point[][] = [];
  /** Where the keyboard's pen is; shown once a key has moved it. */
  let cursor: Point | undefined;
  let down = false;

  const within = (value: number) => Math.min(1, Math.max(0, value));

  function draw(): void {
    const { width, height } = canvas.getBoundingClientRect();
    const scale = window.devicePixelRatio;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const side = canvas.width;
    const ink = getComputedStyle(canvas).color;
    Object.assign(context, { lineWidth: PEN * side, lineCap: 'round', lineJoin: 'round', strokeStyle: ink });
    for (const stroke of strokes) {
      context.beginPath();
      for (const { x, y } of stroke) context.lineTo(x * side, y * side);
      // A stroke of one point is a dot.
      context.lineTo(stroke.at(-1)!.x * side, stroke.at(-1)!.y * side);
      context.stroke();
    }
    if (cursor) {
      const accent = getComputedStyle(canvas).getPropertyValue('outline-color');
      context.beginPath();
      context.arc(cursor.x * side, cursor.y * side, (PEN / 2) * side, 0, 2 * Math.PI);
      Object.assign(context, { lineWidth: 3 * scale, strokeStyle: accent, fillStyle: accent });
      if (down) context.fill();
      context.stroke();
    }
  }

  function changed(): void {
    draw();
    onChange();
  }

  const pad: Pad = {
    get strokes() {
      return strokes;
    },
    undo() {
      strokes = strokes.slice(0, -1);
      down = false;
      changed();
    },
    clear() {
      strokes = [];
      down = false;
      changed();
    },
  };

  const pointOf = ({ clientX, clientY }: PointerEvent): Point => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return { x: within((clientX - left) / width), y: within((clientY - top) / height) };
  };

  let pointer: number | undefined;
  canvas.addEventListener('pointerdown', (event) => {
    if (pointer !== undefined || event.button !== 0) return;
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    cursor = undefined;
    down = false;
    strokes = [...strokes, [pointOf(event)]];
    changed();
  });
  canvas.addEventListener('pointermove', (event) => {
    if (event.pointerId !== pointer) return;
    const passed = event.getCoalescedEvents();
    strokes.at(-1)!.push(...(passed.length > 0 ? passed : [event]).map(pointOf));
    changed();
  });
  for (const end of ['pointerup', 'pointercancel'] as const) {
    canvas.addEventListener(end, (event) => {
      if (event.pointerId === pointer) pointer = undefined;
    });
  }

  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || pointer !== undefined) return;
    const move = ARROWS[event.key];
    if (move) {
      cursor ??= { x: 0.5, y: 0.5 };
      cursor = { x: within(cursor.x + move[0]), y: within(cursor.y + move[1]) };
      if (down) strokes.at(-1)!.push(cursor);
    } else if (event.key === ' ') {
      cursor ??= { x: 0.5, y: 0.5 };
      down = !down;
      if (down) strokes = [...strokes, [cursor]];
    } else if (event.key === 'Backspace') {
      pad.undo();
    } else if (event.key === 'Escape') {
      pad.clear();
    } else {
      return;
    }
    event.preventDefault();
    changed();
  });
  canvas.addEventListener('blur', () => {
    cursor = undefined;
    down = false;
    draw();
  });

  new ResizeObserver(draw).observe(canvas);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  return pad;
}
