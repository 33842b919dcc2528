import type { Locator } from 'playwright-core';
import type { Point, Stroke } from '../../examples/serve/strokes';

/** Draws strokes on a canvas with the mouse; the canvas is the unit square. */
export async function drawWithMouse(canvas: Locator, strokes: readonly Stroke[]): Promise<void> {
  const mouse = canvas.page().mouse;
  const box = (await canvas.boundingBox())!;
  const moveTo = ({ x, y }: Point) => mouse.move(box.x + x * box.width, box.y + y * box.height);
  for (const [first, ...others] of strokes) {
    await moveTo(first!);
    await mouse.down();
    for (const point of others) await moveTo(point);
    await mouse.up();
  }
}
